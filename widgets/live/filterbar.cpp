// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/live/filterbar.h"

#include "widgets/appearance.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QEvent>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace earshot::widgets {

using Mode = items::LiveMessageModel::FilterMode;

FilterBar::FilterBar(QWidget *parent)
    : QWidget(parent)
    , m_input(new QLineEdit(this))
    , m_problem(new QLabel(this))
    , m_mode(new QComboBox(this))
    , m_saved(new QToolButton(this))
    , m_menu(new QMenu(this))
    , m_completer(new QCompleter(this))
    , m_words(new QStringListModel(this))
{
    m_input->setObjectName(u"filter"_s);
    m_input->setPlaceholderText(
        tr("Filter: word  /regex/i  -word  dir:in  size>1k  $.d.id==\"42\""));
    m_input->setAccessibleName(tr("Filter"));
    m_input->setClearButtonEnabled(true);
    m_input->setMaxLength(static_cast<int>(MessageFilter::kMaxTextLength));
    m_input->installEventFilter(this);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_mode->addItem(tr("Hide the others"));
    m_mode->addItem(tr("Highlight"));
    m_mode->setAccessibleName(tr("What the filter does"));
    m_mode->setToolTip(tr("Hide rows that do not match, or show all and mark those that do"));
    m_saved->setText(tr("Filters"));
    m_saved->setToolTip(tr("Named and recent filters"));
    m_saved->setPopupMode(QToolButton::InstantPopup);
    m_saved->setMenu(m_menu);
    m_completer->setModel(m_words);
    m_completer->setWidget(m_input);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_delay.setSingleShot(true);
    m_delay.setInterval(150ms);

    auto *line = new QHBoxLayout;
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(6);
    line->addWidget(m_input, 1);
    line->addWidget(m_mode);
    line->addWidget(m_saved);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(line);
    layout->addWidget(m_problem);

    connect(m_input, &QLineEdit::textEdited, this, [this] {
        check();
        complete();
        m_delay.start();
    });
    connect(m_input, &QLineEdit::textChanged, this, [this](const QString &text) {
        if (text.isEmpty()) {
            apply(); // also by its clear button
        }
    });
    connect(m_input, &QLineEdit::returnPressed, this, [this] {
        apply();
        remember();
    });
    connect(m_input, &QLineEdit::editingFinished, this, &FilterBar::remember);
    connect(&m_delay, &QTimer::timeout, this, &FilterBar::apply);
    connect(m_mode, &QComboBox::currentIndexChanged, this, [this] {
        m_applied = u"\n"_s; // not a text that can be typed: apply anew
        apply();
    });
    connect(m_menu, &QMenu::aboutToShow, this, &FilterBar::fillMenu);
    connect(m_completer, qOverload<const QString &>(&QCompleter::activated), this,
        [this](const QString &word) {
            const QString text = m_input->text().left(m_input->cursorPosition());
            const qsizetype begin = text.lastIndexOf(u' ') + 1;
            m_input->setText(text.left(begin) + word);
            check();
            m_delay.start();
        });
    load();
}

QString FilterBar::text() const
{
    return m_input->text();
}

void FilterBar::setText(const QString &text)
{
    m_input->setText(text);
    apply();
    remember();
}

void FilterBar::addTerm(const QString &term)
{
    setText(MessageFilter::withTerm(m_input->text(), term));
}

Mode FilterBar::mode() const
{
    return m_mode->currentIndex() == 0 ? Mode::Hide : Mode::Highlight;
}

void FilterBar::focusInput()
{
    m_input->setFocus();
    m_input->selectAll();
}

void FilterBar::check()
{
    const auto filter = MessageFilter::parse(m_input->text());
    m_valid = filter.has_value();
    m_problem->setVisible(!m_valid);
    m_problem->setText(m_valid ? QString() : filter.error().message);
    showValidity();
}

/// Green is what can be read, red what cannot; the sentence below says why.
void FilterBar::showValidity()
{
    QPalette colors = palette();
    const bool empty = m_input->text().trimmed().isEmpty();
    if (!empty) {
        const QColor tone = toneColor(m_valid ? items::Tone::Good : items::Tone::Bad, palette());
        const QColor base = palette().color(QPalette::Base);
        const auto mix = [](int a, int b) { return (a * 15 + b * 85) / 100; };
        colors.setColor(QPalette::Base,
            QColor(mix(tone.red(), base.red()), mix(tone.green(), base.green()),
                mix(tone.blue(), base.blue())));
    }
    m_input->setPalette(colors);
    QPalette words = palette();
    words.setColor(QPalette::WindowText, toneColor(items::Tone::Bad, palette()));
    m_problem->setPalette(words);
}

void FilterBar::apply()
{
    m_delay.stop();
    check();
    if (!m_valid || m_applied == m_input->text()) {
        return;
    }
    m_applied = m_input->text();
    emit changed(*MessageFilter::parse(m_applied), mode());
}

void FilterBar::remember()
{
    const QString text = m_input->text().trimmed();
    if (text.isEmpty() || !m_valid || (!m_history.isEmpty() && m_history.constFirst() == text)) {
        return;
    }
    m_history.removeAll(text);
    m_history.prepend(text);
    m_history = m_history.mid(0, kMaxHistory);
    save();
}

void FilterBar::complete()
{
    const QStringList words = MessageFilter::completions(
        QStringView(m_input->text()).left(m_input->cursorPosition()), m_triggers);
    const QString text = m_input->text();
    if (words.isEmpty() || words.size() > 12 || text.trimmed().isEmpty()
        || m_input->cursorPosition() != text.size() || text.endsWith(u' ')) {
        m_completer->popup()->hide();
        return;
    }
    m_words->setStringList(words);
    m_completer->complete();
}

void FilterBar::fillMenu()
{
    m_menu->clear();
    const auto shown = [](const QString &text) {
        QString label = items::oneLine(text.left(80));
        return label.replace(u'&', u"&&"_s);
    };
    for (const auto &[name, filter] : std::as_const(m_named)) {
        m_menu->addAction(u"%1   %2"_s.arg(shown(name), shown(filter)), this,
            [this, text = filter] { setText(text); });
    }
    if (!m_named.isEmpty()) {
        QMenu *forget = m_menu->addMenu(tr("Forget"));
        for (const auto &[name, filter] : std::as_const(m_named)) {
            forget->addAction(shown(name), this, [this, gone = name] {
                m_named.removeIf([&](const auto &entry) { return entry.first == gone; });
                save();
            });
        }
        m_menu->addSeparator();
    }
    QAction *keep = m_menu->addAction(tr("Name this filter…"), this, [this] {
        bool accepted = false;
        const QString name = QInputDialog::getText(
            this, tr("Name this filter"), tr("Name:"), QLineEdit::Normal, {}, &accepted)
                                 .trimmed();
        if (accepted && !name.isEmpty()) {
            m_named.removeIf([&](const auto &entry) { return entry.first == name; });
            m_named.append({name, m_input->text().trimmed()});
            save();
        }
    });
    keep->setEnabled(m_valid && !m_input->text().trimmed().isEmpty());
    m_menu->addSeparator();
    m_menu->addAction(tr("Messages in"), this, [this] { setText(u"dir:in"_s); });
    m_menu->addAction(tr("Messages out"), this, [this] { setText(u"dir:out"_s); });
    m_menu->addAction(tr("Connection events"), this, [this] { setText(u"dir:event"_s); });
    m_menu->addAction(tr("Failed runs"), this, [this] { setText(u"run:failed"_s); });
    m_menu->addAction(
        tr("Not matched by the trigger"), this, [this] { setText(u"verdict:filtered"_s); });
    if (!m_history.isEmpty()) {
        m_menu->addSection(tr("Recent"));
        for (const QString &text : m_history.mid(0, 8)) {
            m_menu->addAction(shown(text), this, [this, text] { setText(text); });
        }
    }
}

void FilterBar::load()
{
    QSettings settings;
    settings.beginGroup(u"live"_s);
    m_history = settings.value(u"filters"_s).toStringList().mid(0, kMaxHistory);
    const QStringList named = settings.value(u"named_filters"_s).toStringList();
    for (qsizetype i = 0; i + 1 < named.size(); i += 2) {
        m_named.append({named.at(i), named.at(i + 1)});
    }
}

void FilterBar::save() const
{
    QSettings settings;
    settings.beginGroup(u"live"_s);
    settings.setValue(u"filters"_s, m_history);
    QStringList named;
    for (const auto &[name, filter] : m_named) {
        named += {name, filter};
    }
    settings.setValue(u"named_filters"_s, named);
}

bool FilterBar::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_input && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Escape && !m_completer->popup()->isVisible()) {
            if (m_input->text().isEmpty()) {
                emit left();
            } else {
                m_input->clear();
                apply();
            }
            return true;
        }
        if (key->key() == Qt::Key_Down && !m_completer->popup()->isVisible()) {
            emit left();
            return true;
        }
        if (key->key() == Qt::Key_F3) {
            (key->modifiers() & Qt::ShiftModifier) != 0 ? emit previousRequested()
                                                        : emit
                                                        nextRequested();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void FilterBar::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showValidity();
    }
}

} // namespace earshot::widgets
