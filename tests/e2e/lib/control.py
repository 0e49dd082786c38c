# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the control API (docs/rpc.md), for what would cost a process on the command line."""

import json
import socket

from lib.waiting import DEADLINE


class ControlError(Exception):
    """An error answer of the service."""

    def __init__(self, error):
        data = error.get("data") or {}
        self.code = data.get("code", "")
        self.message = error.get("message", "")
        self.detail = data.get("detail", "")
        super().__init__(f"{self.code}: {self.message} {self.detail}".strip())


class Control:
    """One connection to the service's socket. Not for several threads."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(DEADLINE)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._serial = 0
        self.notices = []  # texts of service.notice that were read so far
        self.pushes = []  # every other push, as (method, params)
        self.call("service.hello", api=1, client="e2e")

    def call(self, method, **params):
        """The result; raises ControlError. Reads the pushes that came before the answer."""
        self._serial += 1
        request = {"jsonrpc": "2.0", "id": self._serial, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            line = self._lines.readline()
            if not line:
                raise ConnectionError(f"the service closed the control socket during {method}")
            message = json.loads(line)
            if message.get("id") == self._serial:
                if "error" in message:
                    raise ControlError(message["error"])
                return message["result"]
            if message.get("method") == "service.notice":
                self.notices.append(message["params"]["text"])
            elif "method" in message:
                self.pushes.append((message["method"], message.get("params")))

    def close(self):
        self._lines.close()
        self._socket.close()
