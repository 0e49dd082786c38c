// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace earshot::widgets {

/// Asks for the path of a trigger. It stays open with what was typed until the service took it.
class PathDialog final : public QDialog
{
    Q_OBJECT
public:
    PathDialog(const QString &title, const QString &path, const QString &action,
        QWidget *parent = nullptr);

    /// The service said no; what was typed stays.
    void refuse(const Error &error);
    [[nodiscard]] QString path() const;
    [[nodiscard]] QLineEdit *input() const { return m_input; }
    [[nodiscard]] QString errorText() const;

signals:
    /// To be answered by accept() or refuse().
    void chosen(const QString &path);

private:
    void choose();

    QLineEdit *m_input; ///< children
    QLabel *m_error;
    QPushButton *m_ok = nullptr;
};

} // namespace earshot::widgets
