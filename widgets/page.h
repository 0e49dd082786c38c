// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/result.h"
#include "model/rpc/controlclient.h"
#include "widgets/draftstore.h"
#include "widgets/place.h"

#include <QWidget>

namespace earshot::widgets {

/// What every page works with; all of it outlives the window.
struct PageContext
{
    rpc::ControlClient &client;
    Clock &clock;
    DraftStore &drafts;
};

/// A page of the window. The window owns it, tells it which trigger is selected and whether the
/// service is there, and takes it elsewhere when it asks.
class Page : public QWidget
{
    Q_OBJECT
public:
    using QWidget::QWidget;

    /// Empty = nothing is selected. Called again for the same path only when it was deleted and
    /// made anew.
    virtual void setTrigger(const QString &path) = 0;
    /// What is known about the selected trigger: after setTrigger, then with each change of its
    /// document (revision), mode, session or counters, and once a second while it counts down.
    virtual void onSummary(const rpc::TriggerSummary &summary) { Q_UNUSED(summary) }
    /// The service answers; everything shown before may be old.
    virtual void onReady() { }
    /// The service is gone; what is shown stays, what was typed too.
    virtual void onLost() { }
    /// Shows what `place` names beyond the page and the trigger.
    virtual void showPlace(const Place &place) { Q_UNUSED(place) }
    /// What the page holds that would be lost; the window asks before it goes.
    [[nodiscard]] virtual bool hasEdits() const { return false; }

signals:
    void placeRequested(const earshot::widgets::Place &place);
    void failed(const earshot::Error &error);
    /// A sentence for the status bar.
    void said(const QString &text);
    void editedChanged(bool edited);
};

} // namespace earshot::widgets
