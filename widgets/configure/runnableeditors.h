// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/fieldeditor.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace earshot::widgets {

class MembersForm;

/// A script or flow by path: typed with completion, chosen from a list, opened, made.
class RunnablePicker final : public QWidget
{
    Q_OBJECT
public:
    /// `kind` is the template a new script is made from.
    RunnablePicker(
        const FieldContext &context, const QString &name, const QString &kind, QWidget *parent);

    void setPath(const QString &path);
    [[nodiscard]] QLineEdit *input() const { return m_input; }

signals:
    void edited(const QString &path);
    /// What the script takes, whenever another one stands here.
    void parametersKnown(const QList<QPair<QString, QString>> &parameters);
    void openRequested(const QString &path);

private:
    void browse();
    void create();
    void showKnown();
    void askParameters();

    FieldContext m_context;
    QString m_name;
    QString m_kind;
    QString m_asked; ///< path whose parameters were asked for
    bool m_isNew = false;
    QLineEdit *m_input; ///< children
    QPushButton *m_browse;
    QPushButton *m_open;
};

/// script_path and is_flow.
class RunnableEditor final : public FieldEditor
{
    Q_OBJECT
public:
    RunnableEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;

private:
    QComboBox *m_kind; ///< children; null where only a script may stand
    RunnablePicker *m_picker;
    QLabel *m_note;
};

/// A fixed address, or a script or flow that returns it, with its arguments.
class UrlEditor final : public FieldEditor
{
    Q_OBJECT
public:
    UrlEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;
    [[nodiscard]] QWidget *inputFor(const items::JsonPath &path) const override;

private:
    enum Kind { Static, Script, Flow };
    void setKind(int kind);
    [[nodiscard]] QString target() const;

    QString m_lastStatic; ///< comes back when a person switches back
    QString m_lastRunnable;
    QComboBox *m_kind; ///< children
    QLineEdit *m_static;
    RunnablePicker *m_picker;
    QLabel *m_note;
    MembersForm *m_args;
};

} // namespace earshot::widgets
