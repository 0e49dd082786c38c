// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QDialog>

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;

namespace earshot::widgets {

/// Makes a script of the workspace from a template in a language of one's choice.
class CreateScript final : public QDialog
{
    Q_OBJECT
public:
    /// `kind` is a template of runnable.template: what the script is for.
    CreateScript(
        rpc::ControlClient &client, const QString &path, const QString &kind, QWidget *parent);

    [[nodiscard]] QLineEdit *pathInput() const { return m_path; }
    [[nodiscard]] QComboBox *languages() const { return m_language; }
    [[nodiscard]] QString note() const;
    void create();

signals:
    void created(const QString &path);

private:
    void showLanguages(const QList<rpc::ScriptLanguage> &languages);
    void showNote();
    void write(const rpc::RunnableTemplate::Result &script);
    void fail(const Error &error);

    rpc::ControlClient &m_client;
    QString m_kind;
    QList<rpc::ScriptLanguage> m_languages;
    QLineEdit *m_path; ///< children
    QComboBox *m_language;
    QLabel *m_note;
    QDialogButtonBox *m_buttons;
};

} // namespace earshot::widgets
