// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/connectiontestpanel.h"

#include "widgets/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// The service gives up after 30 s of connecting, and a script may have computed the URL before.
constexpr qint64 kDeadlineMs = 90'000;

QString stageName(const QString &name)
{
    if (name == "resolve_url"_L1) {
        return ConnectionTestPanel::tr("Address");
    }
    if (name == "dns"_L1) {
        return ConnectionTestPanel::tr("Name lookup");
    }
    if (name == "connect"_L1) {
        return ConnectionTestPanel::tr("Connection");
    }
    if (name == "proxy"_L1) {
        return ConnectionTestPanel::tr("Proxy");
    }
    if (name == "tls"_L1) {
        return ConnectionTestPanel::tr("TLS");
    }
    if (name == "handshake"_L1) {
        return ConnectionTestPanel::tr("WebSocket handshake");
    }
    return name;
}

} // namespace

ConnectionTestPanel::ConnectionTestPanel(rpc::ControlClient &client, QWidget *parent)
    : QFrame(parent)
    , m_client(client)
    , m_title(new QLabel(this))
    , m_lines(new QVBoxLayout)
{
    setFrameShape(QFrame::StyledPanel);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    m_title->setMinimumWidth(1);
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    auto *close = new QToolButton(this);
    close->setText(tr("Close"));
    close->setAccessibleName(tr("Close the connection test"));
    close->setAutoRaise(true);
    connect(close, &QToolButton::clicked, this, &ConnectionTestPanel::dismiss);
    auto *head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(close, 0, Qt::AlignTop);
    m_lines->setSpacing(1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 6, 12, 6);
    layout->setSpacing(4);
    layout->addLayout(head);
    layout->addLayout(m_lines);
    hide();
}

void ConnectionTestPanel::start(const QString &document)
{
    const quint64 generation = ++m_generation;
    m_isRunning = true;
    clearLines();
    m_title->setText(tr("Connecting with what is on this page…"));
    show();
    m_client.call<rpc::TriggerTestConnection>(
        {.path = {}, .url = {}, .document = document}, this,
        [this, generation](const Result<rpc::TestReport> &report) {
            if (generation != m_generation) {
                return;
            }
            m_isRunning = false;
            if (report) {
                showReport(*report);
            } else {
                m_title->setText(tr("The connection was not tested."));
                addLine(report.error().message, false);
            }
            emit finished();
        },
        kDeadlineMs);
}

void ConnectionTestPanel::dismiss()
{
    ++m_generation;
    m_isRunning = false;
    hide();
    emit finished();
}

void ConnectionTestPanel::showReport(const rpc::TestReport &report)
{
    double total = 0;
    for (const rpc::TestStage &stage : report.stages) {
        total += stage.ms;
        const QString time = tr("%1 ms").arg(QLocale().toString(stage.ms, 'f', 1));
        const QString what
            = stage.ok ? stageName(stage.name) : tr("%1 failed").arg(stageName(stage.name));
        addLine(stage.detail.isEmpty() ? tr("%1: %2").arg(what, time)
                                       : tr("%1: %2, %3").arg(what, time, stage.detail),
            stage.ok);
    }
    m_title->setText(report.ok
            ? tr("Connected in %1 ms, and closed again.").arg(QLocale().toString(total, 'f', 0))
            : tr("The connection failed."));
    if (!report.error.isEmpty()) {
        addLine(report.error, false);
    }
}

void ConnectionTestPanel::addLine(const QString &text, bool ok)
{
    auto *line = new QLabel(QString((ok ? u"✓ "_s : u"✗ "_s) + text), this);
    line->setTextFormat(Qt::PlainText);
    line->setWordWrap(true);
    line->setMinimumWidth(1);
    line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText,
        ok ? palette().color(QPalette::WindowText) : toneColor(items::Tone::Bad, palette()));
    line->setPalette(colours);
    m_lines->addWidget(line);
}

void ConnectionTestPanel::clearLines()
{
    while (QLayoutItem *item = m_lines->takeAt(0)) {
        item->widget()->deleteLater();
        delete item; // the layout gave it away
    }
}

QString ConnectionTestPanel::text() const
{
    QStringList lines{m_title->text()};
    for (int i = 0; i < m_lines->count(); ++i) {
        if (const auto *line = qobject_cast<QLabel *>(m_lines->itemAt(i)->widget())) {
            lines += line->text();
        }
    }
    return lines.join(u'\n');
}

} // namespace earshot::widgets
