// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/newscriptdialog.h"

#include "widgets/appearance.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

NewScriptDialog::NewScriptDialog(rpc::ControlClient &client, const QString &path, QWidget *parent)
    : QDialog(parent)
    , m_client(client)
    , m_path(new QLineEdit(path, this))
    , m_language(new QComboBox(this))
    , m_kind(new QComboBox(this))
    , m_preview(new QPlainTextEdit(this))
    , m_problem(new QLabel(this))
{
    setWindowTitle(tr("New script"));
    resize(640, 520);
    m_path->setPlaceholderText(u"f/bots/echo"_s);
    m_preview->setReadOnly(true);
    stylePayload(m_preview);
    m_preview->setFrameShape(QFrame::StyledPanel);
    m_preview->setAccessibleName(tr("Template"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    auto *form = new QFormLayout;
    form->addRow(tr("&Path"), m_path);
    form->addRow(tr("&Language"), m_language);
    form->addRow(tr("&For"), m_kind);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_create = buttons->addButton(tr("Create"), QDialogButtonBox::AcceptRole);
    m_create->setDefault(true);
    auto *layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(m_preview, 1);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_create, &QPushButton::clicked, this, &NewScriptDialog::create);
    connect(m_path, &QLineEdit::textChanged, this, &NewScriptDialog::check);
    connect(m_language, &QComboBox::currentIndexChanged, this, &NewScriptDialog::onLanguageChanged);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &NewScriptDialog::loadTemplate);
    m_client.call<rpc::RunnableLanguages>({}, this,
        [this](const Result<rpc::Page<rpc::ScriptLanguage>> &answer) { onLanguages(answer); });
    check();
}

void NewScriptDialog::setKind(const QString &kind)
{
    m_wantedKind = kind;
    if (const int at = m_kind->findData(kind); at >= 0) {
        m_kind->setCurrentIndex(at);
    }
}

void NewScriptDialog::onLanguages(const Result<rpc::Page<rpc::ScriptLanguage>> &answer)
{
    if (!answer) {
        fail(answer.error());
        return;
    }
    m_languages = answer->items;
    int chosen = -1;
    for (const rpc::ScriptLanguage &language : std::as_const(m_languages)) {
        m_language->addItem(language.runtime.isEmpty()
                ? tr("%1 — not installed").arg(language.name)
                : tr("%1 — runs with %2").arg(language.name, language.runtime));
        if (chosen < 0 && !language.runtime.isEmpty()) {
            chosen = m_language->count() - 1;
        }
    }
    m_language->setCurrentIndex(std::max(0, chosen));
    onLanguageChanged();
}

void NewScriptDialog::onLanguageChanged()
{
    const int at = m_language->currentIndex();
    if (at < 0 || at >= m_languages.size()) {
        return;
    }
    const struct
    {
        QString kind;
        QString text;
    } kinds[] = {{u"message"_s, tr("each message: main(msg)")},
        {u"preprocessor"_s, tr("each message, with a preprocessor")},
        {u"url"_s, tr("the URL to connect to")},
        {u"initial_message"_s, tr("a message sent on connecting")},
        {u"error_handler"_s, tr("runs that failed")}};
    const QString kept
        = m_kind->currentIndex() >= 0 ? m_kind->currentData().toString() : m_wantedKind;
    {
        const QSignalBlocker quiet(m_kind);
        m_kind->clear();
        for (const auto &one : kinds) {
            if (m_languages.at(at).kinds.contains(one.kind)) {
                m_kind->addItem(one.text, one.kind);
            }
        }
        m_kind->setCurrentIndex(std::max(0, m_kind->findData(kept)));
    }
    loadTemplate();
    check();
}

void NewScriptDialog::loadTemplate()
{
    const int at = m_language->currentIndex();
    if (at < 0 || at >= m_languages.size() || m_kind->currentIndex() < 0) {
        return;
    }
    const quint64 generation = ++m_generation;
    m_ending.clear();
    m_client.call<rpc::RunnableTemplate>(
        {.language = m_languages.at(at).language, .kind = m_kind->currentData().toString()}, this,
        [this, generation](const Result<rpc::RunnableTemplate::Result> &answer) {
            if (generation != m_generation) {
                return;
            }
            if (!answer) {
                fail(answer.error());
                return;
            }
            m_ending = answer->ending;
            m_template = answer->text;
            m_preview->setPlainText(answer->text);
            check();
        });
}

void NewScriptDialog::check()
{
    static const QRegularExpression valid(u"^[fu](/[\\w.-]+){2,}$"_s);
    const bool good = valid.match(m_path->text()).hasMatch();
    QString text;
    items::Tone tone = items::Tone::Quiet;
    const int at = m_language->currentIndex();
    if (!m_path->text().isEmpty() && !good) {
        text = tr("Write a path like f/bots/echo or u/ada/echo: letters, digits, “_”, “-”, “.”.");
        tone = items::Tone::Bad;
    } else if (at >= 0 && at < m_languages.size() && m_languages.at(at).runtime.isEmpty()) {
        text = tr("Nothing on this machine runs it: %1").arg(m_languages.at(at).problem);
        tone = items::Tone::Warning;
    } else if (good && !m_ending.isEmpty()) {
        text = tr("Makes %1 in the workspace.").arg(QString(m_path->text() + m_ending));
    }
    QPalette colors = m_problem->palette();
    colors.setColor(QPalette::WindowText, toneColor(tone, palette()));
    m_problem->setPalette(colors);
    m_problem->setText(text);
    m_create->setEnabled(good && !m_ending.isEmpty() && !m_writing);
}

void NewScriptDialog::fail(const Error &error)
{
    QPalette colors = m_problem->palette();
    colors.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_problem->setPalette(colors);
    m_problem->setText(
        error.detail.isEmpty() ? error.message : u"%1 (%2)"_s.arg(error.message, error.detail));
}

void NewScriptDialog::create()
{
    if (!m_create->isEnabled()) {
        return;
    }
    m_writing = true;
    check();
    m_client.call<rpc::RunnableWrite>({.path = {},
                                          .file = QString(m_path->text() + m_ending),
                                          .content = m_template,
                                          .expectedHash = {},
                                          .create = true},
        this, [this](const Result<rpc::RunnableWrite::Result> &answer) {
            m_writing = false;
            check();
            if (!answer) {
                fail(answer.error());
                return;
            }
            emit created(answer->runnable.path);
            accept();
        });
}

} // namespace earshot::widgets
