// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/jsontreemodel.h"
#include "model/items/liveentry.h"
#include "model/items/payloadcodec.h"
#include "model/rpc/controlclient.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTreeView;

namespace earshot::widgets {

class HexView;
class ThreadView;

/// All there is to know about one row of the log: its body as a tree, as text, as bytes and
/// decoded, the handshake of its connection, and what became of it.
class DetailView final : public QWidget
{
    Q_OBJECT
public:
    enum Tab { PrettyTab, RawTab, HexTab, DecodedTab, HandshakeTab, ThreadTab };
    /// Of a huge body only this much is read at first.
    static constexpr qint64 kFirstBytes = qint64(256) * 1024;
    static constexpr qint64 kMaxBytes = qint64(64) * 1024 * 1024;

    explicit DetailView(rpc::ControlClient &client, QWidget *parent = nullptr);

    void setEntry(const items::LiveEntry &entry);
    /// Text of the `open` row of its connection; empty = not known.
    void setHandshake(const QByteArray &text);
    void clear();
    void focusSearch();
    [[nodiscard]] ThreadView *thread() const { return m_thread; }
    [[nodiscard]] QTabWidget *tabs() const { return m_tabs; }
    [[nodiscard]] HexView *hex() const { return m_hex; }
    [[nodiscard]] QTreeView *tree() const { return m_tree; }
    /// What was read of the body.
    [[nodiscard]] const QByteArray &body() const noexcept { return m_body; }
    [[nodiscard]] bool isWhole() const noexcept { return m_body.size() >= m_total; }
    /// Of the raw tab.
    [[nodiscard]] QString shownText() const;

public slots:
    void loadAll();

signals:
    void columnRequested(const QString &jsonPath);
    void termRequested(const QString &filterTerm);

private:
    void addTabs();
    void buildPretty();
    void read(qint64 offset, qint64 length);
    void take(const rpc::Chunk &chunk);
    void showBody();
    void showTab();
    void showDecoded();
    void showTreeMenu(const QPoint &point);
    void searchNext();

    rpc::ControlClient &m_client;
    items::JsonTreeModel m_json;
    QList<items::DecodedPayload> m_decodings;
    items::LiveEntry m_entry;
    QByteArray m_body;
    QByteArray m_handshake;
    qint64 m_total = 0;
    qint64 m_wanted = 0; ///< bytes to be read
    quint64 m_generation = 0;
    bool m_binary = false;
    std::array<bool, 6> m_fresh{}; ///< tabs that show this body already
    QLabel *m_title; ///< children, all of them
    QLabel *m_note;
    QPushButton *m_all;
    QTabWidget *m_tabs;
    QStackedWidget *m_pretty;
    QLineEdit *m_search;
    QTreeView *m_tree;
    QPlainTextEdit *m_prettyText;
    QPlainTextEdit *m_raw;
    HexView *m_hex;
    QComboBox *m_codec;
    QPlainTextEdit *m_decoded;
    QPlainTextEdit *m_handshakeText;
    ThreadView *m_thread;
};

} // namespace earshot::widgets
