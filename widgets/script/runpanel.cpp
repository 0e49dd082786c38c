// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/runpanel.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"
#include "widgets/payloadview.h"
#include "widgets/script/errortext.h"
#include "widgets/script/outputview.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr int kOfferedMessages = 50;
constexpr int kMaxRunMessage = 400'000;

enum Tab { ResultTab, LogTab, PreprocessedTab };

} // namespace

RunPanel::RunPanel(rpc::ControlClient &client, Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_client(client)
    , m_clock(clock)
    , m_input(new QComboBox(this))
    , m_messages(new QComboBox(this))
    , m_text(new QPlainTextEdit(this))
    , m_url(new QLineEdit(this))
    , m_problem(new QLabel(this))
    , m_runButton(new QPushButton(tr("Run"), this))
    , m_cancelButton(new QPushButton(tr("Cancel"), this))
    , m_state(new QLabel(this))
    , m_tabs(new QTabWidget(this))
    , m_error(new OutputView(this))
    , m_result(new PayloadView(this))
    , m_log(new OutputView(this))
    , m_preprocessed(new PayloadView(this))
{
    build();
    m_texts[static_cast<int>(Input::Arguments)] = u"{\n  \"msg\": \"\"\n}"_s;
    m_tick.setInterval(100ms);
    connect(&m_tick, &QTimer::timeout, this, &RunPanel::showState);
    connect(m_input, &QComboBox::currentIndexChanged, this, &RunPanel::onInputChanged);
    connect(m_input, &QComboBox::activated, this, [this] { m_inputChosen = true; });
    connect(m_text, &QPlainTextEdit::textChanged, this, &RunPanel::checkInput);
    connect(m_messages, &QComboBox::activated, this, [this](int at) {
        if (const qint64 id = m_messages->itemData(at).toLongLong(); id != 0) {
            useMessage(id);
        }
    });
    connect(m_runButton, &QPushButton::clicked, this, &RunPanel::run);
    connect(m_cancelButton, &QPushButton::clicked, this, &RunPanel::cancel);
    for (const OutputView *view : {m_error, m_log}) {
        connect(view, &OutputView::locationActivated, this, &RunPanel::locationActivated);
    }
    connect(&m_client, &rpc::ControlClient::runOutputArrived, this,
        [this](const rpc::RunOutput &output) {
            if (output.subscription == m_subscription && output.id == m_run && m_run != 0) {
                if (output.leftOut > 0) {
                    m_log->append(tr("[%n characters left out here; the run keeps them]\n", nullptr,
                        static_cast<int>(output.leftOut)));
                }
                show(output.output);
            }
        });
    onInputChanged();
}

void RunPanel::build()
{
    m_input->addItem(tr("With a message"));
    m_input->addItem(tr("With arguments"));
    m_input->addItem(tr("As an event, through the preprocessor"));
    m_input->setAccessibleName(tr("How to run it"));
    m_input->setMinimumContentsLength(10);
    m_messages->setAccessibleName(tr("Messages that came"));
    m_messages->setToolTip(tr("Take one of the last messages"));
    m_messages->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_messages->setMinimumContentsLength(8);
    m_messages->view()->setTextElideMode(Qt::ElideRight);
    stylePayload(m_text);
    m_text->setFrameShape(QFrame::StyledPanel);
    m_text->setTabChangesFocus(true);
    m_url->setPlaceholderText(tr("URL of the event"));
    m_url->setAccessibleName(tr("URL of the event"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_state->setTextFormat(Qt::PlainText);
    m_runButton->setToolTip(tr("Save and run (Ctrl+Return)"));
    m_cancelButton->setToolTip(tr("Stop the run"));
    m_cancelButton->setEnabled(false);
    m_log->setAccessibleName(tr("Log"));
    m_log->setPlaceholderText(tr("What the script prints shows here while it runs."));
    m_error->setAccessibleName(tr("Error"));
    m_error->hide();

    auto *top = new QWidget(this);
    auto *form = new QVBoxLayout(top);
    form->setContentsMargins(8, 8, 8, 4);
    form->setSpacing(6);
    form->addWidget(m_input);
    form->addWidget(m_messages);
    form->addWidget(m_text, 1);
    form->addWidget(m_url);
    form->addWidget(m_problem);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_runButton);
    buttons->addWidget(m_cancelButton);
    buttons->addWidget(m_state, 1);
    form->addLayout(buttons);

    auto *result = new QWidget(this);
    auto *resultLayout = new QVBoxLayout(result);
    resultLayout->setContentsMargins(0, 0, 0, 0);
    resultLayout->setSpacing(0);
    resultLayout->addWidget(m_error, 1);
    resultLayout->addWidget(m_result, 1);
    m_result->setNote(tr("Result"), tr("Nothing was run yet."));
    m_preprocessed->setNote(
        tr("Arguments of main"), tr("What a preprocessor makes of the event shows here."));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(result, tr("Result"));
    m_tabs->addTab(m_log, tr("Log"));
    m_tabs->addTab(m_preprocessed, tr("Preprocessed"));

    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(top);
    splitter->addWidget(m_tabs);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
}

RunPanel::Input RunPanel::input() const
{
    return static_cast<Input>(m_input->currentIndex());
}

void RunPanel::setInput(Input input)
{
    m_input->setCurrentIndex(static_cast<int>(input));
}

void RunPanel::onInputChanged()
{
    m_texts[static_cast<int>(m_shown)] = m_text->toPlainText();
    // A message goes on to be the event's when it was chosen first.
    if (input() == Input::Event && m_texts[static_cast<int>(Input::Event)].isEmpty()) {
        m_texts[static_cast<int>(Input::Event)] = m_texts[static_cast<int>(Input::Message)];
    }
    m_shown = input();
    m_text->setPlainText(m_texts[static_cast<int>(m_shown)]);
    m_text->setPlaceholderText(m_shown == Input::Arguments
            ? tr("One JSON object: an argument for each parameter")
            : tr("The message, as the server would send it"));
    m_text->setAccessibleName(m_shown == Input::Arguments ? tr("Arguments") : tr("Message"));
    m_messages->setVisible(m_shown != Input::Arguments);
    m_url->setVisible(m_shown == Input::Event);
    checkInput();
}

QString RunPanel::argumentsProblem(QJsonObject *arguments) const
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(m_text->toPlainText().toUtf8(), &error);
    if (error.error != QJsonParseError::NoError) {
        const QByteArray before = m_text->toPlainText().toUtf8().left(error.offset);
        return tr("Line %1: %2. Write one JSON object, like {\"msg\": \"hello\"}.")
            .arg(before.count('\n') + 1)
            .arg(error.errorString());
    }
    if (!document.isObject()) {
        return tr("Write one JSON object, like {\"msg\": \"hello\"}.");
    }
    *arguments = document.object();
    return {};
}

void RunPanel::checkInput()
{
    QString problem;
    bool blocks = false;
    if (input() == Input::Arguments) {
        QJsonObject arguments;
        problem = argumentsProblem(&arguments);
        blocks = !problem.isEmpty();
        QStringList unknown;
        for (const QString &name : arguments.keys()) {
            if (!m_parameters.isEmpty() && !m_parameters.contains(name)) {
                unknown.append(name);
            }
        }
        if (problem.isEmpty() && !unknown.isEmpty()) {
            problem = tr("main does not take: %1").arg(unknown.join(u", "_s));
        }
    } else if (m_text->document()->characterCount() > kMaxRunMessage) {
        problem = tr("A message of more than 400,000 characters can only be run from Live.");
        blocks = true;
    } else if (input() == Input::Event && !m_hasPreprocessor) {
        problem = tr("This script has no preprocessor: main gets the message.");
    }
    QPalette colors = m_problem->palette();
    colors.setColor(QPalette::WindowText,
        toneColor(blocks ? items::Tone::Bad : items::Tone::Warning, palette()));
    m_problem->setPalette(colors);
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    m_runButton->setEnabled(
        m_ready && !blocks && !m_runnable.isEmpty() && m_run == 0 && !m_starting);
    m_cancelButton->setEnabled(m_run != 0);
}

void RunPanel::setRunnable(const QString &path)
{
    if (path == m_runnable) {
        return;
    }
    m_runnable = path;
    m_parameters.clear();
    m_hasPreprocessor = false;
    checkInput();
}

void RunPanel::setTrigger(const QString &path, const QString &url)
{
    if (m_url->text().isEmpty() || path != m_trigger) {
        m_url->setText(url);
    }
    if (path != m_trigger) {
        m_trigger = path;
        loadMessages();
    }
}

void RunPanel::setReady(bool ready)
{
    m_ready = ready;
    if (ready) {
        loadMessages();
        if (m_run != 0) {
            follow(m_run);
        }
    } else {
        m_subscription = 0;
    }
    checkInput();
}

void RunPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    loadMessages();
}

void RunPanel::setBeforeRun(std::function<void(std::function<void(bool)>)> before)
{
    m_before = std::move(before);
}

void RunPanel::setSignature(const QJsonObject &signature)
{
    m_parameters.clear();
    QJsonObject example;
    for (const QJsonValue &parameter : signature.value("params"_L1).toArray()) {
        const QString name = parameter.toObject().value("name"_L1).toString();
        m_parameters.append(name);
        const QJsonValue given = parameter.toObject().value("default"_L1);
        example.insert(name, given.isUndefined() ? QJsonValue(QString()) : given);
    }
    m_hasPreprocessor = signature.value("preprocessor"_L1).toString(u"none"_s) != "none"_L1;
    if (m_hasPreprocessor && !m_inputChosen && input() == Input::Message) {
        setInput(Input::Event);
    }
    // Only what nobody has typed is replaced.
    QString &arguments = m_texts[static_cast<int>(Input::Arguments)];
    const QString now = m_shown == Input::Arguments ? m_text->toPlainText() : arguments;
    const QJsonObject typed = QJsonDocument::fromJson(now.toUtf8()).object();
    const bool untouched = std::all_of(typed.begin(), typed.end(),
        [](const QJsonValue &value) { return value.toString(u"?"_s).isEmpty(); });
    if (untouched && !m_parameters.isEmpty()) {
        arguments = QString::fromUtf8(QJsonDocument(example).toJson()).trimmed();
        if (m_shown == Input::Arguments) {
            m_text->setPlainText(arguments);
        }
    }
    checkInput();
}

void RunPanel::loadMessages()
{
    if (!m_ready || m_trigger.isEmpty()) {
        m_messages->clear();
        m_messages->addItem(tr("No messages to take"), 0);
        m_messages->setEnabled(false);
        return;
    }
    m_client.call<rpc::MessagePage>({.trigger = m_trigger, .limit = kOfferedMessages * 2}, this,
        [this, trigger = m_trigger](const Result<rpc::Page<rpc::MessageRow>> &page) {
            if (!page || trigger != m_trigger) {
                return;
            }
            m_messages->clear();
            m_messages->addItem(tr("Take one of the last messages…"), 0);
            for (const rpc::MessageRow &row : page->items) {
                if (row.direction != rpc::Direction::In || row.kind != rpc::PayloadKind::Text
                    || m_messages->count() > kOfferedMessages) {
                    continue;
                }
                m_messages->addItem(u"%1  %2"_s.arg(items::timeText(row.atUs, m_clock.wallMicros()),
                                        items::oneLine(row.preview.left(120))),
                    row.id);
            }
            m_messages->setEnabled(m_messages->count() > 1);
            if (m_messages->count() == 1) {
                m_messages->setItemText(0, tr("No message has come yet"));
            } else if (m_text->toPlainText().isEmpty() && input() != Input::Arguments) {
                useMessage(m_messages->itemData(1).toLongLong());
            }
        });
}

void RunPanel::useMessage(qint64 id)
{
    if (input() == Input::Arguments) {
        setInput(Input::Message);
    }
    m_client.call<rpc::MessageRead>({.id = id}, this, [this](const Result<rpc::Chunk> &chunk) {
        if (!chunk) {
            emit failed(chunk.error());
            return;
        }
        m_text->setPlainText(QString::fromUtf8(chunk->data));
    });
}

void RunPanel::run()
{
    if (!m_runButton->isEnabled()) {
        return;
    }
    m_starting = true;
    checkInput();
    if (!m_before) {
        start();
        return;
    }
    m_before([this](bool goOn) {
        if (goOn) {
            start();
        } else {
            m_starting = false;
            checkInput();
        }
    });
}

void RunPanel::start()
{
    rpc::RunStart::Params params{.runnable = m_runnable};
    if (input() == Input::Arguments) {
        QJsonObject arguments;
        (void)argumentsProblem(&arguments);
        params.args = arguments;
    } else {
        params.message = m_text->toPlainText();
    }
    if (input() == Input::Event) {
        params.event = true;
        params.url = m_url->text();
        params.trigger = m_trigger;
    }
    m_log->clear();
    m_error->hide();
    m_result->show();
    m_result->setNote(tr("Result"), tr("Running…"));
    m_preprocessed->setNote(tr("Arguments of main"), tr("Not preprocessed."));
    m_tabs->setTabText(LogTab, tr("Log"));
    m_elapsed.start();
    m_client.call<rpc::RunStart>(params, this, [this](const Result<rpc::RunIdResult> &started) {
        m_starting = false;
        if (!started) {
            m_result->setNote(tr("Result"), started.error().message);
            emit failed(started.error());
            checkInput();
            return;
        }
        follow(started->id);
    });
}

void RunPanel::follow(RunId id)
{
    m_run = id;
    m_lastRun = id;
    const quint64 generation = ++m_generation;
    m_tick.start();
    showState();
    checkInput();
    m_client.call<rpc::RunFollow>(
        {.id = id}, this, [this, generation](const Result<rpc::RunFollow::Result> &followed) {
            if (generation != m_generation) {
                return;
            }
            if (!followed || followed->subscription == 0) {
                finish();
                return;
            }
            m_subscription = followed->subscription;
            m_log->clear();
            show(followed->output);
        });
}

void RunPanel::show(const QList<rpc::OutputPiece> &pieces)
{
    for (const rpc::OutputPiece &piece : pieces) {
        if (piece.stream == "log"_L1) {
            m_log->append(piece.text);
            m_tabs->setTabText(LogTab, tr("Log •"));
        } else if (piece.stream == "preprocessed"_L1) {
            const QByteArray bytes = piece.text.toUtf8();
            m_preprocessed->setBody(tr("Arguments of main"), bytes, false, bytes.size());
        } else if (piece.stream == "end"_L1) {
            finish();
        }
    }
}

void RunPanel::finish()
{
    m_subscription = 0;
    m_client.call<rpc::RunGet>({.id = m_run}, this,
        [this, generation = m_generation](const Result<rpc::RunDetail> &detail) {
            if (generation != m_generation) {
                return;
            }
            m_run = 0;
            m_tick.stop();
            if (detail) {
                showDetail(*detail);
            } else {
                m_result->setNote(tr("Result"), detail.error().message);
                m_state->clear();
            }
            checkInput();
        });
}

void RunPanel::showDetail(const rpc::RunDetail &detail)
{
    const rpc::RunRow &run = detail.run;
    const qint64 took
        = run.startedAtUs != 0 && run.finishedAtUs != 0 ? run.finishedAtUs - run.startedAtUs : 0;
    m_state->setText(took > 0
            ? tr("%1 in %2").arg(items::statusText(run.status), items::durationText(took))
            : items::statusText(run.status));
    QPalette colors = m_state->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::toneOf(run.status), palette()));
    m_state->setPalette(colors);
    if (m_log->toPlainText() != detail.logs) {
        m_log->clear();
        m_log->append(detail.logs);
    }
    if (detail.logsSize > detail.logs.toUtf8().size()) {
        m_log->append(tr("\n[the rest of the log is in Runs, run %1]\n").arg(run.id));
    }
    if (detail.preprocessedArgsSize > 0) {
        m_preprocessed->setBody(tr("Arguments of main"), detail.preprocessedArgs.toUtf8(), false,
            detail.preprocessedArgsSize);
    }
    const QString error = run.status != RunStatus::Success ? errorText(detail.result) : QString();
    m_error->setVisible(!error.isEmpty());
    m_result->setVisible(error.isEmpty());
    if (!error.isEmpty()) {
        m_error->setPlainText(error);
        m_tabs->setCurrentIndex(ResultTab);
    } else {
        m_result->setBody(tr("Result"), detail.result.toUtf8(), false, run.resultSize);
    }
    m_tabs->setTabText(LogTab, detail.logsSize > 0 ? tr("Log •") : tr("Log"));
}

void RunPanel::showState()
{
    if (m_run == 0) {
        return;
    }
    QPalette colors = m_state->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::Tone::Busy, palette()));
    m_state->setPalette(colors);
    m_state->setText(
        tr("running, %1 s")
            .arg(QString::number(static_cast<double>(m_elapsed.elapsed()) / 1000.0, 'f', 1)));
}

void RunPanel::cancel()
{
    if (m_run == 0) {
        return;
    }
    m_client.call<rpc::RunCancel>(
        {.id = m_run}, this, [this](const Result<rpc::RunCancel::Result> &answer) {
            // It may have ended by itself meanwhile: then its end is on the way.
            if (!answer && answer.error().code != ErrorCode::Conflict) {
                emit failed(answer.error());
            }
        });
}

} // namespace earshot::widgets
