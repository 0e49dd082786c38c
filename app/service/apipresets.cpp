// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/service/demoserver.h"
#include "app/service/presets.h"
#include "app/service/serviceapi.h"
#include "app/service/servicelog.h"
#include "model/windmill/triggerfile.h"

using namespace Qt::StringLiterals;

namespace earshot::service {

void ServiceApi::handlePresets()
{
    rpc::JsonRpcServer &server = m_with.server;
    server.answer<rpc::TriggerPreviewFile>(
        [](const rpc::TriggerPreviewFile::Params &params) -> Result<rpc::TriggerPreview> {
            const bool json = params.text.trimmed().startsWith(u'{');
            const auto read = windmill::readTriggerFile(params.text.toUtf8(),
                windmill::triggerFileName(u"f/preview/trigger"_s,
                    json ? windmill::TriggerFileFormat::Json : windmill::TriggerFileFormat::Yaml));
            if (!read) {
                return read.error();
            }
            rpc::TriggerPreview preview = previewOf(read->json);
            for (const Error &problem : validateTriggerDocument(read->json)) {
                preview.problems.append({.message = problem.message, .detail = problem.detail});
            }
            return preview;
        });
    server.answer<rpc::TriggerPresets>(
        [](const rpc::NoParams &) -> Result<rpc::Page<rpc::Preset>> { return listPresets(); });
    server.answer<rpc::TriggerDemo>(
        [this](const rpc::NoParams &) -> Result<rpc::TriggerDemo::Result> {
            if (!m_demo) {
                auto demo = std::make_unique<DemoServer>(DemoServer::Story::Endless);
                if (!demo->listen()) {
                    return Error{.code = ErrorCode::Io,
                        .message = u"no port is free on 127.0.0.1"_s,
                        .detail = {}};
                }
                m_demo = std::move(demo);
            }
            return rpc::TriggerDemo::Result{.url = m_demo->url(), .scripts = demoScripts()};
        });
}

void ServiceApi::resumeDemo()
{
    for (const storage::StoredTrigger &stored : m_with.storage.triggers().triggers()) {
        const auto config = parseTriggerConfig(stored.path, stored.document, Strictness::Listen);
        const quint16 port = config ? DemoServer::portOf(config->url) : quint16(0);
        if (port == 0) {
            continue;
        }
        auto demo = std::make_unique<DemoServer>(DemoServer::Story::Endless);
        if (demo->listen(port)) {
            m_demo = std::move(demo);
            return;
        }
        qCWarning(serviceLog).noquote() << "the demo server cannot have its port" << port
                                        << "again; its trigger will not connect";
    }
}

} // namespace earshot::service
