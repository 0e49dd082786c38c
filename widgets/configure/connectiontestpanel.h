// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QFrame>

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace earshot::widgets {

/// Connects once with the document as it is on the page, saved or not, and shows each stage with
/// its time.
class ConnectionTestPanel final : public QFrame
{
    Q_OBJECT
public:
    explicit ConnectionTestPanel(rpc::ControlClient &client, QWidget *parent = nullptr);

    void start(const QString &document);
    /// Forgets the test under way or shown.
    void dismiss();
    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    /// What is shown, as text.
    [[nodiscard]] QString text() const;

signals:
    void finished();

private:
    void showReport(const rpc::TestReport &report);
    void addLine(const QString &text, bool ok);
    void clearLines();

    rpc::ControlClient &m_client;
    quint64 m_generation = 0;
    bool m_isRunning = false;
    QLabel *m_title; ///< children
    QVBoxLayout *m_lines;
};

} // namespace earshot::widgets
