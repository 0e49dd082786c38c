// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/clock.h"
#include "model/items/jsonedit.h"

#include <QObject>
#include <QUndoStack>

#include <optional>

namespace earshot::widgets {

/// A trigger document while it is edited: its text, what of it could be read, and one line of undo
/// steps over everything that changes it, whichever view did. Owned by the page.
class DocumentEditor final : public QObject
{
    Q_OBJECT
public:
    /// Changes of the same thing closer together than this are one undo step.
    static constexpr qint64 kMergeMs = 1'500;
    static constexpr int kUndoSteps = 500;

    explicit DocumentEditor(Clock &clock, QObject *parent = nullptr);

    /// Another document: nothing to undo. `readable` is shown by document() while the text is none.
    void reset(const QByteArray &text, const QByteArray &readable = "{}");
    [[nodiscard]] const QByteArray &text() const { return m_text; }
    /// The document as it can be read; while the text is no JSON object, the last one that was.
    [[nodiscard]] const JsonText &document() const { return m_document; }
    /// Why the text is no JSON object; nothing when it is.
    [[nodiscard]] const std::optional<Error> &syntaxError() const { return m_syntaxError; }
    [[nodiscard]] QUndoStack &undoStack() { return m_undo; }

    /// Null where the document has nothing.
    [[nodiscard]] const JsonNode *node(const items::JsonPath &path) const;
    [[nodiscard]] std::optional<QByteArray> raw(const items::JsonPath &path) const;
    /// Content of a string, JSON text of anything else, empty for nothing.
    [[nodiscard]] QString shown(const items::JsonPath &path) const;

    /// `what` names the change for the undo menu; changes with the same one may be merged.
    void setText(const QByteArray &text, const QString &what);
    /// Nothing = remove the value. Refused while the text is no JSON object.
    void set(
        const items::JsonPath &path, const std::optional<QByteArray> &raw, const QString &what);
    /// The next change is an undo step of its own.
    void endStep() { ++m_step; }

signals:
    void changed();

private:
    class Change;
    void apply(qsizetype offset, qsizetype length, const QByteArray &replacement);
    void read();

    Clock &m_clock;
    QUndoStack m_undo;
    QByteArray m_text;
    JsonText m_document;
    std::optional<Error> m_syntaxError;
    quint64 m_step = 0;
};

} // namespace earshot::widgets
