// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/createscript.h"

#include "widgets/appearance.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace earshot::widgets {

CreateScript::CreateScript(
    rpc::ControlClient &client, const QString &path, const QString &kind, QWidget *parent)
    : QDialog(parent)
    , m_client(client)
    , m_kind(kind)
    , m_path(new QLineEdit(path, this))
    , m_language(new QComboBox(this))
    , m_note(new QLabel(this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this))
{
    setWindowTitle(tr("New script"));
    m_path->setPlaceholderText(tr("f/folder/name"));
    m_path->setAccessibleName(tr("Path of the script"));
    m_language->setAccessibleName(tr("Language"));
    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    constexpr int kNoteWidth = 380;
    m_note->setMinimumWidth(kNoteWidth);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Create"));
    auto *form = new QFormLayout;
    form->addRow(tr("Path"), m_path);
    form->addRow(tr("Language"), m_language);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(m_note);
    layout->addStretch(1);
    layout->addWidget(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &CreateScript::create);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_language, &QComboBox::currentIndexChanged, this, &CreateScript::showNote);
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
    m_client.call<rpc::RunnableLanguages>(
        {}, this, [this](const Result<rpc::Page<rpc::ScriptLanguage>> &page) {
            if (page) {
                showLanguages(page->items);
            } else {
                fail(page.error());
            }
        });
}

void CreateScript::showLanguages(const QList<rpc::ScriptLanguage> &languages)
{
    for (const bool runs : {true, false}) {
        for (const rpc::ScriptLanguage &language : languages) {
            if (language.kinds.contains(m_kind) && language.runtime.isEmpty() != runs) {
                m_languages.append(language);
                m_language->addItem(
                    runs ? language.name : tr("%1 (not installed)").arg(language.name));
            }
        }
    }
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(!m_languages.isEmpty());
    showNote();
}

void CreateScript::showNote()
{
    const int index = m_language->currentIndex();
    if (index >= 0 && index < m_languages.size()) {
        m_note->setText(m_languages.at(index).problem);
    }
}

QString CreateScript::note() const
{
    return m_note->text();
}

void CreateScript::create()
{
    const int index = m_language->currentIndex();
    if (index < 0 || index >= m_languages.size()) {
        return;
    }
    setEnabled(false);
    m_client.call<rpc::RunnableTemplate>(
        {.language = m_languages.at(index).language, .kind = m_kind}, this,
        [this](const Result<rpc::RunnableTemplate::Result> &script) {
            if (script) {
                write(*script);
            } else {
                fail(script.error());
            }
        });
}

void CreateScript::write(const rpc::RunnableTemplate::Result &script)
{
    const QString path = m_path->text().trimmed();
    m_client.call<rpc::RunnableWrite>({.path = {},
                                          .file = QString(path + script.ending),
                                          .content = script.text,
                                          .expectedHash = {},
                                          .create = true},
        this, [this, path](const Result<rpc::RunnableWrite::Result> &written) {
            if (!written) {
                fail(written.error());
                return;
            }
            accept();
            emit created(path);
        });
}

void CreateScript::fail(const Error &error)
{
    setEnabled(true);
    m_note->setText(
        error.detail.isEmpty() ? error.message : QString(error.message + u'\n' + error.detail));
    m_path->setFocus(Qt::OtherFocusReason);
}

} // namespace earshot::widgets
