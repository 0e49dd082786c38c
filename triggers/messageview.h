// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "triggers/jsonscan.h"

#include <QByteArrayView>

#include <vector>

namespace earshot::triggers {

/// One message's bytes and, once somebody asked for them, its top-level fields, so that a capture,
/// rules and the filter share one pass. Keep one per thread and reset() it for each message: then
/// nothing is allocated. The bytes must outlive their use here.
class MessageView
{
public:
    /// Messages with more top-level fields are scanned anew by each user instead.
    static constexpr size_t kMaxFields = 4096;

    enum class State {
        NotScanned,
        NoFields, ///< not an object, or malformed before its closing brace
        Fields, ///< fields() holds all of them
        TooMany, ///< an object with more than kMaxFields fields
    };

    MessageView() = default;
    explicit MessageView(QByteArrayView utf8) { reset(utf8); }

    void reset(QByteArrayView utf8)
    {
        m_bytes = utf8;
        m_state = State::NotScanned;
    }

    [[nodiscard]] QByteArrayView bytes() const noexcept { return m_bytes; }
    [[nodiscard]] State state() const noexcept { return m_state; }

    /// Scans the message unless that was done; returns the state.
    State scan();

    /// In the order of the text, with repetitions. Only in state Fields.
    [[nodiscard]] const std::vector<json::Field> &fields() const noexcept { return m_fields; }

    /// Whether only whitespace follows the object. Only in state Fields.
    [[nodiscard]] bool endsWithObject() const noexcept { return m_endsWithObject; }

private:
    QByteArrayView m_bytes;
    std::vector<json::Field> m_fields;
    State m_state = State::NotScanned;
    bool m_endsWithObject = false;
};

} // namespace earshot::triggers
