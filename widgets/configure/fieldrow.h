// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/fieldeditor.h"

class QLabel;
class QToolButton;

namespace earshot::widgets {

/// A field on the page: label, way back to the default, editor, help, and what is wrong with it.
class FieldRow final : public QWidget
{
    Q_OBJECT
public:
    FieldRow(const FieldContext &context, const items::Field &field, QWidget *parent);

    [[nodiscard]] const items::Field &field() const { return m_field; }
    [[nodiscard]] FieldEditor *editor() const { return m_editor; }
    /// Shows what the document has, if that changed.
    void refresh();
    /// What is wrong, one a line; empty = nothing.
    void setProblem(const QString &text);
    [[nodiscard]] QString problem() const;

protected:
    void changeEvent(QEvent *event) override;

private:
    void resetValue();
    void showColours();

    FieldContext m_context;
    const items::Field &m_field;
    QLabel *m_label; ///< children, all of them
    QLabel *m_help;
    QLabel *m_problem;
    QToolButton *m_reset;
    FieldEditor *m_editor;
};

} // namespace earshot::widgets
