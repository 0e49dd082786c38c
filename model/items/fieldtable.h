// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/jsonedit.h"

#include <QList>
#include <QPair>
#include <QString>

/// What the form of a trigger document consists of. A new key is a new row of the table (a test
/// compares it with triggerKeyTable()); a new kind of value is a new editor.
namespace earshot::items {

enum class FieldSection {
    Connect,
    OnOpen,
    ReadyWhen,
    Heartbeat,
    Match,
    Run,
    Reply,
    OnError,
    Limits,
};
inline constexpr int kFieldSections = 9;
/// The section's name in the list on the left.
[[nodiscard]] QString sectionTitle(FieldSection section);
/// What the section is about, in a sentence.
[[nodiscard]] QString sectionHelp(FieldSection section);

enum class FieldKind {
    Text,
    LongText, ///< several lines
    Integer,
    Seconds,
    Bytes,
    Switch, ///< true or false
    Presence, ///< an object that is there or not; its members are fields of their own
    Choice,
    Strings, ///< an array of strings
    Url,
    Arguments, ///< an object given to a runnable
    Runnable, ///< script_path and is_flow
    Script, ///< a path of a script
    Headers,
    Filters, ///< filters and filter_logic
    InitialMessages,
    HeartbeatText,
    File,
    Expression, ///< JavaScript
    Json, ///< anything: what this version keeps and does not act on
};

struct Field
{
    QString key; ///< as in triggerKeyTable()
    FieldSection section = FieldSection::Connect;
    FieldKind kind = FieldKind::Text;
    QString label;
    QString help;
    QString unit; ///< behind the value, as `seconds`
    /// Key of the field whose editor shows this one; empty = it has a row of its own.
    QString partOf;
    /// JSON text that a Presence starts with, or that a required key gets when it is reset.
    QString initial;
    QString defaultValue; ///< JSON text, or words for people; empty where there is none
    bool required = false;
    bool active = true; ///< this version acts on it
    QList<QPair<QString, QString>> choices; ///< value, words

    [[nodiscard]] JsonPath path() const { return key.split(u'.'); }
    [[nodiscard]] bool hasRow() const { return partOf.isEmpty(); }
    /// Whether label, help or key hold every word of a search.
    [[nodiscard]] bool matches(const QString &search) const;
    friend bool operator==(const Field &, const Field &) = default;
};

/// Every key of the document, in the order of the page.
[[nodiscard]] const QList<Field> &fieldTable();
/// Null for a key that the table does not have.
[[nodiscard]] const Field *findField(QStringView key);
/// The field with a row that shows the value at a path; null for what no field shows.
[[nodiscard]] const Field *fieldAt(const JsonPath &path);

} // namespace earshot::items
