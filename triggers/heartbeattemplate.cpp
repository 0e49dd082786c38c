// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/heartbeattemplate.h"

namespace earshot::triggers {

HeartbeatTemplate::HeartbeatTemplate(
    const QString &message, const std::optional<QString> &stateField)
{
    const QByteArray text = message.toUtf8();
    if (!stateField.has_value()) {
        m_pieces.append(text);
        return;
    }
    m_capture.emplace(*stateField);
    static constexpr QByteArrayView kPlaceholder = "{{state}}";
    qsizetype from = 0;
    for (qsizetype at = text.indexOf(kPlaceholder); at >= 0;
         at = text.indexOf(kPlaceholder, from)) {
        m_pieces.append(text.sliced(from, at - from));
        from = at + kPlaceholder.size();
    }
    m_pieces.append(text.sliced(from));
}

QByteArray HeartbeatTemplate::render(const std::optional<QByteArray> &state) const
{
    return m_pieces.join(state.value_or(QByteArrayLiteral("null")));
}

} // namespace earshot::triggers
