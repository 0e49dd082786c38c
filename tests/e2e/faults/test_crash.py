# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at any moment loses nothing that was accepted and repeats nothing that may not be."""

import collections
import json
import os
import random
import time
import unittest

from faults.numbered import WINDOW, NumberedServer
from lib.earshot import Service, wait_until

TRIGGER = "f/t/numbered"
KILLS = 10
RUNS_BEFORE = 2000
# Appends its number to a file before it answers: the effect that must not happen twice.
SCRIPT = """\
import json, os
effects = os.open({file!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def main(msg):
    number = json.loads(msg)["n"]
    os.write(effects, b"%d\\n" % number)
    return {{"id": number}}
"""


class CrashTest(unittest.TestCase):
    def recorded(self, service):
        """The numbers of all recorded messages, in the order of their ids, and their statuses."""
        runs = [run for run in service.runs(TRIGGER) if run["purpose"] == "message"]
        return [json.loads(run["message"])["n"] for run in runs], [run["status"] for run in runs]

    def check_records(self, service, server):
        numbers, _ = self.recorded(service)
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertGreaterEqual(len(numbers), server.highest_reply)
        return len(numbers)

    def crash(self, repeat_safe):
        seed = int(os.environ.get("EARSHOT_TEST_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed}")  # EARSHOT_TEST_SEED repeats the moments of the kills
        moments = random.Random(seed)
        with Service(start=False) as service, NumberedServer() as server:
            effects = service.folder / "effects"
            service.script("f/t/numbered.py", SCRIPT.format(file=str(effects)))
            service.start()
            service.save(
                TRIGGER,
                url=server.url,
                script_path="f/t/numbered",
                can_return_message=True,
                delivery={"isolation": "worker", "repeat_safe": repeat_safe},
            )
            server.go_on()
            wait_until(
                lambda: server.replies >= RUNS_BEFORE,
                lambda: f"{RUNS_BEFORE} replies, there are {server.replies}",
            )
            for _ in range(KILLS):
                # Also at a moment between two replies: some of the kills come at once.
                wanted = server.replies + moments.randrange(0, 60)
                wait_until(lambda: server.replies >= wanted, f"{wanted} replies")
                time.sleep(moments.uniform(0, 0.02))
                service.kill9()
                server.hold()
                before = server.connections
                service.start()
                known = self.check_records(service, server)
                wait_until(lambda: server.connections > before, "the trigger connects again")
                server.go_on(known + 1)
            server.hold()
            final = {"success", "interrupted"}
            wait_until(
                lambda: final.issuperset(self.recorded(service)[1]), "every run comes to its end"
            )
            self.check_records(service, server)
            numbers, statuses = self.recorded(service)
            self.assertGreater(len(numbers), RUNS_BEFORE)
            counts = collections.Counter(map(int, effects.read_text().split()))
            self.assertLessEqual(set(counts), set(numbers))
            if repeat_safe:
                self.assertEqual(set(statuses), {"success"})
                self.assertEqual(set(counts), set(numbers))
            else:
                self.assertEqual([number for number, times in counts.items() if times > 1], [])
                for number, status in zip(numbers, statuses):
                    if status == "success":
                        self.assertEqual(counts[number], 1, f"number {number}")
                # What was handed to the worker may have begun; the rest waited and was run later.
                self.assertLessEqual(statuses.count("interrupted"), KILLS * WINDOW)
                print(f"{statuses.count('interrupted')} interrupted")

    def test_runs_are_not_repeated(self):
        self.crash(repeat_safe=False)

    def test_runs_marked_safe_are_repeated(self):
        self.crash(repeat_safe=True)


if __name__ == "__main__":
    unittest.main()
