// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/run.h"

#include <QMetaType>
#include <QString>

namespace earshot::widgets {

/// Somewhere in the window: what a link, a notification or the command palette opens.
struct Place
{
    enum class Page {
        Live,
        Configure,
        Script,
        Runs, ///< of the selected trigger
        Overview,
        AllRuns,
        Away,
        Values,
        Settings,
    };

    Page page = Page::Live;
    QString trigger = {}; ///< empty = the selected one, or all where the page knows "all"
    RunId run = 0; ///< 0 = none
    qint64 message = 0; ///< id of a message; 0 = none
    QString runnable = {}; ///< path of a script; empty = the trigger's
    QString field = {}; ///< JSON pointer of a field of the document; empty = none

    friend bool operator==(const Place &, const Place &) = default;
};

} // namespace earshot::widgets

Q_DECLARE_METATYPE(earshot::widgets::Place)
