// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/livemessagemodel.h"
#include "widgets/page.h"

#include <QSet>

#include <vector>

class QLabel;
class QStackedWidget;
class QToolButton;

namespace earshot::widgets {

class Composer;
class DetailView;
class EmptyState;
class FilterBar;
class LiveFeeder;
class MessageTable;
class RowActions;
class ToneDelegate;

/// The inspector: the log of one trigger as it is written, a filter over it, all of the chosen row,
/// and a box to send from.
class LivePage final : public Page
{
    Q_OBJECT
public:
    explicit LivePage(const PageContext &context, QWidget *parent = nullptr);
    ~LivePage() override;

    void setTrigger(const QString &path) override;
    void onSummary(const rpc::TriggerSummary &summary) override;
    void onReady() override;
    void onLost() override;
    /// `message` or the message of `run` becomes the current row.
    void showPlace(const Place &place) override;
    [[nodiscard]] items::LiveMessageModel &model() { return m_model; }
    [[nodiscard]] DetailView *detail() const { return m_detail; }
    [[nodiscard]] MessageTable *table() const { return m_table; }
    [[nodiscard]] FilterBar *filterBar() const { return m_filter; }
    [[nodiscard]] Composer *composer() const { return m_composer; }

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildTable();
    QWidget *buildBar();
    void connectParts();
    void connectRows();
    void enable();
    void showHint();
    void showCurrent();
    void select(int row);
    void restoreCurrent();
    void loadMoreIfNeeded();
    void goToEnd();
    void findHit(bool forward);
    void showColumns();
    void addColumn(const QString &path);
    void setPathColumns(const QStringList &paths);
    void showHeaderMenu(const QPoint &point);
    void showRowMenu(const QPoint &globalPoint);
    [[nodiscard]] std::vector<items::LiveEntry> selectedEntries() const;

    rpc::ControlClient &m_client;
    Clock &m_clock;
    items::LiveMessageModel m_model;
    QString m_trigger;
    QSet<int> m_hidden; ///< columns nobody wants to see
    qint64 m_current = 0; ///< key of the row whose detail is shown
    RunId m_wantedRun = 0; ///< to be shown once its message is here
    LiveFeeder *m_feeder; ///< children, all of them
    RowActions *m_actions;
    QStackedWidget *m_stack;
    MessageTable *m_table;
    EmptyState *m_empty;
    FilterBar *m_filter;
    DetailView *m_detail;
    Composer *m_composer;
    QToolButton *m_pause;
    QToolButton *m_collapse;
    QToolButton *m_follow;
    QLabel *m_hint;
};

} // namespace earshot::widgets
