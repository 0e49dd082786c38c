// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/documenteditor.h"

#include <QUndoCommand>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kChangeId = 1;

JsonText emptyDocument()
{
    return JsonText::parse("{}").value();
}

} // namespace

/// One replaced stretch of the text: a document may be large, so steps keep only what differs.
class DocumentEditor::Change final : public QUndoCommand
{
public:
    Change(DocumentEditor &editor, const QByteArray &before, const QByteArray &after,
        const QString &what)
        : QUndoCommand(what)
        , m_editor(editor)
        , m_atMs(editor.m_clock.monotonicMs())
        , m_step(editor.m_step)
    {
        setDifference(before, after);
    }

    void undo() override { m_editor.apply(m_offset, m_after.size(), m_before); }
    void redo() override { m_editor.apply(m_offset, m_before.size(), m_after); }
    [[nodiscard]] int id() const override { return kChangeId; }

    bool mergeWith(const QUndoCommand *other) override
    {
        // The id says what it is.
        const auto *next = static_cast<const Change *>(other); // NOLINT
        if (next->text() != text() || next->m_step != m_step || next->m_atMs - m_atMs > kMergeMs) {
            return false;
        }
        // Both stretches within the text between them; seen from the text before both and after.
        const QByteArray &now = m_editor.m_text;
        QByteArray between = now;
        between.replace(next->m_offset, next->m_after.size(), next->m_before);
        QByteArray first = between;
        first.replace(m_offset, m_after.size(), m_before);
        m_atMs = next->m_atMs;
        setDifference(first, now);
        setObsolete(m_before == m_after);
        return true;
    }

private:
    void setDifference(const QByteArray &before, const QByteArray &after)
    {
        const qsizetype shorter = std::min(before.size(), after.size());
        m_offset = 0;
        while (m_offset < shorter && before.at(m_offset) == after.at(m_offset)) {
            ++m_offset;
        }
        qsizetype same = 0;
        while (same < shorter - m_offset
            && before.at(before.size() - 1 - same) == after.at(after.size() - 1 - same)) {
            ++same;
        }
        m_before = before.sliced(m_offset, before.size() - m_offset - same);
        m_after = after.sliced(m_offset, after.size() - m_offset - same);
    }

    DocumentEditor &m_editor;
    qsizetype m_offset = 0;
    QByteArray m_before;
    QByteArray m_after;
    qint64 m_atMs;
    quint64 m_step;
};

DocumentEditor::DocumentEditor(Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_document(emptyDocument())
{
    m_undo.setUndoLimit(kUndoSteps);
}

void DocumentEditor::reset(const QByteArray &text, const QByteArray &readable)
{
    m_undo.clear();
    m_document = emptyDocument();
    m_text = readable;
    read();
    m_text = text;
    read();
    emit changed();
}

const JsonNode *DocumentEditor::node(const items::JsonPath &path) const
{
    return items::nodeAt(m_document.root(), path);
}

std::optional<QByteArray> DocumentEditor::raw(const items::JsonPath &path) const
{
    const JsonNode *found = node(path);
    return found == nullptr ? std::nullopt : std::optional(m_document.raw(*found));
}

QString DocumentEditor::shown(const items::JsonPath &path) const
{
    const JsonNode *found = node(path);
    if (found == nullptr) {
        return {};
    }
    return found->isString() ? found->text : QString::fromUtf8(m_document.raw(*found));
}

void DocumentEditor::setText(const QByteArray &text, const QString &what)
{
    if (text != m_text) {
        m_undo.push(new Change(*this, m_text, text, what)); // the stack owns it
    }
}

void DocumentEditor::set(
    const items::JsonPath &path, const std::optional<QByteArray> &raw, const QString &what)
{
    if (m_syntaxError) {
        return;
    }
    const auto edited = raw ? items::setAt(m_text, path, *raw) : items::removeAt(m_text, path);
    if (edited) {
        setText(*edited, what);
    }
}

void DocumentEditor::apply(qsizetype offset, qsizetype length, const QByteArray &replacement)
{
    m_text.replace(offset, length, replacement);
    read();
    emit changed();
}

void DocumentEditor::read()
{
    auto parsed = JsonText::parse(m_text);
    if (!parsed) {
        m_syntaxError = parsed.error();
    } else if (!parsed->root().isObject()) {
        m_syntaxError = Error{ErrorCode::Parse, tr("a trigger must be a JSON object"), {}};
    } else {
        m_document = std::move(parsed).value();
        m_syntaxError.reset();
    }
}

} // namespace earshot::widgets
