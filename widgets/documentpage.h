// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/page.h"

#include <QTimer>

class QLabel;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace earshot::widgets {

/// A trigger's document as text, checked as it is typed. Edits that are not saved are kept as
/// drafts whatever happens to the window, the service or the selection.
class DocumentPage final : public Page
{
    Q_OBJECT
public:
    explicit DocumentPage(const PageContext &context, QWidget *parent = nullptr);
    ~DocumentPage() override;
    Q_DISABLE_COPY_MOVE(DocumentPage)

    void setTrigger(const QString &path) override;
    void onSummary(const rpc::TriggerSummary &summary) override { onRevision(summary.revision); }
    void onReady() override;
    /// The stored document has this revision now.
    void onRevision(qint64 revision);
    /// Differs from what is stored. Nothing is lost by leaving: a draft keeps it.
    [[nodiscard]] bool isEdited() const;
    void saveDocument();
    void revert();
    [[nodiscard]] QPlainTextEdit *editor() const { return m_editor; }
    [[nodiscard]] QListWidget *problems() const { return m_problems; }

signals:
    void saved(const QString &path);

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
