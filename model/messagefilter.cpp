// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/messagefilter.h"

#include "model/jsontext.h"

#include <QHash>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

Error badFilter(const QString &message)
{
    return {.code = ErrorCode::InvalidArgument, .message = message, .detail = {}};
}

uchar folded(char c)
{
    return static_cast<uchar>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/// Three-way comparison of two JSON numbers; whole numbers of any length compare exactly.
std::optional<int> compareNumbers(QByteArrayView left, QByteArrayView right)
{
    const auto whole = [](QByteArrayView text) {
        const QByteArrayView digits = text.startsWith('-') ? text.sliced(1) : text;
        return !digits.isEmpty() && std::all_of(digits.begin(), digits.end(), [](char c) {
            return c >= '0' && c <= '9';
        });
    };
    if (whole(left) && whole(right)) {
        const bool leftNegative = left.startsWith('-');
        if (leftNegative != right.startsWith('-')) {
            return leftNegative ? -1 : 1;
        }
        const int sign = leftNegative ? -1 : 1;
        if (left.size() != right.size()) {
            return left.size() < right.size() ? -sign : sign;
        }
        const int order = left.compare(right);
        return order == 0 ? 0 : order < 0 ? -sign : sign;
    }
    bool leftOk = false;
    bool rightOk = false;
    const double l = left.toByteArray().toDouble(&leftOk);
    const double r = right.toByteArray().toDouble(&rightOk);
    if (!leftOk || !rightOk) {
        return std::nullopt;
    }
    return l < r ? -1 : l > r ? 1 : 0;
}

bool isNumber(QByteArrayView raw)
{
    return !raw.isEmpty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
}

/// Where messages say what they are, the more telling first.
const std::vector<std::pair<QString, JsonPath>> &typePaths()
{
    static const std::vector<std::pair<QString, JsonPath>> paths = [] {
        std::vector<std::pair<QString, JsonPath>> list;
        for (const QString &text : {u"$.type"_s, u"$.event"_s, u"$.t"_s, u"$.method"_s, u"$.op"_s,
                 u"$.action"_s, u"$.kind"_s, u"$.msg_type"_s, u"$.e"_s, u"$.channel"_s,
                 u"$.topic"_s, u"$.metadata.message_type"_s, u"$[0]"_s}) {
            list.emplace_back(text, *JsonPath::parse(text));
        }
        return list;
    }();
    return paths;
}

std::optional<std::pair<QString, QString>> typeOf(QByteArrayView body)
{
    const qsizetype at = skipJsonSpace(body, 0);
    if (at >= body.size() || (body.at(at) != '{' && body.at(at) != '[')) {
        return std::nullopt;
    }
    for (const auto &[name, path] : typePaths()) {
        const auto value = path.find(body);
        if (!value || value->raw.front() == '{' || value->raw.front() == '['
            || value->raw == "null") {
            continue;
        }
        // A list's first item is its type only when it is a word.
        if (name.startsWith(u"$[") && value->raw.front() != '"') {
            continue;
        }
        return std::pair(
            name, jsonScalarText(value->raw.first(std::min<qsizetype>(value->raw.size(), 80))));
    }
    return std::nullopt;
}

bool anyValueIs(const QStringList &values, QStringView text)
{
    return std::any_of(values.begin(), values.end(),
        [text](const QString &value) { return text.compare(value, Qt::CaseInsensitive) == 0; });
}

bool isFailed(RunStatus status)
{
    return status == RunStatus::Failure || status == RunStatus::Timeout
        || status == RunStatus::Crashed || status == RunStatus::FailedToStart
        || status == RunStatus::Interrupted;
}

/// `1k`, `2.5MiB`, `200ms` as bytes or microseconds.
std::optional<double> amount(QStringView text, bool time)
{
    qsizetype end = 0;
    while (end < text.size() && (text.at(end).isDigit() || text.at(end) == u'.')) {
        ++end;
    }
    bool ok = false;
    const double value = text.first(end).toDouble(&ok);
    if (!ok) {
        return std::nullopt;
    }
    static const QHash<QString, double> bytes{{u""_s, 1}, {u"b"_s, 1}, {u"k"_s, 1e3},
        {u"kb"_s, 1e3}, {u"kib"_s, 1024}, {u"m"_s, 1e6}, {u"mb"_s, 1e6}, {u"mib"_s, 1024.0 * 1024}};
    static const QHash<QString, double> times{
        {u""_s, 1e3}, {u"us"_s, 1}, {u"µs"_s, 1}, {u"ms"_s, 1e3}, {u"s"_s, 1e6}, {u"m"_s, 6e7}};
    const auto &units = time ? times : bytes;
    const auto unit = units.constFind(text.sliced(end).toString().toLower());
    return unit == units.constEnd() ? std::nullopt : std::optional(value * *unit);
}

} // namespace

struct MessageFilter::Token
{
    QStringView text; ///< without the sign
    bool negated = false;
    bool quoted = false; ///< begins with a quote
};

void MessageFilter::setNeedle(Term *term, const QString &text)
{
    term->needle = text.toUtf8();
    for (char &c : term->needle) {
        c = static_cast<char>(folded(c));
    }
    const auto size = static_cast<uchar>(std::min<qsizetype>(term->needle.size(), 255));
    term->shift.fill(size);
    const qsizetype from = std::max<qsizetype>(0, term->needle.size() - 255);
    for (qsizetype i = from; i + 1 < term->needle.size(); ++i) {
        const auto c = static_cast<uchar>(term->needle.at(i));
        const auto shift = static_cast<uchar>(term->needle.size() - 1 - i);
        term->shift.at(c) = shift;
        if (c >= 'a' && c <= 'z') {
            term->shift.at(c - 32U) = shift;
        }
    }
}

bool MessageFilter::holdsBytes(const Term &term, QByteArrayView body)
{
    const qsizetype size = term.needle.size();
    if (size == 0) {
        return true;
    }
    const char *needle = term.needle.constData();
    qsizetype at = 0;
    while (at + size <= body.size()) {
        qsizetype i = size - 1;
        while (i >= 0 && folded(body.at(at + i)) == static_cast<uchar>(needle[i])) {
            --i;
        }
        if (i < 0) {
            return true;
        }
        at += std::max<qsizetype>(1, term.shift.at(static_cast<uchar>(body.at(at + size - 1))));
    }
    return false;
}

bool MessageFilter::holdsPath(const Term &term, QByteArrayView body)
{
    const auto value = term.path.find(body);
    if (!value) {
        return term.compare == Compare::NotEqual;
    }
    switch (term.compare) {
    case Compare::Exists:
        return true;
    case Compare::Contains:
        return holdsBytes(term, jsonScalarText(value->raw).toUtf8());
    case Compare::Equal:
    case Compare::NotEqual: {
        bool same = value->raw == term.raw;
        if (!same && isNumber(value->raw) && isNumber(term.raw)) {
            same = compareNumbers(value->raw, term.raw) == 0;
        } else if (!same && value->raw.front() == '"' && term.raw.startsWith('"')) {
            same = jsonScalarText(value->raw) == jsonScalarText(term.raw);
        }
        return same == (term.compare == Compare::Equal);
    }
    default:
        break;
    }
    std::optional<int> order;
    if (isNumber(term.raw)) {
        // Many servers write prices as text.
        const QByteArrayView plain = value->raw.front() == '"' && value->raw.size() > 1
            ? value->raw.sliced(1, value->raw.size() - 2)
            : value->raw;
        order = isNumber(plain) ? compareNumbers(plain, term.raw) : std::nullopt;
    } else if (value->raw.front() == '"') {
        order = jsonScalarText(value->raw).compare(jsonScalarText(term.raw));
    }
    if (!order) {
        return false;
    }
    switch (term.compare) {
    case Compare::Less:
        return *order < 0;
    case Compare::LessEqual:
        return *order <= 0;
    case Compare::Greater:
        return *order > 0;
    default:
        return *order >= 0;
    }
}

bool MessageFilter::holds(const Term &term, const FilterSubject &subject)
{
    switch (term.field) {
    case Field::Body:
        return holdsBytes(term, subject.body);
    case Field::Regex:
        return term.regex
            .match(QString::fromUtf8(
                subject.body.first(std::min(subject.body.size(), kMaxRegexBytes))))
            .hasMatch();
    case Field::Direction:
        return anyValueIs(term.values, subject.direction);
    case Field::Kind:
        return anyValueIs(term.values, subject.kind);
    case Field::Type: {
        const auto type = typeOf(subject.body);
        if (type && anyValueIs(term.values, type->second)) {
            return true;
        }
        static const JsonPath op = *JsonPath::parse(u"$.op");
        const auto value = op.find(subject.body);
        return value && anyValueIs(term.values, jsonScalarText(value->raw));
    }
    case Field::Trigger:
        return std::any_of(term.values.begin(), term.values.end(), [&](const QString &value) {
            return subject.trigger.contains(value, Qt::CaseInsensitive);
        });
    case Field::What:
        return anyValueIs(term.values, subject.what);
    case Field::Verdict:
        return anyValueIs(term.values, subject.verdict);
    case Field::Size: {
        const auto size = static_cast<double>(subject.size);
        switch (term.compare) {
        case Compare::Less:
            return size < term.number;
        case Compare::LessEqual:
            return size <= term.number;
        case Compare::Greater:
            return size > term.number;
        case Compare::GreaterEqual:
            return size >= term.number;
        case Compare::NotEqual:
            return std::abs(size - term.number) >= 0.5;
        default:
            return std::abs(size - term.number) < 0.5;
        }
    }
    case Field::Path:
        return holdsPath(term, subject.body);
    case Field::Run:
    case Field::Latency:
        break;
    }
    return true;
}

bool MessageFilter::matches(const FilterSubject &subject) const
{
    return isEmpty() || std::all_of(m_terms->begin(), m_terms->end(), [&](const Term &term) {
        return term.isAboutRun() || holds(term, subject) != term.negated;
    });
}

bool MessageFilter::matchesRun(std::optional<RunStatus> status, qint64 latencyUs) const
{
    return isEmpty() || std::all_of(m_terms->begin(), m_terms->end(), [&](const Term &term) {
        if (!term.isAboutRun()) {
            return true;
        }
        bool held = false;
        if (term.field == Field::Run) {
            held = std::any_of(term.values.begin(), term.values.end(), [&](const QString &value) {
                if (value == u"none") {
                    return !status.has_value();
                }
                if (!status) {
                    return false;
                }
                return value == u"any" || (value == u"failed" && isFailed(*status))
                    || toString(*status) == value;
            });
        } else if (latencyUs > 0) {
            const auto latency = static_cast<double>(latencyUs);
            held = term.compare == Compare::Less || term.compare == Compare::LessEqual
                ? latency <= term.number
                : latency >= term.number;
        }
        return held != term.negated;
    });
}

Result<MessageFilter> MessageFilter::parse(QStringView text)
{
    if (text.size() > kMaxTextLength) {
        return badFilter(u"a filter has at most %1 characters"_s.arg(kMaxTextLength));
    }
    MessageFilter filter;
    filter.m_text = text.trimmed().toString();
    std::vector<Term> terms;
    qsizetype at = 0;
    while (at < text.size()) {
        if (text.at(at).isSpace()) {
            ++at;
            continue;
        }
        Token token;
        if ((text.at(at) == u'-' || text.at(at) == u'!') && at + 1 < text.size()
            && !text.at(at + 1).isSpace()) {
            token.negated = true;
            ++at;
        }
        const qsizetype begin = at;
        token.quoted = text.at(at) == u'"';
        if (text.at(at) == u'/') {
            ++at;
            while (at < text.size() && text.at(at) != u'/') {
                at += text.at(at) == u'\\' ? 2 : 1;
            }
            if (at >= text.size()) {
                return badFilter(u"end the expression with a slash: /order-\\d+/i"_s);
            }
            ++at;
        }
        QChar open;
        for (; at < text.size(); ++at) {
            const QChar c = text.at(at);
            if (open.isNull()) {
                if (c.isSpace()) {
                    break;
                }
                if (c == u'"') {
                    open = c;
                }
            } else if (c == u'\\' && at + 1 < text.size()) {
                ++at;
            } else if (c == open) {
                open = QChar();
            }
        }
        if (!open.isNull()) {
            return badFilter(u"a quote is not closed"_s);
        }
        token.text = text.sliced(begin, at - begin);
        auto term = parseTerm(token);
        if (!term) {
            return term.error();
        }
        term->negated = term->negated != token.negated;
        filter.m_dependsOnRun = filter.m_dependsOnRun || term->isAboutRun();
        terms.push_back(std::move(term).value());
    }
    filter.m_terms = std::make_shared<const std::vector<Term>>(std::move(terms));
    return filter;
}

Result<MessageFilter::Term> MessageFilter::parseTerm(const Token &token)
{
    const QStringView text = token.text;
    Term term;
    if (token.quoted) {
        setNeedle(&term, jsonScalarText(text.toUtf8()));
        return term;
    }
    if (text.startsWith(u'/')) {
        const qsizetype end = text.lastIndexOf(u'/');
        QRegularExpression::PatternOptions options;
        for (const QChar flag : text.sliced(end + 1)) {
            if (flag == u'i') {
                options |= QRegularExpression::CaseInsensitiveOption;
            } else if (flag == u's') {
                options |= QRegularExpression::DotMatchesEverythingOption;
            } else if (flag == u'm') {
                options |= QRegularExpression::MultilineOption;
            } else {
                return badFilter(
                    u"unknown flag “%1”: only i, m and s follow an expression"_s.arg(flag));
            }
        }
        term.field = Field::Regex;
        // The limit keeps an expression that tries everything from holding up whoever asks.
        term.regex = QRegularExpression(
            u"(*LIMIT_MATCH=100000)"_s + text.sliced(1, end - 1).toString(), options);
        if (!term.regex.isValid()) {
            return badFilter(u"not a regular expression: %1"_s.arg(term.regex.errorString()));
        }
        return term;
    }
    if (text.startsWith(u'$')) {
        return parsePathTerm(text);
    }
    static const QRegularExpression measure(u"^(size|latency)(<=|>=|!=|==|<|>|=|:)(.*)$"_s);
    if (const auto match = measure.match(text.toString()); match.hasMatch()) {
        const bool time = match.captured(1) == u"latency";
        const auto number = amount(match.captured(3), time);
        if (!number) {
            return badFilter(time ? u"write a time: latency>200ms"_s : u"write a size: size>1k"_s);
        }
        term.field = time ? Field::Latency : Field::Size;
        term.number = *number;
        const QString compare = match.captured(2);
        term.compare = compare == u"<" ? Compare::Less
            : compare == u"<="         ? Compare::LessEqual
            : compare == u">"          ? Compare::Greater
            : compare == u">="         ? Compare::GreaterEqual
            : compare == u"!="         ? Compare::NotEqual
                                       : Compare::Equal;
        return term;
    }
    const qsizetype colon = text.indexOf(u':');
    const QString key = colon > 0 ? text.first(colon).toString().toLower() : QString();
    struct Known
    {
        Field field;
        QStringList values; ///< empty: any
    };
    static const QHash<QString, Known> known{
        {u"dir"_s, {Field::Direction, {u"in"_s, u"out"_s, u"event"_s}}},
        {u"type"_s, {Field::Kind, {u"text"_s, u"binary"_s, u"event"_s}}},
        {u"op"_s, {Field::Type, {}}},
        {u"trigger"_s, {Field::Trigger, {}}},
        {u"what"_s,
            {Field::What,
                {u"message"_s, u"initial"_s, u"heartbeat"_s, u"reply"_s, u"script"_s, u"user"_s,
                    u"resolving_url"_s, u"connecting"_s, u"open"_s, u"starting"_s, u"ready"_s,
                    u"pong"_s, u"closed"_s, u"waiting"_s, u"stopped"_s, u"note"_s}}},
        {u"verdict"_s,
            {Field::Verdict, {u"matched"_s, u"filtered"_s, u"ignored"_s, u"dropped"_s, u"none"_s}}},
        {u"run"_s,
            {Field::Run,
                {u"failed"_s, u"any"_s, u"none"_s, u"queued"_s, u"running"_s, u"success"_s,
                    u"failure"_s, u"timeout"_s, u"cancelled"_s, u"crashed"_s, u"failed_to_start"_s,
                    u"interrupted"_s, u"suspended"_s}}},
    };
    const auto found = known.constFind(key);
    if (found == known.constEnd()) {
        setNeedle(&term, text.toString());
        return term;
    }
    term.field = found->field;
    QString value = text.sliced(colon + 1).toString();
    if (value.startsWith(u'"')) {
        term.values = {jsonScalarText(value.toUtf8())};
    } else {
        term.values = value.split(u'|', Qt::SkipEmptyParts);
    }
    if (term.values.isEmpty()) {
        return badFilter(found->values.isEmpty()
                ? u"write something after %1:"_s.arg(key)
                : u"after %1: write %2"_s.arg(key, found->values.join(u", "_s)));
    }
    for (const QString &word : std::as_const(term.values)) {
        if (!found->values.isEmpty() && !found->values.contains(word)) {
            return badFilter(
                u"%1:%2 is not known; write %3"_s.arg(key, word, found->values.join(u", "_s)));
        }
    }
    return term;
}

Result<MessageFilter::Term> MessageFilter::parsePathTerm(QStringView text)
{
    qsizetype end = 0;
    bool quoted = false;
    for (; end < text.size(); ++end) {
        const QChar c = text.at(end);
        if (c == u'"') {
            quoted = !quoted;
        } else if (!quoted && QStringView(u"=!<>~").contains(c)) {
            break;
        }
    }
    Term term;
    term.field = Field::Path;
    auto path = JsonPath::parse(text.first(end));
    if (!path) {
        return path.error();
    }
    term.path = std::move(path).value();
    if (end == text.size()) {
        term.compare = Compare::Exists;
        return term;
    }
    struct Operator
    {
        QStringView text;
        Compare compare;
    };
    static constexpr std::array<Operator, 8> operators{
        {{u"==", Compare::Equal}, {u"!=", Compare::NotEqual}, {u"<=", Compare::LessEqual},
            {u">=", Compare::GreaterEqual}, {u"=", Compare::Equal}, {u"<", Compare::Less},
            {u">", Compare::Greater}, {u"~", Compare::Contains}}};
    const QStringView rest = text.sliced(end);
    const auto *found = std::find_if(operators.begin(), operators.end(),
        [rest](const Operator &entry) { return rest.startsWith(entry.text); });
    const QStringView value
        = found == operators.end() ? QStringView() : rest.sliced(found->text.size());
    if (value.isEmpty()) {
        return badFilter(u"compare with ==, !=, <, <=, >, >= or ~: $.price>=10"_s);
    }
    term.compare = found->compare;
    const QByteArray raw = value.toUtf8();
    const bool literal = raw == "true" || raw == "false" || raw == "null" || raw.startsWith('"')
        || raw.startsWith('{') || raw.startsWith('[') || (isNumber(raw) && [&] {
               bool ok = false;
               (void)raw.toDouble(&ok);
               return ok;
           }());
    term.raw = literal ? raw : toJsonString(value);
    if (term.compare == Compare::Contains) {
        setNeedle(&term, jsonScalarText(raw));
    }
    return term;
}

QStringList MessageFilter::completions(QStringView text, const QStringList &triggers)
{
    qsizetype begin = text.size();
    while (begin > 0 && !text.at(begin - 1).isSpace()) {
        --begin;
    }
    QStringView word = text.sliced(begin);
    QString sign;
    if (word.startsWith(u'-') || word.startsWith(u'!')) {
        sign = word.first(1).toString();
        word = word.sliced(1);
    }
    QStringList all{u"dir:in"_s, u"dir:out"_s, u"dir:event"_s, u"type:text"_s, u"type:binary"_s,
        u"op:"_s, u"trigger:"_s, u"size>1k"_s, u"size>100k"_s, u"latency>100ms"_s, u"run:failed"_s,
        u"run:success"_s, u"run:running"_s, u"run:any"_s, u"run:none"_s, u"verdict:matched"_s,
        u"verdict:filtered"_s, u"verdict:dropped"_s, u"what:heartbeat"_s, u"what:reply"_s,
        u"what:user"_s, u"what:pong"_s, u"what:closed"_s, u"$."_s};
    for (const QString &trigger : triggers) {
        all += u"trigger:"_s + trigger;
    }
    QStringList found;
    for (const QString &candidate : std::as_const(all)) {
        if (candidate.startsWith(word, Qt::CaseInsensitive) && candidate != word) {
            found += sign + candidate;
        }
    }
    return found;
}

QString MessageFilter::withTerm(const QString &text, const QString &term)
{
    const QString trimmed = text.trimmed();
    return trimmed.isEmpty() ? term : QString(trimmed + u' ' + term);
}

QString MessageFilter::equalsTerm(const QString &path, const QByteArray &rawValue)
{
    return QString(path + u"==" + decodeUtf8(rawValue));
}

QString messageType(QByteArrayView body)
{
    const auto type = typeOf(body);
    return type ? type->second : QString();
}

QString messageTypePath(QByteArrayView body)
{
    const auto type = typeOf(body);
    return type ? type->first : QString();
}

} // namespace earshot
