# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 sessions with a heartbeat a second start no process, hold no run slot and miss no beat."""

import json
import os
import pathlib
import subprocess
import unittest

from lib.earshot import BINARY, Service, wait_until

SESSIONS = 1000
SECONDS = 5
SERVER = pathlib.Path(
    os.environ.get("EARSHOT_BENCH_SERVER", BINARY.parents[2] / "tests/bench/server/bench_server")
)


class ThousandSessionsTest(unittest.TestCase):
    def ask(self):
        self.server.stdin.write("stats\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())

    def setUp(self):
        self.server = subprocess.Popen(
            [SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(self.server.communicate)
        self.url = json.loads(self.server.stdout.readline())["url"]

    def test_heartbeats_cost_no_process(self):
        with Service() as service:
            service.script("f/t/never.py", "def main(msg):\n    raise SystemExit(1)\n")
            for number in range(SESSIONS):
                service.save(
                    f"f/t/bot{number}",
                    url=f"{self.url}/beats?interval_ms=1000",
                    script_path="f/t/never",
                    heartbeat={"interval_secs": 1, "message": "beat"},
                )
            wait_until(
                lambda: service.call("service.status")["ready"] == SESSIONS, "all are connected"
            )
            self.server.stdin.write("reset\n")
            first = self.ask()["beats"]
            worst = 0

            def enough():
                nonlocal worst
                status = service.call("service.status")
                worst = max(worst, status["totals"]["running"] + status["totals"]["queued"])
                return self.ask()["beats"] - first >= SESSIONS * SECONDS

            wait_until(enough, "the heartbeats")
            stats = self.ask()
            self.assertEqual(stats["connections"], SESSIONS)
            # A gap of more than 1.5 s; a busy machine may delay a few, none may be lost.
            self.assertLess(stats["late"], SESSIONS * SECONDS * 0.02, stats)
            self.assertLess(stats["longest_gap_ms"], 3000, stats)
            self.assertEqual(worst, 0)
            self.assertEqual(service.runs(), [])
            self.assertEqual(service.call("service.status")["totals"]["reconnects"], 0)


if __name__ == "__main__":
    unittest.main()
