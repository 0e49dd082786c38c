// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/configure/simpleeditors.h"

#include <QTimer>

class QLabel;

namespace earshot::widgets {

/// The heartbeat's text, with what would be sent now: the state is of the last real message that
/// had one.
class HeartbeatEditor final : public FieldEditor
{
    Q_OBJECT
public:
    HeartbeatEditor(const FieldContext &context, const items::Field &field, QWidget *parent);
    void refresh() override;
    void setTrigger(const QString &path) override;
    [[nodiscard]] QString previewText() const;

protected:
    void showEvent(QShowEvent *event) override;

private:
    void preview();
    void showPreview(const rpc::TriggerPreviewMessages::Result &preview);

    QString m_trigger;
    QTimer m_previewSoon;
    quint64 m_previews = 0;
    TextFieldEditor *m_text; ///< children
    QLabel *m_preview;
};

} // namespace earshot::widgets
