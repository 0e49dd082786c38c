// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/heartbeateditor.h"

#include "widgets/appearance.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr int kShownPreview = 2'000;

} // namespace

HeartbeatEditor::HeartbeatEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_text(new TextFieldEditor(context, field, this))
    , m_preview(new QLabel(this))
{
    m_preview->setTextFormat(Qt::PlainText);
    m_preview->setWordWrap(true);
    m_preview->setMinimumWidth(1);
    m_preview->hide();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    layout->addWidget(m_text);
    layout->addWidget(m_preview);
    setFocusProxy(m_text->input());
    m_previewSoon.setSingleShot(true);
    m_previewSoon.setInterval(300ms);
    connect(&m_previewSoon, &QTimer::timeout, this, &HeartbeatEditor::preview);
}

void HeartbeatEditor::refresh()
{
    m_text->refresh();
    m_previewSoon.start();
}

void HeartbeatEditor::setTrigger(const QString &path)
{
    m_trigger = path;
    ++m_previews;
    m_preview->hide();
}

void HeartbeatEditor::showEvent(QShowEvent *event)
{
    FieldEditor::showEvent(event);
    m_previewSoon.start(); // messages came meanwhile
}

void HeartbeatEditor::preview()
{
    const auto heartbeat = m_context.document.raw({u"heartbeat"_s});
    if (!heartbeat || m_trigger.isEmpty() || !m_context.client.isReady() || !isVisible()) {
        m_preview->hide();
        return;
    }
    m_context.client.call<rpc::TriggerPreviewMessages>(
        {.document = QString::fromUtf8(QByteArray("{\"heartbeat\":" + *heartbeat + '}')),
            .path = m_trigger},
        this,
        [this, previews = ++m_previews](
            const Result<rpc::TriggerPreviewMessages::Result> &preview) {
            if (previews == m_previews && preview) {
                showPreview(*preview);
            }
        });
}

void HeartbeatEditor::showPreview(const rpc::TriggerPreviewMessages::Result &preview)
{
    const QString text = preview.heartbeat.text.left(kShownPreview);
    const bool hasField = m_context.document.node({u"heartbeat"_s, u"state_field"_s}) != nullptr;
    m_preview->setText(!hasField ? tr("Will be sent: %1").arg(text)
            : preview.state.isEmpty()
            ? tr("Will be sent: %1 (no message has the state field yet)").arg(text)
            : tr("Will be sent: %1 (the state is %2 now)").arg(text, preview.state));
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, quietColor(palette()));
    m_preview->setPalette(colours);
    m_preview->setVisible(!preview.heartbeat.text.isEmpty());
}

QString HeartbeatEditor::previewText() const
{
    return m_preview->isHidden() ? QString() : m_preview->text();
}

} // namespace earshot::widgets
