// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/storage/sqlite.h"

#include <QByteArray>
#include <QMap>
#include <QString>

#include <functional>
#include <optional>

namespace earshot::storage {

class Journal;

/// JSON texts by path: one store each for variables, resources, script state and settings. All in
/// memory; a change is seen at once and `done` says when it is durable. Event-loop thread.
class DocumentStore final
{
public:
    /// Stored numbers: add, never change.
    enum class Kind { Variable = 0, Resource = 1, State = 2, Setting = 3 };
    using Done = std::function<void(const Result<void> &)>;

    explicit DocumentStore(Kind kind)
        : m_kind(kind)
    { }
    Q_DISABLE_COPY_MOVE(DocumentStore)

    [[nodiscard]] Result<void> load(Connection &connection);
    void attach(Journal *journal) { m_journal = journal; }

    [[nodiscard]] std::optional<QByteArray> value(const QString &path) const;
    [[nodiscard]] const QMap<QString, QByteArray> &all() const noexcept { return m_values; }
    /// `json`: JSON text, kept byte for byte; at most kMaxValueBytes (LimitExceeded).
    void set(const QString &path, const QByteArray &json, Done done = {});
    /// NotFound when there is none.
    void remove(const QString &path, Done done = {});

    static constexpr qint64 kMaxValueBytes = qint64(16) * 1024 * 1024;

private:
    Kind m_kind;
    Journal *m_journal = nullptr;
    QMap<QString, QByteArray> m_values;
};

} // namespace earshot::storage
