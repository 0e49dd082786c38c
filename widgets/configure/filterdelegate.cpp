// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/filterdelegate.h"

#include "model/items/filtermodel.h"

#include <QComboBox>
#include <QLineEdit>

#include <limits>

namespace earshot::widgets {

namespace {

using Kind = items::FilterNode::Kind;
using Model = items::FilterModel;

} // namespace

QWidget *FilterDelegate::createEditor(
    QWidget *parent, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    Q_UNUSED(option)
    if (index.column() != Model::KindColumn) {
        auto *input = new QLineEdit(parent);
        input->setMaxLength(std::numeric_limits<int>::max());
        return input;
    }
    auto *input = new QComboBox(parent);
    const auto kind = Kind(index.data(Model::KindRole).toInt());
    const bool isLeaf = kind == Kind::Key || kind == Kind::Path;
    const QList<Kind> kinds = isLeaf ? QList<Kind>{Kind::Key, Kind::Path}
                                     : QList<Kind>{Kind::AnyOf, Kind::AllOf, Kind::NoneOf};
    for (const Kind one : kinds) {
        input->addItem(Model::kindText(one), int(one));
    }
    // A choice is the whole edit: nobody wants to press Return as well.
    connect(input, &QComboBox::activated, this, [this, input] {
        auto *self = const_cast<FilterDelegate *>(this); // NOLINT: createEditor() is const in Qt
        emit self->commitData(input);
        emit self->closeEditor(input);
    });
    return input;
}

void FilterDelegate::setEditorData(QWidget *editor, const QModelIndex &index) const
{
    if (auto *choice = qobject_cast<QComboBox *>(editor)) {
        choice->setCurrentIndex(choice->findData(index.data(Model::KindRole)));
    } else if (auto *input = qobject_cast<QLineEdit *>(editor)) {
        input->setText(index.data(Qt::EditRole).toString());
    }
}

void FilterDelegate::setModelData(
    QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const
{
    auto *filters = qobject_cast<Model *>(model);
    if (const auto *choice = qobject_cast<QComboBox *>(editor); choice && filters) {
        filters->setKind(index, Kind(choice->currentData().toInt()));
    } else if (const auto *input = qobject_cast<QLineEdit *>(editor)) {
        // Only what was edited: taken as typed, "42" in quotes would become a number otherwise.
        if (input->isModified()) {
            model->setData(index, input->text(), Qt::EditRole);
        }
    }
}

QSize FilterDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(option.fontMetrics.lineSpacing() + 10);
    return size;
}

} // namespace earshot::widgets
