# SPDX-License-Identifier: GPL-3.0-or-later
"""What bad input gets: a clear error, and nothing lost."""

import json
import pathlib
import resource
import shutil
import tempfile
import unittest

from lib.earshot import ScriptedServer, Service, wait_until

ECHO = "def main(msg):\n    return msg\n"
GOOD = """\
url: {url}
script_path: f/t/echo
is_flow: false
filters: []
can_return_message: true
can_return_error_result: false
"""


class WithService(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(ScriptedServer())
        self.service = self.enterContext(Service(start=False))
        self.service.env["EARSHOT_WORKSPACE"] = str(self.service.workspace)
        self.service.script("f/t/echo.py", ECHO)

    def bot(self, path="f/t/bot", **keys):
        """A connected trigger; the server's end of its connection."""
        number = len(self.server.connections) + 1
        keys = {"script_path": "f/t/echo", "can_return_message": True, **keys}
        self.service.save(path, url=self.server.url, **keys)
        connection = self.server.wait_connection(number)
        self.service.wait_ready(path)
        return connection


class TriggerFileTest(WithService):
    def test_bad_file_is_refused_whole_and_the_old_one_stays(self):
        service = self.service
        service.start()
        file = service.script("f/t/bot.websocket_trigger.yaml", GOOD.format(url=self.server.url))
        self.assertEqual(service.cli("trigger", "import", file).code, 0)
        self.server.wait_connection()
        before = service.call("trigger.get", path="f/t/bot")["document"]
        bad = {
            "url": (GOOD.format(url="http://wrong"), "url"),
            "syntax": ("url: ws://x\n  script_path: [\n", "line 2"),
            "type": (GOOD.format(url=self.server.url) + "heartbeat: 7\n", "heartbeat"),
            "duplicate": (GOOD.format(url="ws://x") + "url: ws://y\n", "url"),
            "missing": ("url: ws://x\nscript_path: f/t/echo\nis_flow: false\n", "filters"),
            "empty": ("", "f/t/bot.websocket_trigger.yaml"),
            "bytes": ("url: \x01\n", "f/t/bot.websocket_trigger.yaml"),
        }
        for name, (text, named) in bad.items():
            with self.subTest(name):
                file.write_text(text)
                for verb in ("validate", "import"):
                    done = service.cli("trigger", verb, file)
                    self.assertEqual(done.code, 1, done)
                    self.assertIn(named, done.out + done.err)
                    self.assertIn("bot.websocket_trigger.yaml", done.out + done.err)
                self.assertEqual(service.call("trigger.get", path="f/t/bot")["document"], before)
        # Never cut off by any of it.
        self.assertEqual(len(self.server.connections), 1)
        self.assertFalse(self.server.connections[0].closed)

    def test_two_problems_are_both_named(self):
        service = self.service
        file = service.script(
            "f/t/two.websocket_trigger.yaml",
            "url: http://wrong\nscript_path: f/t/echo\nis_flow: false\nheartbeat: {}\n",
        )
        done = service.cli("trigger", "validate", file)
        self.assertEqual(done.code, 1)
        for named in ("url", "heartbeat"):
            self.assertIn(named, done.out + done.err)

    def test_file_that_is_not_there(self):
        done = self.service.cli("trigger", "validate", "nowhere.websocket_trigger.yaml")
        self.assertEqual(done.code, 1)
        self.assertIn("nowhere.websocket_trigger.yaml", done.err + done.out)


class ScriptTest(WithService):
    def test_missing_runtime_names_what_to_install(self):
        bare = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, bare)
        script = self.service.script("f/t/on.ts", "export function main(msg) { return msg }")
        done = self.service.cli("run", script, "--msg", "1", "--json", env={"PATH": bare})
        self.assertEqual(done.code, 1)
        self.assertEqual(done.lines[0]["status"], "failed_to_start")
        text = json.dumps(done.lines[0]["error"])
        self.assertRegex(text, "(?i)bun")
        self.assertRegex(text, "(?i)install")
        told = self.service.cli("doctor", "--json", env={"PATH": bare})
        bun = [line for line in told.lines if line["name"] == "Bun"][0]
        self.assertEqual(bun["state"], "missing")
        self.assertTrue(bun["fix"])

    def test_missing_and_broken_scripts_fail_runs_and_keep_the_session(self):
        service = self.service
        service.script("f/t/broken.py", "def main(msg:\n")
        service.start()
        for name in ("broken", "gone"):
            with self.subTest(name):
                end = self.bot(f"f/t/{name}bot", script_path=f"f/t/{name}")
                end.send("one", "two")
                runs = service.wait_runs(f"f/t/{name}bot", 2)
                for run in runs:
                    self.assertIn(run["status"], ("failure", "failed_to_start"))
                self.assertIn(name, service.run(runs[0]["id"])["result"])
                # The script is mended: the next message runs, on the same connection.
                service.script(f"f/t/{name}.py", ECHO)
                end.send("three")
                self.assertEqual(end.wait_received(1), ["three"])
                self.assertFalse(end.closed)
                self.assertEqual(service.trigger(f"f/t/{name}bot")["counters"]["reconnects"], 0)


class MessageTest(WithService):
    def test_oversized_message_closes_with_1009_and_reconnects(self):
        self.service.start()
        end = self.bot(connection={"max_message_bytes": 1000})
        end.send("x" * 1000)
        end.wait_received(1)
        end.send("x" * 1001)
        self.assertEqual(end.wait_closed(), 1009)
        again = self.server.wait_connection(2)
        self.service.wait_ready("f/t/bot")
        self.assertEqual(self.service.trigger("f/t/bot")["counters"]["reconnects"], 1)
        again.send("small")
        self.assertEqual(again.wait_received(1), ["small"])

    def test_bad_utf8_closes_with_1007_and_reconnects(self):
        self.service.start()
        end = self.bot()
        end.send_raw(b"\x81\x02\xff\xfe")
        self.assertEqual(end.wait_closed(), 1007)
        again = self.server.wait_connection(2)
        again.send("good")
        self.assertEqual(again.wait_received(1), ["good"])

    def test_deep_json_is_no_danger(self):
        self.service.start()
        end = self.bot(filters=[{"key": "type", "value": "order"}])
        deep = '{"type":"order","x":' + "[" * 100_000 + "]" * 100_000 + "}"
        end.send(deep, "[" * 1_000_000, '{"type":"order",' + "}" * 10, '{"type":"order","last":1}')
        self.assertEqual(end.wait_received(2), [deep, '{"type":"order","last":1}'])
        self.assertFalse(end.closed)

    def test_binary_messages(self):
        service = self.service
        service.script(
            "f/t/event.py",
            "def preprocessor(event):\n"
            "    return {'msg': event['msg'], 'binary': event.get('binary')}\n"
            "def main(msg, binary=None):\n    return [msg, binary]\n",
        )
        service.start()
        end = self.bot("f/t/ignoring")
        end.send(b"\x00\xff", "text")
        self.assertEqual(end.wait_received(1), ["text"])
        counters = service.trigger("f/t/ignoring")["counters"]
        self.assertEqual((counters["received"], counters["succeeded"]), (2, 1))
        end = self.bot("f/t/base64", script_path="f/t/event", delivery={"binary": "base64"})
        end.send(b"\x00\xff")
        self.assertEqual(json.loads(end.wait_received(1)[0]), ["AP8=", True])


class QueueTest(WithService):
    GATE = (
        "import pathlib, time\n"
        "def main(msg):\n"
        "    while not pathlib.Path({gate!r}).exists():\n"
        "        time.sleep(0.02)\n"
        "    return msg\n"
    )

    def fill(self, overflow):
        """One runs and three may wait; seven are sent: the numbers answered, the counters."""
        service = self.service
        gate = service.folder / "gate"
        service.script("f/t/gate.py", self.GATE.format(gate=str(gate)))
        service.start()
        end = self.bot(
            script_path="f/t/gate",
            delivery={"concurrency": 1, "queue_limit": 3, "overflow": overflow},
        )
        end.send("1")
        service.wait_trigger("f/t/bot", lambda one: one["counters"]["running"] == 1, "running")
        end.send(*"234567")
        service.wait_trigger(
            "f/t/bot",
            lambda one: one["counters"]["received"] == 7 or one["mode"] == "disabled",
            "all messages are there",
        )
        self.counters = service.trigger("f/t/bot")["counters"]
        gate.touch()
        runs = service.wait_runs("f/t/bot", 4, statuses={"success"})
        return [run["message"] for run in runs]

    def test_drop_newest(self):
        self.assertEqual(self.fill("drop_newest"), ["1", "2", "3", "4"])
        self.assertEqual(self.counters["dropped"], 3)
        self.assertEqual(self.service.trigger("f/t/bot")["mode"], "enabled")

    def test_drop_oldest(self):
        self.assertEqual(self.fill("drop_oldest"), ["1", "5", "6", "7"])
        self.assertEqual(self.counters["dropped"], 3)

    def test_stop(self):
        self.assertEqual(self.fill("stop"), ["1", "2", "3", "4"])
        self.assertIn("queue", self.service.wait_disabled("f/t/bot"))

    def test_pause_after_failures(self):
        service = self.service
        service.script("f/t/fails.py", "def main(msg):\n    raise ValueError(msg)\n")
        service.start()
        end = self.bot(
            script_path="f/t/fails", delivery={"concurrency": 1, "pause_after_failures": 3}
        )
        end.send(*"123")
        service.wait_runs("f/t/bot", 3)
        service.wait_trigger("f/t/bot", lambda one: one["mode"] == "suspended", "suspended")
        service.wait_ready("f/t/bot")
        self.server.connections[-1].send("4")
        service.wait_runs("f/t/bot", 1, statuses={"suspended"})
        self.assertEqual(len(service.wait_runs("f/t/bot", 3)), 3)


class StorageTest(WithService):
    def test_corrupt_database_is_set_aside(self):
        service = self.service
        service.start()
        self.bot()
        service.stop()
        database = service.data_dir / "earshot.db"
        broken = b"this was a database" * 1000
        database.write_bytes(broken)
        for suffix in ("-wal", "-shm"):
            pathlib.Path(f"{database}{suffix}").unlink(missing_ok=True)
        service.start()
        self.assertEqual(service.call("trigger.list")["items"], [])
        aside = list(service.data_dir.glob("earshot.db.corrupt-*"))
        self.assertEqual([file.read_bytes() for file in aside], [broken])
        self.assertIn(aside[0].name, service.process.stderr)
        # The next start is an ordinary one.
        service.restart()
        self.assertEqual(list(service.data_dir.glob("earshot.db.corrupt-*")), aside)

    def test_full_disk_stops_accepting_and_resumes(self):
        service = self.service
        service.start()
        end = self.bot()
        end.send("before")
        end.wait_received(1)
        # No file may grow any more; larger than all small ones, so that only data hits it.
        size = max(
            file.stat().st_size for file in service.data_dir.rglob("*") if file.is_file()
        )
        limit = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, limit[1]))
        for number in range(64):
            if end.closed:
                break
            try:
                end.send(f"{number} " + "x" * 100_000)
            except Exception:  # closed meanwhile, which is one way of not accepting
                break
        wait_until(
            lambda: service.call("service.status")["problem"], "the service says what is wrong"
        )
        status = service.cli("status")
        self.assertEqual(status.code, 0)
        self.assertIn("written", status.out)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, limit)
        wait_until(
            lambda: not service.call("service.status")["problem"], "writing works again"
        )
        service.wait_ready("f/t/bot")
        last = self.server.connections[-1]
        last.send("after")
        wait_until(lambda: "after" in last.received, "messages are accepted again")
        accepted = [run["message"] for run in service.runs("f/t/bot")]
        self.assertEqual((accepted[0], accepted[-1]), ("before", "after"))

    def test_second_service_is_refused_with_the_pid_of_the_first(self):
        self.service.start()
        done = self.service.cli("serve", env={"EARSHOT_SOCKET": str(self.service.folder / "s2")})
        self.assertEqual(done.code, 1)
        self.assertIn(f"pid {self.service.process.pid}", done.err)
        # The first one is unharmed.
        self.service.call("service.status")


if __name__ == "__main__":
    unittest.main()
