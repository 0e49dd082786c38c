// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/configure/initialmessageseditor.h"

#include "model/items/displaytext.h"
#include "widgets/appearance.h"
#include "widgets/configure/jsoneditor.h"
#include "widgets/configure/membersform.h"
#include "widgets/configure/runnableeditors.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

namespace {

constexpr int kMostRows = 6;
constexpr int kShownPreview = 2'000;
const QByteArray kNewText = "{\"raw_message\": \"\"}";
const QByteArray kNewResult
    = "{\"runnable_result\": {\"path\": \"\", \"args\": {}, \"is_flow\": false}}";

} // namespace

InitialMessagesEditor::InitialMessagesEditor(
    const FieldContext &context, const items::Field &field, QWidget *parent)
    : FieldEditor(context, field, parent)
    , m_list(new QListWidget(this))
    , m_detail(new QWidget(this))
    , m_preview(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(makeList());
    layout->addWidget(makeDetail());
    m_previewSoon.setSingleShot(true);
    m_previewSoon.setInterval(300ms);
    connect(&m_previewSoon, &QTimer::timeout, this, &InitialMessagesEditor::preview);
    connect(m_list, &QListWidget::currentRowChanged, this, &InitialMessagesEditor::showEntry);
    refresh();
}

QWidget *InitialMessagesEditor::makeList()
{
    auto *box = new QWidget(this);
    m_list->setParent(box);
    m_list->setAccessibleName(m_field.label);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideRight);
    m_add = new QPushButton(tr("Add message"), box);
    const auto tool = [box](const QString &text, const QString &name) {
        auto *button = new QToolButton(box);
        button->setText(text);
        button->setAccessibleName(name);
        button->setToolTip(name);
        button->setFocusPolicy(Qt::StrongFocus);
        return button;
    };
    m_remove = tool(tr("Remove"), tr("Remove the selected message"));
    m_up = tool(u"↑"_s, tr("Send it earlier"));
    m_down = tool(u"↓"_s, tr("Send it later"));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    for (QWidget *button : {static_cast<QWidget *>(m_add), static_cast<QWidget *>(m_remove),
             static_cast<QWidget *>(m_up), static_cast<QWidget *>(m_down)}) {
        buttons->addWidget(button);
    }
    buttons->addStretch(1);
    auto *layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_list);
    layout->addLayout(buttons);
    connect(m_add, &QPushButton::clicked, this, [this] {
        QList<QByteArray> entries = rawEntries();
        const int at = m_list->currentRow() < 0 ? int(entries.size()) : m_list->currentRow() + 1;
        entries.insert(at, kNewText);
        writeEntries(entries, at);
        m_text->setFocus(Qt::OtherFocusReason);
    });
    connect(m_remove, &QToolButton::clicked, this, [this] {
        QList<QByteArray> entries = rawEntries();
        const int at = m_list->currentRow();
        if (at >= 0 && at < entries.size()) {
            entries.removeAt(at);
            writeEntries(entries, std::min(at, int(entries.size()) - 1));
        }
    });
    connect(m_up, &QToolButton::clicked, this, [this] { move(-1); });
    connect(m_down, &QToolButton::clicked, this, [this] { move(1); });
    return box;
}

QWidget *InitialMessagesEditor::makeDetail()
{
    m_kind = new QComboBox(m_detail);
    m_kind->addItem(tr("Text"));
    m_kind->addItem(tr("What a script returns"));
    m_kind->setAccessibleName(tr("Kind of the message"));
    m_text = new JsonEditor(JsonEditor::Size::Field, m_detail);
    m_text->setAccessibleName(tr("Text of the message"));
    m_parts = new QStackedWidget(m_detail);
    m_parts->addWidget(m_text);
    auto *runnable = new QWidget(m_parts);
    m_runnableKind = new QComboBox(runnable);
    m_runnableKind->addItem(tr("Script"));
    m_runnableKind->addItem(tr("Flow (not run yet)"));
    m_runnableKind->setAccessibleName(tr("Script or flow"));
    m_picker = new RunnablePicker(
        m_context, tr("Script of the message"), u"initial_message"_s, runnable);
    m_args = new MembersForm(
        m_context, MembersForm::Kind::Arguments, tr("Arguments of the message"), runnable);
    auto *line = new QHBoxLayout;
    line->addWidget(m_runnableKind);
    line->addWidget(m_picker, 1);
    auto *runnableLayout = new QVBoxLayout(runnable);
    runnableLayout->setContentsMargins(0, 0, 0, 0);
    runnableLayout->addLayout(line);
    runnableLayout->addWidget(m_args);
    runnableLayout->addStretch(1);
    m_parts->addWidget(runnable);
    auto *other = new QLabel(tr("This entry is written in a form that has no fields here. It can "
                                "be changed in the JSON view."),
        m_parts);
    other->setWordWrap(true);
    m_parts->addWidget(other);
    m_preview->setParent(m_detail);
    m_preview->setTextFormat(Qt::PlainText);
    m_preview->setWordWrap(true);
    m_preview->setMinimumWidth(1);
    m_preview->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *layout = new QVBoxLayout(m_detail);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_kind, 0, Qt::AlignLeft);
    layout->addWidget(m_parts);
    layout->addWidget(m_preview);
    connect(m_kind, &QComboBox::activated, this, &InitialMessagesEditor::setKind);
    connect(m_text, &JsonEditor::edited, this, [this] {
        write(entryPath(m_list->currentRow()) + items::JsonPath{u"raw_message"_s},
            toJsonString(decodeUtf8(m_text->utf8())));
        m_parts->setFixedHeight(m_text->height());
    });
    const auto writeRunnable = [this](const QString &key, const QByteArray &raw) {
        write(entryPath(m_list->currentRow()) + items::JsonPath{u"runnable_result"_s, key}, raw);
    };
    connect(m_picker, &RunnablePicker::edited, this,
        [writeRunnable](const QString &path) { writeRunnable(u"path"_s, toJsonString(path)); });
    connect(m_picker, &RunnablePicker::parametersKnown, m_args, &MembersForm::setParameters);
    connect(m_picker, &RunnablePicker::openRequested, this, &FieldEditor::scriptRequested);
    connect(m_runnableKind, &QComboBox::activated, this, [this, writeRunnable](int index) {
        m_context.document.endStep();
        writeRunnable(u"is_flow"_s, index == 1 ? "true"_ba : "false"_ba);
        m_context.document.endStep();
    });
    return m_detail;
}

items::JsonPath InitialMessagesEditor::entryPath(int row) const
{
    return m_field.path() + items::JsonPath{QString::number(row)};
}

const JsonNode *InitialMessagesEditor::entry(int row) const
{
    return row < 0 ? nullptr : m_context.document.node(entryPath(row));
}

InitialMessagesEditor::Kind InitialMessagesEditor::kindOf(const JsonNode &entry)
{
    if (!entry.isObject() || entry.keys.size() != 1) {
        return Other;
    }
    const JsonNode *raw = entry.member(u"raw_message");
    const JsonNode *result = entry.member(u"runnable_result");
    return raw != nullptr && raw->isString()      ? RawText
        : result != nullptr && result->isObject() ? ScriptResult
                                                  : Other;
}

QString InitialMessagesEditor::summaryOf(const JsonNode &entry) const
{
    switch (kindOf(entry)) {
    case RawText: {
        const QString text = items::oneLine(entry.member(u"raw_message")->text);
        return text.isEmpty() ? tr("(empty text)") : text;
    }
    case ScriptResult: {
        const JsonNode *path = entry.member(u"runnable_result")->member(u"path");
        return tr("result of %1").arg(path != nullptr && path->isString() ? path->text : QString());
    }
    case Other:
        break;
    }
    return items::oneLine(QString::fromUtf8(m_context.document.document().raw(entry)));
}

QList<QByteArray> InitialMessagesEditor::rawEntries() const
{
    QList<QByteArray> entries;
    const JsonNode *array = node();
    if (array != nullptr && array->isArray()) {
        for (const JsonNode &item : array->items) {
            entries += m_context.document.document().raw(item);
        }
    }
    return entries;
}

void InitialMessagesEditor::writeEntries(const QList<QByteArray> &entries, int select)
{
    const JsonNode *array = node();
    const QByteArray like = array != nullptr ? m_context.document.document().raw(*array) : "[]"_ba;
    m_context.document.endStep();
    {
        // The selection is for the list as it will be.
        const QSignalBlocker quiet(m_list);
        write(entries.isEmpty() ? std::nullopt : std::optional(items::joinArray(entries, like)));
        m_list->setCurrentRow(select);
    }
    m_context.document.endStep();
    showEntry();
}

void InitialMessagesEditor::move(int by)
{
    QList<QByteArray> entries = rawEntries();
    const int from = m_list->currentRow();
    const int to = from + by;
    if (from >= 0 && from < entries.size() && to >= 0 && to < entries.size()) {
        entries.move(from, to);
        writeEntries(entries, to);
    }
}

void InitialMessagesEditor::setKind(int kind)
{
    QList<QByteArray> entries = rawEntries();
    const int row = m_list->currentRow();
    if (row >= 0 && row < entries.size() && kindOf(*entry(row)) != Kind(kind)) {
        entries[row] = kind == RawText ? kNewText : kNewResult;
        writeEntries(entries, row);
    }
}

void InitialMessagesEditor::refresh()
{
    const JsonNode *array = node();
    const int count = array != nullptr && array->isArray() ? int(array->items.size()) : 0;
    {
        const QSignalBlocker quiet(m_list);
        while (m_list->count() > count) {
            delete m_list->takeItem(m_list->count() - 1); // the list gave it away
        }
        while (m_list->count() < count) {
            m_list->addItem(QString());
        }
        for (int row = 0; row < count; ++row) {
            m_list->item(row)->setText(
                u"%1.  %2"_s.arg(row + 1).arg(summaryOf(array->items[std::size_t(row)])));
        }
        if (m_list->currentRow() < 0 && count > 0) {
            m_list->setCurrentRow(0);
        }
    }
    const int rowHeight = m_list->fontMetrics().lineSpacing() + 6;
    m_list->setFixedHeight(std::clamp(count, 1, kMostRows) * rowHeight + 6);
    m_list->setVisible(count > 0);
    setFocusProxy(count > 0 ? static_cast<QWidget *>(m_list) : m_add);
    showEntry();
    m_previewSoon.start();
}

void InitialMessagesEditor::showEntry()
{
    const int row = m_list->currentRow();
    const JsonNode *shownEntry = entry(row);
    m_detail->setVisible(shownEntry != nullptr);
    m_remove->setEnabled(shownEntry != nullptr);
    m_up->setEnabled(shownEntry != nullptr && row > 0);
    m_down->setEnabled(shownEntry != nullptr && row + 1 < m_list->count());
    if (shownEntry == nullptr) {
        return;
    }
    const Kind kind = kindOf(*shownEntry);
    m_kind->setCurrentIndex(kind == Other ? -1 : int(kind));
    m_parts->setCurrentIndex(int(kind));
    if (kind == RawText) {
        m_text->showText(shownEntry->member(u"raw_message")->text.toUtf8());
        m_parts->setFixedHeight(m_text->height());
    } else {
        m_parts->setMinimumHeight(0);
        m_parts->setMaximumHeight(QWIDGETSIZE_MAX);
    }
    if (kind == ScriptResult) {
        const JsonNode *result = shownEntry->member(u"runnable_result");
        const JsonNode *path = result->member(u"path");
        const JsonNode *isFlow = result->member(u"is_flow");
        m_picker->setPath(path != nullptr && path->isString() ? path->text : QString());
        m_runnableKind->setCurrentIndex(
            isFlow != nullptr && isFlow->isBool() && isFlow->boolean ? 1 : 0);
        m_args->setPath(entryPath(row) + items::JsonPath{u"runnable_result"_s, u"args"_s});
    }
    const bool known = row < m_previewed.size();
    m_preview->setVisible(known);
    if (known) {
        const rpc::PreviewedMessage &preview = m_previewed.at(row);
        QString text = preview.kind == "text"_L1
            ? tr("Will be sent (%1): %2")
                  .arg(items::sizeText(preview.size), preview.text.left(kShownPreview))
            : preview.kind == "runnable"_L1
            ? tr("Will be sent: what the script returns, text as it is, anything else as JSON.")
            : tr("Is not sent: %1").arg(preview.problem);
        QPalette colours = palette();
        colours.setColor(QPalette::WindowText,
            preview.kind == "none"_L1 ? toneColor(items::Tone::Bad, palette())
                                      : quietColor(palette()));
        m_preview->setPalette(colours);
        m_preview->setText(text);
    }
}

QWidget *InitialMessagesEditor::inputFor(const items::JsonPath &path) const
{
    bool isRow = false;
    const int row = path.size() > 1 ? path.at(1).toInt(&isRow) : -1;
    if (isRow && row < m_list->count()) {
        m_list->setCurrentRow(row);
        const JsonNode *shownEntry = entry(row);
        const Kind kind = shownEntry != nullptr ? kindOf(*shownEntry) : Other;
        if (kind == RawText) {
            return m_text;
        }
        if (kind == ScriptResult) {
            return m_picker->input();
        }
    }
    return focusProxy();
}

void InitialMessagesEditor::setTrigger(const QString &path)
{
    m_trigger = path;
    m_previewed.clear();
}

void InitialMessagesEditor::preview()
{
    const JsonNode *array = node();
    if (!m_context.client.isReady() || array == nullptr) {
        m_previewed.clear();
        return;
    }
    // Only what is asked about: the document as a whole may be large.
    const QByteArray document
        = "{\"initial_messages\":" + m_context.document.document().raw(*array) + '}';
    m_context.client.call<rpc::TriggerPreviewMessages>(
        {.document = QString::fromUtf8(document), .path = {}}, this,
        [this, previews = ++m_previews](
            const Result<rpc::TriggerPreviewMessages::Result> &preview) {
            if (previews == m_previews) {
                m_previewed = preview ? preview->initialMessages : QList<rpc::PreviewedMessage>();
                showEntry();
            }
        });
}

QString InitialMessagesEditor::previewText() const
{
    return m_preview->isHidden() ? QString() : m_preview->text();
}

} // namespace earshot::widgets
