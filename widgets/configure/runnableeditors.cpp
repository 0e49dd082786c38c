// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/runnableeditors.h"

#include "widgets/configure/choosescript.h"
#include "widgets/configure/createscript.h"
#include "widgets/configure/knownnames.h"
#include "widgets/configure/membersform.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <limits>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

const QLatin1StringView kScriptPrefix("$script:");
const QLatin1StringView kFlowPrefix("$flow:");

QLabel *makeNote(QWidget *parent)
{
    auto *note = new QLabel(parent);
    note->setTextFormat(Qt::PlainText);
    note->setWordWrap(true);
    note->setMinimumWidth(1);
    note->hide();
    return note;
}

QString flowNote()
{
    return RunnableEditor::tr("Flows are kept and exported; this version does not run them yet.");
}

} // namespace

RunnablePicker::RunnablePicker(
    const FieldContext &context, const QString &name, const QString &kind, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_name(name)
    , m_kind(kind)
    , m_input(new QLineEdit(this))
    , m_browse(new QPushButton(tr("Choose…"), this))
    , m_open(new QPushButton(this))
{
    m_input->setMaxLength(std::numeric_limits<int>::max());
    m_input->setPlaceholderText(tr("f/folder/name"));
    m_input->setAccessibleName(name);
    m_browse->setAccessibleName(tr("Choose: %1").arg(name));
    context.names.completeScripts(m_input);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_input, 1);
    layout->addWidget(m_browse);
    layout->addWidget(m_open);
    setFocusProxy(m_input);
    connect(m_input, &QLineEdit::textEdited, this, &RunnablePicker::edited);
    connect(m_browse, &QPushButton::clicked, this, &RunnablePicker::browse);
    connect(m_open, &QPushButton::clicked, this,
        [this] { m_isNew ? create() : emit openRequested(m_input->text().trimmed()); });
    connect(&context.names, &KnownNames::changed, this, [this] {
        m_asked.clear(); // the script may be another one now
        showKnown();
    });
    connect(m_input, &QLineEdit::textChanged, this, &RunnablePicker::showKnown);
    showKnown();
}

void RunnablePicker::setPath(const QString &path)
{
    if (m_input->text() != path) {
        m_input->setText(path);
        m_input->setCursorPosition(0);
    }
}

void RunnablePicker::showKnown()
{
    const QString path = m_input->text().trimmed();
    m_isNew = m_context.names.isLoaded() && !path.isEmpty() && !path.startsWith(u'/')
        && !m_context.names.isScript(path);
    m_open->setText(m_isNew ? tr("Create") : tr("Open"));
    m_open->setToolTip(m_isNew ? tr("Make this script from a template") : tr("Show the script"));
    m_open->setAccessibleName(QString(m_open->text() + u": "_s + m_name));
    m_open->setEnabled(!path.isEmpty());
    askParameters();
}

void RunnablePicker::askParameters()
{
    const QString path = m_input->text().trimmed();
    const QString known = m_context.names.isScript(path) ? path : QString();
    if (m_asked == known && !known.isEmpty()) {
        return;
    }
    m_asked = known;
    m_context.names.askParameters(
        known, this, [this, known](const KnownNames::Parameters &parameters) {
            if (m_asked == known) {
                emit parametersKnown(parameters);
            }
        });
}

void RunnablePicker::create()
{
    auto *dialog = new CreateScript(m_context.client, m_input->text().trimmed(), m_kind, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &CreateScript::created, this, [this](const QString &path) {
        setPath(path);
        emit edited(path);
        m_context.names.load();
        emit openRequested(path);
    });
    dialog->open();
}

void RunnablePicker::browse()
{
    auto *dialog = new ChooseScript(m_context.names, m_input->text(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ChooseScript::chosen, this, [this](const QString &path) {
        setPath(path);
        emit edited(path);
    });
    dialog->open();
}

RunnableEditor::RunnableEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_kind(field.kind == items::FieldKind::Runnable ? new QComboBox(this) : nullptr)
    , m_picker(new RunnablePicker(context, field.label,
          field.kind == items::FieldKind::Runnable ? u"message"_s : u"error_handler"_s, this))
    , m_note(makeNote(this))
{
    auto *line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    if (m_kind != nullptr) {
        m_kind->addItem(tr("Script"));
        m_kind->addItem(tr("Flow"));
        m_kind->setAccessibleName(tr("Script or flow"));
        line->addWidget(m_kind);
        connect(m_kind, &QComboBox::activated, this, [this](int index) {
            m_context.document.endStep();
            write({u"is_flow"_s}, index == 1 ? "true"_ba : "false"_ba);
            m_context.document.endStep();
        });
    }
    line->addWidget(m_picker, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(3);
    layout->addLayout(line);
    layout->addWidget(m_note);
    m_note->setText(flowNote());
    setFocusProxy(m_picker->input());
    connect(m_picker, &RunnablePicker::edited, this, [this](const QString &path) {
        write(
            path.isEmpty() && !m_field.required ? std::nullopt : std::optional(toJsonString(path)));
    });
    connect(m_picker, &RunnablePicker::openRequested, this, &FieldEditor::scriptRequested);
}

void RunnableEditor::refresh()
{
    const JsonNode *value = node();
    m_picker->setPath(value == nullptr || value->isNull() ? QString() : shown());
    if (m_kind != nullptr) {
        const JsonNode *flow = m_context.document.node({u"is_flow"_s});
        const bool isFlow = flow != nullptr && flow->isBool() && flow->boolean;
        m_kind->setCurrentIndex(isFlow ? 1 : 0);
        m_note->setVisible(isFlow);
    }
}

UrlEditor::UrlEditor(const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_kind(new QComboBox(this))
    , m_static(new QLineEdit(this))
    , m_picker(new RunnablePicker(context, field.label, u"url"_s, this))
    , m_note(makeNote(this))
    , m_args(new MembersForm(context, MembersForm::Kind::Arguments, tr("Its arguments"), this))
{
    m_kind->addItem(tr("Address"));
    m_kind->addItem(tr("Script"));
    m_kind->addItem(tr("Flow"));
    m_kind->setAccessibleName(tr("Where the address comes from"));
    m_static->setMaxLength(std::numeric_limits<int>::max());
    m_static->setPlaceholderText(u"wss://stream.example.com/events"_s);
    m_static->setAccessibleName(field.label);
    m_static->setAccessibleDescription(field.help);
    context.names.completeReferences(m_static);
    auto *line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    line->addWidget(m_kind);
    line->addWidget(m_static, 1);
    line->addWidget(m_picker, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(line);
    layout->addWidget(m_note);
    layout->addWidget(m_args);
    m_note->setText(flowNote());
    m_args->setPath({u"url_runnable_args"_s});
    setFocusProxy(m_static);
    connect(m_picker, &RunnablePicker::parametersKnown, m_args, &MembersForm::setParameters);
    connect(m_kind, &QComboBox::activated, this, &UrlEditor::setKind);
    connect(m_static, &QLineEdit::textEdited, this,
        [this](const QString &text) { write(toJsonString(text)); });
    connect(m_picker, &RunnablePicker::edited, this, [this](const QString &path) {
        const QLatin1StringView prefix
            = m_kind->currentIndex() == Flow ? kFlowPrefix : kScriptPrefix;
        write(toJsonString(QString(prefix + path)));
    });
    connect(m_picker, &RunnablePicker::openRequested, this, &FieldEditor::scriptRequested);
}

QString UrlEditor::target() const
{
    const QString url = shown();
    return url.startsWith(kScriptPrefix) ? url.sliced(kScriptPrefix.size())
        : url.startsWith(kFlowPrefix)    ? url.sliced(kFlowPrefix.size())
                                         : url;
}

void UrlEditor::setKind(int kind)
{
    const QString url = shown();
    const bool wasStatic = !url.startsWith(kScriptPrefix) && !url.startsWith(kFlowPrefix);
    (wasStatic ? m_lastStatic : m_lastRunnable) = target();
    m_context.document.endStep();
    if (kind == Static) {
        write(toJsonString(m_lastStatic));
    } else {
        const QLatin1StringView prefix = kind == Flow ? kFlowPrefix : kScriptPrefix;
        write(toJsonString(QString(prefix + m_lastRunnable)));
    }
    m_context.document.endStep();
}

void UrlEditor::refresh()
{
    const QString url = shown();
    const Kind kind = url.startsWith(kScriptPrefix) ? Script
        : url.startsWith(kFlowPrefix)               ? Flow
                                                    : Static;
    const bool hadFocus = m_static->hasFocus() || m_picker->input()->hasFocus();
    m_kind->setCurrentIndex(kind);
    m_static->setVisible(kind == Static);
    m_picker->setVisible(kind != Static);
    m_note->setVisible(kind == Flow);
    const JsonNode *args = m_context.document.node({u"url_runnable_args"_s});
    m_args->setVisible(kind != Static || (args != nullptr && !args->isNull()));
    QLineEdit *input = kind == Static ? m_static : m_picker->input();
    if (focusProxy() != input) {
        setFocusProxy(input);
        if (hadFocus) {
            // A script's name typed as an address goes on where it is shown now.
            input->setFocus(Qt::OtherFocusReason);
        }
    }
    if (kind == Static && m_static->text() != url) {
        m_static->setText(url);
        m_static->setCursorPosition(0);
    }
    if (kind != Static) {
        m_picker->setPath(target());
    }
    m_args->refresh();
}

QWidget *UrlEditor::inputFor(const items::JsonPath &path) const
{
    if (path.size() > 1 && path.constFirst() == "url_runnable_args"_L1) {
        return m_args->inputFor(path.at(1));
    }
    return focusProxy();
}

} // namespace earshot::widgets
