// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/page.h"
#include "widgets/script/scriptfile.h"

#include <QPointer>
#include <QTimer>

class QComboBox;
class QFrame;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTabWidget;

namespace earshot::widgets {

class CodeEditor;
class DebugPanel;
class ElidedLabel;
class EmptyState;
class FindBar;
class NewScriptDialog;
class RunPanel;

/// The script of the selected trigger: edit, run, debug.
class ScriptPage final : public Page
{
    Q_OBJECT
public:
    explicit ScriptPage(const PageContext &context, QWidget *parent = nullptr);
    ~ScriptPage() override;

    void setTrigger(const QString &path) override;
    void onSummary(const rpc::TriggerSummary &summary) override;
    void onReady() override;
    void onLost() override;
    void showPlace(const Place &place) override;
    [[nodiscard]] bool hasEdits() const override { return m_file->hasEdits(); }

    [[nodiscard]] CodeEditor *editor() const { return m_editor; }
    [[nodiscard]] FindBar *findBar() const { return m_find; }
    [[nodiscard]] RunPanel *runPanel() const { return m_run; }
    [[nodiscard]] DebugPanel *debugPanel() const { return m_debug; }
    [[nodiscard]] ScriptFile *file() const { return m_file; }
    /// Null while it is not open.
    [[nodiscard]] NewScriptDialog *newScriptDialog() const;

    void openScript(const QString &path);
    void newScript(const QString &path);
    void renameTo(const QString &path);

private:
    void build();
    [[nodiscard]] QWidget *buildBar();
    [[nodiscard]] QWidget *buildNotice();
    void addShortcuts();
    void listScripts(const QString &after, QStringList found);
    void onLoaded();
    void onFileChanged();
    void showConflict();
    void askSignature();
    void askRename();
    void askDelete();
    void openInSystemEditor();
    void askGoToLine();
    void goToLocation(const QString &file, int line, int column);
    void showWanted();

    rpc::ControlClient &m_client;
    ScriptFile *m_file; ///< children, all of them
    QComboBox *m_scripts;
    QPushButton *m_save;
    QMenu *m_menu;
    QLabel *m_state;
    ElidedLabel *m_signature;
    QFrame *m_notice;
    QLabel *m_noticeText;
    QPushButton *m_noticeFirst;
    QPushButton *m_noticeSecond;
    CodeEditor *m_editor;
    FindBar *m_find;
    EmptyState *m_empty;
    QStackedWidget *m_left;
    QTabWidget *m_tabs;
    RunPanel *m_run;
    DebugPanel *m_debug;
    QPointer<NewScriptDialog> m_newScript;
    QTimer m_keepSoon;
    QString m_trigger;
    QString m_triggerScript;
    QString m_chosen; ///< by a person, instead of the trigger's
    QStringList m_paths;
    int m_goToLine = 0; ///< once it is loaded
    bool m_wasEdited = false;
    bool m_loading = false;
};

} // namespace earshot::widgets
