// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace earshot::widgets {

/// An on/off switch.
class ToggleSwitch final : public QAbstractButton
{
    Q_OBJECT
public:
    explicit ToggleSwitch(QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;

    static constexpr int kWidth = 34;
    static constexpr int kHeight = 18;
    /// As a delegate paints it.
    static void paint(
        QPainter &painter, const QRectF &rect, const QPalette &palette, bool on, bool enabled);

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace earshot::widgets
