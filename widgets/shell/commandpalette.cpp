// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/commandpalette.h"

#include "widgets/appearance.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr int kMaxShown = 200;
constexpr int kCommandRole = Qt::UserRole;
constexpr int kDetailRole = Qt::UserRole + 1;
constexpr int kShortcutRole = Qt::UserRole + 2;

/// A title, what it belongs to, and its keys at the right.
class CommandDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
        const QModelIndex &index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const bool selected = (option.state & QStyle::State_Selected) != 0;
        painter->save();
        painter->setPen(selected ? option.palette.color(QPalette::HighlightedText)
                                 : quietColor(option.palette));
        const QFontMetrics metrics(option.font);
        const int title = metrics.horizontalAdvance(index.data().toString()) + 24;
        const QString keys = index.data(kShortcutRole).toString();
        QRect rest = option.rect.adjusted(title, 0, -10, 0);
        painter->drawText(rest, Qt::AlignRight | Qt::AlignVCenter, keys);
        rest.setRight(rest.right() - metrics.horizontalAdvance(keys) - 12);
        painter->drawText(rest, Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(index.data(kDetailRole).toString(), Qt::ElideRight, rest.width()));
        painter->restore();
    }

    [[nodiscard]] QSize sizeHint(
        const QStyleOptionViewItem &option, const QModelIndex & /*index*/) const override
    {
        return {100, option.fontMetrics.height() + 12};
    }
};

} // namespace

CommandPalette::CommandPalette(QList<Command> commands, QWidget *parent)
    : QDialog(parent)
    , m_commands(std::move(commands))
    , m_input(new QLineEdit(this))
    , m_list(new QListWidget(this))
{
    setWindowTitle(tr("Commands"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_input->setPlaceholderText(tr("Type an action, a trigger or a place"));
    m_input->setAccessibleName(m_input->placeholderText());
    m_input->installEventFilter(this);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Commands"));
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_input);
    layout->addWidget(m_list, 1);
    resize(560, 400);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::find);
    connect(m_input, &QLineEdit::returnPressed, this, &CommandPalette::run);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::run);
    find({});
}

int CommandPalette::score(const QString &title, const QString &typed)
{
    int total = 0;
    qsizetype at = -1;
    for (const QChar wanted : typed) {
        if (wanted.isSpace()) {
            continue;
        }
        const qsizetype next = title.indexOf(wanted, at + 1, Qt::CaseInsensitive);
        if (next < 0) {
            return -1;
        }
        const bool begins = next == 0 || !title.at(next - 1).isLetterOrNumber();
        const bool inARow = next == at + 1;
        total += begins || inARow ? 0 : 10 + static_cast<int>(std::min<qsizetype>(next - at, 20));
        at = next;
    }
    return total * 100 + static_cast<int>(std::min<qsizetype>(title.size(), 99));
}

void CommandPalette::find(const QString &typed)
{
    struct Hit
    {
        int score = 0;
        qsizetype command = 0;
    };
    QList<Hit> hits;
    for (qsizetype i = 0; i < m_commands.size(); ++i) {
        const int byTitle = typed.isEmpty() ? 0 : score(m_commands.at(i).title, typed);
        const int byDetail = byTitle < 0
            ? score(m_commands.at(i).title + u' ' + m_commands.at(i).detail, typed)
            : -1;
        if (byTitle >= 0 || byDetail >= 0) {
            hits.append({byTitle >= 0 ? byTitle : 100'000 + byDetail, i});
        }
    }
    std::stable_sort(hits.begin(), hits.end(),
        [](const Hit &left, const Hit &right) { return left.score < right.score; });
    m_list->clear();
    for (const Hit &hit : hits.first(std::min<qsizetype>(hits.size(), kMaxShown))) {
        const Command &command = m_commands.at(hit.command);
        auto *item = new QListWidgetItem(command.title, m_list);
        item->setData(kCommandRole, static_cast<int>(hit.command));
        item->setData(kDetailRole, command.detail);
        item->setData(kShortcutRole, command.shortcut);
        item->setData(Qt::AccessibleTextRole,
            QStringList{command.title, command.detail, command.shortcut}.join(u", "_s));
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::run()
{
    const QListWidgetItem *item = m_list->currentItem();
    if (!item) {
        return;
    }
    const auto act = m_commands.at(item->data(kCommandRole).toInt()).act;
    accept();
    if (act) {
        act();
    }
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_input && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown
            || key == Qt::Key_PageUp) {
            QCoreApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace earshot::widgets
