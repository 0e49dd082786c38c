// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <utility>
#include <variant>

namespace earshot {

/// What kind of failure an Error is; the control API maps each to one JSON-RPC code.
enum class ErrorCode {
    InvalidArgument, ///< a value the caller gave is not acceptable
    Parse, ///< text that does not follow its grammar
    NotFound,
    AlreadyExists,
    Conflict, ///< the thing changed meanwhile, or another process owns it
    PermissionDenied,
    Unsupported, ///< understood, but not available here
    Unavailable, ///< not now; trying later may work
    Timeout,
    Cancelled,
    LimitExceeded,
    Corrupt, ///< stored data that cannot be read
    Io,
    Internal,
};

/// A failure in words for people. `message` says what failed, which object and why; `detail` adds
/// what to do or raw output. Neither ever holds a secret.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString detail;

    friend bool operator==(const Error &, const Error &) = default;
};

/// A value or an Error. Members are named as in std::expected so that it can become an alias of it
/// once the compilers we build with have one.
template <typename T>
class [[nodiscard]] Result
{
public:
    using value_type = T;

    Result(T value) // NOLINT(google-explicit-constructor): a value is a result, as in std::expected
        : m_state(std::in_place_index<0>, std::move(value))
    { }
    Result(Error error) // NOLINT(google-explicit-constructor)
        : m_state(std::in_place_index<1>, std::move(error))
    { }

    [[nodiscard]] bool has_value() const noexcept { return m_state.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const T &value() const & { return std::get<0>(m_state); }
    [[nodiscard]] T &value() & { return std::get<0>(m_state); }
    [[nodiscard]] T &&value() && { return std::get<0>(std::move(m_state)); }
    [[nodiscard]] const T &operator*() const & { return value(); }
    [[nodiscard]] T &operator*() & { return value(); }
    [[nodiscard]] T &&operator*() && { return std::move(*this).value(); }
    [[nodiscard]] const T *operator->() const { return &value(); }
    [[nodiscard]] T *operator->() { return &value(); }
    [[nodiscard]] T value_or(T fallback) const &
    {
        return has_value() ? value() : std::move(fallback);
    }

    [[nodiscard]] const Error &error() const & { return std::get<1>(m_state); }
    [[nodiscard]] Error &&error() && { return std::get<1>(std::move(m_state)); }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void>
{
public:
    using value_type = void;

    Result() = default;
    Result(Error error) // NOLINT(google-explicit-constructor)
        : m_error(std::move(error))
        , m_hasValue(false)
    { }

    [[nodiscard]] bool has_value() const noexcept { return m_hasValue; }
    explicit operator bool() const noexcept { return m_hasValue; }
    [[nodiscard]] const Error &error() const & { return m_error; }
    [[nodiscard]] Error &&error() && { return std::move(m_error); }

private:
    Error m_error;
    bool m_hasValue = true;
};

} // namespace earshot
