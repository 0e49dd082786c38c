// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/tryout.h"

#include "model/jsontext.h"
#include "triggers/filterprogram.h"
#include "triggers/heartbeattemplate.h"
#include "triggers/replytext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

rpc::TriedMessage tried(const LiveFeed::Incoming &message, const triggers::FilterProgram &program,
    const Redactor &redactor)
{
    const triggers::FilterVerdict verdict = program.explain(message.body);
    rpc::TriedMessage row{.id = message.id,
        .atUs = message.atUs,
        .size = message.body.size(),
        .matches = verdict.matches,
        .preview = rpc::previewOf(redactor.redact(
            message.body.first(std::min(message.body.size(), rpc::kMaxInlineBytes)).toByteArray())),
        .problem = verdict.message,
        .reasons = {}};
    for (const triggers::FilterReason &reason : verdict.entries) {
        row.reasons.append({.passed = reason.passed, .text = redactor.redact(reason.text)});
    }
    return row;
}

rpc::PreviewedMessage shownText(const QByteArray &text, const Redactor &redactor)
{
    return {.kind = u"text"_s,
        .text = rpc::textOf(redactor.redact(text), rpc::kMaxInlineBytes),
        .size = text.size(),
        .problem = {}};
}

rpc::PreviewedMessage previewEntry(
    const JsonNode &entry, const Redactor &redactor, const triggers::ReferenceResolver &references)
{
    const JsonNode *raw = entry.isObject() ? entry.member(u"raw_message") : nullptr;
    const JsonNode *result = entry.isObject() ? entry.member(u"runnable_result") : nullptr;
    if (raw != nullptr && result != nullptr) {
        return {.kind = u"none"_s,
            .text = {},
            .size = 0,
            .problem = u"an entry with both keys is not sent"_s};
    }
    if (result != nullptr) {
        return {.kind = u"runnable"_s, .text = {}, .size = 0, .problem = {}};
    }
    if (raw == nullptr || !raw->isString()) {
        return {.kind = u"none"_s, .text = {}, .size = 0, .problem = u"there is no text to send"_s};
    }
    const auto text = references.resolveText(raw->text);
    if (!text) {
        return {.kind = u"none"_s, .text = {}, .size = 0, .problem = text.error().message};
    }
    return shownText(triggers::rawMessageText(text->toUtf8()), redactor);
}

} // namespace

Result<rpc::FilterTest::Result> testFilter(
    const LiveFeed &feed, const Redactor &redactor, const rpc::FilterTest::Params &params)
{
    const auto program = triggers::FilterProgram::compile(
        params.filters.toUtf8(), params.logic.value_or(u"and"_s));
    if (!program) {
        return program.error();
    }
    const int limit = std::clamp(
        params.limit.value_or(rpc::FilterTest::kDefaultLimit), 1, rpc::FilterTest::kMaxLimit);
    const int sample = std::clamp(
        params.sample.value_or(rpc::FilterTest::kDefaultSample), 0, rpc::FilterTest::kMaxSample);
    rpc::FilterTest::Result result;
    qint64 bytes = 0;
    feed.visitIncoming(params.trigger, [&](const LiveFeed::Incoming &message) {
        const bool matches = program->matches(message.body);
        ++result.examined;
        result.matched += matches ? 1 : 0;
        auto &rows = matches ? result.matching : result.others;
        if (rows.size() < sample) {
            rows.append(tried(message, *program, redactor));
        }
        bytes += message.body.size();
        return result.examined < limit && bytes < kMaxTriedBytes;
    });
    return result;
}

Result<rpc::TriggerPreviewMessages::Result> previewTrigger(const LiveFeed &feed,
    const Redactor &redactor, const triggers::ReferenceResolver &references,
    const rpc::TriggerPreviewMessages::Params &params)
{
    const auto document = JsonText::parse(params.document.toUtf8(), DuplicateKeys::Accept);
    if (!document) {
        return document.error();
    }
    rpc::TriggerPreviewMessages::Result result;
    const JsonNode &root = document->root();
    const JsonNode *messages = root.isObject() ? root.member(u"initial_messages") : nullptr;
    if (messages != nullptr && messages->isArray()) {
        for (const JsonNode &entry : messages->items) {
            result.initialMessages.append(previewEntry(entry, redactor, references));
        }
    }
    const JsonNode *heartbeat = root.isObject() ? root.member(u"heartbeat") : nullptr;
    const JsonNode *text
        = heartbeat != nullptr && heartbeat->isObject() ? heartbeat->member(u"message") : nullptr;
    if (text == nullptr || !text->isString()) {
        return result;
    }
    const JsonNode *field = heartbeat->member(u"state_field");
    const triggers::HeartbeatTemplate beat(text->text,
        field != nullptr && field->isString() ? std::optional(field->text) : std::nullopt);
    std::optional<QByteArray> state;
    if (params.path && beat.stateCapture()) {
        qint64 bytes = 0;
        qint64 seen = 0;
        feed.visitIncoming(*params.path, [&](const LiveFeed::Incoming &message) {
            state = beat.stateCapture()->capture(message.body);
            result.stateMessage = state ? message.id : 0;
            bytes += message.body.size();
            return !state && ++seen < rpc::FilterTest::kMaxLimit && bytes < kMaxTriedBytes;
        });
    }
    result.state = state ? rpc::previewOf(redactor.redact(*state)) : QString();
    result.heartbeat = shownText(beat.render(state), redactor);
    return result;
}

} // namespace earshot::service
