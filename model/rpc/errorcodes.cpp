// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/rpc/errorcodes.h"

#include <array>

using namespace Qt::StringLiterals;

namespace earshot::rpc {

namespace {

struct Entry
{
    int rpc;
    ErrorCode code;
    const char *name;
    bool forResults; ///< answers rpcCode(); the others come from the protocol itself
};

/// The one table; docs/rpc.md repeats it for people.
constexpr std::array<Entry, 18> kTable{{
    {kParseError, ErrorCode::Parse, "parse", false},
    {kInvalidRequest, ErrorCode::InvalidArgument, "invalid_request", false},
    {kUnknownMethod, ErrorCode::Unsupported, "unknown_method", false},
    {-32602, ErrorCode::InvalidArgument, "invalid_argument", true},
    {-32603, ErrorCode::Internal, "internal", true},
    {kHelloRequired, ErrorCode::InvalidArgument, "hello_required", false},
    {-32001, ErrorCode::Parse, "parse", true},
    {-32002, ErrorCode::NotFound, "not_found", true},
    {-32003, ErrorCode::AlreadyExists, "already_exists", true},
    {-32004, ErrorCode::Conflict, "conflict", true},
    {-32005, ErrorCode::PermissionDenied, "permission_denied", true},
    {-32006, ErrorCode::Unsupported, "unsupported", true},
    {-32007, ErrorCode::Unavailable, "unavailable", true},
    {-32008, ErrorCode::Timeout, "timeout", true},
    {-32009, ErrorCode::Cancelled, "cancelled", true},
    {-32010, ErrorCode::LimitExceeded, "limit_exceeded", true},
    {-32011, ErrorCode::Corrupt, "corrupt", true},
    {-32012, ErrorCode::Io, "io", true},
}};

} // namespace

int rpcCode(ErrorCode code)
{
    for (const Entry &entry : kTable) {
        if (entry.forResults && entry.code == code) {
            return entry.rpc;
        }
    }
    return -32603;
}

QString rpcName(int rpcCode)
{
    for (const Entry &entry : kTable) {
        if (entry.rpc == rpcCode) {
            return QString::fromLatin1(entry.name);
        }
    }
    return u"internal"_s;
}

ErrorCode errorCode(int rpcCode)
{
    for (const Entry &entry : kTable) {
        if (entry.rpc == rpcCode) {
            return entry.code;
        }
    }
    return ErrorCode::Internal;
}

} // namespace earshot::rpc
