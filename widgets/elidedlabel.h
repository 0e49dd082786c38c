// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace earshot::widgets {

/// One line of text that is cut with an ellipsis where there is no room; the tool tip has it whole.
/// Long paths and errors never widen the window.
class ElidedLabel final : public QWidget
{
    Q_OBJECT
public:
    using QWidget::QWidget;

    void setText(const QString &text);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
};

} // namespace earshot::widgets
