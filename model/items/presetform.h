// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/types.h"

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace earshot::items {

/// A blank of a preset for a person to fill in.
struct PresetField
{
    QString name = {};
    QString label = {};
    QString value = {}; ///< to begin with
    QString hint = {}; ///< shown while it is empty
    bool optional = false;
    QString secret = {}; ///< path of the secret it is kept as; empty = it is no secret

    friend bool operator==(const PresetField &, const PresetField &) = default;
};

/// A preset as a form: what to fill in, and the trigger and scripts that come of it. In the
/// preset's texts `<<name>>` stands for a field, `<<script>>` for the path of the script. A list's
/// element whose blank stays empty is left out; a blank of its own as a filter's `value` is JSON
/// if it reads as such.
struct PresetForm
{
    QString id = {};
    QString name = {};
    QString summary = {};
    QString path = {}; ///< suggested for the trigger
    QList<PresetField> fields = {};
    QJsonObject document = {};
    QHash<QString, QString> scripts = {}; ///< text by language; others begin with a template
    /// Text by language of further scripts, by what is appended to the script's path.
    QHash<QString, QHash<QString, QString>> moreScripts = {};

    [[nodiscard]] static PresetForm fromPreset(const rpc::Preset &preset);

    /// The first field that must be filled in and is not; null when all is well.
    [[nodiscard]] const PresetField *missing(const QHash<QString, QString> &values) const;
    /// JSON text of the trigger.
    [[nodiscard]] QString documentFor(
        const QHash<QString, QString> &values, const QString &scriptPath, bool reply) const;
    /// Secrets to keep: value by path.
    [[nodiscard]] QHash<QString, QString> secretsFor(
        const QHash<QString, QString> &values, const QString &scriptPath) const;
};

/// An object's texts.
[[nodiscard]] QHash<QString, QString> textsOf(const QJsonObject &object);
/// An address a person may have copied: one line that begins with ws:// or wss://; else empty.
[[nodiscard]] QString webSocketUrlIn(const QString &clipboard);

} // namespace earshot::items
