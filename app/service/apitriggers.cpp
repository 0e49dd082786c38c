// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/serviceapi.h"
#include "app/service/tryout.h"
#include "model/documentproblems.h"
#include "model/windmill/triggerfile.h"
#include "triggers/connectiontest.h"

using namespace Qt::StringLiterals;

namespace earshot::service {

namespace {

windmill::TriggerFileFormat formatOf(const QString &text)
{
    return text.trimmed().startsWith(u'{') ? windmill::TriggerFileFormat::Json
                                           : windmill::TriggerFileFormat::Yaml;
}

rpc::TestReport shown(const triggers::ConnectionTestReport &report)
{
    rpc::TestReport answer{.ok = report.ok, .stages = {}, .error = report.error};
    for (const triggers::ConnectionTestStage &stage : report.stages) {
        answer.stages.append(
            {.name = stage.name, .ok = stage.ok, .ms = stage.milliseconds, .detail = stage.detail});
    }
    return answer;
}

} // namespace

void ServiceApi::handleTriggers()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::TriggerList>(
        [this](const rpc::ListParams &params) -> Result<rpc::Page<rpc::TriggerSummary>> {
            // Clients that watch subscribe first and list then.
            m_with.triggers.startPublishing();
            return m_with.triggers.list(params);
        });
    server.answer<rpc::TriggerGet>(
        [this](const rpc::PathParams &params) { return m_with.triggers.get(params.path); });
    server.handle<rpc::TriggerSave>(
        [this](const rpc::TriggerSave::Params &params, const rpc::Reply<rpc::TriggerSave> &reply) {
            m_with.triggers.save({.path = params.path,
                                     .document = params.document.toUtf8(),
                                     .expectedRevision = params.expectedRevision,
                                     .sourceBytes = {},
                                     .mode = {}},
                reply);
        });
    server.handle<rpc::TriggerDelete>(
        [this](const rpc::PathParams &params, const rpc::Reply<rpc::TriggerDelete> &reply) {
            m_with.triggers.remove(params.path, reply);
        });
    server.handle<rpc::TriggerRename>([this](const rpc::TriggerRename::Params &params,
                                          const rpc::Reply<rpc::TriggerRename> &reply) {
        m_with.triggers.rename(params.path, params.to, reply);
    });
    server.handle<rpc::TriggerSetMode>([this](const rpc::TriggerSetMode::Params &params,
                                           const rpc::Reply<rpc::TriggerSetMode> &reply) {
        m_with.triggers.setMode(params.path, params.mode, reply);
    });
    server.handle<rpc::TriggerTestConnection>(
        [this](const rpc::TriggerTestConnection::Params &params,
            const rpc::Reply<rpc::TriggerTestConnection> &reply) {
            testConnection(params, reply);
        });
    server.answer<rpc::TriggerValidate>(
        [](const rpc::TriggerValidate::Params &params) -> Result<rpc::Validation> {
            rpc::Validation validation;
            const QByteArray document = params.document.toUtf8();
            if (params.path) {
                if (const auto path = validateTriggerPath(*params.path); !path) {
                    validation.problems.append({.message = path.error().message,
                        .detail = path.error().detail,
                        .pointer = {}});
                }
            }
            for (const DocumentProblem &problem : documentProblems(document)) {
                validation.problems.append({.message = problem.error.message,
                    .detail = problem.error.detail,
                    .pointer = problem.pointer});
            }
            validation.valid = validation.problems.isEmpty();
            if (const auto config = parseTriggerConfig(
                    params.path.value_or(u"f/unsaved/trigger"_s), document, Strictness::Listen)) {
                validation.inactiveKeys = config->inactiveKeys;
            }
            return validation;
        });
    server.answer<rpc::TriggerPreviewMessages>(
        [this](const rpc::TriggerPreviewMessages::Params &params) {
            return previewTrigger(
                m_with.feed, m_with.references.redactor(), m_with.references, params);
        });
    server.answer<rpc::FilterTest>([this](const rpc::FilterTest::Params &params) {
        return testFilter(m_with.feed, m_with.references.redactor(), params);
    });
    server.handle<rpc::TriggerImport>([this](const rpc::TriggerImport::Params &params,
                                          const rpc::Reply<rpc::TriggerImport> &reply) {
        const auto format = formatOf(params.text);
        const auto imported = windmill::readTriggerFile(
            params.text.toUtf8(), windmill::triggerFileName(params.path, format));
        if (!imported) {
            reply.fail(imported.error());
            return;
        }
        m_with.triggers.save(
            {.path = params.path,
                .document = imported->json,
                .expectedRevision = {},
                .sourceBytes = imported->source,
                .sourceFormat = format == windmill::TriggerFileFormat::Yaml ? u"yaml"_s : u"json"_s,
                .mode = params.mode},
            reply);
    });
    server.answer<rpc::TriggerExport>(
        [this](const rpc::PathParams &params) -> Result<rpc::ExportedTrigger> {
            const auto stored = m_with.triggers.stored(params.path);
            if (!stored) {
                return stored.error();
            }
            const auto format = (*stored)->sourceFormat == "json"_L1
                ? windmill::TriggerFileFormat::Json
                : windmill::TriggerFileFormat::Yaml;
            const auto file
                = windmill::writeTriggerFile((*stored)->document, format, (*stored)->sourceBytes);
            if (!file) {
                return file.error();
            }
            return rpc::ExportedTrigger{.path = params.path,
                .fileName = windmill::triggerFileName(params.path, format),
                .text = QString::fromUtf8(*file)};
        });
    server.handle<rpc::TriggerResume>(
        [this](const rpc::TriggerJobsParams &params, const rpc::Reply<rpc::TriggerResume> &reply) {
            m_with.triggers.resume(params, reply);
        });
    server.handle<rpc::TriggerCancelSuspended>(
        [this](const rpc::TriggerJobsParams &params,
            const rpc::Reply<rpc::TriggerCancelSuspended> &reply) {
            m_with.triggers.cancelSuspended(params, reply);
        });
}

void ServiceApi::testConnection(const rpc::TriggerTestConnection::Params &params,
    const rpc::Reply<rpc::TriggerTestConnection> &reply)
{
    const int given = (params.path ? 1 : 0) + (params.url ? 1 : 0) + (params.document ? 1 : 0);
    if (given != 1) {
        reply.fail({.code = ErrorCode::InvalidArgument,
            .message = u"give exactly one of path, url and document"_s,
            .detail = {}});
        return;
    }
    Result<TriggerConfig> config = TriggerConfig{.path = u"u/local/test"_s};
    if (params.path) {
        config = m_with.triggers.config(*params.path);
    } else if (params.document) {
        config = parseTriggerConfig(u"u/local/test"_s, params.document->toUtf8());
    } else {
        config->url = *params.url;
    }
    if (!config) {
        reply.fail(config.error());
        return;
    }
    auto *test = new triggers::ConnectionTest(
        std::move(config).value(), m_with.session,
        [reply](const triggers::ConnectionTestReport &report) { reply.finish(shown(report)); },
        this);
    test->start();
}

void ServiceApi::handleSessions()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::SessionGetState>(
        [this](const rpc::PathParams &params) -> Result<rpc::SessionState> {
            const auto stored = m_with.triggers.stored(params.path);
            if (!stored) {
                return stored.error();
            }
            return m_with.triggers.summary(params.path).session;
        });
    server.answer<rpc::SessionSend>(
        [this](const rpc::SessionSend::Params &params) -> Result<rpc::SessionSend::Result> {
            if (params.text.has_value() == params.data.has_value()) {
                return Error{.code = ErrorCode::InvalidArgument,
                    .message = u"give either text or data"_s,
                    .detail = {}};
            }
            const auto runtime = m_with.triggers.live(params.path);
            if (!runtime) {
                return runtime.error();
            }
            const QByteArray message = params.text ? params.text->toUtf8() : *params.data;
            const auto sent = (*runtime)->session().send(
                message, params.data.has_value(), triggers::OutgoingKind::User);
            if (!sent) {
                return sent.error();
            }
            return rpc::SessionSend::Result{.bytes = message.size()};
        });
    server.answer<rpc::SessionClose>([this](const rpc::PathParams &params) -> Result<rpc::Empty> {
        const auto runtime = m_with.triggers.live(params.path);
        if (!runtime) {
            return runtime.error();
        }
        (*runtime)->session().reconnect();
        return rpc::Empty{};
    });
}

} // namespace earshot::service
