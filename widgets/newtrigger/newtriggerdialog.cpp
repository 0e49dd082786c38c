// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/newtrigger/newtriggerdialog.h"

#include "widgets/appearance.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

constexpr QLatin1StringView kDemo("demo");
constexpr QLatin1StringView kFile("file");

/// The demo is a preset whose address the service tells.
items::PresetForm demoForm()
{
    items::PresetForm form{.id = kDemo,
        .name = NewTriggerDialog::tr("Demo, without a network"),
        .summary = NewTriggerDialog::tr("A small shop on this machine tells its orders; the script "
                                        "answers each. Nothing leaves the machine."),
        .path = u"f/demo/orders"_s};
    form.document = QJsonObject{{"url"_L1, u"<<url>>"_s}, {"is_flow"_L1, false},
        {"filters"_L1, QJsonArray{QJsonObject{{"key"_L1, u"type"_s}, {"value"_L1, u"order"_s}}}},
        {"initial_messages"_L1, QJsonArray()}, {"can_return_message"_L1, true},
        {"can_return_error_result"_L1, false}};
    return form;
}

items::PresetForm fileForm()
{
    return {.id = kFile,
        .name = NewTriggerDialog::tr("From a file"),
        .summary = NewTriggerDialog::tr("Takes in a *.websocket_trigger.yaml of a synced Windmill "
                                        "workspace, or a JSON file. It "
                                        "is shown first and comes in switched off.")};
}

QLabel *plainLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

} // namespace

NewTriggerDialog::NewTriggerDialog(rpc::ControlClient &client, const QString &clipboard,
    const QStringList &takenPaths, QWidget *parent)
    : QDialog(parent)
    , m_client(client)
    , m_clipboardUrl(items::webSocketUrlIn(clipboard))
    , m_taken(takenPaths)
    , m_sources(new QListWidget(this))
    , m_pagesLayout(new QVBoxLayout)
    , m_common(new QWidget(this))
    , m_path(new QLineEdit(this))
    , m_script(new QLineEdit(this))
    , m_language(new QComboBox(this))
    , m_kind(new QComboBox(this))
    , m_reply(new QCheckBox(tr("Send what the script &returns back to the server"), this))
    , m_keep(new QCheckBox(tr("&Use the script that is there already"), this))
    , m_hint(plainLabel({}, this))
    , m_error(plainLabel({}, this))
{
    setWindowTitle(tr("New trigger"));
    setAttribute(Qt::WA_DeleteOnClose);
    build();
    addSource(demoForm());
    addSource(fileForm());
    m_sources->setCurrentRow(0);
    readCatalogue();
}

void NewTriggerDialog::build()
{
    m_sources->setAccessibleName(tr("What the trigger begins with"));
    m_sources->setFixedWidth(200);
    m_sources->setWordWrap(true);
    m_sources->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    QPalette bad = m_error->palette();
    bad.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_error->setPalette(bad);
    m_error->hide();
    m_keep->hide();
    QPalette quiet = m_hint->palette();
    quiet.setColor(QPalette::WindowText, quietColor(palette()));
    m_hint->setPalette(quiet);

    auto *common = new QFormLayout(m_common);
    common->setContentsMargins(0, 0, 0, 0);
    auto *pathLabel = new QLabel(tr("Trigger's &path"), this);
    pathLabel->setBuddy(m_path);
    pathLabel->setMinimumWidth(labelWidth());
    common->addRow(pathLabel, m_path);
    common->addRow(tr("&Script"), m_script);
    auto *choices = new QHBoxLayout;
    choices->addWidget(m_language, 1);
    choices->addWidget(m_kind, 1);
    auto *languageLabel = new QLabel(tr("&Language"), this);
    languageLabel->setBuddy(m_language);
    m_kind->setAccessibleName(tr("Shape of the script"));
    common->addRow(languageLabel, choices);
    common->addRow(QString(), m_hint);
    common->addRow(QString(), m_reply);
    common->addRow(QString(), m_keep);

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_create = buttons->addButton(tr("Create and start"), QDialogButtonBox::AcceptRole);
    m_create->setDefault(true);
    auto *right = new QVBoxLayout;
    right->setSpacing(14);
    right->addLayout(m_pagesLayout);
    right->addWidget(m_common);
    right->addWidget(m_error);
    right->addStretch();
    right->addWidget(buttons);
    auto *layout = new QHBoxLayout(this);
    layout->setSpacing(14);
    layout->addWidget(m_sources);
    layout->addLayout(right, 1);
    resize(720, 470);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, &NewTriggerDialog::create);
    connect(m_sources, &QListWidget::currentRowChanged, this, &NewTriggerDialog::onSource);
    connect(m_language, &QComboBox::currentIndexChanged, this, &NewTriggerDialog::updateKinds);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &NewTriggerDialog::updateScriptHint);
    // The script goes by the trigger's name until it gets one of its own.
    connect(m_path, &QLineEdit::textEdited, this, [this](const QString &text) {
        m_error->hide();
        if (!m_script->isModified()) {
            m_script->setText(text.trimmed());
        }
    });
    connect(m_script, &QLineEdit::textEdited, this, [this] {
        m_error->hide();
        m_keep->setChecked(false);
        m_keep->hide();
    });
}

/// Of both forms, so that their inputs stand in one line.
int NewTriggerDialog::labelWidth() const
{
    return fontMetrics().horizontalAdvance(tr("Trigger's &path")) + 4;
}

void NewTriggerDialog::readCatalogue()
{
    m_client.call<rpc::TriggerPresets>(
        {}, this, [this](const Result<rpc::Page<rpc::Preset>> &presets) {
            if (!presets) {
                refuse(presets.error().message);
                return;
            }
            for (const rpc::Preset &preset : presets->items) {
                addSource(items::PresetForm::fromPreset(preset));
            }
            if (!m_clipboardUrl.isEmpty()) {
                choose(u"json_stream"_s);
            }
        });
    m_client.call<rpc::RunnableLanguages>(
        {}, this, [this](const Result<rpc::Page<rpc::ScriptLanguage>> &languages) {
            if (languages) {
                onLanguages(languages->items);
            } else {
                refuse(languages.error().message);
            }
        });
}

void NewTriggerDialog::addSource(const items::PresetForm &form)
{
    // The file stays last.
    const int row = m_forms.isEmpty() || m_forms.constLast().id != kFile
        ? static_cast<int>(m_forms.size())
        : static_cast<int>(m_forms.size()) - 1;
    auto *page = new QWidget(this);
    auto *layout = new QFormLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setRowWrapPolicy(QFormLayout::DontWrapRows);
    layout->addRow(plainLabel(form.summary, page));
    QHash<QString, QLineEdit *> inputs;
    for (const items::PresetField &field : form.fields) {
        auto *input = new QLineEdit(field.value, page);
        input->setPlaceholderText(field.hint);
        if (!field.secret.isEmpty()) {
            input->setEchoMode(QLineEdit::Password);
        }
        if (field.name == "url"_L1 && form.id == "json_stream"_L1 && !m_clipboardUrl.isEmpty()) {
            input->setText(m_clipboardUrl);
            input->setToolTip(tr("From the clipboard"));
        }
        connect(input, &QLineEdit::textEdited, m_error, &QLabel::hide);
        auto *label = plainLabel(field.label, page);
        label->setBuddy(input);
        label->setMinimumWidth(labelWidth());
        layout->addRow(label, input);
        inputs.insert(field.name, input);
    }
    if (form.id == kFile) {
        auto *choose = new QPushButton(tr("Choose a file…"), page);
        connect(choose, &QPushButton::clicked, this, [this] {
            emit importRequested();
            accept();
        });
        layout->addRow(choose);
    }
    m_forms.insert(row, form);
    m_fields.insert(row, inputs);
    const QSignalBlocker quietly(m_sources);
    const int current = m_sources->currentRow();
    m_pagesLayout->addWidget(page);
    m_sources->insertItem(row, form.name);
    m_sources->item(row)->setSizeHint({100, fontMetrics().height() + 14});
    page->setVisible(false);
    m_pages.insert(row, page);
    if (current >= row) {
        m_sources->setCurrentRow(current + 1);
        m_row = current + 1;
    }
}

void NewTriggerDialog::choose(const QString &source)
{
    for (int row = 0; row < m_forms.size(); ++row) {
        if (m_forms.at(row).id == source) {
            m_sources->setCurrentRow(row);
        }
    }
}

const items::PresetForm *NewTriggerDialog::form() const
{
    return m_row >= 0 && m_row < m_forms.size() ? &m_forms.at(m_row) : nullptr;
}

QLineEdit *NewTriggerDialog::field(const QString &name) const
{
    return m_row >= 0 && m_row < m_fields.size() ? m_fields.at(m_row).value(name) : nullptr;
}

QString NewTriggerDialog::errorText() const
{
    return m_error->isHidden() ? QString() : m_error->text();
}

QString NewTriggerDialog::freePath(const QString &wanted) const
{
    QString path = wanted;
    for (int number = 2; m_taken.contains(path); ++number) {
        path = u"%1_%2"_s.arg(wanted).arg(number);
    }
    return path;
}

void NewTriggerDialog::onSource(int row)
{
    if (row < 0) {
        return;
    }
    m_row = row;
    m_error->hide();
    for (int other = 0; other < m_pages.size(); ++other) {
        m_pages.at(other)->setVisible(other == row);
    }
    const items::PresetForm &chosen = m_forms.at(row);
    // A path somebody typed is theirs, whatever source they look at.
    if (!m_path->isModified()) {
        m_path->setText(freePath(chosen.path));
        if (!m_script->isModified()) {
            m_script->setText(m_path->text());
        }
    }
    m_common->setVisible(chosen.id != kFile);
    m_create->setVisible(chosen.id != kFile);
    m_reply->setVisible(!chosen.document.value("can_return_message"_L1).toBool());
    // The example of this server first, whatever was chosen for another.
    m_kind->clear();
    updateKinds();
}

void NewTriggerDialog::onLanguages(const QList<rpc::ScriptLanguage> &languages)
{
    m_languages = languages;
    const QSignalBlocker quietly(m_language);
    m_language->clear();
    int best = -1;
    for (const rpc::ScriptLanguage &language : languages) {
        const bool here = !language.runtime.isEmpty();
        m_language->addItem(
            here ? language.name : tr("%1 (not installed)").arg(language.name), language.language);
        if (here && best < 0) {
            best = m_language->count() - 1;
        }
    }
    m_language->setCurrentIndex(std::max(best, 0));
    updateKinds();
}

void NewTriggerDialog::updateKinds()
{
    const int index = m_language->currentIndex();
    if (index < 0 || index >= m_languages.size() || !form()) {
        return;
    }
    const rpc::ScriptLanguage &language = m_languages.at(index);
    const QString before = m_kind->currentData().toString();
    const QSignalBlocker quietly(m_kind);
    m_kind->clear();
    if (form()->id == kDemo || form()->scripts.contains(language.language)) {
        m_kind->addItem(tr("An example for this server"), u"preset"_s);
    }
    if (language.kinds.contains(u"message"_s)) {
        m_kind->addItem(tr("main(msg)"), u"message"_s);
    }
    if (language.kinds.contains(u"preprocessor"_s)) {
        m_kind->addItem(tr("preprocessor(event) and main"), u"preprocessor"_s);
    }
    m_kind->setCurrentIndex(std::max(0, m_kind->findData(before)));
    updateScriptHint();
}

void NewTriggerDialog::updateScriptHint()
{
    const int index = m_language->currentIndex();
    if (index < 0 || index >= m_languages.size()) {
        return;
    }
    const rpc::ScriptLanguage &language = m_languages.at(index);
    const QString workspace = m_client.serviceInfo().workspace;
    m_hint->setText(!language.problem.isEmpty() ? language.problem
            : workspace.isEmpty() ? tr("The service has no workspace folder to keep scripts in; "
                                       "start it with --workspace.")
                                  : tr("Written into %1").arg(workspace));
}

QHash<QString, QString> NewTriggerDialog::values() const
{
    QHash<QString, QString> typed;
    for (auto field = m_fields.at(m_row).cbegin(); field != m_fields.at(m_row).cend(); ++field) {
        typed.insert(field.key(), field.value()->text().trimmed());
    }
    if (form()->id == kDemo) {
        typed.insert(u"url"_s, m_demoUrl);
    }
    return typed;
}

void NewTriggerDialog::create()
{
    if (!form() || form()->id == kFile) {
        return;
    }
    if (const items::PresetField *missing = form()->missing(values())) {
        refuse(tr("“%1” is needed.").arg(missing->label));
        field(missing->name)->setFocus();
        return;
    }
    setBusy(true);
    if (form()->id == kDemo && m_demoUrl.isEmpty()) {
        m_client.call<rpc::TriggerDemo>(
            {}, this, [this](const Result<rpc::TriggerDemo::Result> &demo) {
                if (!demo) {
                    refuse(demo.error().message);
                    return;
                }
                m_demoUrl = demo->url;
                m_forms[m_row].scripts = items::textsOf(demo->scripts);
                create();
            });
        return;
    }
    const QString language = m_language->currentData().toString();
    const QString kind = m_kind->currentData().toString();
    const int index = m_language->currentIndex();
    if (kind == "preset"_L1 && form()->scripts.contains(language)) {
        createWith(form()->scripts.value(language), m_languages.at(index).ending);
        return;
    }
    m_client.call<rpc::RunnableTemplate>(
        {.language = language, .kind = kind == "preset"_L1 ? u"message"_s : kind}, this,
        [this](const Result<rpc::RunnableTemplate::Result> &text) {
            if (text) {
                createWith(text->text, text->ending);
            } else {
                refuse(text.error().message);
            }
        });
}

void NewTriggerDialog::createWith(const QString &text, const QString &ending)
{
    const QString script = m_script->text().trimmed();
    const QString language = m_language->currentData().toString();
    Creation::Plan plan{.secrets = form()->secretsFor(values(), script),
        .scripts = {{.path = script, .ending = ending, .text = text}},
        .keepExisting = m_keep->isChecked(),
        .path = m_path->text().trimmed(),
        .document
        = form()->documentFor(values(), script, m_reply->isVisible() && m_reply->isChecked())};
    for (auto more = form()->moreScripts.cbegin(); more != form()->moreScripts.cend(); ++more) {
        const QString other = more->value(language, more->value(u"bun"_s));
        plan.scripts.append({.path = script + more.key(),
            .ending = more->contains(language) ? ending : u".ts"_s,
            .text = other});
    }
    // What is wrong with the trigger is said before a script is written.
    m_client.call<rpc::TriggerValidate>({.document = plan.document, .path = plan.path}, this,
        [this, plan](const Result<rpc::Validation> &validation) {
            if (!validation) {
                refuse(validation.error().message);
            } else if (!validation->problems.isEmpty()) {
                refuse(validation->problems.constFirst().message);
            } else {
                run(plan);
            }
        });
}

void NewTriggerDialog::run(const Creation::Plan &plan)
{
    auto *creation = new Creation(m_client, plan, this);
    connect(creation, &Creation::done, this, [this](const QString &path) {
        emit created(path);
        accept();
    });
    connect(creation, &Creation::refused, this,
        [this, creation](Creation::Step step, const Error &error) {
            creation->deleteLater();
            const bool taken
                = step == Creation::Step::Script && error.code == ErrorCode::AlreadyExists;
            m_keep->setVisible(m_keep->isVisible() || taken);
            refuse(error.detail.isEmpty() ? error.message
                                          : QString(error.message + u'\n' + error.detail));
            (step == Creation::Step::Script ? m_script : m_path)->setFocus();
        });
    creation->start();
}

void NewTriggerDialog::refuse(const QString &text)
{
    setBusy(false);
    m_error->setText(text);
    m_error->show();
}

void NewTriggerDialog::setBusy(bool busy)
{
    m_create->setEnabled(!busy);
    m_sources->setEnabled(!busy);
    if (busy) {
        m_error->hide();
    }
}

} // namespace earshot::widgets
