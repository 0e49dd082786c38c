// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/debugmethods.h"
#include "model/rpc/pushes.h"
#include "model/rpc/runmethods.h"
#include "model/rpc/runnablemethods.h"
#include "model/rpc/storemethods.h"
#include "model/rpc/triggermethods.h"
#include "model/rpc/trymethods.h"

/// Every method of the control API as a type: its name, whether it changes something, its
/// parameters and its result. The server registers handlers by these types and the client calls by
/// them; docs/rpc.md describes the same list (a test compares them).
namespace earshot::rpc {

struct ParameterInfo
{
    QString name;
    bool required = false;
    friend bool operator==(const ParameterInfo &, const ParameterInfo &) = default;
};

struct MethodInfo
{
    QString name;
    bool hasSideEffects = false;
    QList<ParameterInfo> parameters;
    QStringList results; ///< names of the result's members
};

/// Every method, in the order of docs/rpc.md.
[[nodiscard]] const QList<MethodInfo> &methodTable();
/// Null for an unknown name.
[[nodiscard]] const MethodInfo *findMethod(QStringView name);
/// Names of all pushes.
[[nodiscard]] QStringList pushNames();

} // namespace earshot::rpc
