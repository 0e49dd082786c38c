// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/composer.h"

#include "model/jsontext.h"
#include "widgets/appearance.h"

#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStringDecoder>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

Composer::Composer(rpc::ControlClient &client, QWidget *parent)
    : QWidget(parent)
    , m_client(client)
    , m_input(new QPlainTextEdit(this))
    , m_form(new QComboBox(this))
    , m_times(new QSpinBox(this))
    , m_send(new QPushButton(tr("Send"), this))
    , m_file(new QToolButton(this))
    , m_problem(new QLabel(this))
{
    m_input->setObjectName(u"composer"_s);
    m_input->setPlaceholderText(tr("Message to send on this connection (Ctrl+Enter sends)"));
    m_input->setAccessibleName(tr("Message to send"));
    m_input->setFont(fixedFont());
    m_input->setTabChangesFocus(true);
    m_input->setFixedHeight(m_input->fontMetrics().height() * 2 + 14);
    m_input->installEventFilter(this);
    m_form->addItems({tr("Text"), tr("JSON"), tr("Binary (hex)")});
    m_form->setAccessibleName(tr("Kind of message"));
    m_times->setRange(1, 1'000);
    m_times->setPrefix(u"× "_s);
    m_times->setToolTip(tr("How often it is sent"));
    m_times->setAccessibleName(tr("Times"));
    m_file->setText(tr("File…"));
    m_file->setToolTip(tr("Take the message from a file"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();

    auto *line = new QHBoxLayout;
    line->setSpacing(6);
    line->addWidget(m_input, 1);
    line->addWidget(m_form);
    line->addWidget(m_file);
    line->addWidget(m_times);
    line->addWidget(m_send);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 6);
    layout->setSpacing(2);
    layout->addLayout(line);
    layout->addWidget(m_problem);

    connect(m_input, &QPlainTextEdit::textChanged, this, &Composer::check);
    connect(m_form, &QComboBox::currentIndexChanged, this, &Composer::check);
    connect(m_send, &QPushButton::clicked, this, &Composer::send);
    connect(m_file, &QToolButton::clicked, this, &Composer::openFile);
    check();
}

void Composer::setTrigger(const QString &path)
{
    m_trigger = path;
    m_sending = false;
    check();
}

void Composer::setConnected(bool connected)
{
    if (m_connected != connected) {
        m_connected = connected;
        check();
    }
}

void Composer::setText(const QString &text, Form form)
{
    m_form->setCurrentIndex(static_cast<int>(form));
    m_input->setPlainText(text);
    m_input->moveCursor(QTextCursor::End);
}

QString Composer::text() const
{
    return m_input->toPlainText();
}

Composer::Form Composer::form() const
{
    return static_cast<Form>(m_form->currentIndex());
}

void Composer::focusInput()
{
    m_input->setFocus();
}

Result<QByteArray> Composer::message() const
{
    const QString text = m_input->toPlainText();
    const auto bad = [](const QString &why) {
        return Error{.code = ErrorCode::InvalidArgument, .message = why, .detail = {}};
    };
    QByteArray bytes = text.toUtf8();
    if (form() == Form::Json) {
        // Scalars are messages too: the parser takes objects and lists only inside one.
        if (const auto json = JsonText::parse(bytes, DuplicateKeys::Accept); !json) {
            return bad(tr("Not JSON: %1").arg(json.error().message));
        }
    } else if (form() == Form::Binary) {
        QByteArray digits = text.toLatin1();
        digits.removeIf([](char c) { return c == ' ' || c == '\n' || c == '\t' || c == ':'; });
        const bool hex = std::all_of(digits.begin(), digits.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
        if (!hex || digits.size() % 2 != 0) {
            return bad(tr("Write bytes as pairs of hexadecimal digits: 01 ff 7a"));
        }
        bytes = QByteArray::fromHex(digits);
    }
    if (bytes.size() > kMaxBytes) {
        return bad(tr("At most %1 kB can be sent from here").arg(kMaxBytes / 1024));
    }
    return bytes;
}

void Composer::check()
{
    const bool empty = m_input->document()->isEmpty();
    const auto bytes = message();
    m_problem->setVisible(!empty && !bytes);
    if (!bytes) {
        m_problem->setText(bytes.error().message);
        QPalette colors = palette();
        colors.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
        m_problem->setPalette(colors);
    }
    m_send->setEnabled(!empty && bytes && m_connected && !m_trigger.isEmpty() && !m_sending);
    m_send->setToolTip(m_connected ? QString() : tr("There is no open connection"));
}

void Composer::send()
{
    const auto bytes = message();
    if (!bytes || !m_send->isEnabled()) {
        return;
    }
    const QString text = m_input->toPlainText();
    m_history.removeAll(text);
    m_history.append(text);
    while (m_history.size() > kMaxHistory) {
        m_history.removeFirst();
    }
    m_place = -1;
    m_sending = true;
    check();
    sendOne(*bytes, form() == Form::Binary, m_times->value(), m_trigger);
}

/// One after the other: each waits for the answer of the one before.
void Composer::sendOne(const QByteArray &message, bool binary, int left, const QString &path)
{
    rpc::SessionSend::Params params{.path = path};
    if (binary) {
        params.data = message;
    } else {
        params.text = decodeUtf8(message);
    }
    m_client.call<rpc::SessionSend>(params, this,
        [this, message, binary, left, path](const Result<rpc::SessionSend::Result> &result) {
            if (path != m_trigger) {
                return;
            }
            if (result && left > 1) {
                sendOne(message, binary, left - 1, path);
                return;
            }
            m_sending = false;
            if (!result) {
                emit failed(result.error()); // what was typed stays
            } else {
                emit said(tr("Sent %n message(s).", nullptr, m_times->value()));
                m_times->setValue(1);
                if (!m_history.isEmpty() && m_input->toPlainText() == m_history.constLast()) {
                    m_input->clear();
                }
            }
            check();
        });
}

void Composer::openFile()
{
    const QString name = QFileDialog::getOpenFileName(this, tr("Message from a file"));
    if (name.isEmpty()) {
        return;
    }
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly)) {
        emit failed({.code = ErrorCode::Io,
            .message = tr("%1 cannot be read: %2").arg(name, file.errorString()),
            .detail = {}});
        return;
    }
    if (file.size() > kMaxBytes) {
        emit failed({.code = ErrorCode::LimitExceeded,
            .message = tr("%1 is too large: at most %2 kB can be sent from here")
                           .arg(name)
                           .arg(kMaxBytes / 1024),
            .detail = {}});
        return;
    }
    const QByteArray bytes = file.readAll();
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder.decode(bytes);
    if (decoder.hasError() || text.contains(QChar(0))) {
        setText(QString::fromLatin1(bytes.toHex(' ')), Form::Binary);
    } else {
        setText(text, JsonText::parse(bytes, DuplicateKeys::Accept) ? Form::Json : Form::Text);
    }
}

void Composer::showHistory(qsizetype place)
{
    if (m_place == -1) {
        m_draft = m_input->toPlainText();
    }
    m_place = place;
    m_input->setPlainText(place < 0 ? m_draft : m_history.at(m_history.size() - 1 - place));
    m_input->moveCursor(QTextCursor::End);
}

bool Composer::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_input || event->type() != QEvent::KeyPress) {
        return QWidget::eventFilter(watched, event);
    }
    const auto *key = static_cast<QKeyEvent *>(event);
    const QTextCursor cursor = m_input->textCursor();
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && (key->modifiers() & Qt::ControlModifier) != 0) {
        send();
        return true;
    }
    if (key->key() == Qt::Key_Up && cursor.blockNumber() == 0 && m_place + 1 < m_history.size()) {
        showHistory(m_place + 1);
        return true;
    }
    if (key->key() == Qt::Key_Down && m_place >= 0
        && cursor.blockNumber() == m_input->document()->blockCount() - 1) {
        showHistory(m_place - 1);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace earshot::widgets
