// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/membersform.h"

#include "model/redaction.h"
#include "widgets/configure/knownnames.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

enum ValueKind { TextValue, JsonValue };

} // namespace

MembersForm::MembersForm(
    const FieldContext &context, Kind kind, const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_kind(kind)
    , m_name(name)
    , m_grid(new QGridLayout)
    , m_add(new QPushButton(kind == Kind::Headers ? tr("Add header") : tr("Add argument"), this))
{
    m_grid->setSpacing(4);
    m_grid->setColumnStretch(0, 2);
    m_grid->setColumnStretch(2, 5);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(m_grid);
    layout->addWidget(m_add, 0, Qt::AlignLeft);
    connect(m_add, &QPushButton::clicked, this, &MembersForm::addMember);
}

QString MembersForm::what() const
{
    return tr("change of %1").arg(m_name);
}

void MembersForm::setPath(const items::JsonPath &path)
{
    if (m_path != path) {
        m_path = path;
        rebuild({});
    }
    refresh();
}

void MembersForm::setParameters(const QList<QPair<QString, QString>> &parameters)
{
    if (m_parameters != parameters) {
        m_parameters = parameters;
        rebuild({});
        refresh();
    }
}

const JsonNode *MembersForm::object() const
{
    const JsonNode *node = m_path.isEmpty() ? nullptr : m_context.document.node(m_path);
    return node != nullptr && node->isObject() ? node : nullptr;
}

QStringList MembersForm::wantedNames() const
{
    QStringList names;
    if (const JsonNode *members = object()) {
        for (const JsonNode::Key &key : members->keys) {
            names += key.name;
        }
    }
    for (const auto &[name, text] : m_parameters) {
        if (!names.contains(name)) {
            names += name;
        }
    }
    return names;
}

QStringList MembersForm::names() const
{
    QStringList shown;
    for (const Row &row : m_rows) {
        shown += row.name;
    }
    return shown;
}

void MembersForm::refresh()
{
    const QStringList wanted = wantedNames();
    if (wanted != names()) {
        rebuild(wanted);
    }
    for (const Row &row : std::as_const(m_rows)) {
        showValue(row);
    }
}

void MembersForm::rebuild(const QStringList &names)
{
    for (const Row &row : std::as_const(m_rows)) {
        for (QWidget *part :
            {static_cast<QWidget *>(row.nameInput), static_cast<QWidget *>(row.kind),
                static_cast<QWidget *>(row.value), static_cast<QWidget *>(row.remove)}) {
            if (part != nullptr) {
                // One of them may be what asks for this.
                part->hide();
                part->setEnabled(false);
                m_grid->removeWidget(part);
                part->deleteLater();
            }
        }
    }
    m_rows.clear();
    QWidget *before = nullptr;
    for (const QString &name : names) {
        const Row row = makeRow(name, int(m_rows.size()));
        if (before != nullptr) {
            setTabOrder(before, row.nameInput);
        }
        setTabOrder(
            row.nameInput, row.kind != nullptr ? static_cast<QWidget *>(row.kind) : row.value);
        if (row.kind != nullptr) {
            setTabOrder(row.kind, row.value);
        }
        setTabOrder(row.value, row.remove);
        before = row.remove;
        m_rows.append(row);
    }
    if (before != nullptr) {
        setTabOrder(before, m_add);
    }
    updateGeometry();
}

MembersForm::Row MembersForm::makeRow(const QString &name, int at)
{
    Row row{.name = name,
        .nameInput = new QLineEdit(name, this),
        .kind = m_kind == Kind::Arguments ? new QComboBox(this) : nullptr,
        .value = new QLineEdit(this),
        .remove = new QToolButton(this)};
    row.nameInput->setMaxLength(std::numeric_limits<int>::max());
    row.value->setMaxLength(std::numeric_limits<int>::max());
    row.nameInput->setPlaceholderText(tr("name"));
    row.nameInput->setAccessibleName(tr("Name in %1").arg(m_name));
    row.value->setAccessibleName(tr("Value of %1").arg(name));
    row.nameInput->setCursorPosition(0);
    row.remove->setText(tr("Remove"));
    row.remove->setAutoRaise(true);
    row.remove->setAccessibleName(tr("Remove %1").arg(name));
    m_grid->addWidget(row.nameInput, at, 0);
    if (row.kind != nullptr) {
        row.kind->addItem(tr("text"));
        row.kind->addItem(tr("JSON"));
        row.kind->setAccessibleName(tr("Kind of %1").arg(name));
        m_grid->addWidget(row.kind, at, 1);
    }
    m_grid->addWidget(row.value, at, 2);
    m_grid->addWidget(row.remove, at, 3);
    m_context.names.completeReferences(row.value);
    const auto parameter
        = std::ranges::find(m_parameters, name, [](const auto &one) { return one.first; });
    if (parameter != m_parameters.end()) {
        row.value->setPlaceholderText(parameter->second);
        row.nameInput->setReadOnly(true);
        row.nameInput->setFocusPolicy(Qt::ClickFocus);
    }
    connect(row.nameInput, &QLineEdit::editingFinished, this, [this, row] {
        if (row.nameInput->text() != row.name) {
            rename(row.name, row.nameInput->text());
        }
    });
    connect(row.value, &QLineEdit::textEdited, this,
        [this, row](const QString &typed) { writeValue(row, typed); });
    if (row.kind != nullptr) {
        connect(row.kind, &QComboBox::activated, this,
            [this, row] { writeValue(row, row.value->text()); });
    }
    connect(row.remove, &QToolButton::clicked, this, [this, name] { removeMember(name); });
    return row;
}

void MembersForm::showValue(const Row &row)
{
    const JsonNode *members = object();
    const JsonNode *value = members == nullptr ? nullptr : members->member(row.name);
    const bool isText = value == nullptr || value->isString();
    const QString text = value == nullptr ? QString()
        : isText                          ? value->text
                 : QString::fromUtf8(m_context.document.document().raw(*value));
    // JSON that is being typed is text until it is whole.
    const bool isTyping
        = row.kind != nullptr && row.kind->currentIndex() == JsonValue && row.value->text() == text;
    if (row.kind != nullptr && value != nullptr && !isTyping) {
        row.kind->setCurrentIndex(isText ? TextValue : JsonValue);
    }
    if (row.value->text() != text && row.value->text().trimmed() != text) {
        row.value->setText(text);
        row.value->setCursorPosition(0);
    }
    row.remove->setEnabled(value != nullptr);
    const bool isSecret = m_kind == Kind::Headers && isSecretHeader(row.name)
        && !text.contains("$var:"_L1) && !text.contains("$res:"_L1);
    row.value->setEchoMode(isSecret ? QLineEdit::PasswordEchoOnEdit : QLineEdit::Normal);
}

void MembersForm::writeValue(const Row &row, const QString &typed)
{
    const bool isJson = (row.kind != nullptr && row.kind->currentIndex() == JsonValue);
    const bool isParameter = std::ranges::any_of(
        m_parameters, [&row](const auto &one) { return one.first == row.name; });
    std::optional<QByteArray> raw = isJson ? items::jsonOrString(typed) : toJsonString(typed);
    if (isParameter && typed.isEmpty()) {
        raw.reset();
    }
    m_context.document.set(m_path + items::JsonPath{row.name}, raw, what());
}

void MembersForm::rename(const QString &from, const QString &to)
{
    const JsonNode *members = object();
    if (members == nullptr || members->member(to) != nullptr || members->member(from) == nullptr) {
        refresh(); // a name that is taken: back to the one it has
        for (const Row &row : std::as_const(m_rows)) {
            row.nameInput->setText(row.name);
        }
        return;
    }
    const auto key = std::ranges::find(members->keys, from, &JsonNode::Key::name);
    QByteArray text = m_context.document.text();
    text.replace(key->begin, key->end - key->begin, toJsonString(to));
    m_context.document.endStep();
    m_context.document.setText(text, what());
}

void MembersForm::addMember()
{
    const QStringList taken = names();
    const QString stem = m_kind == Kind::Headers ? u"X-Header"_s : u"argument"_s;
    QString name = stem;
    for (int i = 2; taken.contains(name); ++i) {
        name = stem + QString::number(i);
    }
    m_context.document.endStep();
    m_context.document.set(m_path + items::JsonPath{name}, "\"\"", what());
    m_context.document.endStep();
    for (const Row &row : std::as_const(m_rows)) {
        if (row.name == name) {
            row.nameInput->setFocus(Qt::OtherFocusReason);
            row.nameInput->selectAll();
        }
    }
}

void MembersForm::removeMember(const QString &name)
{
    m_context.document.endStep();
    m_context.document.set(m_path + items::JsonPath{name}, std::nullopt, what());
    m_context.document.endStep();
    m_add->setFocus(Qt::OtherFocusReason);
}

QWidget *MembersForm::inputFor(const QString &name) const
{
    const auto row = std::ranges::find(m_rows, name, &Row::name);
    if (row != m_rows.end()) {
        return row->value;
    }
    return m_add;
}

MembersFieldEditor::MembersFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_form(new MembersForm(context,
          field.kind == items::FieldKind::Headers ? MembersForm::Kind::Headers
                                                  : MembersForm::Kind::Arguments,
          field.label, this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_form);
    setFocusProxy(m_form->addButton());
    m_form->setPath(field.path());
}

QWidget *MembersFieldEditor::inputFor(const items::JsonPath &path) const
{
    const qsizetype depth = m_field.path().size();
    return m_form->inputFor(path.size() > depth ? path.at(depth) : QString());
}

} // namespace earshot::widgets
