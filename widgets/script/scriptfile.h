// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"
#include "model/rpc/controlclient.h"
#include "widgets/draftstore.h"
#include "widgets/subscription.h"

#include <QObject>

#include <functional>
#include <optional>

namespace earshot::widgets {

/// One file of the workspace as it is edited: loading, saving without writing over what somebody
/// else wrote, changes from outside, the draft. Knows no widgets; owned by the page.
class ScriptFile final : public QObject
{
    Q_OBJECT
public:
    /// A larger source is not for this editor.
    static constexpr qint64 kMaxBytes = qint64(2) * 1024 * 1024;
    /// Bytes of a request's text; a line of the API has 1 MiB.
    static constexpr qsizetype kMaxSavedBytes = qsizetype(1000) * 1000;

    enum class State { None, Loading, Missing, Failed, Loaded };

    ScriptFile(rpc::ControlClient &client, DraftStore &drafts, QObject *parent = nullptr);
    ~ScriptFile() override;

    /// By runnable path. The draft of what was open before is kept.
    void open(const QString &path);
    void close();
    /// Reads it again, giving up what was typed.
    void reload();
    /// After the connection came back: what was open is compared with what is there now.
    void refresh();
    void forgetConnection();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] const rpc::RunnableInfo &info() const { return m_info; }
    /// What is in the file, as far as known.
    [[nodiscard]] const QString &stored() const { return m_stored; }
    [[nodiscard]] const QString &text() const { return m_text; }
    [[nodiscard]] const QString &hash() const { return m_hash; }
    /// Why it can only be read; empty = it can be written.
    [[nodiscard]] const QString &readOnlyReason() const { return m_readOnly; }
    [[nodiscard]] bool hasEdits() const { return m_state == State::Loaded && m_text != m_stored; }
    /// Somebody else wrote it while there were edits: what they wrote.
    [[nodiscard]] const std::optional<QString> &theirs() const { return m_theirs; }
    [[nodiscard]] bool isGone() const { return m_gone; }

    /// What was typed.
    void setText(const QString &text);
    void save(std::function<void(bool)> done = {});
    /// Gives up what was typed for what they wrote.
    void takeTheirs();
    /// What was typed goes over what they wrote with the next save.
    void keepMine();
    /// Writes the draft down, or removes it when there are no edits.
    void keepDraft();

signals:
    /// Show text() (again).
    void loaded();
    void changed();
    /// theirs() or isGone(): a person has to choose.
    void conflicted();
    void saved();
    void failed(const earshot::Error &error);

private:
    void read(qint64 offset, QByteArray bytes,
        std::function<void(const Result<rpc::RunnableSource> &, const QByteArray &)> done);
    void onRead(const Result<rpc::RunnableSource> &source, const QByteArray &bytes);
    void compare(const rpc::RunnableSource &source, const QByteArray &bytes);
    void watch();
    void setState(State state);
    [[nodiscard]] QString draftKey() const;

    rpc::ControlClient &m_client;
    DraftStore &m_drafts;
    Subscription<rpc::RunnableSubscribe, rpc::RunnableUnsubscribe> m_subscription;
    State m_state = State::None;
    QString m_path;
    rpc::RunnableInfo m_info;
    QString m_stored;
    QString m_text;
    QString m_hash;
    QString m_theirHash;
    QString m_readOnly;
    std::optional<QString> m_theirs;
    bool m_gone = false;
    bool m_saving = false;
    quint64 m_generation = 0; ///< of what is open, for late answers
};

} // namespace earshot::widgets
