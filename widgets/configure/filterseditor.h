// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/items/filtermodel.h"
#include "widgets/configure/fieldeditor.h"

#include <QTimer>

class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;
class QStackedWidget;
class QToolButton;
class QTreeView;

namespace earshot::widgets {

class JsonEditor;

/// The filters as a tree of conditions and as text, with what they would say to the last real
/// messages.
class FiltersEditor final : public FieldEditor
{
    Q_OBJECT
public:
    FiltersEditor(const FieldContext &context, const items::Field &field, QWidget *parent);

    void refresh() override;
    [[nodiscard]] QWidget *inputFor(const items::JsonPath &path) const override;
    void setTrigger(const QString &path) override;

    [[nodiscard]] items::FilterModel &model() { return m_model; }
    [[nodiscard]] QTreeView *tree() const { return m_tree; }
    [[nodiscard]] JsonEditor *textInput() const { return m_text; }
    [[nodiscard]] QString verdict() const;
    [[nodiscard]] QListWidget *samples() const { return m_samples; }
    void setTextShown(bool text);

protected:
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeButtons();
    void updateButtons();
    void fitHeight();
    void writeTree();
    void tryFilters();
    void showTried(const Result<rpc::FilterTest::Result> &tried);

    items::FilterModel m_model;
    QString m_trigger;
    QTimer m_trySoon;
    quint64 m_tries = 0;
    QByteArray m_triedFilters; ///< with its logic: what the answer shown is about
    bool m_writing = false;
    QTreeView *m_tree; ///< children, all of them
    JsonEditor *m_text;
    QStackedWidget *m_stack;
    QComboBox *m_logic;
    QToolButton *m_asText;
    QPushButton *m_add = nullptr;
    QToolButton *m_addGroup = nullptr;
    QToolButton *m_remove = nullptr;
    QToolButton *m_up = nullptr;
    QToolButton *m_down = nullptr;
    QLabel *m_verdict;
    QPushButton *m_try;
    QListWidget *m_samples;
};

} // namespace earshot::widgets
