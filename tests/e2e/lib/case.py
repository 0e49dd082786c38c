# SPDX-License-Identifier: GPL-3.0-or-later
"""A test case with one service for all its tests; each test has triggers of its own."""

import unittest

from lib.earshot import ControlError, ScriptedServer, Service

ECHO = "def main(msg):\n    return msg\n"


class Bot:
    """A saved trigger with its server."""

    def __init__(self, service, path, server):
        self.service = service
        self.path = path
        self.server = server

    def connected(self, number=1):
        """The server's end of the number-th connection, once the trigger is ready."""
        connection = self.server.wait_connection(number)
        self.service.wait_ready(self.path)
        return connection

    def summary(self):
        return self.service.trigger(self.path)

    def wait_disabled(self):
        return self.service.wait_disabled(self.path)

    def wait_runs(self, count, **more):
        return self.service.wait_runs(self.path, count, **more)

    def runs(self):
        """Runs of messages, in any state."""
        return [one for one in self.service.runs(self.path) if one["purpose"] == "message"]

    def detail(self, number=0):
        """The number-th finished run with its bodies."""
        return self.service.run(self.wait_runs(number + 1)[number]["id"])


class ServiceCase(unittest.TestCase):
    maxDiff = 4000
    env = {}  # of the service
    service = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service(**cls.env)
        cls.addClassCleanup(cls.service.close)

    @property
    def name(self):
        """Of the running test, usable in paths."""
        return self.id().split(".")[-1]

    def serve(self, **settings):
        server = ScriptedServer(**settings)
        self.addCleanup(server.close)
        return server

    def script(self, text=ECHO, ending=".py", name=None):
        """Writes a script of this test; its workspace path."""
        path = f"f/{self.name}/{name or 'script'}"
        self.service.script(path + ending, text)
        return path

    def bot(self, text=ECHO, ending=".py", server=None, name="bot", **keys):
        """A script, a trigger that runs it, and the server it connects to."""
        server = server or self.serve()
        path = f"f/{self.name}/{name}"
        keys.setdefault("url", server.url)
        script = "script" if name == "bot" else name
        keys.setdefault("script_path", self.script(text, ending, script))
        self.service.save(path, **keys)
        self.addCleanup(self._delete, path)
        return Bot(self.service, path, server)

    def _delete(self, path):
        if self.service.control is not None:
            if any(one["path"] == path for one in self.service.triggers()):
                self.service.call("trigger.delete", path=path)

    def refusal(self, **keys):
        """What saving such a trigger is refused with: message and detail."""
        keys.setdefault("url", "ws://127.0.0.1:1/")
        with self.assertRaises(ControlError) as refused:
            self.service.save(f"f/{self.name}/bot", **keys)
        self.assertEqual(refused.exception.code, "invalid_argument")
        return f"{refused.exception.message}\n{refused.exception.detail}"
