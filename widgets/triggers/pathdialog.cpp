// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/pathdialog.h"

#include "widgets/appearance.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

PathDialog::PathDialog(
    const QString &title, const QString &path, const QString &action, QWidget *parent)
    : QDialog(parent)
    , m_input(new QLineEdit(path, this))
    , m_error(new QLabel(this))
{
    setWindowTitle(title);
    setAttribute(Qt::WA_DeleteOnClose);
    auto *label = new QLabel(tr("&Path, such as f/bots/orders or u/ada/echo:"), this);
    label->setBuddy(m_input);
    m_error->setTextFormat(Qt::PlainText);
    m_error->setWordWrap(true);
    m_error->hide();
    QPalette colors = m_error->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_error->setPalette(colors);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_ok = buttons->addButton(action, QDialogButtonBox::AcceptRole);
    m_ok->setDefault(true);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(label);
    layout->addWidget(m_input);
    layout->addWidget(m_error);
    layout->addStretch();
    layout->addWidget(buttons);
    resize(440, sizeHint().height());
    const auto slash = path.lastIndexOf(u'/');
    m_input->setSelection(static_cast<int>(slash + 1), static_cast<int>(path.size() - slash - 1));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, &PathDialog::choose);
    connect(m_input, &QLineEdit::textEdited, this, [this] {
        m_error->hide();
        m_ok->setEnabled(!this->path().isEmpty());
    });
}

QString PathDialog::path() const
{
    return m_input->text().trimmed();
}

QString PathDialog::errorText() const
{
    return m_error->isHidden() ? QString() : m_error->text();
}

void PathDialog::choose()
{
    m_ok->setEnabled(false);
    emit chosen(path());
}

void PathDialog::refuse(const Error &error)
{
    m_ok->setEnabled(true);
    m_error->setText(
        error.detail.isEmpty() ? error.message : QString(error.message + u'\n' + error.detail));
    m_error->show();
    m_input->setFocus();
}

} // namespace earshot::widgets
