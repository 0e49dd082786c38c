// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/presetform.h"
#include "model/rpc/controlclient.h"
#include "widgets/newtrigger/creation.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QVBoxLayout;

namespace earshot::widgets {

/// A new trigger with its script: from an address, a preset, a file or the demo that needs no
/// network. Whatever the service refuses, what was typed stays.
class NewTriggerDialog final : public QDialog
{
    Q_OBJECT
public:
    /// `clipboard`: a copied address fills the form.
    NewTriggerDialog(rpc::ControlClient &client, const QString &clipboard,
        const QStringList &takenPaths, QWidget *parent = nullptr);

    [[nodiscard]] QListWidget *sources() const { return m_sources; }
    [[nodiscard]] QLineEdit *path() const { return m_path; }
    [[nodiscard]] QLineEdit *script() const { return m_script; }
    [[nodiscard]] QComboBox *language() const { return m_language; }
    [[nodiscard]] QPushButton *createButton() const { return m_create; }
    /// The input of a blank of the source that is chosen; null when it has none of the name.
    [[nodiscard]] QLineEdit *field(const QString &name) const;
    [[nodiscard]] QString errorText() const;
    /// Chooses a source by the id of its preset, `demo` or `file`.
    void choose(const QString &source);

signals:
    void created(const QString &path);
    /// A file was chosen as the source: importing shows it first.
    void importRequested();

private:
    void build();
    void readCatalogue();
    void addSource(const items::PresetForm &form);
    void onSource(int row);
    void onLanguages(const QList<rpc::ScriptLanguage> &languages);
    void updateKinds();
    void updateScriptHint();
    void create();
    /// With the text of the script, once it is known.
    void createWith(const QString &text, const QString &ending);
    void run(const Creation::Plan &plan);
    void refuse(const QString &text);
    void setBusy(bool busy);
    [[nodiscard]] int labelWidth() const;
    [[nodiscard]] QString freePath(const QString &wanted) const;
    [[nodiscard]] QHash<QString, QString> values() const;
    [[nodiscard]] const items::PresetForm *form() const;

    rpc::ControlClient &m_client;
    QString m_clipboardUrl;
    QStringList m_taken;
    QList<items::PresetForm> m_forms; ///< by row of m_sources
    QList<QHash<QString, QLineEdit *>> m_fields; ///< likewise
    QList<QWidget *> m_pages; ///< likewise; one shows
    QList<rpc::ScriptLanguage> m_languages;
    QString m_demoUrl;
    int m_row = -1;
    QListWidget *m_sources; ///< children, all of them
    QVBoxLayout *m_pagesLayout;
    QWidget *m_common;
    QLineEdit *m_path;
    QLineEdit *m_script;
    QComboBox *m_language;
    QComboBox *m_kind;
    QCheckBox *m_reply;
    QCheckBox *m_keep;
    QLabel *m_hint;
    QLabel *m_error;
    QPushButton *m_create = nullptr;
};

} // namespace earshot::widgets
