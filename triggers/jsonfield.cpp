// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/jsonfield.h"

#include "triggers/jsontext.h"
#include "triggers/messageview.h"

namespace earshot::triggers {

namespace {

/// Collects what a capture needs to know of a message, field by field.
struct Finding
{
    QByteArrayView name;
    std::optional<QByteArrayView> value;
    unsigned doubts = json::NoDoubt;

    void take(const json::Field &field)
    {
        doubts |= field.doubts | (field.keyHasSurrogates ? json::Escaped : json::NoDoubt);
        if (json::equalsUnescaped(field.key, field.keyHasEscapes, name)) {
            value = field.value;
        }
    }

    [[nodiscard]] std::optional<QByteArray> result(QByteArrayView message) const
    {
        if (!value.has_value() || (doubts != json::NoDoubt && !json::isReadable(message))) {
            return std::nullopt;
        }
        return json::compacted(*value);
    }
};

} // namespace

JsonFieldCapture::JsonFieldCapture(const QString &fieldName)
    : m_fieldName(fieldName.toUtf8())
{ }

std::optional<QByteArray> JsonFieldCapture::capture(MessageView &view) const
{
    switch (view.scan()) {
    case MessageView::State::Fields:
        break;
    case MessageView::State::TooMany:
        return capture(view.bytes());
    case MessageView::State::NotScanned:
    case MessageView::State::NoFields:
        return std::nullopt;
    }
    if (!view.endsWithObject()) {
        return std::nullopt;
    }
    Finding finding{.name = m_fieldName, .value = {}};
    for (const json::Field &field : view.fields()) {
        finding.take(field);
    }
    return finding.result(view.bytes());
}

std::optional<QByteArray> JsonFieldCapture::capture(QByteArrayView utf8Message) const
{
    Finding finding{.name = m_fieldName, .value = {}};
    const json::Scan scan = json::scanFields(utf8Message, [&](const json::Field &field) {
        finding.take(field);
        return true;
    });
    const char *const end = utf8Message.data() + utf8Message.size();
    if (scan.end != json::ScanEnd::Complete || json::skipSpace(scan.after, end) != end) {
        return std::nullopt;
    }
    return finding.result(utf8Message);
}

} // namespace earshot::triggers
