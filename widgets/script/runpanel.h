// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/rpc/controlclient.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <functional>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTabWidget;

namespace earshot::widgets {

class OutputView;
class PayloadView;

/// Runs the script that is open: with a message that came, with arguments, as an event; shows what
/// it says while it says it.
class RunPanel final : public QWidget
{
    Q_OBJECT
public:
    enum class Input { Message, Arguments, Event };

    RunPanel(rpc::ControlClient &client, Clock &clock, QWidget *parent = nullptr);

    void setRunnable(const QString &path);
    /// Its messages are offered; `url` is the event's.
    void setTrigger(const QString &path, const QString &url);
    /// Parameters of `main`, whether there is a preprocessor.
    void setSignature(const QJsonObject &signature);
    void setReady(bool ready);
    /// Called before a run; it goes on when `done(true)`.
    void setBeforeRun(std::function<void(std::function<void(bool)>)> before);
    void loadMessages();
    void useMessage(qint64 id);
    void setInput(Input input);
    void run();
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_run != 0; }

signals:
    void locationActivated(const QString &file, int line, int column);
    void failed(const earshot::Error &error);
    void runActivated(RunId id);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void start();
    void follow(RunId id);
    void show(const QList<rpc::OutputPiece> &pieces);
    void finish();
    void showDetail(const rpc::RunDetail &detail);
    void showState();
    void checkInput();
    void onInputChanged();
    [[nodiscard]] Input input() const;
    [[nodiscard]] QString argumentsProblem(QJsonObject *arguments) const;

    rpc::ControlClient &m_client;
    Clock &m_clock;
    QComboBox *m_input; ///< children, all of them
    QComboBox *m_messages;
    QPlainTextEdit *m_text;
    QLineEdit *m_url;
    QLabel *m_problem;
    QPushButton *m_runButton;
    QPushButton *m_cancelButton;
    QLabel *m_state;
    QTabWidget *m_tabs;
    OutputView *m_error;
    PayloadView *m_result;
    OutputView *m_log;
    PayloadView *m_preprocessed;
    QTimer m_tick;
    QElapsedTimer m_elapsed;
    std::function<void(std::function<void(bool)>)> m_before;
    QString m_runnable;
    QString m_trigger;
    QStringList m_parameters;
    QString m_texts[3]; ///< what was typed, by Input
    Input m_shown = Input::Message;
    RunId m_run = 0; ///< under way; 0 = none
    RunId m_lastRun = 0;
    qint64 m_subscription = 0;
    quint64 m_generation = 0;
    bool m_ready = false;
    bool m_starting = false;
    bool m_hasPreprocessor = false;
    bool m_inputChosen = false; ///< by a person
};

} // namespace earshot::widgets
