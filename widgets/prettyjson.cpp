// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/prettyjson.h"

#include <QJsonDocument>
#include <QJsonParseError>

namespace earshot::widgets {

namespace {

/// QJsonDocument takes objects and arrays only; a scalar is one inside an array.
bool isJson(QStringView text)
{
    QJsonParseError error;
    QJsonDocument::fromJson('[' + text.toUtf8() + ']', &error);
    return error.error == QJsonParseError::NoError;
}

void newLine(QString *out, int depth)
{
    *out += u'\n';
    *out += QString(qsizetype(depth) * 2, u' ');
}

} // namespace

std::optional<QString> prettyJson(QStringView text)
{
    const QStringView json = text.trimmed();
    if (json.isEmpty() || !isJson(json)) {
        return std::nullopt;
    }
    QString out;
    out.reserve(json.size() * 2);
    int depth = 0;
    for (qsizetype i = 0; i < json.size(); ++i) {
        const QChar c = json.at(i);
        if (c == u'"') {
            const qsizetype start = i++;
            while (i < json.size() && json.at(i) != u'"') {
                i += json.at(i) == u'\\' ? 2 : 1;
            }
            out += json.mid(start, i - start + 1);
        } else if (c == u'{' || c == u'[') {
            out += c;
            qsizetype next = i + 1;
            while (next < json.size() && json.at(next).isSpace()) {
                ++next;
            }
            if (next < json.size() && (json.at(next) == u'}' || json.at(next) == u']')) {
                out += json.at(next);
                i = next;
            } else {
                newLine(&out, ++depth);
            }
        } else if (c == u'}' || c == u']') {
            newLine(&out, --depth);
            out += c;
        } else if (c == u',') {
            if (depth == 0) {
                return std::nullopt; // `1,2` is not one document
            }
            out += c;
            newLine(&out, depth);
        } else if (c == u':') {
            out += u": ";
        } else if (!c.isSpace()) {
            out += c;
        }
    }
    return out;
}

} // namespace earshot::widgets
