// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/documentpage.h"

#include "widgets/appearance.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

DocumentPage::DocumentPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_client(context.client)
    , m_drafts(context.drafts)
    , m_editor(new QPlainTextEdit(this))
    , m_problems(new QListWidget(this))
    , m_state(new QLabel(this))
    , m_save(new QPushButton(tr("Save"), this))
    , m_revert(new QPushButton(tr("Revert"), this))
{
    stylePayload(m_editor);
    m_editor->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_editor->setAccessibleName(tr("Trigger document"));
    m_problems->setWordWrap(true);
    m_problems->setSpacing(3);
    m_problems->setFrameShape(QFrame::NoFrame);
    m_problems->setSelectionMode(QAbstractItemView::NoSelection);
    m_problems->setAccessibleName(tr("Problems"));
    m_state->setTextFormat(Qt::PlainText);
    m_state->setMinimumWidth(10);
    m_save->setToolTip(tr("Save (Ctrl+S)"));
    m_revert->setToolTip(tr("Give up the edits and show what is stored"));

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 6, 8, 6);
    bar->addWidget(m_state, 1);
    bar->addWidget(m_revert);
    bar->addWidget(m_save);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_editor);
    splitter->addWidget(m_problems);
    splitter->setStretchFactor(0, 4);
    splitter->setStretchFactor(1, 1);
    splitter->setCollapsible(0, false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(splitter, 1);
    layout->addLayout(bar);

    m_validateSoon.setSingleShot(true);
    m_validateSoon.setInterval(250ms);
    m_keepSoon.setSingleShot(true);
    m_keepSoon.setInterval(1s);
    connect(&m_validateSoon, &QTimer::timeout, this, &DocumentPage::validate);
    connect(&m_keepSoon, &QTimer::timeout, this, &DocumentPage::keepDraft);
    connect(m_editor, &QPlainTextEdit::textChanged, this, &DocumentPage::onTextChanged);
    connect(m_save, &QPushButton::clicked, this, &DocumentPage::saveDocument);
    connect(m_revert, &QPushButton::clicked, this, &DocumentPage::revert);
    connect(new QShortcut(QKeySequence::Save, this), &QShortcut::activated, this,
        &DocumentPage::saveDocument);
    updateButtons();
}

DocumentPage::~DocumentPage()
{
    keepDraft();
}

bool DocumentPage::isEdited() const
{
    return m_loaded && m_editor->toPlainText() != m_storedText;
}

void DocumentPage::setTrigger(const QString &path)
{
    keepDraft();
    m_path = path;
    m_loaded = false;
    m_saving = false;
    m_storedText.clear();
    setText({});
    m_problems->clear();
    load();
}

void DocumentPage::onReady()
{
    if (!m_loaded) {
        load();
    } else {
        validate();
    }
}

void DocumentPage::onRevision(qint64 revision)
{
    if (revision == m_storedRevision || !m_loaded || m_saving) {
        return;
    }
    if (isEdited()) {
        m_storedRevision = revision;
        updateButtons();
    } else {
        load();
    }
}

void DocumentPage::load()
{
    if (m_path.isEmpty() || !m_client.isReady()) {
        updateButtons();
        return;
    }
    m_client.call<rpc::TriggerGet>({.path = m_path}, this,
        [this, path = m_path](const Result<rpc::TriggerDocument> &document) {
            if (path != m_path || (m_loaded && isEdited())) {
                return;
            }
            if (!document) {
                m_state->setText(document.error().message);
                return;
            }
            m_storedText = document->document;
            m_storedRevision = document->revision;
            m_revision = document->revision;
            m_loaded = true;
            const auto draft = m_drafts.find(m_path);
            if (draft) {
                m_revision = draft->revision;
            }
            setText(draft ? draft->text : m_storedText);
            validate();
        });
}

void DocumentPage::setText(const QString &text)
{
    m_editor->setPlainText(text);
    m_editor->setReadOnly(!m_loaded);
    updateButtons();
}

void DocumentPage::onTextChanged()
{
    ++m_generation;
    if (!m_loaded) {
        return;
    }
    m_validateSoon.start();
    m_keepSoon.start();
    updateButtons();
}

void DocumentPage::keepDraft()
{
    m_keepSoon.stop();
    if (!m_loaded || m_path.isEmpty()) {
        return;
    }
    if (isEdited()) {
        m_drafts.put(m_path, {.text = m_editor->toPlainText(), .revision = m_revision});
    } else {
        m_drafts.remove(m_path);
    }
    if (const auto kept = m_drafts.save(); !kept) {
        emit failed(kept.error());
    }
}

void DocumentPage::updateButtons()
{
    const bool edited = isEdited();
    m_save->setEnabled(edited && !m_saving);
    m_revert->setEnabled(edited && !m_saving);
    const bool changedElsewhere = m_loaded && m_revision != m_storedRevision;
    m_save->setText(edited && changedElsewhere ? tr("Save anyway") : tr("Save"));
    m_state->setText(!m_loaded           ? QString()
            : m_saving                   ? tr("saving…")
            : edited && changedElsewhere ? tr("edited here; meanwhile it was changed elsewhere too")
            : edited                     ? tr("edited, not saved")
                                         : tr("saved"));
    emit editedChanged(edited);
}

void DocumentPage::validate()
{
    m_validateSoon.stop();
    if (!m_loaded || !m_client.isReady()) {
        return;
    }
    m_client.call<rpc::TriggerValidate>({.document = m_editor->toPlainText(), .path = m_path}, this,
        [this, generation = m_generation](const Result<rpc::Validation> &validation) {
            if (generation != m_generation) {
                return;
            }
            showValidation(validation ? *validation
                                      : rpc::Validation{.problems = {{validation.error().message,
                                                            validation.error().detail}}});
        });
}

void DocumentPage::showValidation(const rpc::Validation &validation)
{
    m_problems->clear();
    const auto add = [this](const QString &text, items::Tone tone) {
        auto *item = new QListWidgetItem(text, m_problems);
        item->setForeground(toneColor(tone, palette()));
    };
    for (const rpc::Problem &problem : validation.problems) {
        add(problem.detail.isEmpty() ? problem.message : problem.message + u'\n' + problem.detail,
            items::Tone::Bad);
    }
    for (const QString &key : validation.inactiveKeys) {
        add(tr("%1 is kept, but not acted on by this version").arg(key), items::Tone::Warning);
    }
    if (validation.problems.isEmpty() && validation.inactiveKeys.isEmpty()) {
        add(tr("No problems."), items::Tone::Good);
    }
}

void DocumentPage::saveDocument()
{
    if (!isEdited() || m_saving) {
        return;
    }
    const QString text = m_editor->toPlainText();
    rpc::TriggerSave::Params params{.path = m_path, .document = text};
    // "Save anyway" means over the revision that was shown as the newer one, not over a third.
    params.expectedRevision = m_storedRevision;
    m_saving = true;
    updateButtons();
    m_client.call<rpc::TriggerSave>(
        params, this, [this, path = m_path, text](const Result<rpc::SavedTrigger> &result) {
            if (path != m_path) {
                // The draft stays until it is looked at again, unless it was what is now stored.
                const auto draft = m_drafts.find(path);
                if (result && draft && draft->text == text) {
                    m_drafts.remove(path);
                }
                return;
            }
            m_saving = false;
            if (result) {
                m_storedText = text;
                m_revision = result->revision;
                m_storedRevision = result->revision;
                keepDraft();
                updateButtons();
                emit saved(path);
                return;
            }
            updateButtons();
            if (result.error().code == ErrorCode::Conflict) {
                m_client.call<rpc::TriggerGet>(
                    {.path = path}, this, [this, path](const Result<rpc::TriggerDocument> &stored) {
                        if (stored && path == m_path) {
                            m_storedText = stored->document;
                            m_storedRevision = stored->revision;
                            updateButtons();
                        }
                    });
            } else {
                validate();
            }
            emit failed(result.error());
        });
}

void DocumentPage::revert()
{
    m_drafts.remove(m_path);
    m_revision = m_storedRevision;
    setText(m_storedText);
    keepDraft();
    // What is stored may have changed since it was read.
    m_loaded = false;
    load();
}

} // namespace earshot::widgets
