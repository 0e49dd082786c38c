// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/run.h"

#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

constexpr std::array<std::pair<RunStatus, const char *>, 10> kStatusNames{{
    {RunStatus::Queued, "queued"},
    {RunStatus::Running, "running"},
    {RunStatus::Success, "success"},
    {RunStatus::Failure, "failure"},
    {RunStatus::Timeout, "timeout"},
    {RunStatus::Cancelled, "cancelled"},
    {RunStatus::Crashed, "crashed"},
    {RunStatus::FailedToStart, "failed_to_start"},
    {RunStatus::Interrupted, "interrupted"},
    {RunStatus::Suspended, "suspended"},
}};

constexpr std::array<std::pair<RunPurpose, const char *>, 5> kPurposeNames{{
    {RunPurpose::Message, "message"},
    {RunPurpose::Url, "url"},
    {RunPurpose::InitialMessage, "initial_message"},
    {RunPurpose::ErrorHandler, "error_handler"},
    {RunPurpose::Manual, "manual"},
}};

template <typename Table, typename Value>
QString nameIn(const Table &table, Value value)
{
    for (const auto &[candidate, name] : table) {
        if (candidate == value) {
            return QString::fromLatin1(name);
        }
    }
    return {};
}

template <typename Value, typename Table>
std::optional<Value> valueIn(const Table &table, QStringView text)
{
    for (const auto &[candidate, name] : table) {
        if (text == QLatin1StringView(name)) {
            return candidate;
        }
    }
    return std::nullopt;
}

} // namespace

QString toString(RunStatus status)
{
    return nameIn(kStatusNames, status);
}

std::optional<RunStatus> runStatusFromString(QStringView text)
{
    return valueIn<RunStatus>(kStatusNames, text);
}

bool isFinal(RunStatus status) noexcept
{
    return status != RunStatus::Queued && status != RunStatus::Running
        && status != RunStatus::Suspended;
}

QString toString(RunPurpose purpose)
{
    return nameIn(kPurposeNames, purpose);
}

std::optional<RunPurpose> runPurposeFromString(QStringView text)
{
    return valueIn<RunPurpose>(kPurposeNames, text);
}

} // namespace earshot
