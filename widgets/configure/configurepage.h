// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/documenteditor.h"
#include "widgets/configure/fieldeditor.h"
#include "widgets/page.h"

#include <QTimer>

class QAction;
class QLabel;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace earshot::widgets {

class ChangedBanner;
class ConnectionTestPanel;
class FieldForm;
class JsonEditor;
class KnownNames;
class ProblemsBar;

/// A trigger's document as fields and as JSON, checked as it is typed. Edits that are not saved are
/// kept as drafts whatever happens to the window, the service or the selection.
class ConfigurePage final : public Page
{
    Q_OBJECT
public:
    explicit ConfigurePage(const PageContext &context, QWidget *parent = nullptr);
    ~ConfigurePage() override;
    Q_DISABLE_COPY_MOVE(ConfigurePage)

    // Page
    void setTrigger(const QString &path) override;
    void onSummary(const rpc::TriggerSummary &summary) override;
    void onReady() override;
    void onLost() override;
    void showPlace(const Place &place) override;
    [[nodiscard]] bool hasEdits() const override;

    void saveDocument();
    void revert();
    void testConnection();
    /// Shows the JSON text or the fields.
    void setJsonShown(bool json);

    [[nodiscard]] DocumentEditor &document() { return m_document; }
    [[nodiscard]] FieldForm *form() const { return m_form; }
    [[nodiscard]] JsonEditor *jsonEditor() const { return m_json; }
    [[nodiscard]] ProblemsBar *problems() const { return m_problems; }
    [[nodiscard]] ChangedBanner *changedBanner() const { return m_changed; }
    [[nodiscard]] ConnectionTestPanel *testPanel() const { return m_test; }
    [[nodiscard]] QString stateText() const;

signals:
    void saved(const QString &path);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void build();
    void load();
    void take(const rpc::TriggerDocument &stored);
    void onChanged();
    void validate();
    void showValidation(const rpc::Validation &validation);
    void goTo(const items::JsonPath &path);
    void keepDraft();
    void updateState();
    void onSaved(const QString &path, const QByteArray &text, qint64 revision);
    void onRefused(const QString &path, const Error &error);
    void readStored();
    void takeStored(const rpc::TriggerDocument &stored);
    void takeTheirs();
    void keepMine();

    PageContext m_context;
    KnownNames *m_names; ///< children, all of them
    DocumentEditor m_document;
    QString m_path;
    QByteArray m_storedText; ///< what the service has
    std::optional<QByteArray> m_baseText; ///< what was stored when the edits began
    qint64 m_revision = 0; ///< of what is edited
    qint64 m_storedRevision = 0; ///< of what the service has
    quint64 m_generation = 0; ///< of the text, for validations
    bool m_loaded = false;
    bool m_saving = false;
    QTimer m_validateSoon;
    QTimer m_keepSoon;
    FieldForm *m_form = nullptr;
    JsonEditor *m_json = nullptr;
    QStackedWidget *m_stack = nullptr;
    ProblemsBar *m_problems = nullptr;
    ChangedBanner *m_changed = nullptr;
    ConnectionTestPanel *m_test = nullptr;
    QLabel *m_state = nullptr;
    QLabel *m_syntax = nullptr;
    QToolButton *m_fieldsButton = nullptr;
    QToolButton *m_jsonButton = nullptr;
    QAction *m_undo = nullptr;
    QAction *m_redo = nullptr;
    QPushButton *m_testButton = nullptr;
    QPushButton *m_revert = nullptr;
    QPushButton *m_save = nullptr;
};

} // namespace earshot::widgets
