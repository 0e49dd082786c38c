// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/triggerheader.h"

#include "widgets/appearance.h"
#include "widgets/elidedlabel.h"
#include "widgets/shell/glyphs.h"
#include "widgets/shell/statechip.h"
#include "widgets/shell/toggleswitch.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

TriggerHeader::TriggerHeader(QMenu *more, QWidget *parent)
    : QWidget(parent)
    , m_title(new ElidedLabel(this))
    , m_chip(new StateChip(this))
    , m_subtitle(new ElidedLabel(this))
    , m_error(new ElidedLabel(this))
    , m_switch(new ToggleSwitch(this))
    , m_suspend(new QToolButton(this))
    , m_test(new QToolButton(this))
{
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.3);
    large.setBold(true);
    m_title->setFont(large);
    m_switch->setAccessibleName(tr("Enabled"));
    m_suspend->setText(tr("Suspend"));
    m_suspend->setIcon(glyphIcon(Glyph::Pause));
    m_suspend->setCheckable(true);
    m_suspend->setToolTip(tr("Stay connected, and let messages wait until they are resumed"));
    m_test->setText(tr("Test"));
    m_test->setIcon(glyphIcon(Glyph::Plug));
    m_test->setToolTip(tr("Connect once and show how long each stage takes"));
    auto *moreButton = new QToolButton(this);
    moreButton->setIcon(glyphIcon(Glyph::More));
    moreButton->setToolTip(tr("More"));
    moreButton->setAccessibleName(tr("More actions"));
    moreButton->setMenu(more);
    moreButton->setPopupMode(QToolButton::InstantPopup);
    moreButton->setStyleSheet(u"QToolButton::menu-indicator { image: none; }"_s);
    for (QToolButton *button : {m_suspend, m_test, moreButton}) {
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
    }
    moreButton->setToolButtonStyle(Qt::ToolButtonIconOnly);

    auto *first = new QHBoxLayout;
    first->setSpacing(10);
    first->addWidget(m_title, 1);
    first->addWidget(m_test);
    first->addWidget(m_suspend);
    first->addWidget(moreButton);
    first->addWidget(m_switch);
    auto *second = new QHBoxLayout;
    second->setSpacing(10);
    second->addWidget(m_chip);
    second->addWidget(m_subtitle, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 10, 12, 8);
    layout->setSpacing(6);
    layout->addLayout(first);
    layout->addLayout(second);
    layout->addWidget(m_error);
    m_error->hide();

    connect(m_switch, &ToggleSwitch::clicked, this,
        [this](bool on) { emit modeRequested(on ? TriggerMode::Enabled : TriggerMode::Disabled); });
    connect(m_suspend, &QToolButton::clicked, this, [this](bool suspended) {
        emit modeRequested(suspended ? TriggerMode::Suspended : TriggerMode::Enabled);
    });
    connect(m_test, &QToolButton::clicked, this, &TriggerHeader::testRequested);
    colour();
}

void TriggerHeader::show(const rpc::TriggerSummary &trigger, qint64 nowUs, bool connected)
{
    m_title->setText(trigger.path);
    m_chip->setState(items::shapeOf(trigger, nowUs), items::toneOf(trigger),
        connected ? items::stateText(trigger, nowUs) : tr("unknown: no service"));
    const QString error = trigger.error.isEmpty() ? trigger.session.error : trigger.error;
    m_error->setText(items::oneLine(error));
    m_error->setVisible(!error.isEmpty());
    QStringList parts{u"%1 → %2"_s.arg(items::oneLine(trigger.url), trigger.runnable)};
    if (const QString counters = items::counterText(trigger.counters); !counters.isEmpty()) {
        parts += counters;
    }
    m_subtitle->setText(parts.join(u"   ·   "_s));
    m_switch->setChecked(trigger.mode != TriggerMode::Disabled);
    m_switch->setToolTip(trigger.mode == TriggerMode::Disabled
            ? tr("Off. Switch on to connect and run the script for each message that matches.")
            : tr("On. Switch off to disconnect."));
    m_suspend->setChecked(trigger.mode == TriggerMode::Suspended);
    for (QWidget *widget : {static_cast<QWidget *>(m_switch), static_cast<QWidget *>(m_suspend),
             static_cast<QWidget *>(m_test)}) {
        widget->setEnabled(connected);
    }
}

void TriggerHeader::colour()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, quietColor(palette()));
    m_subtitle->setPalette(quiet);
    QPalette bad = palette();
    bad.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_error->setPalette(bad);
}

void TriggerHeader::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    // The desktop may turn dark while we are open.
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

} // namespace earshot::widgets
