// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/service/livefeed.h"
#include "model/redaction.h"
#include "model/rpc/trymethods.h"
#include "triggers/runnableinvoker.h"

namespace earshot::service {

/// Messages are examined until this many bytes were read, so that a question never holds up the
/// event loop.
inline constexpr qint64 kMaxTriedBytes = qint64(8) * 1024 * 1024;

/// What a filter would say to the last messages of a trigger.
[[nodiscard]] Result<rpc::FilterTest::Result> testFilter(
    const LiveFeed &feed, const Redactor &redactor, const rpc::FilterTest::Params &params);

/// What a document's initial messages and heartbeat look like on the wire.
[[nodiscard]] Result<rpc::TriggerPreviewMessages::Result> previewTrigger(const LiveFeed &feed,
    const Redactor &redactor, const triggers::ReferenceResolver &references,
    const rpc::TriggerPreviewMessages::Params &params);

} // namespace earshot::service
