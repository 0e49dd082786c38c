// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/fieldeditor.h"

#include <QTimer>

class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace earshot::widgets {

class JsonEditor;
class MembersForm;
class RunnablePicker;

/// The messages sent when the connection is open: a list, the selected one below it, and what will
/// really be sent.
class InitialMessagesEditor final : public FieldEditor
{
    Q_OBJECT
public:
    InitialMessagesEditor(const FieldContext &context, const items::Field &field, QWidget *parent);

    void refresh() override;
    [[nodiscard]] QWidget *inputFor(const items::JsonPath &path) const override;
    void setTrigger(const QString &path) override;
    [[nodiscard]] QListWidget *list() const { return m_list; }
    [[nodiscard]] JsonEditor *textInput() const { return m_text; }
    [[nodiscard]] QString previewText() const;
    [[nodiscard]] QPushButton *addButton() const { return m_add; }
    [[nodiscard]] QToolButton *upButton() const { return m_up; }

private:
    enum Kind { RawText, ScriptResult, Other };
    QWidget *makeList();
    QWidget *makeDetail();
    [[nodiscard]] const JsonNode *entry(int row) const;
    [[nodiscard]] items::JsonPath entryPath(int row) const;
    [[nodiscard]] static Kind kindOf(const JsonNode &entry);
    [[nodiscard]] QString summaryOf(const JsonNode &entry) const;
    [[nodiscard]] QList<QByteArray> rawEntries() const;
    void writeEntries(const QList<QByteArray> &entries, int select);
    void showEntry();
    void setKind(int kind);
    void move(int by);
    void preview();

    QString m_trigger;
    QTimer m_previewSoon;
    quint64 m_previews = 0;
    QList<rpc::PreviewedMessage> m_previewed;
    QListWidget *m_list; ///< children, all of them
    QPushButton *m_add = nullptr;
    QToolButton *m_remove = nullptr;
    QToolButton *m_up = nullptr;
    QToolButton *m_down = nullptr;
    QWidget *m_detail;
    QComboBox *m_kind = nullptr;
    QStackedWidget *m_parts = nullptr;
    JsonEditor *m_text = nullptr;
    QComboBox *m_runnableKind = nullptr;
    RunnablePicker *m_picker = nullptr;
    MembersForm *m_args = nullptr;
    QLabel *m_preview;
};

} // namespace earshot::widgets
