// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QObject>
#include <QStringListModel>

#include <functional>
#include <memory>

class QLineEdit;

namespace earshot::widgets {

/// Names that exist in the workspace and the profile, to choose from: scripts, and references to
/// variables, secrets and resources. Names only, never values.
class KnownNames final : public QObject
{
    Q_OBJECT
public:
    explicit KnownNames(rpc::ControlClient &client, QObject *parent = nullptr);

    /// Asks the service anew.
    void load();
    [[nodiscard]] QStringListModel &scripts() { return m_scripts; }
    /// `$var:u/ada/token`, `$res:u/ada/broker`.
    [[nodiscard]] QStringListModel &references() { return m_references; }
    [[nodiscard]] bool isScript(const QString &path) const
    {
        return m_scripts.stringList().contains(path);
    }
    /// Whether the scripts were listed since the service is there.
    [[nodiscard]] bool isLoaded() const { return m_isLoaded; }

    using Parameters = QList<QPair<QString, QString>>; ///< name, what is said about it
    /// What a script takes, asked of the service; nothing when it cannot be told.
    void askParameters(
        const QString &path, QObject *context, const std::function<void(const Parameters &)> &done);

    /// Offers paths of scripts while a person types.
    void completeScripts(QLineEdit *input);
    /// Offers references where a person types `$`.
    void completeReferences(QLineEdit *input);

signals:
    void changed();

private:
    template <typename Method, typename Take>
    void loadAll(const QString &after, const std::shared_ptr<QStringList> &found, Take take);

    rpc::ControlClient &m_client;
    QStringListModel m_scripts;
    QStringListModel m_references;
    QStringList m_variables;
    QStringList m_secrets;
    QStringList m_resources;
    bool m_isLoaded = false;
};

} // namespace earshot::widgets
