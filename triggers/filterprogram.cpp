// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/filterprogram.h"

#include "triggers/filtercode.h"
#include "triggers/messageview.h"

#include <QStringList>
#include <QVarLengthArray>

#include <algorithm>

namespace earshot::triggers {

using namespace Qt::StringLiterals;

namespace {

enum class Truth : quint8 { Unknown, False, True };

[[nodiscard]] constexpr Truth truthOf(bool value) noexcept
{
    return value ? Truth::True : Truth::False;
}

/// A verdict while the message is being read: what its leaves are known to be, provided that the
/// rest of the message is well-formed.
class Evaluation
{
public:
    explicit Evaluation(const FilterCode &code)
        : m_code(&code)
        , m_seen(static_cast<qsizetype>(code.keys.size()))
        , m_truths(static_cast<qsizetype>(code.leaves.size()))
        , m_unseen(code.keys.size())
    {
        std::fill(m_seen.begin(), m_seen.end(), false);
        std::fill(m_truths.begin(), m_truths.end(), Truth::Unknown);
    }

    /// Returns false when the verdict is withoutFields, whatever follows.
    [[nodiscard]] bool take(const json::Field &field)
    {
        if (field.keyHasSurrogates && !json::unescaped(field.key).has_value()) {
            return false; // malformed
        }
        if (m_unseen == 0) {
            return true;
        }
        const size_t key = find(field);
        if (key == m_code->keys.size() || m_seen[static_cast<qsizetype>(key)]) {
            return true; // of a repeated field the first counts
        }
        m_seen[static_cast<qsizetype>(key)] = true;
        --m_unseen;
        const bool readable = field.doubts == json::NoDoubt || json::isReadable(field.value);
        for (size_t i = 0; i < m_code->leaves.size(); ++i) {
            const FilterLeaf &leaf = m_code->leaves[i];
            if (leaf.key == key) {
                m_truths[static_cast<qsizetype>(i)]
                    = truthOf(readable && leafMatches(leaf, field.value));
            }
        }
        // Were the rest malformed, the verdict would be withoutFields: once it cannot become
        // anything else, the rest need not be read.
        return evaluate(m_code->root) != truthOf(m_code->withoutFields);
    }

    /// The verdict when the whole message was taken and is well-formed.
    [[nodiscard]] bool finish()
    {
        std::replace(m_truths.begin(), m_truths.end(), Truth::Unknown, Truth::False);
        return evaluate(m_code->root) == Truth::True;
    }

    [[nodiscard]] Truth evaluate(const FilterNode &node) const
    {
        switch (node.kind) {
        case FilterNode::Kind::Leaf:
            return m_truths[static_cast<qsizetype>(node.leaf)];
        case FilterNode::Kind::Any:
            return decide(node, Truth::True, Truth::True);
        case FilterNode::Kind::None:
            return decide(node, Truth::True, Truth::False);
        case FilterNode::Kind::All:
            return decide(node, Truth::False, Truth::False);
        }
        return Truth::Unknown;
    }

private:
    [[nodiscard]] static constexpr Truth opposite(Truth truth) noexcept
    {
        return truth == Truth::True ? Truth::False : Truth::True;
    }

    /// `outcome` if any child is `decisive`; its opposite if all are the opposite.
    [[nodiscard]] Truth decide(const FilterNode &node, Truth decisive, Truth outcome) const
    {
        bool unknown = false;
        for (const FilterNode &child : node.children) {
            const Truth truth = evaluate(child);
            if (truth == decisive) {
                return outcome;
            }
            unknown = unknown || truth == Truth::Unknown;
        }
        return unknown ? Truth::Unknown : opposite(outcome);
    }

    [[nodiscard]] size_t find(const json::Field &field) const
    {
        size_t key = 0;
        while (key < m_code->keys.size()
            && !json::equalsUnescaped(field.key, field.keyHasEscapes, m_code->keys[key])) {
            ++key;
        }
        return key;
    }

    [[nodiscard]] static bool leafMatches(const FilterLeaf &leaf, QByteArrayView value)
    {
        if (leaf.path.empty()) {
            return isSuperset(value, leaf.wanted);
        }
        const std::optional<QByteArrayView> found = resolvePath(value, leaf.path);
        return found.has_value() && isSuperset(*found, leaf.wanted);
    }

    const FilterCode *m_code;
    QVarLengthArray<bool, 16> m_seen; ///< per key
    QVarLengthArray<Truth, 32> m_truths; ///< per leaf
    size_t m_unseen;
};

/// Longest piece of a value that an explanation quotes, in characters.
constexpr qsizetype kQuotedLength = 80;

[[nodiscard]] QString quoted(const QString &text)
{
    return text.size() <= kQuotedLength ? text : text.left(kQuotedLength - 1) + u'…';
}

[[nodiscard]] QString groupText(FilterNode::Kind kind)
{
    switch (kind) {
    case FilterNode::Kind::Any:
        return u"any_of"_s;
    case FilterNode::Kind::All:
        return u"all_of"_s;
    case FilterNode::Kind::None:
        return u"none_of"_s;
    case FilterNode::Kind::Leaf:
        break;
    }
    return {};
}

/// Says why each node is true or false for one message.
class Explainer
{
public:
    Explainer(const FilterCode &code, const Evaluation &evaluation,
        const std::vector<std::optional<json::Field>> &fields)
        : m_code(code)
        , m_evaluation(evaluation)
        , m_fields(fields)
    { }

    [[nodiscard]] FilterReason explain(const FilterNode &node) const
    {
        const bool passed = m_evaluation.evaluate(node) == Truth::True;
        if (node.kind == FilterNode::Kind::Leaf) {
            return {passed, leafText(m_code.leaves[node.leaf], passed)};
        }
        // The members that decided: the true ones if any, none, or some were wanted; else the
        // others.
        const bool wantTrue = node.kind == FilterNode::Kind::All
            ? passed
            : passed == (node.kind == FilterNode::Kind::Any);
        QStringList parts;
        for (const FilterNode &child : node.children) {
            const FilterReason reason = explain(child);
            if (reason.passed == wantTrue) {
                parts.append(reason.text);
            }
        }
        return {passed, groupText(node.kind) + u": "_s + parts.join(u"; "_s)};
    }

private:
    [[nodiscard]] QString leafText(const FilterLeaf &leaf, bool passed) const
    {
        const QString wanted = quoted(leaf.wantedText);
        const std::optional<json::Field> &field = m_fields[leaf.key];
        std::optional<QByteArrayView> value;
        if (field.has_value()) {
            if (field->doubts != json::NoDoubt && !json::isReadable(field->value)) {
                return u"`%1` cannot be read (a number out of range, a broken escape, or nested "
                       u"too "
                       "deeply), wanted %2"_s.arg(leaf.field, wanted);
            }
            value = resolvePath(field->value, leaf.path);
        }
        if (!value.has_value()) {
            return u"`%1` is missing, wanted %2"_s.arg(leaf.field, wanted);
        }
        // Only as much as is shown, and somewhat more for spaces and escapes.
        const QString actual = value->size() > kQuotedLength * 8
            ? quoted(QString::fromUtf8(value->first(kQuotedLength * 4)))
            : quoted(QString::fromUtf8(json::compacted(*value)));
        if (!passed) {
            return u"`%1` is %2, wanted %3"_s.arg(leaf.field, actual, wanted);
        }
        return actual == wanted
            ? u"`%1` is %2"_s.arg(leaf.field, actual)
            : u"`%1` is %2, which contains %3"_s.arg(leaf.field, actual, wanted);
    }

    const FilterCode &m_code;
    const Evaluation &m_evaluation;
    const std::vector<std::optional<json::Field>> &m_fields; ///< per key, the first of its name
};

[[nodiscard]] FilterReason emptyGroupReason()
{
    return {true, u"the group is empty and does not count"_s};
}

} // namespace

Result<FilterProgram> FilterProgram::compile(QByteArrayView filtersJson, QStringView logic)
{
    if (filtersJson.size() > kMaxDocumentBytes) {
        return Error{.code = ErrorCode::LimitExceeded,
            .message = u"filters has %1 bytes, more than %2"_s.arg(
                QString::number(filtersJson.size()), QString::number(kMaxDocumentBytes)),
            .detail = {}};
    }
    size_t entryCount = 0;
    Result<std::optional<FilterCode>> code
        = compileFilters(filtersJson, logic == "or"_L1, entryCount);
    if (!code) {
        return std::move(code).error();
    }
    FilterProgram program;
    if (code->has_value()) {
        program.m_code = std::make_shared<const FilterCode>(**std::move(code));
    } else {
        program.m_emptyEntries.fill(emptyGroupReason(), static_cast<qsizetype>(entryCount));
    }
    return program;
}

bool FilterProgram::matches(QByteArrayView utf8Message) const
{
    if (m_code == nullptr) {
        return true;
    }
    Evaluation evaluation(*m_code);
    const json::Scan scan = json::scanFields(
        utf8Message, [&](const json::Field &field) { return evaluation.take(field); });
    return scan.end == json::ScanEnd::Complete ? evaluation.finish() : m_code->withoutFields;
}

bool FilterProgram::matches(const MessageView &view) const
{
    switch (view.state()) {
    case MessageView::State::NotScanned:
    case MessageView::State::TooMany:
        return matches(view.bytes());
    case MessageView::State::NoFields:
        return m_code == nullptr || m_code->withoutFields;
    case MessageView::State::Fields:
        break;
    }
    if (m_code == nullptr) {
        return true;
    }
    Evaluation evaluation(*m_code);
    for (const json::Field &field : view.fields()) {
        if (!evaluation.take(field)) {
            return m_code->withoutFields;
        }
    }
    return evaluation.finish();
}

FilterVerdict FilterProgram::explain(QByteArrayView utf8Message) const
{
    if (m_code == nullptr) {
        return {.matches = true, .message = {}, .entries = m_emptyEntries};
    }
    FilterVerdict verdict;
    std::vector<std::optional<json::Field>> fields(m_code->keys.size());
    Evaluation evaluation(*m_code);
    const json::Scan scan = json::scanFields(utf8Message, [&](const json::Field &field) {
        if (field.keyHasSurrogates && !json::unescaped(field.key).has_value()) {
            return false;
        }
        for (size_t key = 0; key < fields.size(); ++key) {
            if (!fields[key].has_value()
                && json::equalsUnescaped(field.key, field.keyHasEscapes, m_code->keys[key])) {
                fields[key] = field;
            }
        }
        static_cast<void>(evaluation.take(field)); // the reasons need the other fields too
        return true;
    });
    if (scan.end != json::ScanEnd::Complete) {
        const char *const begin = utf8Message.data();
        const char *const end = begin + utf8Message.size();
        const char *const first = json::skipSpace(begin, end);
        verdict.message = first != end && *first == '{'
            ? u"the message is malformed JSON near byte %1, so it has no fields"_s.arg(
                scan.after - begin + 1)
            : u"the message is not a JSON object, so it has no fields"_s;
        std::fill(fields.begin(), fields.end(), std::nullopt);
        evaluation = Evaluation(*m_code);
    }
    verdict.matches = evaluation.finish();
    const Explainer explainer(*m_code, evaluation, fields);
    for (const std::optional<size_t> &child : m_code->entries) {
        verdict.entries.append(child.has_value() ? explainer.explain(m_code->root.children[*child])
                                                 : emptyGroupReason());
    }
    return verdict;
}

} // namespace earshot::triggers
