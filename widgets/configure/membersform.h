// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/fieldeditor.h"

class QComboBox;
class QGridLayout;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace earshot::widgets {

/// An object of the document as rows of name and value: headers of a handshake, arguments of a
/// runnable. Values that are no text are edited as JSON.
class MembersForm final : public QWidget
{
    Q_OBJECT
public:
    enum class Kind { Headers, Arguments };
    MembersForm(const FieldContext &context, Kind kind, const QString &name, QWidget *parent);

    /// Which object of the document; shows it.
    void setPath(const items::JsonPath &path);
    /// Names that may be given, each with what is said about it, as `text` or `optional number`.
    void setParameters(const QList<QPair<QString, QString>> &parameters);
    void refresh();
    /// Names in the order shown.
    [[nodiscard]] QStringList names() const;
    /// The input of a value; the first one for a name that has none.
    [[nodiscard]] QWidget *inputFor(const QString &name) const;
    [[nodiscard]] QPushButton *addButton() const { return m_add; }

private:
    struct Row
    {
        QString name;
        QLineEdit *nameInput = nullptr;
        QComboBox *kind = nullptr; ///< text or JSON
        QLineEdit *value = nullptr;
        QToolButton *remove = nullptr;
    };

    [[nodiscard]] const JsonNode *object() const;
    [[nodiscard]] QStringList wantedNames() const;
    void rebuild(const QStringList &names);
    Row makeRow(const QString &name, int at);
    void showValue(const Row &row);
    void rename(const QString &from, const QString &to);
    void writeValue(const Row &row, const QString &typed);
    void addMember();
    void removeMember(const QString &name);
    [[nodiscard]] QString what() const;

    FieldContext m_context;
    Kind m_kind;
    QString m_name;
    items::JsonPath m_path;
    QList<QPair<QString, QString>> m_parameters;
    QList<Row> m_rows;
    QGridLayout *m_grid; ///< child
    QPushButton *m_add; ///< child
};

/// The editor of a field that is such an object.
class MembersFieldEditor final : public FieldEditor
{
    Q_OBJECT
public:
    MembersFieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override { m_form->refresh(); }
    [[nodiscard]] QWidget *inputFor(const items::JsonPath &path) const override;
    [[nodiscard]] MembersForm *form() const { return m_form; }

private:
    MembersForm *m_form; ///< child
};

} // namespace earshot::widgets
