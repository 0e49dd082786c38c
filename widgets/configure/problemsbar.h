// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/rpc/types.h"

#include <QWidget>

class QLabel;
class QListWidget;
class QToolButton;

namespace earshot::widgets {

/// All that is wrong with the document, in one line that opens to a list; a click on an entry goes
/// to the field.
class ProblemsBar final : public QWidget
{
    Q_OBJECT
public:
    explicit ProblemsBar(QWidget *parent = nullptr);

    void showValidation(const rpc::Validation &validation);
    /// Nothing is known about the document as it is now.
    void clear();
    [[nodiscard]] QListWidget *list() const { return m_list; }
    [[nodiscard]] QString summary() const;

signals:
    void activated(const QString &pointer);

private:
    QToolButton *m_open; ///< children, all of them
    QLabel *m_summary;
    QListWidget *m_list;
};

} // namespace earshot::widgets
