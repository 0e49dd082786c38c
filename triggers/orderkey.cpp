// SPDX-License-Identifier: GPL-3.0-or-later
#include "triggers/orderkey.h"

#include "triggers/jsonscan.h"

namespace earshot::triggers {

QByteArray orderKey(QByteArrayView message, const QString &path)
{
    QByteArrayView level = message;
    const QByteArray wanted = path.toUtf8();
    qsizetype from = 0;
    while (from <= wanted.size()) {
        qsizetype dot = wanted.indexOf('.', from);
        dot = dot < 0 ? wanted.size() : dot;
        const QByteArrayView segment = QByteArrayView(wanted).sliced(from, dot - from);
        QByteArrayView found;
        const json::Scan scan = json::scanFields(level, [&](const json::Field &field) {
            if (field.key == segment) {
                found = field.value;
                return false;
            }
            return true;
        });
        if (scan.end != json::ScanEnd::Stopped) {
            return {};
        }
        level = found;
        from = dot + 1;
    }
    return level.toByteArray();
}

} // namespace earshot::triggers
