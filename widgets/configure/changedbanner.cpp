// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/changedbanner.h"

#include "model/items/linediff.h"
#include "widgets/appearance.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTextBlock>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

ChangedBanner::ChangedBanner(QWidget *parent)
    : QFrame(parent)
    , m_text(new QLabel(this))
    , m_mine(new QPushButton(tr("Keep mine"), this))
    , m_theirs(new QPushButton(tr("Take theirs"), this))
    , m_difference(new QPushButton(tr("Difference…"), this))
{
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::ToolTipBase);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setMinimumWidth(1);
    m_text->setForegroundRole(QPalette::ToolTipText);
    m_text->setText(tr("This trigger was changed elsewhere while you edited it here."));
    m_mine->setToolTip(tr("Go on with your text; saving replaces what was stored meanwhile"));
    m_theirs->setToolTip(tr("Show what was stored meanwhile; undo brings your text back"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 6, 12, 6);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_difference);
    layout->addWidget(m_mine);
    layout->addWidget(m_theirs);
    connect(m_mine, &QPushButton::clicked, this, &ChangedBanner::keepMine);
    connect(m_theirs, &QPushButton::clicked, this, &ChangedBanner::takeTheirs);
    connect(m_difference, &QPushButton::clicked, this, &ChangedBanner::showDifference);
}

void ChangedBanner::setTexts(const QString &mine, const QString &theirs)
{
    m_mineText = mine;
    m_theirText = theirs;
}

void ChangedBanner::showDifference()
{
    auto *dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Theirs and mine"));
    dialog->resize(720, 480);
    auto *view = new QPlainTextEdit(dialog);
    stylePayload(view);
    view->setReadOnly(true);
    view->setLineWrapMode(QPlainTextEdit::NoWrap);
    view->setAccessibleName(tr("Differences"));
    QTextCursor cursor(view->document());
    bool first = true;
    for (const items::DiffLine &line : items::lineDiff(m_theirText, m_mineText)) {
        QTextCharFormat format;
        QString mark = u"  "_s;
        if (line.side == items::DiffLine::Side::Left) {
            mark = u"− "_s;
            format.setForeground(toneColor(items::Tone::Bad, palette()));
        } else if (line.side == items::DiffLine::Side::Right) {
            mark = u"+ "_s;
            format.setForeground(toneColor(items::Tone::Good, palette()));
        }
        if (!first) {
            cursor.insertBlock();
        }
        first = false;
        cursor.insertText(QString(mark + line.text), format);
    }
    view->moveCursor(QTextCursor::Start);
    auto *note = new QLabel(tr("− only in what is stored, + only in yours"), dialog);
    auto *buttons = new QDialogButtonBox(dialog);
    auto *mine = buttons->addButton(m_mine->text(), QDialogButtonBox::ActionRole);
    auto *theirs = buttons->addButton(m_theirs->text(), QDialogButtonBox::ActionRole);
    buttons->addButton(QDialogButtonBox::Close);
    auto *layout = new QVBoxLayout(dialog);
    layout->addWidget(note);
    layout->addWidget(view, 1);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    connect(mine, &QPushButton::clicked, dialog, [this, dialog] {
        dialog->accept();
        emit keepMine();
    });
    connect(theirs, &QPushButton::clicked, dialog, [this, dialog] {
        dialog->accept();
        emit takeTheirs();
    });
    dialog->open();
}

} // namespace earshot::widgets
