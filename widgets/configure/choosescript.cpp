// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/choosescript.h"

#include "widgets/configure/knownnames.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

ChooseScript::ChooseScript(KnownNames &names, const QString &current, QWidget *parent)
    : QDialog(parent)
    , m_names(names)
    , m_shown(new QSortFilterProxyModel(this))
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_empty(new QLabel(this))
{
    setWindowTitle(tr("Choose a script"));
    resize(480, 420);
    m_shown->setSourceModel(&names.scripts());
    m_shown->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search scripts"));
    m_search->setClearButtonEnabled(true);
    m_list->setModel(m_shown);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Scripts of the workspace"));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_empty->setTextFormat(Qt::PlainText);
    m_empty->setWordWrap(true);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_search);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_empty);
    layout->addWidget(buttons);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_shown->setFilterFixedString(text.trimmed());
        if (!m_list->currentIndex().isValid()) {
            m_list->setCurrentIndex(m_shown->index(0, 0));
        }
        showEmpty();
    });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_list, &QListView::doubleClicked, this, &QDialog::accept);
    connect(this, &QDialog::accepted, this, [this] {
        const QString path = m_list->currentIndex().data().toString();
        if (!path.isEmpty()) {
            emit chosen(path);
        }
    });
    connect(&names, &KnownNames::changed, this, [this, current] {
        select(current);
        showEmpty();
    });
    select(current);
    showEmpty();
    names.load();
}

void ChooseScript::select(const QString &path)
{
    const auto found = m_shown->match(
        m_shown->index(0, 0), Qt::DisplayRole, path, 1, Qt::MatchExactly | Qt::MatchCaseSensitive);
    m_list->setCurrentIndex(found.isEmpty() ? m_shown->index(0, 0) : found.constFirst());
}

void ChooseScript::showEmpty()
{
    m_empty->setText(m_names.scripts().rowCount() == 0
            ? tr("The workspace has no script yet. Close this, type a path such as "
                 "f/bots/on_message, and choose Create.")
            : tr("No script is called so."));
    m_empty->setVisible(m_shown->rowCount() == 0);
}

} // namespace earshot::widgets
