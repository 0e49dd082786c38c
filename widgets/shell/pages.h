// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/page.h"

#include <QHash>
#include <QList>
#include <QObject>

#include <optional>

namespace earshot::widgets {

enum class PageScope {
    Trigger, ///< a tab of the selected trigger
    Global, ///< an entry below the triggers
};

/// A page of the window, before it is made.
struct PageSpec
{
    Place::Page place = Place::Page::Live;
    PageScope scope = PageScope::Trigger;
    QString title = {};
    Page *(*make)(const PageContext &context, QWidget *parent) = nullptr;
};

/// Every page, in the order it is shown.
[[nodiscard]] QList<PageSpec> pageTable();

/// The pages of the window. Each is made when it is first shown, so that the window opens fast,
/// and from then on is told what the others are told.
class PageSet final : public QObject
{
    Q_OBJECT
public:
    /// `parent` becomes the parent of the pages, too.
    PageSet(const PageContext &context, QWidget *parent);

    [[nodiscard]] const QList<PageSpec> &specs() const noexcept { return m_specs; }
    /// Null where the window has no such page.
    [[nodiscard]] const PageSpec *spec(Place::Page place) const;
    /// Made if need be; null where the window has no such page.
    [[nodiscard]] Page *page(Place::Page place);
    /// Null when it was not shown yet.
    [[nodiscard]] Page *made(Place::Page place) const { return m_pages.value(place); }
    [[nodiscard]] bool isEdited(Place::Page place) const;
    /// Pages with something that would be lost.
    [[nodiscard]] QStringList titlesWithEdits() const;

    void setTrigger(const QString &path);
    void setSummary(const rpc::TriggerSummary &summary);
    void setReady();
    void setLost();

signals:
    void placeRequested(const earshot::widgets::Place &place);
    void failed(const earshot::Error &error);
    void said(const QString &text);
    void editedChanged(earshot::widgets::Place::Page place, bool edited);

private:
    PageContext m_context;
    QWidget *m_parent;
    QList<PageSpec> m_specs;
    QHash<Place::Page, Page *> m_pages; ///< children of m_parent
    QHash<Place::Page, bool> m_edited;
    QString m_trigger;
    std::optional<rpc::TriggerSummary> m_summary;
    bool m_ready = false;
};

} // namespace earshot::widgets
