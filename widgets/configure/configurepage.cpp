// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/configurepage.h"

#include "widgets/appearance.h"
#include "widgets/configure/changedbanner.h"
#include "widgets/configure/connectiontestpanel.h"
#include "widgets/configure/fieldform.h"
#include "widgets/configure/jsoneditor.h"
#include "widgets/configure/knownnames.h"
#include "widgets/configure/problemsbar.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

/// The document without the keys that switching a trigger on and off changes.
QByteArray withoutMode(QByteArray json)
{
    for (const QString &key : {u"mode"_s, u"enabled"_s}) {
        if (const auto edited = removeTopLevelMember(json, key)) {
            json = *edited;
        }
    }
    return json;
}

} // namespace

ConfigurePage::ConfigurePage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_names(new KnownNames(context.client, this))
    , m_document(context.clock)
{
    build();
    m_validateSoon.setSingleShot(true);
    m_validateSoon.setInterval(250ms);
    m_keepSoon.setSingleShot(true);
    m_keepSoon.setInterval(1s);
    connect(&m_validateSoon, &QTimer::timeout, this, &ConfigurePage::validate);
    connect(&m_keepSoon, &QTimer::timeout, this, &ConfigurePage::keepDraft);
    connect(&m_document, &DocumentEditor::changed, this, &ConfigurePage::onChanged);
    connect(m_json, &JsonEditor::edited, this, [this] {
        if (m_loaded) {
            m_document.setText(m_json->utf8(), tr("typing in the JSON"));
        }
    });
    connect(m_problems, &ProblemsBar::activated, this,
        [this](const QString &pointer) { goTo(items::fromPointer(pointer)); });
    connect(m_form, &FieldForm::scriptRequested, this, [this](const QString &path) {
        emit placeRequested({.page = Place::Page::Script, .trigger = m_path, .runnable = path});
    });
    connect(m_changed, &ChangedBanner::keepMine, this, &ConfigurePage::keepMine);
    connect(m_changed, &ChangedBanner::takeTheirs, this, &ConfigurePage::takeTheirs);
    connect(m_test, &ConnectionTestPanel::finished, this, &ConfigurePage::updateState);
    connect(m_save, &QPushButton::clicked, this, &ConfigurePage::saveDocument);
    connect(m_revert, &QPushButton::clicked, this, &ConfigurePage::revert);
    connect(m_testButton, &QPushButton::clicked, this, &ConfigurePage::testConnection);
    // Undo is the page's: an input must not take the key for itself.
    qApp->installEventFilter(this);
    updateState();
}

ConfigurePage::~ConfigurePage()
{
    keepDraft();
}

bool ConfigurePage::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<QKeyEvent *>(event); // NOLINT: the type says so
        const auto *widget = qobject_cast<QWidget *>(watched);
        if (widget != nullptr && isAncestorOf(widget)
            && (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo))) {
            event->ignore();
            return true;
        }
    }
    return Page::eventFilter(watched, event);
}

bool ConfigurePage::hasEdits() const
{
    return m_loaded && m_document.text() != m_storedText;
}

void ConfigurePage::setTrigger(const QString &path)
{
    keepDraft();
    m_path = path;
    m_loaded = false;
    m_saving = false;
    m_storedText.clear();
    m_baseText.reset();
    m_test->dismiss();
    m_problems->clear();
    m_document.reset("{}");
    m_form->setTrigger(path);
    load();
    updateState();
}

void ConfigurePage::onReady()
{
    m_names->load();
    if (m_loaded) {
        readStored();
        validate();
    } else {
        load();
    }
    updateState();
}

void ConfigurePage::onLost()
{
    m_saving = false;
    updateState();
}

void ConfigurePage::showPlace(const Place &place)
{
    if (!place.field.isEmpty()) {
        goTo(items::fromPointer(place.field));
    }
}

void ConfigurePage::onSummary(const rpc::TriggerSummary &summary)
{
    if (m_loaded && !m_saving && summary.path == m_path && summary.revision != m_storedRevision) {
        readStored();
    }
}

void ConfigurePage::load()
{
    if (m_path.isEmpty() || !m_context.client.isReady()) {
        return;
    }
    m_context.client.call<rpc::TriggerGet>(
        {.path = m_path}, this, [this, path = m_path](const Result<rpc::TriggerDocument> &stored) {
            if (path != m_path || m_loaded) {
                return;
            }
            if (stored) {
                take(*stored);
            } else {
                m_state->setText(stored.error().message);
            }
        });
}

void ConfigurePage::take(const rpc::TriggerDocument &stored)
{
    m_storedText = stored.document.toUtf8();
    m_storedRevision = stored.revision;
    m_revision = stored.revision;
    m_baseText = m_storedText;
    const auto draft = m_context.drafts.find(m_path);
    if (draft && draft->revision != stored.revision) {
        m_revision = draft->revision;
        m_baseText.reset();
    }
    m_loaded = true;
    m_document.reset(draft ? draft->text.toUtf8() : m_storedText, m_storedText);
    validate();
}

/// What the service has may have changed: compares, and shows it or asks.
void ConfigurePage::readStored()
{
    if (m_path.isEmpty() || !m_context.client.isReady()) {
        return;
    }
    m_context.client.call<rpc::TriggerGet>(
        {.path = m_path}, this, [this, path = m_path](const Result<rpc::TriggerDocument> &stored) {
            if (stored && path == m_path && m_loaded && !m_saving) {
                takeStored(*stored);
            }
        });
}

void ConfigurePage::takeStored(const rpc::TriggerDocument &stored)
{
    const bool edited = hasEdits();
    const QByteArray theirs = stored.document.toUtf8();
    m_storedText = theirs;
    m_storedRevision = stored.revision;
    if (!edited || theirs == m_document.text()) {
        m_revision = stored.revision;
        m_baseText = theirs;
        if (!edited) {
            m_document.reset(theirs);
        }
    } else if (m_baseText && withoutMode(*m_baseText) == withoutMode(theirs)) {
        // Only switched on or off: that is no other opinion about what was edited.
        const auto mode = topLevelMember(theirs, u"mode");
        m_revision = stored.revision;
        m_baseText = theirs;
        m_document.set(
            {u"mode"_s}, mode ? std::optional(*mode) : std::nullopt, tr("change of mode"));
    }
    keepDraft();
    updateState();
}

void ConfigurePage::onChanged()
{
    ++m_generation;
    const bool broken = m_document.syntaxError().has_value();
    m_json->showText(m_document.text());
    m_json->clearProblems();
    m_syntax->setText(broken ? tr("The text is not JSON: %1. Correct it in the JSON view, or undo.")
                                   .arg(m_document.syntaxError()->message)
                             : QString());
    m_syntax->setVisible(broken);
    if (m_loaded) {
        m_validateSoon.start();
        m_keepSoon.start();
    }
    updateState();
}

void ConfigurePage::validate()
{
    m_validateSoon.stop();
    if (!m_loaded || !m_context.client.isReady()) {
        return;
    }
    m_context.client.call<rpc::TriggerValidate>(
        {.document = QString::fromUtf8(m_document.text()), .path = m_path}, this,
        [this, generation = m_generation](const Result<rpc::Validation> &validation) {
            if (generation != m_generation) {
                return;
            }
            showValidation(validation ? *validation
                                      : rpc::Validation{.valid = false,
                                          .problems = {{.message = validation.error().message,
                                              .detail = validation.error().detail}},
                                          .inactiveKeys = {}});
        });
}

void ConfigurePage::showValidation(const rpc::Validation &validation)
{
    m_problems->showValidation(validation);
    m_form->showProblems(validation.problems);
    m_json->clearProblems();
    for (const rpc::Problem &problem : validation.problems) {
        items::JsonPath path = items::fromPointer(problem.pointer);
        const JsonNode *node = m_document.node(path);
        while (node == nullptr && !path.isEmpty()) {
            path.removeLast();
            node = m_document.node(path);
        }
        if (node != nullptr && !m_document.syntaxError() && !path.isEmpty()) {
            m_json->markProblem(node->begin, node->end);
        }
    }
}

void ConfigurePage::goTo(const items::JsonPath &path)
{
    const bool inJson = m_stack->currentWidget() == m_json;
    if (!inJson && !m_document.syntaxError() && m_form->reveal(path)) {
        return;
    }
    setJsonShown(true);
    items::JsonPath nearest = path;
    while (m_document.node(nearest) == nullptr) {
        nearest.removeLast();
    }
    m_json->goTo(
        m_document.syntaxError() ? m_json->cursorOffset() : m_document.node(nearest)->begin);
}

void ConfigurePage::setJsonShown(bool json)
{
    m_document.endStep();
    m_stack->setCurrentWidget(json ? static_cast<QWidget *>(m_json) : m_form);
    m_jsonButton->setChecked(json);
    m_fieldsButton->setChecked(!json);
}

void ConfigurePage::keepDraft()
{
    m_keepSoon.stop();
    if (!m_loaded || m_path.isEmpty()) {
        return;
    }
    if (hasEdits()) {
        m_context.drafts.put(
            m_path, {.text = QString::fromUtf8(m_document.text()), .revision = m_revision});
    } else {
        m_context.drafts.remove(m_path);
    }
    if (const auto kept = m_context.drafts.save(); !kept) {
        emit failed(kept.error());
    }
}

void ConfigurePage::updateState()
{
    const bool ready = m_context.client.isReady();
    const bool edited = hasEdits();
    const bool changedElsewhere = edited && m_revision != m_storedRevision;
    m_changed->setVisible(changedElsewhere);
    if (changedElsewhere) {
        m_changed->setTexts(QString::fromUtf8(m_document.text()), QString::fromUtf8(m_storedText));
    }
    m_stack->setEnabled(m_loaded);
    m_json->setReadOnly(!m_loaded);
    m_save->setEnabled(edited && !m_saving && ready && !changedElsewhere);
    m_save->setToolTip(changedElsewhere ? tr("Choose first which text to keep")
            : !ready                    ? tr("The service is not there; your edits are kept")
                                        : tr("Save (Ctrl+S)"));
    m_revert->setEnabled(edited && !m_saving);
    m_testButton->setEnabled(m_loaded && ready && !m_test->isRunning());
    m_state->setText(!m_loaded ? QString()
            : m_saving         ? tr("saving…")
            : !edited          ? tr("saved")
            : ready            ? tr("edited, not saved")
                               : tr("edited; kept until the service is there again"));
    emit editedChanged(edited);
}

QString ConfigurePage::stateText() const
{
    return m_state->text();
}

void ConfigurePage::saveDocument()
{
    if (!m_save->isEnabled()) {
        return;
    }
    m_document.endStep();
    const QByteArray text = m_document.text();
    m_saving = true;
    updateState();
    m_context.client.call<rpc::TriggerSave>(
        {.path = m_path, .document = QString::fromUtf8(text), .expectedRevision = m_revision}, this,
        [this, path = m_path, text](const Result<rpc::SavedTrigger> &result) {
            if (result) {
                onSaved(path, text, result->revision);
            } else {
                onRefused(path, result.error());
            }
        });
}

void ConfigurePage::onSaved(const QString &path, const QByteArray &text, qint64 revision)
{
    if (path != m_path) {
        // The draft stays until it is looked at again, unless it was what is now stored.
        const auto draft = m_context.drafts.find(path);
        if (draft && draft->text.toUtf8() == text) {
            m_context.drafts.remove(path);
        }
        return;
    }
    m_saving = false;
    m_storedText = text;
    m_baseText = text;
    m_revision = revision;
    m_storedRevision = revision;
    keepDraft();
    updateState();
    emit saved(path);
    emit said(tr("Saved %1.").arg(path));
}

void ConfigurePage::onRefused(const QString &path, const Error &error)
{
    if (path == m_path) {
        m_saving = false;
        updateState();
        if (error.code == ErrorCode::Conflict) {
            readStored();
        } else {
            validate();
        }
    }
    emit failed(error);
}

void ConfigurePage::revert()
{
    m_document.endStep();
    m_revision = m_storedRevision;
    m_baseText = m_storedText;
    m_document.setText(m_storedText, tr("revert"));
    m_document.endStep();
    keepDraft();
    updateState();
    readStored();
}

void ConfigurePage::takeTheirs()
{
    revert();
}

void ConfigurePage::keepMine()
{
    m_revision = m_storedRevision;
    m_baseText = m_storedText;
    keepDraft();
    updateState();
}

void ConfigurePage::testConnection()
{
    m_test->start(QString::fromUtf8(m_document.text()));
    updateState();
}

} // namespace earshot::widgets
