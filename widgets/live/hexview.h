// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QByteArray>

namespace earshot::widgets {

/// Bytes as offset, hexadecimal and characters; what is selected on one side is selected on the
/// other. Paints only the lines that are seen.
class HexView final : public QAbstractScrollArea
{
    Q_OBJECT
public:
    static constexpr int kPerLine = 16;

    explicit HexView(QWidget *parent = nullptr);

    void setBytes(const QByteArray &bytes);
    [[nodiscard]] const QByteArray &bytes() const noexcept { return m_bytes; }
    void select(qsizetype from, qsizetype to); ///< [from, to)
    [[nodiscard]] QByteArray selected() const;
    [[nodiscard]] qsizetype selectionBegin() const { return std::min(m_anchor, m_cursor); }
    [[nodiscard]] qsizetype selectionEnd() const { return std::max(m_anchor, m_cursor); }
    /// The byte below a point of the viewport.
    [[nodiscard]] qsizetype byteAt(const QPoint &point) const;

signals:
    void selectionChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void updateScroll();
    void moveTo(qsizetype byte, bool keepAnchor);
    [[nodiscard]] int charWidth() const;
    [[nodiscard]] int lineHeight() const;

    QByteArray m_bytes;
    qsizetype m_anchor = 0;
    qsizetype m_cursor = 0;
};

} // namespace earshot::widgets
