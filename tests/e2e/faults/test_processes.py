# SPDX-License-Identifier: GPL-3.0-or-later
"""No script outlives the service, however that ends."""

import os
import pathlib
import time
import unittest

from lib.earshot import ScriptedServer, Service, wait_until

# Says who it is, then works for ever, deaf to SIGTERM, with a child of its own.
STUBBORN = """\
trap '' TERM
sleep 1000 &
echo $$ $! >>"{pids}"
while true; do sleep 0.2; done
"""


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class ProcessesTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(ScriptedServer())
        self.service = self.enterContext(Service(start=False))
        pids = self.service.folder / "pids"
        self.service.script("f/t/stubborn.sh", STUBBORN.format(pids=pids))
        self.service.start()
        self.service.save("f/t/bot", url=self.server.url, script_path="f/t/stubborn")
        end = self.server.wait_connection()
        self.service.wait_ready("f/t/bot")
        end.send("1", "2")
        wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 4, "both runs work")
        self.pids = list(map(int, pids.read_text().split()))
        self.assertEqual([pid for pid in self.pids if not is_alive(pid)], [])

    def wait_all_gone(self):
        wait_until(
            lambda: not any(map(is_alive, self.pids)),
            lambda: f"gone: {[pid for pid in self.pids if is_alive(pid)]} of {self.pids} live",
        )

    def test_kill9_of_the_service_leaves_no_process(self):
        self.service.kill9()
        self.wait_all_gone()
        # Nothing is run again: the trigger is not marked safe to repeat.
        self.service.start()
        statuses = [run["status"] for run in self.service.runs("f/t/bot")]
        self.assertEqual(statuses, ["interrupted", "interrupted"])

    def test_sigterm_ends_in_order(self):
        began = time.monotonic()
        self.service.stop()  # fails unless the exit code is 0
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual([pid for pid in self.pids if is_alive(pid)], [])
        self.assertIn(self.server.connections[0].wait_closed(), (1000, 1001))

    def test_panic_stops_everything_at_once(self):
        done = self.service.cli("panic")
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("1 connections, stopped 2 runs", done.out)
        self.wait_all_gone()
        self.server.connections[0].wait_closed()
        self.service.wait_disabled("f/t/bot")
        self.assertTrue(os.path.exists(self.service.socket))
        runs = self.service.wait_runs("f/t/bot", 2)
        self.assertEqual([run["status"] for run in runs], ["cancelled", "cancelled"])


if __name__ == "__main__":
    unittest.main()
