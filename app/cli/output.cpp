// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include "model/jsontext.h"
#include "triggers/jsontext.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <cerrno>
#include <cstdlib>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace earshot::cli {

namespace {

void writeAll(int descriptor, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written
            = ::write(descriptor, bytes.data(), static_cast<size_t>(bytes.size()));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == EPIPE && descriptor == STDOUT_FILENO) {
                std::_Exit(0);
            }
            return;
        }
        bytes = bytes.sliced(written);
    }
}

bool isHidden(QChar character)
{
    const char16_t code = character.unicode();
    const bool bidi = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)
        || code == 0x200E || code == 0x200F || code == 0x061C;
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || bidi;
}

} // namespace

QByteArray &JsonLine::begin(QStringView name)
{
    if (!m_text.isEmpty()) {
        m_text += ',';
    }
    m_text += toJsonString(name);
    m_text += ':';
    return m_text;
}

JsonLine &JsonLine::text(QStringView name, QStringView value)
{
    begin(name) += toJsonString(value);
    return *this;
}

JsonLine &JsonLine::utf8(QStringView name, QByteArrayView value)
{
    return text(name, QString::fromUtf8(value));
}

JsonLine &JsonLine::number(QStringView name, qint64 value)
{
    begin(name) += QByteArray::number(value);
    return *this;
}

JsonLine &JsonLine::real(QStringView name, double value)
{
    begin(name) += QByteArray::number(value, 'f', 3);
    return *this;
}

JsonLine &JsonLine::boolean(QStringView name, bool value)
{
    begin(name) += value ? "true" : "false";
    return *this;
}

JsonLine &JsonLine::null(QStringView name)
{
    begin(name) += "null";
    return *this;
}

JsonLine &JsonLine::json(QStringView name, const QByteArray &value)
{
    begin(name) += value.isEmpty() ? QByteArray("null") : triggers::json::withoutSpace(value);
    return *this;
}

JsonLine &JsonLine::value(QStringView name, const QJsonValue &value)
{
    const QByteArray wrapped = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    begin(name) += wrapped.sliced(1, wrapped.size() - 2);
    return *this;
}

void writeOut(const QByteArray &text)
{
    writeAll(STDOUT_FILENO, text);
}

void writeErr(const QString &text)
{
    writeAll(STDERR_FILENO, text.toUtf8());
}

int complain(const Error &error, int code)
{
    writeErr(u"earshot: %1\n"_s.arg(error.message));
    if (!error.detail.isEmpty()) {
        writeErr(error.detail + u'\n');
    }
    return code;
}

bool stdoutIsTerminal()
{
    static const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    return terminal;
}

QString printable(QByteArrayView utf8, qsizetype limit)
{
    // Four bytes a character at the most: nothing beyond is looked at.
    const QString text = QString::fromUtf8(utf8.first(std::min(utf8.size(), limit * 4 + 4)));
    QString shown;
    shown.reserve(std::min(text.size(), limit) + 1);
    for (const QChar character : text) {
        if (shown.size() >= limit) {
            shown += u'…';
            break;
        }
        if (character == u'\n') {
            shown += u'⏎';
        } else if (character == u'\t') {
            shown += u' ';
        } else {
            shown += isHidden(character) ? QChar(u'·') : character;
        }
    }
    return shown;
}

QString coloured(Colour colour, const QString &text)
{
    static const bool plain = !stdoutIsTerminal() || !qEnvironmentVariableIsEmpty("NO_COLOR");
    if (plain || colour == Colour::Plain) {
        return text;
    }
    int code = 0;
    switch (colour) {
    case Colour::Dim:
        code = 2;
        break;
    case Colour::Green:
        code = 32;
        break;
    case Colour::Red:
        code = 31;
        break;
    case Colour::Yellow:
        code = 33;
        break;
    case Colour::Bold:
        code = 1;
        break;
    case Colour::Plain:
        break;
    }
    return u"\x1b[%1m%2\x1b[0m"_s.arg(code).arg(text);
}

QString duration(qint64 microseconds)
{
    if (microseconds < 10'000) {
        return u"%1 ms"_s.arg(static_cast<double>(microseconds) / 1000.0, 0, 'f', 1);
    }
    if (microseconds < 1'000'000) {
        return u"%1 ms"_s.arg(microseconds / 1000);
    }
    return u"%1 s"_s.arg(static_cast<double>(microseconds) / 1e6, 0, 'f', 1);
}

} // namespace earshot::cli
