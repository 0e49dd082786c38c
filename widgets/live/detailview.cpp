// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/detailview.h"

#include "model/items/displaytext.h"
#include "model/jsontext.h"
#include "model/messagefilter.h"
#include "widgets/appearance.h"
#include "widgets/live/hexview.h"
#include "widgets/live/plaindata.h"
#include "widgets/live/threadview.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// What a text view is given at once.
constexpr qsizetype kMaxTextBytes = qsizetype(8) * 1024 * 1024;

QPlainTextEdit *makeText(QWidget *parent, const QString &name)
{
    auto *text = new QPlainTextEdit(parent);
    text->setReadOnly(true);
    text->setUndoRedoEnabled(false);
    text->setAccessibleName(name);
    stylePayload(text);
    return text;
}

} // namespace

DetailView::DetailView(rpc::ControlClient &client, QWidget *parent)
    : QWidget(parent)
    , m_client(client)
    , m_title(new QLabel(this))
    , m_note(new QLabel(this))
    , m_all(new QPushButton(tr("Load all"), this))
    , m_tabs(new QTabWidget(this))
    , m_pretty(new QStackedWidget(this))
    , m_search(new QLineEdit(this))
    , m_tree(new QTreeView(this))
    , m_prettyText(makeText(this, tr("Body")))
    , m_raw(makeText(this, tr("Body as it came")))
    , m_hex(new HexView(this))
    , m_codec(new QComboBox(this))
    , m_decoded(makeText(this, tr("Decoded body")))
    , m_handshakeText(makeText(this, tr("Handshake of the connection")))
    , m_thread(new ThreadView(client, this))
{
    m_title->setTextFormat(Qt::PlainText);
    m_note->setTextFormat(Qt::PlainText);
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 2, 8, 2);
    bar->addWidget(m_title);
    bar->addStretch(1);
    bar->addWidget(m_note);
    bar->addWidget(m_all);
    addTabs();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_tabs, 1);
    connect(m_tabs, &QTabWidget::currentChanged, this, &DetailView::showTab);
    connect(m_all, &QPushButton::clicked, this, &DetailView::loadAll);
    connect(m_codec, &QComboBox::currentIndexChanged, this, &DetailView::showDecoded);
    clear();
}

void DetailView::addTabs()
{
    buildPretty();
    auto *decoded = new QWidget(this);
    auto *layout = new QVBoxLayout(decoded);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_codec->setAccessibleName(tr("How it is decoded"));
    layout->addWidget(m_codec);
    layout->addWidget(m_decoded, 1);
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_pretty, tr("Pretty"));
    m_tabs->addTab(m_raw, tr("Raw"));
    m_tabs->addTab(m_hex, tr("Hex"));
    m_tabs->addTab(decoded, tr("Decoded"));
    m_tabs->addTab(m_handshakeText, tr("Handshake"));
    m_tabs->addTab(m_thread, tr("Thread"));
}

void DetailView::buildPretty()
{
    auto *page = new QWidget(this);
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_search->setPlaceholderText(tr("Find a key or value, Enter for the next"));
    m_search->setAccessibleName(tr("Find in the message"));
    m_search->setClearButtonEnabled(true);
    m_search->setFrame(false);
    m_tree->setModel(&m_json);
    m_tree->setFont(fixedFont());
    m_tree->setUniformRowHeights(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAccessibleName(tr("Message as a tree"));
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->header()->hide();
    m_tree->header()->setStretchLastSection(true);
    m_tree->header()->resizeSection(0, fontMetrics().averageCharWidth() * 34);
    layout->addWidget(m_tree, 1);
    layout->addWidget(m_search);
    m_pretty->addWidget(page);
    m_pretty->addWidget(m_prettyText);
    connect(m_search, &QLineEdit::returnPressed, this, &DetailView::searchNext);
    connect(m_tree, &QTreeView::customContextMenuRequested, this, &DetailView::showTreeMenu);
}

void DetailView::clear()
{
    ++m_generation;
    m_entry = {};
    m_body.clear();
    m_total = 0;
    m_binary = false;
    m_handshake.clear();
    m_title->setText(tr("Select a row to see all of it."));
    m_thread->clear();
    m_tabs->setEnabled(false);
    showBody();
}

void DetailView::setEntry(const items::LiveEntry &entry)
{
    ++m_generation;
    m_entry = entry;
    m_tabs->setEnabled(true);
    const QString size = items::sizeText(entry.size);
    m_title->setText(entry.direction == rpc::Direction::Event ? tr("Event: %1").arg(entry.type())
            : entry.direction == rpc::Direction::In
            ? tr("Received, %1").arg(size)
            : tr("Sent (%1), %2").arg(items::rowKindText(entry.what), size));
    m_binary = entry.kind == rpc::PayloadKind::Binary;
    m_body = m_binary ? QByteArray::fromHex(entry.preview) : entry.preview;
    m_total = std::max<qint64>(entry.size, 0);
    m_wanted = std::min(m_total, kFirstBytes);
    // A short body that holds U+FFFD may have been something else: only its bytes tell.
    const bool exact = entry.isWhole() && !m_body.contains("\xef\xbf\xbd");
    showBody();
    if (!exact && m_client.isReady()) {
        read(0, m_wanted);
    }
}

void DetailView::read(qint64 offset, qint64 length)
{
    const qint64 piece = std::min<qint64>(length, rpc::kMaxChunkBytes);
    const auto done = [this, generation = m_generation](const Result<rpc::Chunk> &chunk) {
        if (generation != m_generation) {
            return;
        }
        if (chunk) {
            take(*chunk);
        } else {
            m_note->setText(tr("Only the beginning is known: %1").arg(chunk.error().message));
            m_all->hide();
        }
    };
    if (m_entry.isHistory()) {
        m_client.call<rpc::RunRead>(
            {.id = m_entry.runId, .part = rpc::RunPart::Message, .offset = offset, .length = piece},
            this, done);
    } else {
        m_client.call<rpc::MessageRead>(
            {.id = m_entry.id, .offset = offset, .length = piece}, this, done);
    }
}

void DetailView::take(const rpc::Chunk &chunk)
{
    m_binary = chunk.binary;
    m_total = chunk.total;
    m_body.truncate(chunk.offset);
    m_body += chunk.data;
    const qint64 wanted = std::min(m_wanted, m_total);
    if (m_body.size() < wanted && !chunk.data.isEmpty()) {
        m_note->setText(
            tr("Loading, %1 of %2").arg(items::sizeText(m_body.size()), items::sizeText(m_total)));
        read(m_body.size(), wanted - m_body.size());
        return;
    }
    showBody();
}

void DetailView::loadAll()
{
    if (!isWhole()) {
        m_wanted = std::min(m_total, kMaxBytes);
        m_all->hide();
        read(m_body.size(), m_wanted - m_body.size());
    }
}

void DetailView::setHandshake(const QByteArray &text)
{
    m_handshake = text;
    m_fresh.at(HandshakeTab) = false;
    if (m_tabs->currentIndex() == HandshakeTab) {
        showTab();
    }
}

void DetailView::showBody()
{
    const bool cut = m_total > m_body.size() && m_entry.key() != 0;
    m_all->setVisible(cut && m_body.size() < kMaxBytes);
    m_note->setText(cut
            ? tr("The first %1 of %2").arg(items::sizeText(m_body.size()), items::sizeText(m_total))
            : QString());
    m_fresh.fill(false);
    showTab();
}

/// A tab is filled when somebody looks at it.
void DetailView::showTab()
{
    const int tab = m_tabs->currentIndex();
    if (tab < 0 || m_fresh.at(static_cast<std::size_t>(tab))) {
        return;
    }
    m_fresh.at(static_cast<std::size_t>(tab)) = true;
    const QByteArrayView start
        = QByteArrayView(m_body).first(std::min(m_body.size(), kMaxTextBytes));
    switch (tab) {
    case PrettyTab:
        if (!m_binary && m_json.setJson(m_body)) {
            m_pretty->setCurrentIndex(0);
            if (m_json.rowCount() <= 50) {
                m_tree->expandToDepth(0);
            }
        } else {
            m_json.setJson({});
            m_prettyText->setPlainText(m_binary
                    ? items::hexDump(m_body.first(std::min<qsizetype>(m_body.size(), 64 * 1024)))
                    : visibleText(start));
            m_pretty->setCurrentIndex(1);
        }
        break;
    case RawTab:
        m_raw->setPlainText(visibleText(start));
        break;
    case HexTab:
        m_hex->setBytes(m_body);
        break;
    case DecodedTab: {
        m_decodings = items::decodePayload(
            m_body.first(std::min<qsizetype>(m_body.size(), items::kMaxDecodedBytes)));
        const QSignalBlocker blocker(m_codec);
        m_codec->clear();
        for (const items::DecodedPayload &decoded : std::as_const(m_decodings)) {
            m_codec->addItem(decoded.codec);
        }
        m_codec->setVisible(!m_decodings.isEmpty());
        showDecoded();
        break;
    }
    case HandshakeTab:
        m_handshakeText->setPlainText(m_handshake.isEmpty()
                ? tr("The handshake of this connection is no longer in the log.")
                : visibleText(m_handshake));
        break;
    default:
        break;
    }
}

void DetailView::showDecoded()
{
    const qsizetype index = m_codec->currentIndex();
    if (index < 0 || index >= m_decodings.size()) {
        m_decoded->setPlainText(
            tr("Nothing known is hidden in this body. To decode one value of it, choose “Decode” "
               "in the menu of the tree."));
        return;
    }
    const items::DecodedPayload &decoded = m_decodings.at(index);
    const bool text = decoded.bytes.isValidUtf8() && !decoded.bytes.contains('\0');
    m_decoded->setPlainText((text ? visibleText(decoded.bytes)
                                  : items::hexDump(decoded.bytes.first(
                                      std::min<qsizetype>(decoded.bytes.size(), 64 * 1024))))
        + (decoded.cut ? u"\n…"_s : QString()));
}

QString DetailView::shownText() const
{
    return visibleText(m_body);
}

void DetailView::focusSearch()
{
    m_tabs->setCurrentIndex(PrettyTab);
    m_search->setFocus();
    m_search->selectAll();
}

void DetailView::searchNext()
{
    QModelIndex from = m_tree->currentIndex().siblingAtColumn(0);
    QModelIndex found = m_json.find(m_search->text(), from);
    if (!found.isValid() && from.isValid()) {
        found = m_json.find(m_search->text(), {}); // from the start again
    }
    if (found.isValid()) {
        m_tree->scrollTo(found);
        m_tree->setCurrentIndex(found);
        m_note->setText(QString());
    } else if (!m_search->text().isEmpty()) {
        m_note->setText(tr("“%1” is not in the message").arg(items::oneLine(m_search->text())));
    }
}

void DetailView::showTreeMenu(const QPoint &point)
{
    const QModelIndex index = m_tree->indexAt(point).siblingAtColumn(0);
    if (!index.isValid()) {
        return;
    }
    const QString path = index.data(items::JsonTreeModel::PathRole).toString();
    const QByteArray raw = index.data(items::JsonTreeModel::RawRole).toByteArray();
    const auto kind = static_cast<items::JsonTreeModel::Kind>(
        index.data(items::JsonTreeModel::KindRole).toInt());
    const bool scalar = kind != items::JsonTreeModel::Kind::Object
        && kind != items::JsonTreeModel::Kind::Array && raw.size() < 500;
    const auto copy = [](const QString &text) { QGuiApplication::clipboard()->setText(text); };
    QMenu menu(this);
    QAction *filter = menu.addAction(tr("Filter on this value"), this,
        [this, path, raw] { emit termRequested(MessageFilter::equalsTerm(path, raw)); });
    QAction *exclude = menu.addAction(tr("Exclude this value"), this, [this, path, raw] {
        emit termRequested(QString(u'-' + MessageFilter::equalsTerm(path, raw)));
    });
    filter->setEnabled(scalar);
    exclude->setEnabled(scalar);
    menu.addAction(
        tr("Only messages that have it"), this, [this, path] { emit termRequested(path); });
    menu.addAction(tr("Add as column"), this, [this, path] { emit columnRequested(path); });
    menu.addSeparator();
    menu.addAction(tr("Copy value"), this, [copy, raw] { copy(jsonScalarText(raw)); });
    menu.addAction(tr("Copy JSON"), this, [copy, raw] { copy(decodeUtf8(raw)); });
    menu.addAction(tr("Copy path"), this, [copy, path] { copy(path); });
    menu.addSeparator();
    menu.addAction(tr("Decode"), this, [this, raw] {
        m_fresh.at(DecodedTab) = true;
        m_decodings = items::decodePayload(jsonScalarText(raw).toUtf8());
        const QSignalBlocker blocker(m_codec);
        m_codec->clear();
        for (const items::DecodedPayload &decoded : std::as_const(m_decodings)) {
            m_codec->addItem(decoded.codec);
        }
        m_codec->setVisible(!m_decodings.isEmpty());
        m_tabs->setCurrentIndex(DecodedTab);
        showDecoded();
    });
    menu.addAction(
        tr("Expand all below"), this, [this, index] { m_tree->expandRecursively(index, 3); });
    menu.addAction(tr("Collapse all"), m_tree, &QTreeView::collapseAll);
    menu.exec(m_tree->viewport()->mapToGlobal(point));
}

} // namespace earshot::widgets
