# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers nobody here wrote: graphql-ws, the debugger of Chromium, Python's websockets."""

import json
import subprocess
import threading
import unittest

from lib.earshot import SOURCE_DIR, TOOLS, Sandbox, wait_until

SERVERS = SOURCE_DIR / "tests/support/servers"


class RealServersTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())

    def start(self, *command):
        """The URL of a server of tests/support/servers; what it says goes to self.said."""
        server = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said = []
        url = json.loads(server.stdout.readline())["url"]

        def read():
            for line in server.stdout:
                self.said.append(json.loads(line))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()

        def end():
            server.stdin.close()
            server.wait(60)
            reader.join(60)
            server.stdout.close()

        self.addCleanup(end)
        return url

    def test_graphql_subscription(self):
        url = self.start(TOOLS / "node", SERVERS / "graphql.mjs", "--token", "t0")
        script = self.sandbox.script(
            "tick.py",
            "import json\ndef main(msg):\n    return json.loads(msg)['payload']['data']['ticks']\n",
        )
        subscribe = {
            "id": "1",
            "type": "subscribe",
            "payload": {"query": "subscription { ticks(count: 3) { number text } }"},
        }
        with self.sandbox.listen(
            url, script,
            "--subprotocol", "graphql-transport-ws",
            "--initial", '{"type":"connection_init","payload":{"token":"t0"}}',
            "--initial", json.dumps(subscribe),
            "--filter", "type=next", "--concurrency", 1, "--count", 3,
        ) as listening:  # fmt: skip
            self.assertEqual(listening.wait(), 0, listening.stderr)
            self.assertEqual(
                [line["result"] for line in listening.lines],
                [{"number": n, "text": f"tick {n} – größer"} for n in (1, 2, 3)],
            )
        wait_until(lambda: any(one["event"] == "disconnected" for one in self.said), "its goodbye")

    def test_wrong_subprotocol_is_named(self):
        url = self.start(TOOLS / "node", SERVERS / "graphql.mjs")
        script = self.sandbox.script("any.py", "def main(msg):\n    return msg\n")
        done = self.sandbox.cli("listen", url, "--run", script, "--subprotocol", "graphql-ws")
        self.assertEqual(done.code, 1)
        self.assertIn("graphql-ws", done.err)

    def test_chrome_devtools_protocol(self):
        url = self.start("/usr/bin/python3", SERVERS / "chromium.py")
        # Asks the page a second question in its reply, so that two answers come.
        script = self.sandbox.script(
            "cdp.py",
            "import json\n"
            "def main(msg):\n"
            "    answer = json.loads(msg)\n"
            "    if answer['id'] == 1:\n"
            "        return {'id': 2, 'method': 'Runtime.evaluate',\n"
            "                'params': {'expression': '6 * 7'}}\n"
            "    return answer['result']['result']['value']\n",
        )
        with self.sandbox.listen(
            url, script, "--reply", "--count", 2,
            "--initial", '{"id":1,"method":"Runtime.evaluate","params":{"expression":"1"}}',
            "--filter-logic", "or", "--filter", "id=1", "--filter", "id=2",
        ) as listening:  # fmt: skip
            lines = listening.wait_lines(2)
            self.assertEqual(lines[1]["result"], 42, lines)
            self.assertEqual(json.loads(lines[0]["reply"])["id"], 2)

    def test_python_websockets(self):
        url = self.start("/usr/bin/python3", SERVERS / "echo.py")
        script = self.sandbox.script("any.py", "def main(msg):\n    return 'pong'\n")
        with self.sandbox.listen(
            url, script, "--reply", "--count", 1, "--filter", "type=hello"
        ) as listening:
            self.assertEqual(listening.wait(), 0, listening.stderr)
        self.assertIn({"event": "message", "text": "pong", "binary": False}, self.said)


if __name__ == "__main__":
    unittest.main()
