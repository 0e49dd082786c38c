// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace earshot::widgets {

/// Makes a script from a template: where, in which language, for what.
class NewScriptDialog final : public QDialog
{
    Q_OBJECT
public:
    NewScriptDialog(rpc::ControlClient &client, const QString &path, QWidget *parent = nullptr);

    /// `message`, `preprocessor`, `url`, `initial_message`, `error_handler`.
    void setKind(const QString &kind);
    void create();

signals:
    /// It is written; the dialog closes.
    void created(const QString &path);

private:
    void onLanguages(const Result<rpc::Page<rpc::ScriptLanguage>> &answer);
    void onLanguageChanged();
    void loadTemplate();
    void check();
    void fail(const Error &error);

    rpc::ControlClient &m_client;
    QLineEdit *m_path; ///< children, all of them
    QComboBox *m_language;
    QComboBox *m_kind;
    QPlainTextEdit *m_preview;
    QLabel *m_problem;
    QPushButton *m_create;
    QList<rpc::ScriptLanguage> m_languages;
    QString m_wantedKind = QStringLiteral("message");
    QString m_ending;
    QString m_template;
    quint64 m_generation = 0;
    bool m_writing = false;
};

} // namespace earshot::widgets
