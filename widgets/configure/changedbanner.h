// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace earshot::widgets {

/// Says that the document was changed elsewhere while it was edited here, and asks which to keep.
class ChangedBanner final : public QFrame
{
    Q_OBJECT
public:
    explicit ChangedBanner(QWidget *parent = nullptr);

    void setTexts(const QString &mine, const QString &theirs);
    [[nodiscard]] QPushButton *mineButton() const { return m_mine; }
    [[nodiscard]] QPushButton *theirsButton() const { return m_theirs; }
    [[nodiscard]] QPushButton *differenceButton() const { return m_difference; }

signals:
    void keepMine();
    void takeTheirs();

private:
    void showDifference();

    QString m_mineText;
    QString m_theirText;
    QLabel *m_text; ///< children
    QPushButton *m_mine;
    QPushButton *m_theirs;
    QPushButton *m_difference;
};

} // namespace earshot::widgets
