// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace earshot::widgets {

/// Shows what a trigger's file would connect to, read and run, and takes it in disabled.
class ImportDialog final : public QDialog
{
    Q_OBJECT
public:
    /// `fileName` suggests the path.
    ImportDialog(rpc::ControlClient &client, const QString &fileName, const QString &text,
        QWidget *parent = nullptr);

    /// `/x/f/bots/orders.websocket_trigger.yaml` gives `f/bots/orders`.
    [[nodiscard]] static QString suggestedPath(const QString &fileName);
    [[nodiscard]] QLineEdit *path() const { return m_path; }
    [[nodiscard]] QString summary() const;
    [[nodiscard]] QPushButton *importButton() const { return m_import; }

signals:
    void imported(const QString &path);

private:
    void preview();
    void take();
    void showProblem(const Error &error);

    rpc::ControlClient &m_client;
    QString m_text;
    QLineEdit *m_path; ///< children, all of them
    QLabel *m_summary;
    QLabel *m_problem;
    QPlainTextEdit *m_document;
    QPushButton *m_import = nullptr;
};

} // namespace earshot::widgets
