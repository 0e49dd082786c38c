// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/shortcutsdialog.h"

#include "widgets/appearance.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QTableWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

ShortcutsDialog::ShortcutsDialog(const QList<Line> &lines, QWidget *parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *table = new QTableWidget(static_cast<int>(lines.size()), 2, this);
    styleTable(table);
    table->setFrameShape(QFrame::StyledPanel);
    table->setHorizontalHeaderLabels({tr("What"), tr("Keys")});
    table->setAccessibleName(tr("Keys"));
    for (int row = 0; row < table->rowCount(); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(lines.at(row).first));
        table->setItem(row, 1, new QTableWidgetItem(lines.at(row).second));
    }
    table->horizontalHeader()->resizeSection(0, 320);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
    resize(540, 460);
}

QList<ShortcutsDialog::Line> ShortcutsDialog::others()
{
    return {{tr("Switch the selected trigger on or off"), tr("Space")},
        {tr("From the search to the triggers"), tr("Down")},
        {tr("Next or previous part of the window"), tr("Tab, Shift+Tab")},
        {tr("Open the menu of the selected trigger"), tr("Menu, Shift+F10")}};
}

} // namespace earshot::widgets
