// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/documentproblems.h"

#include "model/triggerreader.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace earshot {

namespace {

QString escaped(QString segment)
{
    return segment.replace(u'~', "~0"_L1).replace(u'/', "~1"_L1);
}

/// Of the value that begins at an offset.
QString pointerAt(const JsonNode &root, qsizetype offset)
{
    QString pointer;
    const JsonNode *node = &root;
    while (node != nullptr && node->begin != offset) {
        const JsonNode *inner = nullptr;
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            if (offset >= node->items[i].begin && offset < node->items[i].end) {
                pointer
                    += u'/' + (node->isObject() ? escaped(node->keys[i].name) : QString::number(i));
                inner = &node->items[i];
                break;
            }
        }
        node = inner;
    }
    return pointer;
}

/// The texts about filters begin with the place: `filter #2 -> all_of[1]`.
QString filterPointer(const QString &message)
{
    static const QRegularExpression top(u"^filter #(\\d+)"_s);
    static const QRegularExpression inner(u"\\G -> (any_of|all_of|none_of)\\[(\\d+)\\]"_s);
    auto match = top.match(message);
    if (!match.hasMatch()) {
        return {};
    }
    QString pointer = u'/' + QString::number(match.captured(1).toLongLong() - 1);
    for (match = inner.match(message, match.capturedEnd()); match.hasMatch();
         match = inner.match(message, match.capturedEnd())) {
        pointer += u'/' + match.captured(1) + u'/' + match.captured(2);
    }
    return pointer;
}

} // namespace

QString MemberReader::pointerOf(const Found &found) const
{
    QString pointer = pointerAt(m_document.root(), found.offset);
    if (!found.missing.isEmpty()) {
        pointer += u'/' + escaped(found.missing);
    } else if (pointer == "/filters"_L1) {
        pointer += filterPointer(found.error.message);
    }
    return pointer;
}

} // namespace earshot
