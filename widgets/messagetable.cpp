// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/messagetable.h"

#include "widgets/appearance.h"

#include <QScrollBar>

#include <algorithm>

namespace earshot::widgets {

ToneDelegate::ToneDelegate(int toneRole, int toneColumn, int firstPayloadColumn, QObject *parent)
    : QStyledItemDelegate(parent)
    , m_toneRole(toneRole)
    , m_toneColumn(toneColumn)
    , m_firstPayloadColumn(firstPayloadColumn)
{ }

void ToneDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    option->textElideMode = Qt::ElideRight;
    if (index.column() == m_toneColumn) {
        const auto tone = static_cast<items::Tone>(index.data(m_toneRole).toInt());
        option->palette.setColor(QPalette::Text, toneColor(tone, option->palette));
    } else if (index.column() >= m_firstPayloadColumn) {
        static const QFont font = fixedFont();
        option->font = font;
        // measuring a preview to its end costs more than painting what is seen of it
        option->text.truncate(1'000);
    } else {
        option->palette.setColor(QPalette::Text, quietColor(option->palette));
    }
}

MessageTable::MessageTable(QWidget *parent)
    : QTableView(parent)
{
    styleTable(this);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
        if (!m_updating) {
            setFollowing(isAtEnd());
        }
    });
}

void MessageTable::setModel(QAbstractItemModel *model)
{
    QTableView::setModel(model);
    connect(model, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] { m_updating = true; });
    connect(model, &QAbstractItemModel::rowsAboutToBeRemoved, this, [this] { m_updating = true; });
    connect(model, &QAbstractItemModel::rowsRemoved, this,
        [this](const QModelIndex &, int first, int last) {
            if (!m_following) {
                QScrollBar *bar = verticalScrollBar();
                const int gone = std::min(last + 1, bar->value()) - std::min(first, bar->value());
                bar->setValue(bar->value() - gone);
            }
            m_updating = false;
        });
    connect(model, &QAbstractItemModel::rowsInserted, this,
        [this](const QModelIndex &, int first, int last) {
            if (m_following) {
                scrollToBottom();
            } else if (first > 0) {
                m_below += last - first + 1;
                emit rowsBelow(m_below);
            }
            m_updating = false;
        });
    connect(model, &QAbstractItemModel::modelReset, this, &MessageTable::follow);
}

bool MessageTable::isAtEnd() const
{
    return verticalScrollBar()->value() >= verticalScrollBar()->maximum();
}

void MessageTable::follow()
{
    scrollToBottom();
    setFollowing(true);
}

void MessageTable::setFollowing(bool following)
{
    if (m_following == following) {
        return;
    }
    m_following = following;
    m_below = 0;
    emit followingChanged(following);
}

} // namespace earshot::widgets
