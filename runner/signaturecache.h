// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runner/scriptresolver.h"

#include <QHash>
#include <QObject>

#include <deque>
#include <functional>

namespace earshot::runner {

/// Signatures of scripts as their drivers print them, asked for once per content and runtime, so
/// that drivers need not parse at every start. Never makes a run wait. Event-loop thread only.
class SignatureCache final : public QObject
{
    Q_OBJECT

public:
    explicit SignatureCache(QObject *parent = nullptr);
    ~SignatureCache() override;

    /// Identifies the script's content; empty when it cannot be read.
    [[nodiscard]] static QByteArray keyOf(const ScriptTarget &target);
    /// The signature's JSON text, empty while it is not known.
    [[nodiscard]] QByteArray find(const QByteArray &key) const;
    /// Asks the driver, unless it was asked before.
    void request(const QByteArray &key, const ScriptTarget &target);
    using Done = std::function<void(const Result<QByteArray> &)>;
    /// The same with an answer, which may come at once; empty when the driver has none.
    void ask(const QByteArray &key, const ScriptTarget &target, Done done);

private:
    struct Question
    {
        QByteArray key;
        ScriptTarget target;
    };
    void askNext();

    QHash<QByteArray, QByteArray> m_known; ///< an empty value: no answer, do not ask again
    std::deque<Question> m_questions;
    QHash<QByteArray, QList<Done>> m_waiting; ///< for questions that are not answered yet
    bool m_asking = false;
};

} // namespace earshot::runner
