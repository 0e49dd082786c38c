// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/controlclient.h"
#include "widgets/draftstore.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace earshot::widgets {

/// A trigger's document as text, checked as it is typed. Edits that are not saved are kept as
/// drafts whatever happens to the window, the service or the selection.
class DocumentPage final : public QWidget
{
    Q_OBJECT
public:
    DocumentPage(rpc::ControlClient &client, DraftStore &drafts, QWidget *parent = nullptr);
    ~DocumentPage() override;
    Q_DISABLE_COPY_MOVE(DocumentPage)

    void setTrigger(const QString &path);
    void onReady();
    /// The stored document has this revision now.
    void onRevision(qint64 revision);
    [[nodiscard]] bool hasEdits() const;
    void saveDocument();
    void revert();
    [[nodiscard]] QPlainTextEdit *editor() const { return m_editor; }
    [[nodiscard]] QListWidget *problems() const { return m_problems; }

signals:
    void editedChanged(bool edited);
    void saved(const QString &path);
    void failed(const earshot::Error &error);

private:
    void load();
    void onTextChanged();
    void validate();
    void showValidation(const rpc::Validation &validation);
    void keepDraft();
    void updateButtons();
    void setText(const QString &text);

    rpc::ControlClient &m_client;
    DraftStore &m_drafts;
    QString m_path;
    QString m_storedText;
    qint64 m_revision = 0; ///< of what is edited
    qint64 m_storedRevision = 0; ///< of what the service has
    quint64 m_generation = 0; ///< of the text, for validations
    bool m_loaded = false;
    bool m_saving = false;
    QTimer m_validateSoon;
    QTimer m_keepSoon;
    QPlainTextEdit *m_editor; ///< children, all of them
    QListWidget *m_problems;
    QLabel *m_state;
    QPushButton *m_save;
    QPushButton *m_revert;
};

} // namespace earshot::widgets
