// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/fieldtable.h"
#include "model/rpc/controlclient.h"
#include "widgets/configure/documenteditor.h"

#include <QWidget>

namespace earshot::widgets {

class KnownNames;

/// What editors of fields work with; it outlives them.
struct FieldContext
{
    DocumentEditor &document;
    rpc::ControlClient &client;
    KnownNames &names;
};

/// The part of a row that changes a value. Editors write into the document and show what it has
/// whenever it changed, whoever changed it; they keep no value of their own.
class FieldEditor : public QWidget
{
    Q_OBJECT
public:
    FieldEditor(const FieldContext &context, const items::Field &field, QWidget *parent);

    /// Shows the document's value.
    virtual void refresh() = 0;
    /// The widget that gets the focus for the field at `path`, itself or below.
    [[nodiscard]] virtual QWidget *inputFor(const items::JsonPath &path) const
    {
        Q_UNUSED(path)
        return focusProxy();
    }
    [[nodiscard]] const items::Field &field() const { return m_field; }
    /// The trigger whose document it is.
    virtual void setTrigger(const QString &path) { Q_UNUSED(path) }

signals:
    /// Asks the window for a script: to look at, or to be made.
    void scriptRequested(const QString &path);

protected:
    /// Nothing = back to the default.
    void write(const std::optional<QByteArray> &raw);
    void write(const items::JsonPath &path, const std::optional<QByteArray> &raw);
    [[nodiscard]] QString shown() const { return m_context.document.shown(m_field.path()); }
    [[nodiscard]] const JsonNode *node() const { return m_context.document.node(m_field.path()); }
    /// What stands in an empty input.
    [[nodiscard]] QString placeholder() const;

    FieldContext m_context;
    const items::Field &m_field;
};

/// The editor for a field's kind.
[[nodiscard]] FieldEditor *makeFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent);

} // namespace earshot::widgets
