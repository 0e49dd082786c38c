// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/types.h"
#include "widgets/configure/fieldrow.h"

#include <QHash>

class QLabel;
class QLineEdit;
class QListWidget;
class QScrollArea;
class QToolButton;

namespace earshot::widgets {

/// The document as fields: sections to jump to on the left, a box to look for fields, all fields
/// in one column.
class FieldForm final : public QWidget
{
    Q_OBJECT
public:
    FieldForm(const FieldContext &context, QWidget *parent);

    void setTrigger(const QString &path);
    /// What is wrong, below the fields it is about.
    void showProblems(const QList<rpc::Problem> &problems);
    /// Scrolls to the field at a path and gives it the focus; false where no field shows it.
    bool reveal(const items::JsonPath &path);
    [[nodiscard]] FieldRow *row(const QString &key) const { return m_byKey.value(key); }
    [[nodiscard]] QLineEdit *search() const { return m_search; }
    [[nodiscard]] QListWidget *sections() const { return m_sections; }
    [[nodiscard]] QScrollArea *area() const { return m_area; }

signals:
    void scriptRequested(const QString &path);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Section
    {
        QWidget *box = nullptr;
        QList<FieldRow *> rows;
        QToolButton *inactive = nullptr; ///< shows the fields this version does not act on
        int problems = 0;
    };

    QWidget *makeSection(int index, QWidget *parent);
    void refresh();
    void filterRows();
    [[nodiscard]] bool isShown(
        const FieldRow &row, const Section &part, const QString &search) const;
    void onScrolled();
    void showSection(int index);
    void showSectionTitles();

    FieldContext m_context;
    QLineEdit *m_search; ///< children, all of them
    QListWidget *m_sections;
    QScrollArea *m_area;
    QLabel *m_nothing;
    QList<Section> m_parts;
    QHash<QString, FieldRow *> m_byKey;
    QString m_revealed; ///< key of a field that is shown because somebody went there
};

} // namespace earshot::widgets
