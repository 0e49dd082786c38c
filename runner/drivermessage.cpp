// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner/drivermessage.h"

#include "runner/jsontext.h"
#include "runner/limits.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot::runner {

namespace {

/// Walks over a JSON object's members without building anything: two of these lines pass per run.
class MemberReader final
{
public:
    explicit MemberReader(QByteArrayView text)
        : m_at(text.data())
        , m_end(text.data() + text.size())
    { }

    bool open() { return token('{'); }

    /// False at the end of the object or where the text is wrong; see isComplete().
    bool next(std::string_view &key, std::string_view &value)
    {
        if (token('}')) {
            skipSpace();
            m_complete = m_at == m_end;
            return false;
        }
        if (!std::exchange(m_first, false) && !token(',')) {
            return false;
        }
        skipSpace();
        if (!readValue(key) || key.size() < 2 || key.front() != '"' || !token(':')) {
            return false;
        }
        key = key.substr(1, key.size() - 2);
        skipSpace();
        return readValue(value) && !value.empty();
    }

    [[nodiscard]] bool isComplete() const { return m_complete; }

private:
    void skipSpace()
    {
        while (m_at < m_end && (*m_at == ' ' || *m_at == '\t' || *m_at == '\r')) {
            ++m_at;
        }
    }

    bool token(char wanted)
    {
        skipSpace();
        if (m_at < m_end && *m_at == wanted) {
            ++m_at;
            return true;
        }
        return false;
    }

    bool skipString()
    {
        for (++m_at; m_at < m_end; ++m_at) {
            if (*m_at == '\\') {
                ++m_at;
            } else if (*m_at == '"') {
                ++m_at;
                return true;
            }
        }
        return false;
    }

    /// The text of one value; nested ones only have to be balanced, their readers check them.
    bool readValue(std::string_view &value)
    {
        const char *start = m_at;
        int depth = 0;
        while (m_at < m_end) {
            const char c = *m_at;
            if (c == '"') {
                if (!skipString()) {
                    return false;
                }
                if (depth == 0) {
                    break;
                }
                continue;
            }
            if (c == '{' || c == '[') {
                ++depth;
            } else if (c == '}' || c == ']') {
                if (depth == 0) {
                    break;
                }
                if (--depth == 0) {
                    ++m_at;
                    break;
                }
            } else if (depth == 0 && (c == ',' || c == ' ' || c == ':')) {
                break;
            }
            ++m_at;
        }
        value = std::string_view(start, static_cast<std::size_t>(m_at - start));
        return depth == 0;
    }

    const char *m_at;
    const char *m_end;
    bool m_first = true;
    bool m_complete = false;
};

bool readNumber(std::string_view text, qint64 &number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

constexpr std::array<std::pair<std::string_view, DriverResponse::Type>, 8> kTypes{{
    {"\"started\"", DriverResponse::Type::Started},
    {"\"result\"", DriverResponse::Type::Result},
    {"\"error\"", DriverResponse::Type::Error},
    {"\"send\"", DriverResponse::Type::Send},
    {"\"ready\"", DriverResponse::Type::Ready},
    {"\"load_error\"", DriverResponse::Type::LoadError},
    {"\"preprocessed\"", DriverResponse::Type::Preprocessed},
    {"\"dropped\"", DriverResponse::Type::Dropped},
}};

bool readType(std::string_view value, DriverResponse::Type &type)
{
    for (const auto &[name, candidate] : kTypes) {
        if (value == name) {
            type = candidate;
            return true;
        }
    }
    return false;
}

QByteArray toBytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

QByteArrayList readImports(std::string_view value)
{
    QByteArrayList files;
    const QJsonArray array = QJsonDocument::fromJson(toBytes(value)).array();
    for (const QJsonValue &file : array) {
        if (files.size() < limits::kMaxWatchedImports) {
            files.append(file.toString().toUtf8());
        }
    }
    return files;
}

void appendNumber(QByteArray &out, qint64 number)
{
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end - digits.data());
}

void appendMember(QByteArray &out, const char *name, QByteArrayView json)
{
    if (!json.isEmpty()) {
        out.append(",\"").append(name).append("\":").append(json);
    }
}

} // namespace

std::optional<DriverResponse> parseDriverResponse(QByteArrayView line)
{
    MemberReader reader(line);
    if (!reader.open()) {
        return std::nullopt;
    }
    DriverResponse response;
    bool typed = false;
    bool identified = false;
    std::string_view key;
    std::string_view value;
    while (reader.next(key, value)) {
        if (key == "type") {
            if (!readType(value, response.type)) {
                return std::nullopt;
            }
            typed = true;
        } else if (key == "id") {
            if (!readNumber(value, response.id)) {
                return std::nullopt;
            }
            identified = true;
        } else if (key == "result_bytes" || key == "send_bytes") {
            if (!readNumber(value, response.bodyBytes)) {
                return std::nullopt;
            }
        } else if (key == "binary") {
            response.binary = value == "true";
        } else if (key == "unchecked") {
            response.unchecked = value == "true";
        } else if (key == "from_log") {
            response.fromLog = value == "true";
        } else if (key == "exit_code") {
            qint64 code = 0;
            if (!readNumber(value, code)) {
                return std::nullopt;
            }
            response.exitCode = static_cast<int>(std::min<qint64>(code, 255));
        } else if (key == "preprocessor") {
            response.preprocessor = toBytes(value).replace('"', "");
        } else if (key == "error") {
            response.error = toBytes(value);
        } else if (key == "imports") {
            response.imports = readImports(value);
        }
    }
    const bool needsId = response.type != DriverResponse::Type::Ready
        && response.type != DriverResponse::Type::LoadError;
    if (!reader.isComplete() || !typed || (needsId && !identified)) {
        return std::nullopt;
    }
    return response;
}

void appendRunRequest(QByteArray &out, const RunJob &job, QByteArrayView environment,
    QByteArrayView signature, bool last)
{
    out.append(R"({"type":"run","id":)");
    appendNumber(out, job.id);
    if (!job.entry.isEmpty()) {
        appendMember(out, "entry", jsonString(job.entry));
    }
    if (!job.args.isEmpty()) {
        appendMember(out, "args", onOneLine(job.args));
    }
    if (job.event) {
        QByteArray event = R"({"kind":"websocket","url":)";
        appendJsonString(event, job.event->url.toUtf8());
        event.append(R"(,"trigger_path":)");
        appendJsonString(event, job.event->triggerPath.toUtf8());
        event.append(job.event->binary ? R"(,"binary":true})" : "}");
        appendMember(out, "event", event);
    }
    appendMember(out, "env", environment);
    appendMember(out, "signature", signature);
    if (last) {
        out.append(R"(,"last":true)");
    }
    if (!job.stepId.isEmpty()) {
        appendMember(out, "step_id", jsonString(job.stepId));
    }
    if (job.message) {
        out.append(R"(,"msg_bytes":)");
        appendNumber(out, job.message->size());
    }
    out.append("}\n");
}

QByteArray loadRequest(QByteArrayView signature)
{
    QByteArray out = R"({"type":"load")";
    appendMember(out, "signature", signature);
    return out.append("}\n");
}

QByteArray cancelRequest(RunId id)
{
    QByteArray out = R"({"type":"cancel","id":)";
    appendNumber(out, id);
    return out.append("}\n");
}

} // namespace earshot::runner
