// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/liveentry.h"
#include "model/rpc/controlclient.h"

#include <QWidget>

#include <vector>

class QPlainTextEdit;
class QPushButton;
class QListWidget;

namespace earshot::widgets {

/// The story of a message: why it matched or did not, its run, what was sent because of it.
class ThreadView final : public QWidget
{
    Q_OBJECT
public:
    explicit ThreadView(rpc::ControlClient &client, QWidget *parent = nullptr);

    /// `sent`: what the log knows to be sent by the entry's run.
    void setEntry(const items::LiveEntry &entry, const std::vector<items::LiveEntry> &sent);
    void clear();
    /// The run may have gone on.
    void refresh();
    [[nodiscard]] QString shownText() const;

signals:
    void runActivated(earshot::RunId run);
    /// Key of a row of the log.
    void entryActivated(qint64 key);
    /// The row of the message this run was made of.
    void originActivated(earshot::RunId run);

private:
    void show();

    rpc::ControlClient &m_client;
    items::LiveEntry m_entry;
    std::vector<items::LiveEntry> m_sent;
    std::optional<rpc::MessageExplain::Result> m_reason;
    std::optional<rpc::RunDetail> m_run;
    QString m_problem;
    quint64 m_generation = 0;
    QPlainTextEdit *m_text; ///< children, all of them
    QListWidget *m_frames;
    QPushButton *m_openRun;
    QPushButton *m_origin;
};

} // namespace earshot::widgets
