// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/items/runsource.h"

#include "model/rpc/controlclient.h"

namespace earshot::items {

ControlRunSource::ControlRunSource(rpc::ControlClient &client)
    : m_client(client)
{ }

void ControlRunSource::fetch(
    const QString &trigger, RunId before, int limit, QObject *context, Callback callback)
{
    rpc::RunList::Params params;
    params.trigger = trigger;
    params.limit = limit;
    if (before > 0) {
        params.before = before;
    }
    m_client.call<rpc::RunList>(params, context, std::move(callback));
}

} // namespace earshot::items
