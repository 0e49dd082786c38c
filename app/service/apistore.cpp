// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/entryjson.h"
#include "app/service/serviceapi.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

rpc::Page<rpc::Entry> pageOf(const QMap<QString, QByteArray> &stored, const rpc::ListParams &params)
{
    rpc::Page<rpc::Entry> page;
    const int limit
        = std::clamp(params.limit.value_or(rpc::kDefaultPageSize), 1, rpc::kMaxPageSize);
    for (auto one = params.after ? stored.upperBound(*params.after) : stored.begin();
         one != stored.end(); ++one) {
        if (params.prefix && !one.key().startsWith(*params.prefix)) {
            continue;
        }
        if (page.items.size() >= limit) {
            page.more = true;
            break;
        }
        rpc::Entry entry = entryFromJson(one.key(), one.value());
        entry.value.reset();
        page.items.append(entry);
    }
    return page;
}

Result<void> checkPath(const QString &path)
{
    static const QRegularExpression valid(u"^[a-z]/[\\w.-]+(/[\\w.-]+)+$"_s);
    if (valid.match(path).hasMatch()) {
        return {};
    }
    return Error{.code = ErrorCode::InvalidArgument,
        .message = u"\"%1\" is no path: it must be like u/ada/token or f/bots/token"_s.arg(path),
        .detail = {}};
}

template <typename Method, typename Done>
auto answerWhenStored(const rpc::Reply<Method> &reply, Done value)
{
    return [reply, value](const Result<void> &stored) {
        stored ? reply.finish(value) : reply.fail(stored.error());
    };
}

Result<rpc::Entry> entryOf(
    const storage::DocumentStore &store, const QString &path, const QString &kind)
{
    const auto stored = store.value(path);
    if (!stored) {
        return Error{.code = ErrorCode::NotFound,
            .message = u"%1 %2 not found"_s.arg(kind, path),
            .detail = {}};
    }
    return entryFromJson(path, *stored);
}

} // namespace

void ServiceApi::handleVariables()
{
    rpc::JsonRpcServer &server = m_with.server;
    storage::DocumentStore &variables = m_with.storage.variables();
    storage::DocumentStore &resources = m_with.storage.resources();

    server.handle<rpc::VariableSet>([this, &variables](const rpc::VariableSet::Params &params,
                                        const rpc::Reply<rpc::VariableSet> &reply) {
        if (const auto valid = checkPath(params.path); !valid) {
            reply.fail(valid.error());
            return;
        }
        const rpc::Entry entry{.path = params.path,
            .value = params.value,
            .description = params.description.value_or(QString()),
            .resourceType = {},
            .updatedAtUs = m_with.clock.wallMicros()};
        variables.set(params.path, entryToJson(entry), answerWhenStored(reply, rpc::Empty{}));
    });
    server.answer<rpc::VariableGet>([&variables](const rpc::PathParams &params) {
        return entryOf(variables, params.path, u"Variable"_s);
    });
    server.answer<rpc::VariableList>(
        [&variables](const rpc::ListParams &params) -> Result<rpc::Page<rpc::Entry>> {
            return pageOf(variables.all(), params);
        });
    server.handle<rpc::VariableDelete>(
        [&variables](const rpc::PathParams &params, const rpc::Reply<rpc::VariableDelete> &reply) {
            variables.remove(params.path, answerWhenStored(reply, rpc::Empty{}));
        });

    server.handle<rpc::ResourceSet>([this, &resources](const rpc::ResourceSet::Params &params,
                                        const rpc::Reply<rpc::ResourceSet> &reply) {
        if (const auto valid = checkPath(params.path); !valid) {
            reply.fail(valid.error());
            return;
        }
        const rpc::Entry entry{.path = params.path,
            .value = params.value,
            .description = params.description.value_or(QString()),
            .resourceType = params.resourceType.value_or(QString()),
            .updatedAtUs = m_with.clock.wallMicros()};
        resources.set(params.path, entryToJson(entry), answerWhenStored(reply, rpc::Empty{}));
    });
    server.answer<rpc::ResourceGet>([&resources](const rpc::PathParams &params) {
        return entryOf(resources, params.path, u"Resource"_s);
    });
    server.answer<rpc::ResourceList>(
        [&resources](const rpc::ListParams &params) -> Result<rpc::Page<rpc::Entry>> {
            return pageOf(resources.all(), params);
        });
    server.handle<rpc::ResourceDelete>(
        [&resources](const rpc::PathParams &params, const rpc::Reply<rpc::ResourceDelete> &reply) {
            resources.remove(params.path, answerWhenStored(reply, rpc::Empty{}));
        });
}

void ServiceApi::handleSecrets()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.handle<rpc::SecretSet>(
        [this](const rpc::SecretSet::Params &params, const rpc::Reply<rpc::SecretSet> &reply) {
            if (const auto valid = checkPath(params.path); !valid) {
                reply.fail(valid.error());
                return;
            }
            m_with.secrets.set(
                params.path, params.value, [this, params, reply](const Result<void> &stored) {
                    if (!stored) {
                        reply.fail(stored.error());
                        return;
                    }
                    m_with.references.setSecret(params.path, params.value);
                    reply.finish({});
                });
        });
    server.handle<rpc::SecretGet>(
        [this](const rpc::SecretGet::Params &params, const rpc::Reply<rpc::SecretGet> &reply) {
            m_with.secrets.get(params.path, [params, reply](const Result<QString> &value) {
                if (!value && value.error().code != ErrorCode::NotFound) {
                    reply.fail(value.error());
                    return;
                }
                rpc::SecretInfo info{
                    .path = params.path, .exists = value.has_value(), .value = std::nullopt};
                if (value && params.reveal.value_or(false)) {
                    info.value = *value;
                }
                reply.finish(info);
            });
        });
    server.handle<rpc::SecretList>(
        [this](const rpc::ListParams &params, const rpc::Reply<rpc::SecretList> &reply) {
            m_with.secrets.list([params, reply](const Result<QStringList> &paths) {
                if (!paths) {
                    reply.fail(paths.error());
                    return;
                }
                QMap<QString, QByteArray> entries;
                for (const QString &path : *paths) {
                    entries.insert(path, {});
                }
                reply.finish(pageOf(entries, params));
            });
        });
    server.handle<rpc::SecretDelete>(
        [this](const rpc::PathParams &params, const rpc::Reply<rpc::SecretDelete> &reply) {
            m_with.secrets.remove(params.path, [this, params, reply](const Result<void> &removed) {
                if (!removed) {
                    reply.fail(removed.error());
                    return;
                }
                m_with.references.removeSecret(params.path);
                reply.finish({});
            });
        });
}

void ServiceApi::handleSettings()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::SettingsGet>(
        [this](const rpc::SettingsGet::Params &params) { return m_with.settings.get(params.key); });
    server.answer<rpc::SettingsSet>([this](const rpc::SettingsSet::Params &params) {
        auto setting = m_with.settings.set(params.key, params.value);
        if (setting) {
            m_with.settingsChanged();
        }
        return setting;
    });
    server.answer<rpc::SettingsList>(
        [this](const rpc::NoParams &) -> Result<rpc::Page<rpc::Setting>> {
            return rpc::Page<rpc::Setting>{.items = m_with.settings.list(), .more = false};
        });
}

} // namespace earshot::service
