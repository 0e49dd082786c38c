// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/jsonpath.h"
#include "model/result.h"
#include "model/run.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>
#include <QRegularExpression>
#include <QString>
#include <QStringList>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace earshot {

/// What a MessageFilter is asked about. The texts are those of the control API.
struct FilterSubject
{
    QByteArrayView body = {}; ///< UTF-8, or the bytes of a binary message
    QStringView trigger = {};
    QStringView direction = {}; ///< `in`, `out`, `event`
    QStringView kind = {}; ///< `text`, `binary`, `event`
    QStringView what = {}; ///< `message`, `heartbeat`, `connecting`, …
    QStringView verdict = {};
    qint64 size = 0; ///< of the whole body
};

/// What a person types to find messages: words that all have to hold.
///
///     word  "two words"  /re/i       the body holds it
///     -word  !dir:in                 not
///     dir:in|out  type:binary  op:0  trigger:orders  verdict:filtered  what:heartbeat
///     size>1k  run:failed  latency>200ms
///     $.d.author.id=="42"  $.price>=10  $.name~ann  $.error
///
/// A value: copies share what was compiled. Thread-safe.
class MessageFilter final
{
public:
    /// A regular expression looks at this much of a body.
    static constexpr qsizetype kMaxRegexBytes = qsizetype(256) * 1024;
    static constexpr qsizetype kMaxTextLength = 4'000;

    /// Lets everything pass.
    MessageFilter() = default;
    /// The Error says what to write instead.
    [[nodiscard]] static Result<MessageFilter> parse(QStringView text);

    [[nodiscard]] bool isEmpty() const noexcept { return !m_terms || m_terms->empty(); }
    [[nodiscard]] const QString &text() const noexcept { return m_text; }
    /// Everything but `run:` and `latency`.
    [[nodiscard]] bool matches(const FilterSubject &subject) const;
    [[nodiscard]] bool dependsOnRun() const noexcept { return m_dependsOnRun; }
    /// `run:` and `latency`; no status means that no run was made. `latencyUs` 0 = not known yet.
    [[nodiscard]] bool matchesRun(std::optional<RunStatus> status, qint64 latencyUs) const;

    /// What could stand where `text` ends: whole words for its last one.
    [[nodiscard]] static QStringList completions(QStringView text, const QStringList &triggers);
    /// `text` with one more term.
    [[nodiscard]] static QString withTerm(const QString &text, const QString &term);
    /// The term for "the value at this path is this".
    [[nodiscard]] static QString equalsTerm(const QString &path, const QByteArray &rawValue);

private:
    enum class Field {
        Body,
        Regex,
        Direction,
        Kind,
        Type,
        Trigger,
        What,
        Verdict,
        Size,
        Path,
        Run,
        Latency
    };
    enum class Compare {
        Equal,
        NotEqual,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        Contains,
        Exists
    };
    struct Term
    {
        Field field = Field::Body;
        bool negated = false;
        Compare compare = Compare::Equal;
        QByteArray needle; ///< folded to lower case (ASCII)
        std::array<uchar, 256> shift{}; ///< of the search for `needle`
        QRegularExpression regex;
        QStringList values;
        double number = 0;
        JsonPath path;
        QByteArray raw; ///< JSON value to compare with
        [[nodiscard]] bool isAboutRun() const
        {
            return field == Field::Run || field == Field::Latency;
        }
    };
    struct Token;

    static Result<Term> parseTerm(const Token &token);
    static Result<Term> parsePathTerm(QStringView text);
    static void setNeedle(Term *term, const QString &text);
    static bool holds(const Term &term, const FilterSubject &subject);
    static bool holdsBytes(const Term &term, QByteArrayView body);
    static bool holdsPath(const Term &term, QByteArrayView body);

    QString m_text;
    std::shared_ptr<const std::vector<Term>> m_terms;
    bool m_dependsOnRun = false;
};

/// What a message calls its own type (`type`, `event`, `op`, …): the text for a column, empty when
/// it says none. Reads only the top level.
[[nodiscard]] QString messageType(QByteArrayView body);
/// The JSON path messageType() found it at; empty when there is none.
[[nodiscard]] QString messageTypePath(QByteArrayView body);

} // namespace earshot
