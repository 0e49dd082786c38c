// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <QStringView>

namespace earshot {

enum class KeyOrigin { Windmill, Earshot };
enum class KeyActivity {
    Active,
    Inactive, ///< known to Earshot, kept in the document, not acted on by this version
};

/// A key a trigger document may have, as docs/trigger-reference.md lists it.
struct TriggerKey
{
    QString name; ///< dotted: `heartbeat.interval_secs`, `delivery.concurrency`
    QString type;
    QString defaultValue; ///< as JSON text; `required` where there is none
    KeyOrigin origin = KeyOrigin::Windmill;
    KeyActivity activity = KeyActivity::Active;
    friend bool operator==(const TriggerKey &, const TriggerKey &) = default;
};

/// Every key of the trigger document that has a meaning, in the order of the reference.
[[nodiscard]] const QList<TriggerKey> &triggerKeyTable();

/// The four top-level keys that hold Earshot's own settings.
[[nodiscard]] const QStringList &extensionObjects();

/// What to tell about an entry of TriggerConfig::inactiveKeys: `delivery.ack is kept but not active
/// in this version`, or for an unknown key with the name that was probably meant.
[[nodiscard]] QString describeInactiveKey(const QString &dottedName);

/// The candidate that looks most like `name`, or an empty string when none does.
[[nodiscard]] QString nearestName(QStringView name, const QStringList &candidates);

} // namespace earshot
