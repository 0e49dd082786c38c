// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/script/scriptpage.h"

#include "widgets/appearance.h"
#include "widgets/elidedlabel.h"
#include "widgets/emptystate.h"
#include "widgets/script/codeeditor.h"
#include "widgets/script/debugpanel.h"
#include "widgets/script/findbar.h"
#include "widgets/script/newscriptdialog.h"
#include "widgets/script/runpanel.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QJsonArray>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QUrl>
#include <QVBoxLayout>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

enum LeftPage { EditorPage, EmptyPage };

/// `msg: str, b = 3` for one function's parameters.
QString parametersText(const QJsonArray &parameters)
{
    QStringList texts;
    for (const QJsonValue &value : parameters) {
        const QJsonObject parameter = value.toObject();
        QString text = parameter.value("name"_L1).toString();
        const QString type = parameter.value("type"_L1).toString();
        if (!type.isEmpty()) {
            text += u": "_s + type;
        }
        if (parameter.value("hasDefault"_L1).toBool()) {
            text += u'?';
        }
        texts.append(text);
    }
    return texts.join(u", "_s);
}

} // namespace

ScriptPage::ScriptPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_client(context.client)
    , m_file(new ScriptFile(context.client, context.drafts, this))
    , m_scripts(new QComboBox(this))
    , m_save(new QPushButton(tr("Save"), this))
    , m_menu(new QMenu(this))
    , m_state(new QLabel(this))
    , m_signature(new ElidedLabel(this))
    , m_editor(new CodeEditor(this))
    , m_find(new FindBar(*m_editor, this))
    , m_empty(new EmptyState({}, {}, this))
    , m_left(new QStackedWidget(this))
    , m_tabs(new QTabWidget(this))
    , m_run(new RunPanel(context.client, context.clock, this))
    , m_debug(new DebugPanel(context.client, this))
{
    build();
    addShortcuts();
    m_keepSoon.setSingleShot(true);
    m_keepSoon.setInterval(1s);
    connect(&m_keepSoon, &QTimer::timeout, m_file, &ScriptFile::keepDraft);
    connect(m_editor, &QsciScintilla::textChanged, this, [this] {
        if (!m_loading) {
            m_file->setText(m_editor->text());
            m_keepSoon.start();
        }
    });
    connect(m_file, &ScriptFile::loaded, this, &ScriptPage::onLoaded);
    connect(m_file, &ScriptFile::changed, this, &ScriptPage::onFileChanged);
    connect(m_file, &ScriptFile::conflicted, this, &ScriptPage::showConflict);
    connect(m_file, &ScriptFile::failed, this, &ScriptPage::failed);
    connect(m_file, &ScriptFile::saved, this, [this] {
        emit said(tr("%1 saved.").arg(m_file->info().file));
        askSignature();
    });
    connect(m_save, &QPushButton::clicked, this, [this] { m_file->save(); });
    connect(m_noticeFirst, &QPushButton::clicked, this, [this] {
        if (m_file->isGone()) {
            m_file->keepMine();
            m_file->save();
        } else {
            m_file->takeTheirs();
        }
    });
    connect(m_noticeSecond, &QPushButton::clicked, m_file, &ScriptFile::keepMine);
    connect(m_scripts, &QComboBox::activated, this,
        [this](int at) { openScript(m_scripts->itemData(at).toString()); });
    connect(m_empty, &EmptyState::triggered, this, [this] { newScript(m_file->path()); });
    connect(m_run, &RunPanel::failed, this, &ScriptPage::failed);
    connect(m_run, &RunPanel::locationActivated, this, &ScriptPage::goToLocation);
    connect(m_debug, &DebugPanel::failed, this, &ScriptPage::failed);
    connect(m_debug, &DebugPanel::said, this, &ScriptPage::said);
    connect(m_debug, &DebugPanel::runActivated, this,
        [this](RunId id) { emit placeRequested({.page = Place::Page::Runs, .run = id}); });
    m_run->setBeforeRun([this](const std::function<void(bool)> &goOn) {
        // What runs is what is seen.
        if (m_file->hasEdits()) {
            m_file->save(goOn);
        } else {
            goOn(true);
        }
    });
    onFileChanged();
}

ScriptPage::~ScriptPage()
{
    disconnect(m_file, nullptr, this, nullptr);
}

NewScriptDialog *ScriptPage::newScriptDialog() const
{
    return m_newScript;
}

void ScriptPage::build()
{
    auto *edit = new QWidget(this);
    auto *editLayout = new QVBoxLayout(edit);
    editLayout->setContentsMargins(0, 0, 0, 0);
    editLayout->setSpacing(0);
    editLayout->addWidget(m_find);
    editLayout->addWidget(m_editor, 1);
    m_editor->setAccessibleName(tr("Source"));
    m_left->addWidget(edit);
    m_left->addWidget(m_empty);

    auto *left = new QWidget(this);
    auto *leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(0);
    leftLayout->addWidget(buildBar());
    leftLayout->addWidget(buildNotice());
    leftLayout->addWidget(m_left, 1);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(8, 3, 8, 4);
    foot->addWidget(m_signature, 1);
    foot->addWidget(m_state);
    leftLayout->addLayout(foot);
    left->setMinimumWidth(260);

    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_run, tr("Run"));
    m_tabs->addTab(m_debug, tr("Debug"));
    m_tabs->setMinimumWidth(260);
    auto *splitter = new QSplitter(this);
    splitter->addWidget(left);
    splitter->addWidget(m_tabs);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({600, 400});
    splitter->setChildrenCollapsible(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
}

QWidget *ScriptPage::buildBar()
{
    auto *bar = new QWidget(this);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(8, 6, 8, 6);
    m_scripts->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_scripts->setMinimumContentsLength(10);
    m_scripts->setMaxVisibleItems(20);
    m_scripts->setAccessibleName(tr("Script"));
    m_scripts->setToolTip(tr("Scripts of the workspace"));
    m_save->setToolTip(tr("Save (Ctrl+S)"));
    auto *more = new QPushButton(tr("More"), bar);
    more->setMenu(m_menu);
    m_menu->addAction(tr("New script…"), this, [this] { newScript({}); });
    m_menu->addAction(tr("Rename…"), this, &ScriptPage::askRename);
    m_menu->addAction(tr("Delete…"), this, &ScriptPage::askDelete);
    m_menu->addSeparator();
    m_menu->addAction(tr("Open in my editor"), this, &ScriptPage::openInSystemEditor);
    m_menu->addAction(tr("Read again from disk"), this, [this] { m_file->refresh(); });
    m_menu->addSeparator();
    m_menu->addAction(tr("Find…\tCtrl+F"), this, [this] { m_find->open(false); });
    m_menu->addAction(tr("Replace…\tCtrl+H"), this, [this] { m_find->open(true); });
    m_menu->addAction(tr("Go to line…\tCtrl+G"), this, &ScriptPage::askGoToLine);
    m_menu->addAction(tr("Toggle comment\tCtrl+/"), m_editor, &CodeEditor::toggleComment);
    m_menu->addAction(tr("Larger text\tCtrl++"), this, [this] { m_editor->zoomBy(1); });
    m_menu->addAction(tr("Smaller text\tCtrl+-"), this, [this] { m_editor->zoomBy(-1); });
    m_menu->addAction(tr("Normal text\tCtrl+0"), this, [this] { m_editor->zoomBy(0); });
    row->addWidget(m_scripts, 1);
    row->addWidget(m_save);
    row->addWidget(more);
    return bar;
}

QWidget *ScriptPage::buildNotice()
{
    m_notice = new QFrame(this);
    m_notice->setFrameShape(QFrame::StyledPanel);
    m_noticeText = new QLabel(m_notice);
    m_noticeText->setTextFormat(Qt::PlainText);
    m_noticeText->setWordWrap(true);
    m_noticeFirst = new QPushButton(m_notice);
    m_noticeSecond = new QPushButton(m_notice);
    auto *row = new QHBoxLayout(m_notice);
    row->setContentsMargins(8, 4, 8, 4);
    row->addWidget(m_noticeText, 1);
    row->addWidget(m_noticeFirst);
    row->addWidget(m_noticeSecond);
    m_notice->hide();
    return m_notice;
}

void ScriptPage::addShortcuts()
{
    const auto add = [this](const QKeySequence &keys, auto action) {
        auto *shortcut = new QShortcut(keys, this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    add(QKeySequence::Save, [this] { m_file->save(); });
    add(QKeySequence::Find, [this] { m_find->open(false); });
    add(QKeySequence(Qt::CTRL | Qt::Key_H), [this] { m_find->open(true); });
    add(QKeySequence(Qt::Key_F3), [this] { m_find->findNext(); });
    add(QKeySequence(Qt::SHIFT | Qt::Key_F3), [this] { m_find->findNext(false); });
    add(QKeySequence(Qt::CTRL | Qt::Key_G), [this] { askGoToLine(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Slash), [this] { m_editor->toggleComment(); });
    add(QKeySequence::ZoomIn, [this] { m_editor->zoomBy(1); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Equal), [this] { m_editor->zoomBy(1); });
    add(QKeySequence::ZoomOut, [this] { m_editor->zoomBy(-1); });
    add(QKeySequence(Qt::CTRL | Qt::Key_0), [this] { m_editor->zoomBy(0); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Return), [this] {
        m_tabs->setCurrentWidget(m_run);
        m_run->run();
    });
    add(QKeySequence(Qt::Key_F10), [this] {
        m_tabs->setCurrentWidget(m_debug);
        m_debug->step();
    });
}

void ScriptPage::setTrigger(const QString &path)
{
    m_trigger = path;
    m_triggerScript.clear();
    m_chosen.clear();
    m_debug->setTrigger(path);
    m_run->setTrigger(path, {});
    if (path.isEmpty()) {
        showWanted();
    }
}

void ScriptPage::onSummary(const rpc::TriggerSummary &summary)
{
    m_debug->setSummary(summary);
    m_run->setTrigger(summary.path, summary.url);
    if (m_triggerScript != summary.runnable) {
        m_triggerScript = summary.runnable;
        showWanted();
    }
}

void ScriptPage::showWanted()
{
    m_file->open(m_chosen.isEmpty() ? m_triggerScript : m_chosen);
    m_run->setRunnable(m_file->path());
}

void ScriptPage::openScript(const QString &path)
{
    m_chosen = path == m_triggerScript ? QString() : path;
    showWanted();
}

void ScriptPage::showPlace(const Place &place)
{
    if (!place.runnable.isEmpty()) {
        openScript(place.runnable);
    }
    if (place.message != 0) {
        m_tabs->setCurrentWidget(m_run);
        m_run->useMessage(place.message);
    }
}

void ScriptPage::onReady()
{
    m_run->setReady(true);
    m_debug->setReady(true);
    m_file->forgetConnection();
    if (m_file->state() != ScriptFile::State::None) {
        m_file->refresh();
    }
    listScripts({}, {});
    onFileChanged();
}

void ScriptPage::onLost()
{
    m_run->setReady(false);
    m_debug->setReady(false);
    m_file->forgetConnection();
    m_file->keepDraft();
    onFileChanged();
}

void ScriptPage::listScripts(const QString &after, QStringList found)
{
    rpc::ListParams params{.limit = rpc::kMaxPageSize};
    if (!after.isEmpty()) {
        params.after = after;
    }
    m_client.call<rpc::RunnableList>(params, this,
        [this, found = std::move(found)](const Result<rpc::Page<rpc::RunnableInfo>> &page) mutable {
            if (!page) {
                return;
            }
            for (const rpc::RunnableInfo &info : page->items) {
                found.append(info.path);
            }
            if (page->more && !page->items.isEmpty()) {
                listScripts(page->items.constLast().path, std::move(found));
                return;
            }
            m_paths = std::move(found);
            onFileChanged();
        });
}

void ScriptPage::onLoaded()
{
    m_loading = true;
    m_editor->setReadOnly(false);
    m_editor->setLanguage(CodeEditor::languageOf(m_file->info().language, m_file->info().file));
    int line = 0;
    int column = 0;
    m_editor->getCursorPosition(&line, &column);
    m_editor->setSource(m_file->text());
    m_editor->setCursorPosition(std::min(line, m_editor->lines() - 1), 0);
    m_editor->setReadOnly(!m_file->readOnlyReason().isEmpty());
    m_loading = false;
    if (m_goToLine > 0) {
        m_editor->goTo(std::exchange(m_goToLine, 0));
    }
    m_notice->hide();
    askSignature();
}

void ScriptPage::onFileChanged()
{
    const ScriptFile::State state = m_file->state();
    const bool loaded = state == ScriptFile::State::Loaded;
    QStringList shown = m_paths;
    if (!m_file->path().isEmpty() && !shown.contains(m_file->path())) {
        shown.prepend(m_file->path());
    }
    QStringList listed;
    for (int at = 0; at < m_scripts->count(); ++at) {
        listed.append(m_scripts->itemData(at).toString());
    }
    if (listed != shown) {
        m_scripts->clear();
        for (const QString &path : std::as_const(shown)) {
            m_scripts->addItem(path, path);
        }
    }
    m_scripts->setCurrentIndex(static_cast<int>(shown.indexOf(m_file->path())));
    m_scripts->setEnabled(!shown.isEmpty());

    m_left->setCurrentIndex(loaded || state == ScriptFile::State::Loading ? EditorPage : EmptyPage);
    if (state == ScriptFile::State::Missing) {
        m_empty->setSentence(tr("There is no script %1 yet.").arg(m_file->path()));
        m_empty->setAction(tr("Create it…"));
    } else if (state == ScriptFile::State::Failed) {
        m_empty->setSentence(tr("%1 cannot be read.").arg(m_file->path()));
        m_empty->setAction({});
    } else {
        m_empty->setSentence(tr("No script is open."));
        m_empty->setAction(tr("New script…"));
    }
    const bool edited = m_file->hasEdits();
    m_save->setEnabled(loaded && m_client.isReady() && (edited || m_file->isGone()));
    QString text = m_file->readOnlyReason();
    if (text.isEmpty() && !m_file->info().problem.isEmpty()) {
        text = m_file->info().problem;
    } else if (text.isEmpty() && edited) {
        text = tr("not saved");
    }
    m_state->setText(m_state->fontMetrics().elidedText(text, Qt::ElideRight, 280));
    m_state->setToolTip(text);
    if (edited != m_wasEdited) {
        m_wasEdited = edited;
        emit editedChanged(edited);
    }
    if (!m_file->theirs() && !m_file->isGone()) {
        m_notice->hide();
    }
}

void ScriptPage::showConflict()
{
    const bool gone = m_file->isGone();
    m_notice->setVisible(gone || m_file->theirs());
    if (gone) {
        m_noticeText->setText(
            tr("The file was deleted or moved meanwhile. Its text is still here."));
        m_noticeFirst->setText(tr("Save it again"));
    } else {
        m_noticeText->setText(tr("Somebody else changed this file while you edited it."));
        m_noticeFirst->setText(tr("Load theirs"));
        m_noticeSecond->setText(tr("Keep mine"));
    }
    m_noticeFirst->setToolTip(gone ? QString() : tr("Your edits are given up"));
    m_noticeSecond->setToolTip(tr("Saving then writes over theirs"));
    m_noticeSecond->setVisible(!gone);
}

void ScriptPage::askSignature()
{
    m_signature->setText({});
    m_client.call<rpc::RunnableSignature>({.path = m_file->path()}, this,
        [this, path = m_file->path()](const Result<rpc::RunnableSignature::Result> &answer) {
            if (path != m_file->path()) {
                return;
            }
            const QJsonObject signature = answer ? answer->signature : QJsonObject();
            m_run->setSignature(signature);
            QStringList parts;
            if (!answer) {
                parts.append(answer.error().message);
            } else if (signature.value("main"_L1) == "invalid"_L1) {
                parts.append(signature.value("error"_L1).toString());
            } else if (!signature.isEmpty()) {
                if (signature.value("preprocessor"_L1).toString(u"none"_s) != "none"_L1) {
                    parts.append(u"preprocessor(%1)"_s.arg(
                        parametersText(signature.value("preprocessor_params"_L1).toArray())));
                }
                parts.append(
                    u"main(%1)"_s.arg(parametersText(signature.value("params"_L1).toArray())));
            }
            m_signature->setText(parts.join(u"  →  "_s));
        });
}

void ScriptPage::newScript(const QString &path)
{
    auto *dialog = new NewScriptDialog(m_client, path, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    m_newScript = dialog;
    connect(dialog, &NewScriptDialog::created, this, [this](const QString &created) {
        m_file->close();
        openScript(created);
        listScripts({}, {});
    });
    dialog->open();
}

void ScriptPage::askRename()
{
    if (m_file->state() != ScriptFile::State::Loaded || m_file->info().path.isEmpty()) {
        return;
    }
    bool accepted = false;
    const QString to = QInputDialog::getText(this, tr("Rename"), tr("New path of the script"),
        QLineEdit::Normal, m_file->path(), &accepted);
    if (accepted && to != m_file->path()) {
        renameTo(to);
    }
}

void ScriptPage::renameTo(const QString &path)
{
    const auto rename = [this, path](bool goOn) {
        if (!goOn) {
            return;
        }
        m_client.call<rpc::RunnableRename>({.path = m_file->path(), .to = path}, this,
            [this](const Result<rpc::RunnableRename::Result> &answer) {
                if (!answer) {
                    emit failed(answer.error());
                    return;
                }
                openScript(answer->runnable.path);
                listScripts({}, {});
                emit said(answer->triggers.isEmpty()
                        ? tr("Renamed to %1.").arg(answer->runnable.path)
                        : tr("Renamed. Still named by its old path: %1")
                              .arg(answer->triggers.join(u", "_s)));
            });
    };
    if (m_file->hasEdits()) {
        m_file->save(rename);
    } else {
        rename(true);
    }
}

void ScriptPage::askDelete()
{
    if (m_file->state() != ScriptFile::State::Loaded || m_file->info().path.isEmpty()) {
        return;
    }
    auto *box = new QMessageBox(QMessageBox::Warning, tr("Delete script"),
        tr("Delete %1 from the disk?").arg(m_file->info().file), QMessageBox::Cancel, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton *confirm = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
    connect(confirm, &QPushButton::clicked, this, [this, path = m_file->path()] {
        if (m_file->path() != path) {
            return;
        }
        m_client.call<rpc::RunnableDelete>({.path = path, .expectedHash = m_file->hash()}, this,
            [this](const Result<rpc::RunnableDelete::Result> &answer) {
                if (!answer) {
                    emit failed(answer.error());
                    return;
                }
                // Its text stays in the editor until something else is opened: "Save it again".
                m_file->refresh();
                listScripts({}, {});
                emit said(answer->triggers.isEmpty() ? tr("Deleted.")
                                                     : tr("Deleted. Triggers that name it: %1")
                                                           .arg(answer->triggers.join(u", "_s)));
            });
    });
    box->open();
}

void ScriptPage::openInSystemEditor()
{
    const QString workspace = m_client.serviceInfo().workspace;
    if (m_file->info().file.isEmpty() || workspace.isEmpty()) {
        return;
    }
    const QString file = workspace + u'/' + m_file->info().file;
    if (!QDesktopServices::openUrl(QUrl::fromLocalFile(file))) {
        emit failed({.code = ErrorCode::Unavailable,
            .message = tr("No program of the desktop opens %1.").arg(file),
            .detail = {}});
    }
}

void ScriptPage::askGoToLine()
{
    int line = 0;
    int column = 0;
    m_editor->getCursorPosition(&line, &column);
    bool accepted = false;
    const int to = QInputDialog::getInt(this, tr("Go to line"),
        tr("Line, 1 to %1").arg(m_editor->lines()), line + 1, 1, m_editor->lines(), 1, &accepted);
    if (accepted) {
        m_editor->goTo(to);
    }
}

void ScriptPage::goToLocation(const QString &file, int line, int column)
{
    QString wanted = file;
    const QString workspace = m_client.serviceInfo().workspace + u'/';
    if (wanted.startsWith(workspace)) {
        wanted.remove(0, workspace.size());
    }
    const QString &open = m_file->info().file;
    if (wanted == open || wanted == open.section(u'/', -1) || wanted == "main.sh"_L1) {
        m_editor->goTo(line, column);
        return;
    }
    for (const QString &path : std::as_const(m_paths)) {
        if (wanted.startsWith(QString(path + u'.'))) {
            m_goToLine = line;
            openScript(path);
            return;
        }
    }
    emit said(tr("%1 is not a script of the workspace.").arg(file));
}

} // namespace earshot::widgets
