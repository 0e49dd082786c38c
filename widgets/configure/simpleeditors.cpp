// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/simpleeditors.h"

#include "widgets/appearance.h"
#include "widgets/configure/knownnames.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

using items::FieldKind;

bool isNumber(FieldKind kind)
{
    return kind == FieldKind::Integer || kind == FieldKind::Seconds || kind == FieldKind::Bytes;
}

constexpr int kNumberWidth = 160;
constexpr int kMostLines = 12;

} // namespace

FieldEditor::FieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_field(field)
{ }

void FieldEditor::write(const std::optional<QByteArray> &raw)
{
    write(m_field.path(), raw);
}

void FieldEditor::write(const items::JsonPath &path, const std::optional<QByteArray> &raw)
{
    m_context.document.set(path, raw, tr("change of %1").arg(m_field.label));
}

QString FieldEditor::placeholder() const
{
    if (m_field.defaultValue.isEmpty()) {
        return m_field.required ? QString() : tr("none");
    }
    const QByteArray json = m_field.defaultValue.toUtf8();
    const auto parsed = JsonText::parse(json);
    if (parsed && parsed->root().isString()) {
        return parsed->root().text.isEmpty() ? tr("none") : parsed->root().text;
    }
    return json == "[]" || json == "{}" ? tr("none") : m_field.defaultValue;
}

LineFieldEditor::LineFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_input(new QLineEdit(this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_input->setMaxLength(std::numeric_limits<int>::max());
    m_input->setPlaceholderText(placeholder());
    m_input->setAccessibleName(field.label);
    m_input->setAccessibleDescription(field.help);
    layout->addWidget(m_input);
    setFocusProxy(m_input);
    if (isNumber(field.kind)) {
        m_input->setFixedWidth(kNumberWidth);
    } else if (field.kind == FieldKind::File) {
        auto *button = new QPushButton(tr("Choose…"), this);
        button->setAccessibleName(tr("Choose the file: %1").arg(field.label));
        connect(button, &QPushButton::clicked, this, &LineFieldEditor::browse);
        layout->addWidget(button);
    } else {
        context.names.completeReferences(m_input);
    }
    if (!field.unit.isEmpty()) {
        layout->addWidget(new QLabel(field.unit, this));
    }
    if (isNumber(field.kind)) {
        layout->addStretch(1);
    }
    connect(m_input, &QLineEdit::textEdited, this, &LineFieldEditor::onEdited);
}

void LineFieldEditor::refresh()
{
    const JsonNode *value = node();
    const QString text = value == nullptr || value->isNull() ? QString() : shown();
    // A space typed after a number is no part of it: what is being typed stays as it is.
    if (m_input->text() != text && m_input->text().trimmed() != text) {
        m_input->setText(text);
        m_input->setCursorPosition(0);
    }
}

void LineFieldEditor::onEdited(const QString &text)
{
    if (isNumber(m_field.kind)) {
        const QByteArray number = text.trimmed().toUtf8();
        const auto parsed = JsonText::parse(number);
        if (number.isEmpty()) {
            write(std::nullopt);
        } else {
            write(parsed && parsed->root().isNumber() ? number : toJsonString(text));
        }
    } else if (text.isEmpty() && !m_field.required) {
        write(std::nullopt);
    } else {
        write(toJsonString(text));
    }
}

void LineFieldEditor::browse()
{
    const QString file = QFileDialog::getOpenFileName(this, m_field.label, m_input->text());
    if (!file.isEmpty()) {
        write(toJsonString(file));
    }
}

TextFieldEditor::TextFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_input(new QPlainTextEdit(this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_input);
    setFocusProxy(m_input);
    m_input->setPlaceholderText(placeholder());
    m_input->setAccessibleName(field.label);
    m_input->setAccessibleDescription(field.help);
    m_input->setTabChangesFocus(true);
    m_input->setUndoRedoEnabled(false); // the page has its own
    if (field.kind != FieldKind::LongText) {
        m_input->setFont(fixedFont());
    }
    fitHeight();
    connect(m_input, &QPlainTextEdit::textChanged, this, &TextFieldEditor::onChanged);
}

QString TextFieldEditor::documentText() const
{
    const JsonNode *value = node();
    if (value == nullptr || value->isNull()) {
        return {};
    }
    if (m_field.kind == FieldKind::Json) {
        return QString::fromUtf8(m_context.document.document().raw(*value));
    }
    if (m_field.kind == FieldKind::Strings && value->isArray()) {
        QStringList lines;
        for (const JsonNode &item : value->items) {
            lines += item.isString() ? item.text
                                     : QString::fromUtf8(m_context.document.document().raw(item));
        }
        return lines.join(u'\n');
    }
    return shown();
}

std::optional<QByteArray> TextFieldEditor::rawOf(const QString &text) const
{
    if (text.isEmpty() && (m_field.kind == FieldKind::Strings || !m_field.required)) {
        return std::nullopt;
    }
    if (m_field.kind == FieldKind::Json) {
        return items::jsonOrString(text);
    }
    if (m_field.kind != FieldKind::Strings) {
        return toJsonString(text);
    }
    // Items that are as they were keep the form they were written in.
    QList<QByteArray> values;
    const JsonNode *before = node();
    const QStringList lines = text.split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const JsonNode *item
            = before != nullptr && before->isArray() && std::size_t(i) < before->items.size()
            ? &before->items[std::size_t(i)]
            : nullptr;
        const QByteArray raw
            = item != nullptr ? m_context.document.document().raw(*item) : QByteArray();
        const bool same = item != nullptr
            && lines.at(i) == (item->isString() ? item->text : QString::fromUtf8(raw));
        values += same ? raw : toJsonString(lines.at(i));
    }
    return items::joinArray(
        values, before != nullptr ? m_context.document.document().raw(*before) : "[]"_ba);
}

void TextFieldEditor::refresh()
{
    const QString text = documentText();
    // What is written differently and means the same is left as it was typed.
    if (m_input->toPlainText() == text
        || rawOf(m_input->toPlainText()) == m_context.document.raw(m_field.path())) {
        return;
    }
    m_refreshing = true;
    m_input->setPlainText(text);
    m_refreshing = false;
    fitHeight();
}

void TextFieldEditor::onChanged()
{
    if (!m_refreshing) {
        fitHeight();
        write(rawOf(m_input->toPlainText()));
    }
}

void TextFieldEditor::fitHeight()
{
    const int lines = std::clamp(m_input->blockCount(), 1, kMostLines);
    const int line = m_input->fontMetrics().lineSpacing();
    const int frame = 2 * (m_input->frameWidth() + int(m_input->document()->documentMargin()));
    // Room for the horizontal bar of a long line is not needed: lines wrap.
    m_input->setFixedHeight(lines * line + frame + 2);
}

SwitchFieldEditor::SwitchFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_input(new QCheckBox(field.label, this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_input);
    layout->addStretch(1);
    setFocusProxy(m_input);
    m_input->setAccessibleDescription(field.help);
    connect(m_input, &QCheckBox::clicked, this, [this](bool checked) {
        m_context.document.endStep();
        if (m_field.kind == FieldKind::Presence) {
            write(checked ? std::optional(m_field.initial.toUtf8()) : std::nullopt);
        } else {
            write(checked ? "true"_ba : "false"_ba);
        }
        m_context.document.endStep();
    });
}

void SwitchFieldEditor::refresh()
{
    const JsonNode *value = node();
    const bool present = value != nullptr && !value->isNull();
    m_input->setChecked(m_field.kind == FieldKind::Presence ? present
            : value != nullptr && value->isBool()           ? value->boolean
                                                            : m_field.defaultValue == "true"_L1);
}

ChoiceFieldEditor::ChoiceFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_input(new QComboBox(this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_input);
    layout->addStretch(1);
    setFocusProxy(m_input);
    m_input->setAccessibleName(field.label);
    m_input->setAccessibleDescription(field.help);
    m_input->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    constexpr int kLetters = 34;
    m_input->setMinimumContentsLength(kLetters);
    m_input->setFocusPolicy(Qt::StrongFocus);
    for (const auto &[value, words] : field.choices) {
        m_input->addItem(words, value);
    }
    connect(m_input, &QComboBox::activated, this, [this](int index) {
        m_context.document.endStep();
        write(toJsonString(m_input->itemData(index).toString()));
        m_context.document.endStep();
    });
}

void ChoiceFieldEditor::refresh()
{
    const JsonNode *value = node();
    const QString text = value == nullptr || value->isNull() ? placeholder() : shown();
    int index = m_input->findData(text);
    const int extra = int(m_field.choices.size());
    if (index < 0) {
        if (m_input->count() == extra) {
            m_input->addItem(QString());
        }
        m_input->setItemText(extra, text);
        m_input->setItemData(extra, text);
        index = extra;
    } else if (index < extra && m_input->count() > extra) {
        m_input->removeItem(extra);
    }
    m_input->setCurrentIndex(index);
}

} // namespace earshot::widgets
