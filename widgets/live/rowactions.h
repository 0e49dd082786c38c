// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/liveentry.h"
#include "model/rpc/controlclient.h"
#include "widgets/place.h"

#include <QObject>

#include <functional>
#include <vector>

class QMenu;

namespace earshot::widgets {

/// What can be done with rows of the live log: copying in many forms, filtering, running the script
/// on a message, making a filter of the trigger from it.
class RowActions final : public QObject
{
    Q_OBJECT
public:
    enum class Format { Raw, Pretty, Hex, Base64, Curl, Websocat, Fixture };
    /// Rows copied at once, and bytes of them.
    static constexpr qsizetype kMaxRows = 1'000;
    static constexpr qsizetype kMaxBytes = qsizetype(16) * 1024 * 1024;

    RowActions(rpc::ControlClient &client, QWidget *parent);

    void setTrigger(const QString &path, const QString &url, const QString &runnable);
    /// Fills the menu for these rows, in their order; the first is the one it was asked for on.
    void fill(QMenu *menu, const std::vector<items::LiveEntry> &rows);
    void copy(const std::vector<items::LiveEntry> &rows, Format format);
    void runScript(const items::LiveEntry &entry);
    [[nodiscard]] static QString formatted(const items::LiveEntry &entry, const QByteArray &body,
        bool binary, Format format, const QString &url);

signals:
    void termRequested(const QString &filterTerm);
    void columnRequested(const QString &jsonPath);
    void composeRequested(const QByteArray &body, bool binary);
    void placeRequested(const earshot::widgets::Place &place);
    void said(const QString &text);
    void failed(const earshot::Error &error);

private:
    struct Job;

    void readBody(const items::LiveEntry &entry,
        std::function<void(const Result<QByteArray> &body, bool binary)> done);
    void readRest(const items::LiveEntry &entry, QByteArray body,
        std::function<void(const Result<QByteArray> &body, bool binary)> done);
    void copyNext(const std::shared_ptr<Job> &job);
    void addFilters(QMenu *menu, const items::LiveEntry &entry);

    rpc::ControlClient &m_client;
    QString m_trigger;
    QString m_url;
    QString m_runnable;
    quint64 m_copy = 0;
};

} // namespace earshot::widgets
