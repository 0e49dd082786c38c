// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace earshot::widgets {

/// Output of a script as plain text; the places in sources it names can be clicked, or opened with
/// Return on their line.
class OutputView final : public QPlainTextEdit
{
    Q_OBJECT
public:
    /// Lines kept; the oldest go first.
    static constexpr int kMaxLines = 20'000;

    explicit OutputView(QWidget *parent = nullptr);

    void append(const QString &text);

signals:
    void locationActivated(const QString &file, int line, int column);

protected:
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    bool activate(const QTextCursor &cursor, bool anywhere);
};

} // namespace earshot::widgets
