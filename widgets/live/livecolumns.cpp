// SPDX-License-Identifier: GPL-3.0-or-later
// The menus of LivePage: columns and rows.
#include "model/items/displaytext.h"
#include "widgets/live/livepage.h"
#include "widgets/live/rowactions.h"
#include "widgets/messagetable.h"

#include <QHeaderView>
#include <QInputDialog>
#include <QMenu>
#include <QSettings>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

using Model = items::LiveMessageModel;

namespace {

constexpr int kMaxColumns = 12;

} // namespace

void LivePage::setPathColumns(const QStringList &paths)
{
    m_model.setPathColumns(paths.mid(0, kMaxColumns));
    QHeaderView *header = m_table->horizontalHeader();
    // The message is the last column: it takes the room that is left.
    for (int column = Model::ColumnCount; column < m_model.columnCount(); ++column) {
        header->resizeSection(column, m_table->fontMetrics().averageCharWidth() * 18);
    }
    header->moveSection(header->visualIndex(Model::PreviewColumn), header->count() - 1);
}

/// Where there is little room, the message has it.
void LivePage::showColumns()
{
    const bool narrow = width() < m_table->fontMetrics().averageCharWidth() * 120;
    for (int column = Model::TimeColumn; column < Model::PreviewColumn; ++column) {
        const bool spare = column == Model::DeltaColumn || column == Model::LatencyColumn;
        m_table->setColumnHidden(column, m_hidden.contains(column) || (narrow && spare));
    }
}

void LivePage::addColumn(const QString &path)
{
    const auto parsed = JsonPath::parse(path);
    if (!parsed) {
        emit failed(parsed.error());
        return;
    }
    QStringList paths = m_model.pathColumns();
    const QString text = parsed->text();
    if (paths.contains(text)) {
        return;
    }
    if (paths.size() >= kMaxColumns) {
        emit said(tr("There are %n columns already; remove one first.", nullptr, kMaxColumns));
        return;
    }
    paths += text;
    setPathColumns(paths);
    QSettings().setValue(u"live/columns"_s, m_model.pathColumns());
}

void LivePage::showHeaderMenu(const QPoint &point)
{
    QHeaderView *header = m_table->horizontalHeader();
    const int at = header->logicalIndexAt(point);
    QMenu menu(this);
    for (int column = Model::TimeColumn; column < Model::PreviewColumn; ++column) {
        QAction *action = menu.addAction(
            m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!m_hidden.contains(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            if (shown) {
                m_hidden.remove(column);
            } else {
                m_hidden.insert(column);
            }
            showColumns();
            QStringList hidden;
            for (const int i : std::as_const(m_hidden)) {
                hidden += QString::number(i);
            }
            QSettings().setValue(u"live/hidden_columns"_s, hidden);
        });
    }
    menu.addSeparator();
    menu.addAction(tr("Add a column from a JSON path…"), this, [this] {
        bool accepted = false;
        const QString path = QInputDialog::getText(this, tr("Add a column"),
            tr("JSON path, for example $.data.id:"), QLineEdit::Normal, u"$."_s, &accepted);
        if (accepted) {
            addColumn(path.trimmed());
        }
    });
    if (at >= Model::ColumnCount) {
        const QString path = m_model.headerData(at, Qt::Horizontal, Qt::ToolTipRole).toString();
        menu.addAction(tr("Remove the column %1").arg(path), this, [this, path] {
            QStringList paths = m_model.pathColumns();
            paths.removeAll(path);
            setPathColumns(paths);
            QSettings().setValue(u"live/columns"_s, paths);
        });
    }
    menu.exec(header->mapToGlobal(point));
}

void LivePage::showRowMenu(const QPoint &globalPoint)
{
    const std::vector<items::LiveEntry> entries = selectedEntries();
    if (entries.empty()) {
        return;
    }
    QMenu menu(this);
    m_actions->fill(&menu, entries);
    menu.exec(globalPoint);
}

} // namespace earshot::widgets
