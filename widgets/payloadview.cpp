// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/payloadview.h"

#include "model/items/displaytext.h"
#include "model/rpc/types.h"
#include "widgets/appearance.h"
#include "widgets/prettyjson.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace earshot::widgets {

namespace {

/// Offset, sixteen bytes, their characters.
QString hexDump(const QByteArray &bytes)
{
    QString out;
    for (qsizetype at = 0; at < bytes.size(); at += 16) {
        const QByteArray row = bytes.mid(at, 16);
        QString characters;
        for (const char c : row) {
            characters += c >= 0x20 && c < 0x7f ? QLatin1Char(c) : QLatin1Char('.');
        }
        out += u"%1  %2  %3\n"_s.arg(at, 8, 16, QLatin1Char('0'))
                   .arg(QString::fromLatin1(row.toHex(' ')), -47)
                   .arg(characters);
    }
    return out;
}

} // namespace

PayloadView::PayloadView(QWidget *parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_form(new QTabBar(this))
    , m_note(new QLabel(this))
    , m_text(new QPlainTextEdit(this))
{
    m_form->addTab(tr("Pretty"));
    m_form->addTab(tr("Raw"));
    m_form->setDrawBase(false);
    m_form->setAccessibleName(tr("Form of the body"));
    m_title->setTextFormat(Qt::PlainText);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setContentsMargins(8, 4, 8, 4);
    m_note->setWordWrap(true);
    m_note->hide();
    m_text->setReadOnly(true);
    m_text->setAccessibleName(tr("Body"));
    stylePayload(m_text);
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(8, 2, 4, 2);
    bar->addWidget(m_title, 1);
    bar->addWidget(m_form);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_note);
    layout->addWidget(m_text, 1);
    connect(m_form, &QTabBar::currentChanged, this, &PayloadView::render);
}

void PayloadView::setBody(const QString &title, const QByteArray &body, bool binary, qint64 total)
{
    m_title->setText(title);
    m_body = body.first(std::min(body.size(), kMaxShown));
    m_total = std::max<qint64>(total, body.size());
    m_binary = binary;
    render();
}

void PayloadView::setNote(const QString &title, const QString &text)
{
    setBody(title, {}, false, 0);
    m_text->setPlainText(text);
}

void PayloadView::clear()
{
    setBody({}, {}, false, 0);
}

QString PayloadView::shownText() const
{
    return m_text->toPlainText();
}

void PayloadView::render()
{
    const bool cut = m_total > m_body.size();
    m_note->setVisible(cut);
    if (cut) {
        m_note->setText(tr("The first %1 of %2 are shown.")
                            .arg(items::sizeText(m_body.size()), items::sizeText(m_total)));
    }
    if (m_binary) {
        m_text->setPlainText(hexDump(m_body));
        return;
    }
    const QString text = rpc::textOf(m_body, kMaxShown);
    if (m_form->currentIndex() == 0) {
        if (const auto pretty = prettyJson(text)) {
            m_text->setPlainText(*pretty);
            return;
        }
    }
    m_text->setPlainText(text);
}

} // namespace earshot::widgets
