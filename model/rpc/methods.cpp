// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/methods.h"

#include <QHash>

namespace earshot::rpc {

namespace {

template <typename Method>
MethodInfo describe()
{
    MethodInfo info;
    info.name = QString::fromLatin1(Method::kName);
    info.hasSideEffects = Method::kHasSideEffects;
    auto parameter = [&info]<typename Class, typename Member>(const char *name, Member Class::*) {
        info.parameters.append(
            {.name = QString::fromLatin1(name), .required = !IsOptional<Member>::value});
    };
    Method::Params::fields(parameter);
    auto result = [&info](const char *name, auto) { info.results += QString::fromLatin1(name); };
    Method::Result::fields(result);
    return info;
}

template <typename... Methods>
QList<MethodInfo> describeAll()
{
    return {describe<Methods>()...};
}

} // namespace

const QList<MethodInfo> &methodTable()
{
    // One area after the other, so that two changes rarely meet.
    // clang-format off
    static const QList<MethodInfo> table = describeAll<
        ServiceHello, ServiceGetStatus, ServiceShutdown, ServicePanic,
        TriggerList, TriggerGet, TriggerSave, TriggerDelete, TriggerRename, TriggerSetMode,
        TriggerTestConnection, TriggerValidate, TriggerPreviewMessages,
        TriggerImport, TriggerPreviewFile, TriggerExport,
        TriggerResume, TriggerCancelSuspended,
        TriggerPresets, TriggerDemo,
        TriggerSubscribe, TriggerUnsubscribe,
        ReplyList, ReplySend, ReplyDrop,
        DebugGetState, DebugSetDryReplies, DebugAttach, DebugDetach,
        FilterTest,
        SessionGetState, SessionSend, SessionClose,
        MessageSubscribe, MessageUnsubscribe, MessagePage, MessageRead, MessageMatch, MessageExplain,
        RunList, RunGet, RunLogs, RunRead, RunStart, RunCancel, RunRerun, RunSubscribe, RunUnsubscribe,
        RunFollow, RunUnfollow,
        RunnableList, RunnableRead, RunnableWrite, RunnableRename, RunnableDelete, RunnableLanguages,
        RunnableTemplate, RunnableSignature, RunnableSubscribe, RunnableUnsubscribe,
        VariableSet, VariableGet, VariableList, VariableDelete,
        ResourceSet, ResourceGet, ResourceList, ResourceDelete,
        SecretSet, SecretGet, SecretList, SecretDelete,
        SettingsGet, SettingsSet, SettingsList,
        StorageBackup, StorageRestore,
        DoctorReport>();
    // clang-format on
    return table;
}

const MethodInfo *findMethod(QStringView name)
{
    static const QHash<QString, const MethodInfo *> index = [] {
        QHash<QString, const MethodInfo *> built;
        for (const MethodInfo &method : methodTable()) {
            built.insert(method.name, &method);
        }
        return built;
    }();
    return index.value(name.toString());
}

QStringList pushNames()
{
    QStringList names;
    for (const char *name : {kMessageBatch, kRunBatch, kTriggerBatch, kRunnableChanged, kRunOutput,
             kServiceNotice, kServiceStopping}) {
        names += QString::fromLatin1(name);
    }
    return names;
}

} // namespace earshot::rpc
