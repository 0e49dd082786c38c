// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QTabBar;

namespace earshot::widgets {

/// A body as indented JSON or as it came. Shows at most kMaxShown bytes and says so.
class PayloadView final : public QWidget
{
    Q_OBJECT
public:
    static constexpr qsizetype kMaxShown = qsizetype(256) * 1024;

    explicit PayloadView(QWidget *parent = nullptr);

    /// `total` = bytes of the whole body when `body` is only its start.
    void setBody(const QString &title, const QByteArray &body, bool binary, qint64 total);
    /// A sentence in place of a body.
    void setNote(const QString &title, const QString &text);
    void clear();
    [[nodiscard]] QString shownText() const;

private:
    void render();

    QLabel *m_title; ///< children, all of them
    QTabBar *m_form;
    QLabel *m_note;
    QPlainTextEdit *m_text;
    QByteArray m_body;
    qint64 m_total = 0;
    bool m_binary = false;
};

} // namespace earshot::widgets
