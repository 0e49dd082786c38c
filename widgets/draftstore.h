// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QHash>
#include <QString>

#include <optional>

namespace earshot::widgets {

/// Edited and not saved documents by trigger path, on disk (0600) so that neither switching
/// triggers nor a crash loses an edit.
class DraftStore final
{
public:
    struct Draft
    {
        QString text;
        qint64 revision = 0; ///< that was edited
        friend bool operator==(const Draft &, const Draft &) = default;
    };

    /// Reads the file; one that cannot be read counts as empty and is kept aside.
    explicit DraftStore(QString fileName);

    [[nodiscard]] std::optional<Draft> find(const QString &path) const;
    [[nodiscard]] bool isEmpty() const { return m_drafts.isEmpty(); }
    /// In memory; save() writes.
    void put(const QString &path, const Draft &draft);
    void remove(const QString &path);
    [[nodiscard]] Result<void> save();

private:
    void load();

    QString m_fileName;
    QHash<QString, Draft> m_drafts;
    bool m_dirty = false;
};

} // namespace earshot::widgets
