// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/controlclient.h"

#include <QStringList>
#include <QWidget>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace earshot::widgets {

/// Where a person writes a message for the connection: text, JSON (checked before it goes) or
/// bytes, once or several times, again with Up.
class Composer final : public QWidget
{
    Q_OBJECT
public:
    enum class Form { Text, Json, Binary };
    static constexpr qsizetype kMaxHistory = 50;
    /// A request is one line of the control socket; base64 takes a third more.
    static constexpr qsizetype kMaxBytes = qsizetype(700) * 1024;

    explicit Composer(rpc::ControlClient &client, QWidget *parent = nullptr);

    void setTrigger(const QString &path);
    void setConnected(bool connected);
    void setText(const QString &text, Form form);
    [[nodiscard]] QString text() const;
    [[nodiscard]] Form form() const;
    void focusInput();
    /// The message as it would be sent.
    [[nodiscard]] Result<QByteArray> message() const;

signals:
    void failed(const earshot::Error &error);
    void said(const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void check();
    void send();
    void sendOne(const QByteArray &message, bool binary, int left, const QString &path);
    void openFile();
    void showHistory(qsizetype place);

    rpc::ControlClient &m_client;
    QString m_trigger;
    QPlainTextEdit *m_input; ///< children, all of them
    QComboBox *m_form;
    QSpinBox *m_times;
    QPushButton *m_send;
    QToolButton *m_file;
    QLabel *m_problem;
    QStringList m_history; ///< newest last
    QString m_draft; ///< what was typed before Up
    qsizetype m_place = -1; ///< in the history; -1 = the draft
    bool m_connected = false;
    bool m_sending = false;
};

} // namespace earshot::widgets
