// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/result.h"

#include <QString>

namespace earshot::rpc {

/// Codes of JSON-RPC 2.0 itself, and the one of ours that no ErrorCode stands for.
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kUnknownMethod = -32601;
inline constexpr int kHelloRequired = -32000;

/// The code an error of ours has on the wire.
[[nodiscard]] int rpcCode(ErrorCode code);
/// Its name in `error.data.code`.
[[nodiscard]] QString rpcName(int rpcCode);
/// What a code from the wire means to a client; Internal for codes we do not know.
[[nodiscard]] ErrorCode errorCode(int rpcCode);

} // namespace earshot::rpc
