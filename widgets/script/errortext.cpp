// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/errortext.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

QString errorText(const QString &result)
{
    const QJsonObject error
        = QJsonDocument::fromJson(result.toUtf8()).object().value("error"_L1).toObject();
    if (error.isEmpty()) {
        return {};
    }
    const QString name = error.value("name"_L1).toString();
    const QString message = error.value("message"_L1).toString();
    const QString stack = error.value("stack"_L1).toString().trimmed();
    QString text = name.isEmpty() ? message : u"%1: %2"_s.arg(name, message);
    // JavaScript's stack begins with the message, Python's ends with it.
    if (stack.startsWith(text)) {
        text = stack;
    } else if (!stack.isEmpty()) {
        const qsizetype said = stack.endsWith(text) ? text.size() : 0;
        text += u"\n\n"_s + stack.chopped(said).trimmed();
    }
    if (error.contains("extra"_L1)) {
        const QJsonObject extra{{u"extra"_s, error.value("extra"_L1)}};
        text += u"\n\n"_s + QString::fromUtf8(QJsonDocument(extra).toJson());
    }
    return text;
}

} // namespace earshot::widgets
