// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/filterseditor.h"
#include "widgets/configure/heartbeateditor.h"
#include "widgets/configure/initialmessageseditor.h"
#include "widgets/configure/membersform.h"
#include "widgets/configure/runnableeditors.h"
#include "widgets/configure/simpleeditors.h"

namespace earshot::widgets {

FieldEditor *makeFieldEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
{
    using items::FieldKind;
    switch (field.kind) {
    case FieldKind::Text:
    case FieldKind::Integer:
    case FieldKind::Seconds:
    case FieldKind::Bytes:
    case FieldKind::File:
        return new LineFieldEditor(context, field, parent);
    case FieldKind::Switch:
    case FieldKind::Presence:
        return new SwitchFieldEditor(context, field, parent);
    case FieldKind::Choice:
        return new ChoiceFieldEditor(context, field, parent);
    case FieldKind::Headers:
    case FieldKind::Arguments:
        return new MembersFieldEditor(context, field, parent);
    case FieldKind::Filters:
        return new FiltersEditor(context, field, parent);
    case FieldKind::Url:
        return new UrlEditor(context, field, parent);
    case FieldKind::Runnable:
    case FieldKind::Script:
        return new RunnableEditor(context, field, parent);
    case FieldKind::InitialMessages:
        return new InitialMessagesEditor(context, field, parent);
    case FieldKind::HeartbeatText:
        return new HeartbeatEditor(context, field, parent);
    case FieldKind::LongText:
    case FieldKind::Strings:
    case FieldKind::Expression:
    case FieldKind::Json:
        break;
    }
    return new TextFieldEditor(context, field, parent);
}

} // namespace earshot::widgets
