// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/messagetable.h"

#include "widgets/appearance.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>

#include <algorithm>
#include <array>

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
    if (m_markRole >= 0 && index.data(m_markRole).toBool()) {
        const QColor tone = toneColor(items::Tone::Warning, option->palette);
        const QColor base = option->palette.color(QPalette::Base);
        const auto mix = [](int a, int b) { return (a * 22 + b * 78) / 100; };
        option->backgroundBrush = QColor(mix(tone.red(), base.red()),
            mix(tone.green(), base.green()), mix(tone.blue(), base.blue()));
    }
    if ((option->displayAlignment & Qt::AlignRight) != 0) {
        option->text += u"\u00a0\u00a0"; // the next column begins where this one ends
    }
    if (index.column() == m_toneColumn) {
        const auto tone = static_cast<items::Tone>(index.data(m_toneRole).toInt());
        option->palette.setColor(QPalette::Text, toneColor(tone, option->palette));
    } else if (index.column() == m_directionColumn) {
        static constexpr std::array<items::Tone, 3> tones{
            items::Tone::Busy, items::Tone::Good, items::Tone::Quiet};
        const int direction = index.data(m_directionRole).toInt();
        option->palette.setColor(QPalette::Text,
            toneColor(
                tones.at(static_cast<std::size_t>(std::clamp(direction, 0, 2))), option->palette));
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
        if (verticalScrollBar()->value() < kNearTop) {
            emit nearTop();
        }
    });
}

void MessageTable::mousePressEvent(QMouseEvent *event)
{
    if (indexAt(event->pos()).isValid()) {
        setFollowing(false);
    }
    QTableView::mousePressEvent(event);
}

void MessageTable::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        emit copyRequested();
        return;
    }
    if (event->key() == Qt::Key_End && event->modifiers() == Qt::NoModifier) {
        emit endRequested();
        return;
    }
    if (event->key() == Qt::Key_Menu
        || (event->key() == Qt::Key_F10 && (event->modifiers() & Qt::ShiftModifier) != 0)) {
        const QRect row = visualRect(currentIndex());
        emit menuRequested(viewport()->mapToGlobal(row.isValid() ? row.center() : QPoint()));
        return;
    }
    switch (event->key()) {
    case Qt::Key_Home: // a key of its own in a table: here it means the oldest row
        setFollowing(false);
        setCurrentIndex(model()->index(0, currentIndex().isValid() ? currentIndex().column() : 0));
        scrollToTop();
        return;
    case Qt::Key_Up:
    case Qt::Key_PageUp:
        setFollowing(false);
        break;
    default:
        break;
    }
    QTableView::keyPressEvent(event);
}

void MessageTable::contextMenuEvent(QContextMenuEvent *event)
{
    emit menuRequested(event->globalPos());
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
            } else if (first == 0 && last + 1 < this->model()->rowCount()) {
                // The past goes on above; what is seen stays.
                QScrollBar *bar = verticalScrollBar();
                bar->setMaximum(std::max(bar->maximum(), bar->value() + last + 1));
                bar->setValue(bar->value() + last + 1);
            } else if (first > 0) {
                m_below += last - first + 1;
                emit rowsBelow(m_below);
            }
            m_updating = false;
        });
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        if (m_following || this->model()->rowCount() == 0) {
            follow();
        }
    });
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
