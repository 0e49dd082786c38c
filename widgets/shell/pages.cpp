// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shell/pages.h"

#include "widgets/configure/configurepage.h"
#include "widgets/live/livepage.h"
#include "widgets/runspage.h"
#include "widgets/script/scriptpage.h"

#include <algorithm>

namespace earshot::widgets {

namespace {

template <typename P>
Page *make(const PageContext &context, QWidget *parent)
{
    return new P(context, parent);
}

} // namespace

QList<PageSpec> pageTable()
{
    using enum Place::Page;
    constexpr auto kTab = PageScope::Trigger;
    return {
        {Live, kTab, PageSet::tr("Live"), make<LivePage>},
        {Configure, kTab, PageSet::tr("Configure"), make<ConfigurePage>},
        {Script, kTab, PageSet::tr("Script"), make<ScriptPage>},
        {Runs, kTab, PageSet::tr("Runs"), make<RunsPage>},
    };
}

PageSet::PageSet(const PageContext &context, QWidget *parent)
    : QObject(parent)
    , m_context(context)
    , m_parent(parent)
    , m_specs(pageTable())
{ }

const PageSpec *PageSet::spec(Place::Page place) const
{
    const auto found = std::find_if(m_specs.cbegin(), m_specs.cend(),
        [place](const PageSpec &candidate) { return candidate.place == place; });
    return found == m_specs.cend() ? nullptr : &*found;
}

Page *PageSet::page(Place::Page place)
{
    if (Page *existing = m_pages.value(place)) {
        return existing;
    }
    const PageSpec *wanted = spec(place);
    if (!wanted) {
        return nullptr;
    }
    Page *page = wanted->make(m_context, m_parent);
    page->setAccessibleName(wanted->title);
    m_pages.insert(place, page);
    connect(page, &Page::placeRequested, this, &PageSet::placeRequested);
    connect(page, &Page::failed, this, &PageSet::failed);
    connect(page, &Page::said, this, &PageSet::said);
    connect(page, &Page::editedChanged, this, [this, place](bool edited) {
        m_edited[place] = edited;
        emit editedChanged(place, edited);
    });
    page->setTrigger(wanted->scope == PageScope::Trigger ? m_trigger : QString());
    if (wanted->scope == PageScope::Trigger && m_summary) {
        page->onSummary(*m_summary);
    }
    if (m_ready) {
        page->onReady();
    }
    return page;
}

bool PageSet::isEdited(Place::Page place) const
{
    return m_edited.value(place, false);
}

QStringList PageSet::titlesWithEdits() const
{
    QStringList titles;
    for (const PageSpec &spec : m_specs) {
        if (const Page *page = m_pages.value(spec.place); page && page->hasEdits()) {
            titles += spec.title;
        }
    }
    return titles;
}

void PageSet::setTrigger(const QString &path)
{
    m_trigger = path;
    m_summary.reset();
    for (const PageSpec &spec : std::as_const(m_specs)) {
        if (Page *page = m_pages.value(spec.place); page && spec.scope == PageScope::Trigger) {
            page->setTrigger(path);
        }
    }
}

void PageSet::setSummary(const rpc::TriggerSummary &summary)
{
    m_summary = summary;
    for (const PageSpec &spec : std::as_const(m_specs)) {
        if (Page *page = m_pages.value(spec.place); page && spec.scope == PageScope::Trigger) {
            page->onSummary(summary);
        }
    }
}

void PageSet::setReady()
{
    m_ready = true;
    for (Page *page : std::as_const(m_pages)) {
        page->onReady();
    }
}

void PageSet::setLost()
{
    m_ready = false;
    for (Page *page : std::as_const(m_pages)) {
        page->onLost();
    }
}

} // namespace earshot::widgets
