// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/messageview.h"

#include "triggers/jsontext.h"

namespace earshot::triggers {

MessageView::State MessageView::scan()
{
    if (m_state != State::NotScanned) {
        return m_state;
    }
    m_fields.clear();
    bool badKey = false;
    const json::Scan scan = json::scanFields(m_bytes, [&](const json::Field &field) {
        if (field.keyHasSurrogates && !json::unescaped(field.key).has_value()) {
            badKey = true;
            return false;
        }
        if (m_fields.size() == kMaxFields) {
            return false;
        }
        m_fields.push_back(field);
        return true;
    });
    if (scan.end == json::ScanEnd::Complete) {
        const char *const end = m_bytes.data() + m_bytes.size();
        m_endsWithObject = json::skipSpace(scan.after, end) == end;
        m_state = State::Fields;
    } else if (scan.end == json::ScanEnd::Stopped && !badKey) {
        m_state = State::TooMany;
    } else {
        m_state = State::NoFields;
    }
    return m_state;
}

} // namespace earshot::triggers
