// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QPair>

namespace earshot::widgets {

/// The keys of the window.
class ShortcutsDialog final : public QDialog
{
    Q_OBJECT
public:
    /// What it does, and its keys.
    using Line = QPair<QString, QString>;

    explicit ShortcutsDialog(const QList<Line> &lines, QWidget *parent = nullptr);
    /// Keys that no menu shows.
    [[nodiscard]] static QList<Line> others();
};

} // namespace earshot::widgets
