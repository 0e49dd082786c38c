// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>
#include <QStringView>

namespace earshot::cli {

/// One JSON object on one line, built from texts so that results keep the bytes a script wrote.
class JsonLine
{
public:
    JsonLine &text(QStringView name, QStringView value);
    /// UTF-8; other bytes become U+FFFD.
    JsonLine &utf8(QStringView name, QByteArrayView value);
    JsonLine &number(QStringView name, qint64 value);
    JsonLine &real(QStringView name, double value);
    JsonLine &boolean(QStringView name, bool value);
    JsonLine &null(QStringView name);
    /// JSON text, put on one line.
    JsonLine &json(QStringView name, const QByteArray &value);
    JsonLine &value(QStringView name, const QJsonValue &value);

    [[nodiscard]] QByteArray toLine() const { return "{" + m_text + "}\n"; }
    [[nodiscard]] QByteArray toJson() const { return "{" + m_text + "}"; }

private:
    QByteArray &begin(QStringView name);
    QByteArray m_text;
};

/// Writes to stdout / stderr at once. A closed stdout ends the program quietly (as with `| head`).
void writeOut(const QByteArray &text);
void writeErr(const QString &text);
/// `earshot: <message>` and the detail below it; returns `code`.
int complain(const Error &error, int code);

[[nodiscard]] bool stdoutIsTerminal();

/// Text of others on a terminal: control characters, escape sequences and bidirectional overrides
/// are replaced by visible marks; line breaks become `⏎`; cut after `limit` characters.
[[nodiscard]] QString printable(QByteArrayView utf8, qsizetype limit = 200);

/// ANSI colours, empty strings when stdout is no terminal or NO_COLOR is set.
enum class Colour { Plain, Dim, Green, Red, Yellow, Bold };
[[nodiscard]] QString coloured(Colour colour, const QString &text);

/// `3.2 ms`, `1.4 s`.
[[nodiscard]] QString duration(qint64 microseconds);

} // namespace earshot::cli
