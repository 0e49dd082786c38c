// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/fieldeditor.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;

namespace earshot::widgets {

/// One line: text, numbers, names of files. A number that is none is kept as it was typed, and the
/// service says what it must be.
class LineFieldEditor final : public FieldEditor
{
    Q_OBJECT
public:
    LineFieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;
    [[nodiscard]] QLineEdit *input() const { return m_input; }

private:
    void onEdited(const QString &text);
    void browse();

    QLineEdit *m_input; ///< child
};

/// Several lines: long text, JavaScript, one string a line, or JSON.
class TextFieldEditor final : public FieldEditor
{
    Q_OBJECT
public:
    TextFieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;
    [[nodiscard]] QPlainTextEdit *input() const { return m_input; }

private:
    void onChanged();
    [[nodiscard]] QString documentText() const;
    [[nodiscard]] std::optional<QByteArray> rawOf(const QString &text) const;
    void fitHeight();

    QPlainTextEdit *m_input; ///< child
    bool m_refreshing = false;
};

/// True or false, and whether an object is there.
class SwitchFieldEditor final : public FieldEditor
{
    Q_OBJECT
public:
    SwitchFieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;

private:
    QCheckBox *m_input; ///< child
};

/// One of some words. What is none of them is shown as it is.
class ChoiceFieldEditor final : public FieldEditor
{
    Q_OBJECT
public:
    ChoiceFieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;

private:
    QComboBox *m_input; ///< child
};

} // namespace earshot::widgets
