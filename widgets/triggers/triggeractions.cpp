// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/triggers/triggeractions.h"

#include "model/items/displaytext.h"
#include "model/items/listenline.h"
#include "model/items/triggertreemodel.h"
#include "model/jsontext.h"
#include "widgets/triggers/importdialog.h"
#include "widgets/triggers/pathdialog.h"

#include <QAction>
#include <QActionGroup>
#include <QClipboard>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QWidget>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// Asks without a nested event loop; `then` runs when the button of `role` was pressed.
void ask(QWidget *parent, const QString &text, const QString &detail, const QString &action,
    std::function<void()> then)
{
    auto *box = new QMessageBox(
        QMessageBox::Warning, QObject::tr("Earshot"), text, QMessageBox::Cancel, parent);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(detail);
    box->setAttribute(Qt::WA_DeleteOnClose);
    const QPushButton *button = box->addButton(action, QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    QObject::connect(button, &QPushButton::clicked, parent, std::move(then));
    box->open();
}

} // namespace

TriggerActions::TriggerActions(rpc::ControlClient &client, QWidget *window)
    : QObject(window)
    , m_client(client)
    , m_window(window)
    , m_create(new QAction(tr("New trigger…"), this))
    , m_import(new QAction(tr("&Import…"), this))
    , m_enable(new QAction(tr("Enabled"), this))
    , m_suspend(new QAction(tr("Suspended"), this))
    , m_disable(new QAction(tr("Disabled"), this))
    , m_resume(new QAction(tr("Run waiting"), this))
    , m_test(new QAction(tr("Test connection"), this))
    , m_rename(new QAction(tr("Rename or move…"), this))
    , m_duplicate(new QAction(tr("Duplicate…"), this))
    , m_export(new QAction(tr("Export…"), this))
    , m_copyLine(new QAction(tr("Copy as earshot listen line"), this))
    , m_delete(new QAction(tr("Delete"), this))
    , m_panic(new QAction(tr("Stop everything…"), this))
{
    m_create->setShortcut(QKeySequence::New);
    m_enable->setToolTip(tr("Connect and run the script for each message that matches"));
    m_suspend->setToolTip(tr("Connect, and let messages wait until they are resumed"));
    m_disable->setToolTip(tr("Disconnect"));
    m_resume->setToolTip(tr("Run the messages that wait"));
    m_test->setToolTip(tr("Connect once and show how long each stage takes"));
    m_panic->setToolTip(tr("Disconnect every trigger and stop every run at once"));
    auto *modes = new QActionGroup(this);
    for (QAction *action : {m_enable, m_suspend, m_disable}) {
        action->setCheckable(true);
        modes->addAction(action);
    }
    m_rename->setShortcut(Qt::Key_F2);
    m_rename->setShortcutContext(Qt::WidgetShortcut); // shown; the list of triggers handles it
    m_delete->setShortcut(Qt::Key_Delete);
    m_delete->setShortcutContext(Qt::WidgetShortcut);
    m_duplicate->setShortcut(QKeySequence(u"Ctrl+D"_s));
    connect(m_create, &QAction::triggered, this, &TriggerActions::createRequested);
    connect(m_import, &QAction::triggered, this, &TriggerActions::importFile);
    connect(m_enable, &QAction::triggered, this, [this] { setMode(TriggerMode::Enabled); });
    connect(m_suspend, &QAction::triggered, this, [this] { setMode(TriggerMode::Suspended); });
    connect(m_disable, &QAction::triggered, this, [this] { setMode(TriggerMode::Disabled); });
    connect(m_resume, &QAction::triggered, this, &TriggerActions::resumeWaiting);
    connect(m_test, &QAction::triggered, this, &TriggerActions::testConnection);
    connect(m_rename, &QAction::triggered, this, &TriggerActions::rename);
    connect(m_duplicate, &QAction::triggered, this, &TriggerActions::duplicate);
    connect(m_export, &QAction::triggered, this, &TriggerActions::exportFile);
    connect(m_copyLine, &QAction::triggered, this, &TriggerActions::copyListenLine);
    connect(m_delete, &QAction::triggered, this, &TriggerActions::remove);
    connect(m_panic, &QAction::triggered, this, &TriggerActions::confirmPanic);
    setCurrent(nullptr, false);
}

void TriggerActions::fillFile(QMenu *menu)
{
    menu->addActions({m_create, m_import});
    menu->addSeparator();
    menu->addAction(m_panic);
}

void TriggerActions::fillTrigger(QMenu *menu)
{
    menu->addActions({m_enable, m_suspend, m_disable});
    menu->addSeparator();
    menu->addActions({m_resume, m_test});
    menu->addSeparator();
    menu->addActions({m_rename, m_duplicate, m_export, m_copyLine});
    menu->addSeparator();
    menu->addAction(m_delete);
}

void TriggerActions::setCurrent(const rpc::TriggerSummary *trigger, bool connected)
{
    m_path = trigger ? trigger->path : QString();
    const bool usable = trigger && connected;
    for (QAction *action : {m_enable, m_suspend, m_disable, m_test, m_rename, m_duplicate, m_export,
             m_copyLine, m_delete}) {
        action->setEnabled(usable);
    }
    m_create->setEnabled(connected);
    m_import->setEnabled(connected);
    m_panic->setEnabled(connected);
    m_resume->setEnabled(usable && trigger->counters.suspended > 0);
    QAction *mode = !trigger                      ? nullptr
        : trigger->mode == TriggerMode::Enabled   ? m_enable
        : trigger->mode == TriggerMode::Suspended ? m_suspend
                                                  : m_disable;
    for (QAction *action : {m_enable, m_suspend, m_disable}) {
        // An exclusive group refuses to have nothing checked.
        action->actionGroup()->setExclusive(mode != nullptr);
        action->setChecked(action == mode);
    }
}

void TriggerActions::setMode(TriggerMode mode)
{
    setModeOf(m_path, mode);
}

void TriggerActions::setModeOf(const QString &path, TriggerMode mode)
{
    m_client.call<rpc::TriggerSetMode>(
        {.path = path, .mode = mode}, this, [this](const Result<rpc::TriggerSummary> &trigger) {
            if (!trigger) {
                emit failed(trigger.error());
            } else if (trigger->path == m_path) {
                setCurrent(&*trigger, true);
            }
        });
}

void TriggerActions::resumeWaiting()
{
    m_client.call<rpc::TriggerResume>(
        {.path = m_path}, this, [this](const Result<rpc::CountResult> &result) {
            if (!result) {
                emit failed(result.error());
            }
        });
}

QString TriggerActions::describe(const rpc::TestReport &report)
{
    QStringList lines;
    for (const rpc::TestStage &stage : report.stages) {
        lines += u"%1 %2: %3 ms%4"_s.arg(stage.ok ? u"✓"_s : u"✗"_s, stage.name,
            QLocale().toString(stage.ms, 'f', 1),
            stage.detail.isEmpty() ? QString() : u"  (%1)"_s.arg(stage.detail));
    }
    if (!report.error.isEmpty()) {
        lines += report.error;
    }
    return lines.join(u'\n');
}

void TriggerActions::testConnection()
{
    m_test->setEnabled(false);
    m_client.call<rpc::TriggerTestConnection>(
        {.path = m_path}, this,
        [this, path = m_path](const Result<rpc::TestReport> &report) {
            m_test->setEnabled(m_client.isReady());
            if (!report) {
                emit failed(report.error());
                return;
            }
            auto *box = new QMessageBox(
                report->ok ? QMessageBox::Information : QMessageBox::Warning, tr("Test connection"),
                report->ok ? tr("%1 can connect.").arg(path) : tr("%1 cannot connect.").arg(path),
                QMessageBox::Ok, m_window);
            box->setTextFormat(Qt::PlainText);
            box->setInformativeText(describe(*report));
            box->setAttribute(Qt::WA_DeleteOnClose);
            box->open();
        },
        120'000);
}

void TriggerActions::confirmPanic()
{
    ask(m_window, tr("Stop everything?"),
        tr("Every trigger is disconnected and every run is killed at once."), tr("Stop"), [this] {
            m_client.call<rpc::ServicePanic>(
                {}, this, [this](const Result<rpc::ServicePanic::Result> &result) {
                    if (!result) {
                        emit failed(result.error());
                    }
                });
        });
}

void TriggerActions::withDocument(WithDocument then)
{
    m_client.call<rpc::TriggerGet>({.path = m_path}, this,
        [this, then = std::move(then)](const Result<rpc::TriggerDocument> &document) {
            if (document) {
                then(*document);
            } else {
                emit failed(document.error());
            }
        });
}

void TriggerActions::remove()
{
    withDocument([this](const rpc::TriggerDocument &document) {
        m_client.call<rpc::TriggerDelete>(
            {.path = document.path}, this, [this, document](const Result<rpc::Empty> &result) {
                if (result) {
                    emit removed(document.path, document.document);
                } else {
                    emit failed(result.error());
                }
            });
    });
}

void TriggerActions::restore(const QString &path, const QString &document)
{
    m_client.call<rpc::TriggerSave>({.path = path, .document = document, .expectedRevision = 0},
        this, [this](const Result<rpc::SavedTrigger> &saved) {
            if (saved) {
                emit created(saved->path);
            } else {
                emit failed(saved.error());
            }
        });
}

void TriggerActions::rename()
{
    auto *dialog = new PathDialog(tr("Rename or move"), m_path, tr("Rename"), m_window);
    connect(dialog, &PathDialog::chosen, this, [this, dialog, from = m_path](const QString &to) {
        m_client.call<rpc::TriggerRename>({.path = from, .to = to}, dialog,
            [this, dialog, from](const Result<rpc::TriggerSummary> &trigger) {
                if (!trigger) {
                    dialog->refuse(trigger.error());
                    return;
                }
                dialog->accept();
                emit renamed(from, trigger->path);
            });
    });
    dialog->open();
}

void TriggerActions::duplicate()
{
    withDocument([this](const rpc::TriggerDocument &document) {
        auto *dialog = new PathDialog(
            tr("Duplicate"), document.path + u"_copy"_s, tr("Duplicate, switched off"), m_window);
        connect(dialog, &PathDialog::chosen, this,
            [this, dialog, text = document.document](const QString &to) {
                const auto off = setTopLevelMember(text.toUtf8(), u"mode", "\"disabled\"");
                m_client.call<rpc::TriggerSave>(
                    {.path = to,
                        .document = off ? QString::fromUtf8(*off) : text,
                        .expectedRevision = 0},
                    dialog, [this, dialog](const Result<rpc::SavedTrigger> &saved) {
                        if (!saved) {
                            dialog->refuse(saved.error().code == ErrorCode::Conflict
                                    ? Error{ErrorCode::AlreadyExists,
                                        tr("There is such a trigger already."), {}}
                                    : saved.error());
                            return;
                        }
                        dialog->accept();
                        emit created(saved->path);
                    });
            });
        dialog->open();
    });
}

void TriggerActions::move(const QStringList &paths, const QString &folder, const QStringList &known)
{
    for (const QString &path : paths) {
        const QString target = items::TriggerTreeModel::movedPath(path, folder);
        if (target.isEmpty()) {
            continue;
        }
        for (const QString &trigger : known) {
            if (path.endsWith(u'/') ? !trigger.startsWith(path) : trigger != path) {
                continue;
            }
            const QString to = target + trigger.mid(path.size());
            m_client.call<rpc::TriggerRename>({.path = trigger, .to = to}, this,
                [this, trigger](const Result<rpc::TriggerSummary> &result) {
                    if (result) {
                        emit renamed(trigger, result->path);
                    } else {
                        emit failed(result.error());
                    }
                });
        }
    }
}

void TriggerActions::importFile()
{
    auto *dialog = new QFileDialog(m_window, tr("Import a trigger"), QString(),
        tr("Triggers (*.yaml *.yml *.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &name) {
        constexpr qint64 kMaxImportBytes = 512 * 1024; // a line of the API is at most 1 MiB
        QFile file(name);
        if (!file.open(QIODevice::ReadOnly)) {
            emit failed(
                {ErrorCode::Io, tr("%1 cannot be read: %2").arg(name, file.errorString()), {}});
        } else if (file.size() > kMaxImportBytes) {
            emit failed(
                {ErrorCode::LimitExceeded, tr("%1 is too large for a trigger.").arg(name), {}});
        } else {
            importText(name, QString::fromUtf8(file.readAll()));
        }
    });
    dialog->open();
}

void TriggerActions::importText(const QString &fileName, const QString &text)
{
    auto *dialog = new ImportDialog(m_client, fileName, text, m_window);
    connect(dialog, &ImportDialog::imported, this, &TriggerActions::created);
    dialog->open();
}

void TriggerActions::exportFile()
{
    m_client.call<rpc::TriggerExport>(
        {.path = m_path}, this, [this](const Result<rpc::ExportedTrigger> &exported) {
            if (!exported) {
                emit failed(exported.error());
                return;
            }
            auto *dialog = new QFileDialog(m_window, tr("Export %1").arg(exported->path));
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->setAcceptMode(QFileDialog::AcceptSave);
            dialog->selectFile(QFileInfo(exported->fileName).fileName());
            connect(dialog, &QFileDialog::fileSelected, this,
                [this, text = exported->text](const QString &name) {
                    QSaveFile file(name);
                    if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0
                        || !file.commit()) {
                        emit failed({ErrorCode::Io,
                            tr("%1 cannot be written: %2").arg(name, file.errorString()), {}});
                    } else {
                        emit said(tr("Exported to %1").arg(name));
                    }
                });
            dialog->open();
        });
}

void TriggerActions::copyListenLine()
{
    withDocument([this](const rpc::TriggerDocument &document) {
        m_client.call<rpc::RunnableRead>({.path = document.summary.runnable, .length = 1}, this,
            [this, document](const Result<rpc::RunnableSource> &source) {
                const QString workspace = m_client.serviceInfo().workspace;
                copyLineOf(document.document,
                    source ? QString(workspace + u'/' + source->runnable.file)
                           : document.summary.runnable);
            });
    });
}

void TriggerActions::copyLineOf(const QString &document, const QString &file)
{
    const auto line = items::listenLine(document, file);
    if (!line) {
        emit failed(line.error());
        return;
    }
    QGuiApplication::clipboard()->setText(line->text);
    emit said(line->leftOut.isEmpty()
            ? tr("Copied. Paste it into a terminal.")
            : tr("Copied. Left out, because the command has no option for it: %1")
                  .arg(line->leftOut.join(u", "_s)));
}

} // namespace earshot::widgets
