# SPDX-License-Identifier: GPL-3.0-or-later
"""Output while a run goes on, stepping, dry replies, and a debugger that really connects."""

import asyncio
import json
import pathlib
import socket
import time
import urllib.request

import websockets

from lib.case import ServiceCase
from lib.earshot import ControlError, wait_until
from lib.waiting import DEADLINE

SLOW = """
import os, time
def preprocessor(event):
    return {"text": event["msg"], "url": event["url"]}
def main(text, url):
    print("begin", text, flush=True)
    while not os.path.exists(%r):
        time.sleep(0.01)
    print("end", flush=True)
    return url
"""
COMMON = "exports.main = main;\nfunction main(msg) {\n  return msg.length;\n}\n"
TYPED = "export function main(msg: string) {\n  return msg.length;\n}\n"


class Following(ServiceCase):
    def pieces(self, run):
        self.service.call("service.status")
        found = []
        for name, params in self.service.control.pushes:
            if name == "run.output" and params["id"] == run:
                found += params["output"]
        return found

    def test_output_comes_while_it_runs(self):
        gate = self.service.folder / "gate"
        path = self.script(SLOW % str(gate))
        run = self.service.call(
            "run.start", runnable=path, message="hello", event=True, url="ws://there/"
        )["id"]
        followed = self.service.call("run.follow", id=run)
        self.assertNotEqual(followed["subscription"], 0)
        said = list(followed["output"])

        def text(stream):
            return "".join(
                one["text"] for one in said + self.pieces(run) if one["stream"] == stream
            )

        wait_until(lambda: "begin hello\n" in text("log"), lambda: self.pieces(run))
        self.assertEqual(json.loads(text("preprocessed")), {"text": "hello", "url": "ws://there/"})
        self.assertNotIn("end\n", text("log"))
        self.assertEqual(self.service.run(run)["run"]["status"], "running")
        late = self.service.call("run.follow", id=run)
        self.assertIn("begin hello\n", "".join(one["text"] for one in late["output"]))
        gate.touch()
        wait_until(lambda: text("end"), lambda: self.pieces(run))
        self.assertIn("end\n", text("log"))
        self.assertTrue(text("end").startswith("success"))
        self.assertEqual(self.service.run(run)["result"], '"ws://there/"')
        self.assertEqual(self.service.call("run.follow", id=run)["subscription"], 0)

    def test_secrets_stay_masked(self):
        self.service.call("secret.set", path="u/ada/key", value="correct-horse-battery")
        path = self.script(
            "import sys, time\n"
            "def main(msg):\n"
            "    sys.stdout.write('correct-horse'); sys.stdout.flush(); time.sleep(0.2)\n"
            "    print('-battery and more')\n"
        )
        run = self.service.call("run.start", runnable=path, message="x")["id"]
        said = self.service.call("run.follow", id=run)["output"]
        wait_until(
            lambda: any(one["stream"] == "end" for one in said + self.pieces(run)),
            lambda: self.pieces(run),
        )
        log = "".join(one["text"] for one in said + self.pieces(run) if one["stream"] == "log")
        self.assertIn("and more", log)
        self.assertNotIn("horse", log)

    def test_a_program_is_followed(self):
        gate = self.service.folder / "gate2"
        self.service.script(
            "f/prog/tool", f"#!/bin/sh\necho begun >&2\nwhile [ ! -e {gate} ]; do sleep 0.02; done\n",
            0o755,
        )  # fmt: skip
        run = self.service.call("run.start", runnable="f/prog/tool", message="x")["id"]
        said = self.service.call("run.follow", id=run)["output"]
        wait_until(
            lambda: "begun\n" in "".join(one["text"] for one in said + self.pieces(run)),
            lambda: self.pieces(run),
        )
        gate.touch()
        wait_until(
            lambda: any(one["stream"] == "end" for one in self.pieces(run)),
            lambda: self.pieces(run),
        )


class Stepping(ServiceCase):
    def test_one_message_at_a_time(self):
        bot = self.bot()
        connection = bot.connected()
        self.service.set_mode(bot.path, "suspended")
        connection = bot.connected(2)
        for text in ("one", "two", "three"):
            connection.send(text)
        self.service.wait_trigger(
            bot.path, lambda one: one["counters"]["suspended"] == 3, "three waiting"
        )
        for at, text in enumerate(("one", "two", "three"), 1):
            self.assertEqual(
                self.service.call("trigger.resume", path=bot.path, count=1), {"count": 1}
            )
            done = bot.wait_runs(at)
            self.assertEqual([run["message"] for run in done], ["one", "two", "three"][:at])
            self.assertEqual(bot.summary()["counters"]["suspended"], 3 - at)
            self.assertEqual(bot.summary()["mode"], "suspended")
        self.assertEqual(
            self.service.call("trigger.resume", path=bot.path, count=1), {"count": 0}
        )
        connection.send("four")
        connection.send("five")
        self.service.wait_trigger(
            bot.path, lambda one: one["counters"]["suspended"] == 2, "two waiting"
        )
        self.assertEqual(
            self.service.call("trigger.cancel_suspended", path=bot.path, count=1), {"count": 1}
        )
        self.assertEqual(
            [run["message"] for run in self.service.runs(bot.path, status="suspended")], ["five"]
        )


class DryReplies(ServiceCase):
    def replies(self, bot, count):
        return wait_until(
            lambda: (
                lambda items: items if len(items) == count else None
            )(self.service.call("reply.list", path=bot.path)["items"]),
            lambda: f"{count} held back: {self.service.call('reply.list', path=bot.path)}",
        )  # fmt: skip

    def test_shown_edited_sent_dropped(self):
        bot = self.bot(
            "import earshot\ndef main(msg):\n    earshot.send('during ' + msg)\n    return msg\n",
            can_return_message=True,
        )
        connection = bot.connected()
        state = self.service.call("debug.dry_replies", path=bot.path, on=True)
        self.assertTrue(state["dry_replies"])
        connection.send("a")
        held = self.replies(bot, 2)
        self.assertEqual([one["text"] for one in held], ["during a", "a"])
        self.assertEqual([one["during_run"] for one in held], [True, False])
        row = bot.wait_runs(1)[0]
        self.assertFalse(row["replied"])
        self.assertIn("held back", row["reply_error"])
        self.assertEqual(self.service.call("debug.state", path=bot.path)["pending_replies"], 2)
        sent = self.service.call("reply.send", id=held[1]["id"], text="a, edited")
        self.assertEqual(sent["bytes"], 9)
        self.service.call("reply.drop", id=held[0]["id"])
        with self.assertRaises(ControlError) as gone:
            self.service.call("reply.send", id=held[0]["id"])
        self.assertEqual(gone.exception.code, "not_found")
        self.service.call("debug.dry_replies", path=bot.path, on=False)
        connection.send("b")
        wait_until(lambda: len(connection.received) >= 3, lambda: connection.received)
        self.assertEqual(connection.received[:3], ["a, edited", "during b", "b"])
        self.assertEqual(self.service.call("reply.list", path=bot.path)["items"], [])

    def test_stepped_runs_show_their_reply(self):
        bot = self.bot(can_return_message=True)
        bot.connected()
        self.service.set_mode(bot.path, "suspended")
        connection = bot.connected(2)
        self.service.call("debug.dry_replies", path=bot.path, on=True)
        connection.send("x")
        self.service.wait_trigger(
            bot.path, lambda one: one["counters"]["suspended"] == 1, "one waiting"
        )
        self.service.call("trigger.resume", path=bot.path, count=1)
        held = self.replies(bot, 1)
        self.service.call("reply.send", id=held[0]["id"])
        wait_until(lambda: connection.received == ["x"], lambda: connection.received)

    def test_without_a_connection_it_stays(self):
        bot = self.bot(can_return_message=True)
        connection = bot.connected()
        self.service.call("debug.dry_replies", path=bot.path, on=True)
        connection.send("x")
        held = self.replies(bot, 1)
        self.service.set_mode(bot.path, "disabled")
        with self.assertRaises(ControlError) as refused:
            self.service.call("reply.send", id=held[0]["id"])
        self.assertEqual(refused.exception.code, "unavailable")
        self.assertEqual(len(self.replies(bot, 1)), 1)
        with self.assertRaises(ControlError):
            self.service.call("debug.dry_replies", path="f/no/such", on=True)


class Attaching(ServiceCase):
    """The debug port is spoken to as a debugger would."""

    def attach(self, bot):
        state = self.service.call("debug.attach", path=bot.path)
        self.assertTrue(state["attached"])
        launch = json.loads(state["launch"])
        self.assertEqual(launch["version"], "0.2.0")
        self.assertIn(str(state["port"]), state["launch"])
        self.assertNotIn("{port}", state["launch"] + state["address"])
        return state

    def targets(self, port):
        def ask():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as it:
                    return json.load(it)
            except OSError:
                return None

        return wait_until(ask, lambda: f"an inspector on port {port}")

    def evaluate(self, url, expression):
        question = {"expression": expression, "returnByValue": True}

        async def ask():
            async with websockets.connect(url, max_size=None) as inspector:
                for number, method, params in (
                    (1, "Runtime.enable", {}),
                    (2, "Runtime.evaluate", question),
                ):
                    request = {"id": number, "method": method, "params": params}
                    await inspector.send(json.dumps(request))
                while True:
                    answer = json.loads(await inspector.recv())
                    if answer.get("id") == 2:
                        return answer["result"]["result"]["value"]

        return asyncio.run(asyncio.wait_for(ask(), DEADLINE))

    def only_loopback(self, port):
        """Nothing listens there on any other address."""
        listening = []
        for name, width in (("tcp", 8), ("tcp6", 32)):
            for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                address, state = line.split()[1], line.split()[3]
                if state == "0A" and int(address.split(":")[1], 16) == port:
                    listening.append(address[:width])
        self.assertEqual(set(listening), {"0100007F"})

    def check_inspector(self, text, ending, runtime):
        bot = self.bot(text, ending=ending)
        connection = bot.connected()
        state = self.attach(bot)
        self.assertEqual(state["runtime"], runtime)
        target = self.targets(state["port"])[0]
        self.only_loopback(state["port"])
        self.assertEqual(self.evaluate(target["webSocketDebuggerUrl"], "6 * 7"), 42)
        connection.send("hello")
        self.assertEqual(bot.wait_runs(1)[0]["result"], "5")
        again = self.service.call("debug.attach", path=bot.path)
        self.assertEqual(again["port"], state["port"])
        self.assertFalse(self.service.call("debug.detach", path=bot.path)["attached"])
        connection.send("hello again")
        self.assertEqual(bot.wait_runs(2)[1]["result"], "11")

    def test_node(self):
        self.check_inspector(COMMON, ".cjs", "Node.js")

    def test_deno(self):
        self.check_inspector(TYPED, ".deno.ts", "Deno")

    def test_bun(self):
        bot = self.bot(TYPED, ending=".bun.ts")
        connection = bot.connected()
        state = self.attach(bot)
        self.assertEqual(state["address"], f"ws://127.0.0.1:{state['port']}/earshot")

        def value():
            try:
                return self.evaluate(state["address"], "6 * 7")
            except OSError:
                return None

        self.assertEqual(wait_until(value, lambda: "Bun's inspector"), 42)
        self.only_loopback(state["port"])
        connection.send("hello")
        self.assertEqual(bot.wait_runs(1)[0]["result"], "5")

    def test_no_time_limit_while_attached(self):
        gate = self.service.folder / "gate3"
        text = (
            "const fs = require('fs');\n"
            "exports.main = async () => {\n"
            f"  while (!fs.existsSync({json.dumps(str(gate))}))\n"
            "    await new Promise((done) => setTimeout(done, 20));\n"
            "  return 'ready';\n};\n"
        )
        bot = self.bot(text, ending=".cjs", delivery={"timeout_secs": 1})
        connection = bot.connected()
        self.attach(bot)
        connection.send("attached")
        running = self.service.wait_runs(bot.path, 1, statuses={"running"})[0]
        wait_until(lambda: self.age(running["id"]) > 2_500_000, lambda: "2.5 s of a run")
        gate.touch()
        self.assertEqual(bot.wait_runs(1)[0]["status"], "success")
        gate.unlink()
        self.service.call("debug.detach", path=bot.path)
        connection.send("limited")
        self.assertEqual(bot.wait_runs(2)[1]["status"], "timeout")

    def age(self, run):
        """Microseconds since it started."""
        row = self.service.run(run)["run"]
        return time.time() * 1e6 - row["started_at_us"] if row["started_at_us"] else 0

    def test_python_says_what_to_install(self):
        bot = self.bot()
        bot.connected()
        try:
            state = self.service.call("debug.attach", path=bot.path)
        except ControlError as refused:
            self.assertEqual(refused.code, "unavailable")
            self.assertIn("-m pip install debugpy", refused.detail)
            return
        self.assertTrue(state["attached"])

    def test_python_through_debugpy(self):
        """A stand-in for debugpy that listens as it does: ours is the command line."""
        packages = self.service.workspace / "f" / self.name / ".venv"
        binary = packages / "bin"
        binary.mkdir(parents=True)
        module = packages / "lib" / "debugpy"
        module.mkdir(parents=True)
        (module / "__init__.py").write_text("")
        (module / "__main__.py").write_text(
            "import runpy, socket, sys, threading\n"
            "host, port = sys.argv[2].split(':')\n"
            "server = socket.create_server((host, int(port)))\n"
            "def serve():\n"
            "    while True:\n"
            "        peer, _ = server.accept()\n"
            "        peer.sendall(b'Content-Length: 2\\r\\n\\r\\n{}')\n"
            "        peer.close()\n"
            "threading.Thread(target=serve, daemon=True).start()\n"
            "sys.argv = sys.argv[3:]\n"
            "runpy.run_path(sys.argv[0], run_name='__main__')\n"
        )
        interpreter = binary / "python"
        interpreter.write_text(
            f"#!/bin/sh\nPYTHONPATH={module.parent} exec /usr/bin/python3 \"$@\"\n"
        )
        interpreter.chmod(0o755)
        bot = self.bot()
        connection = bot.connected()
        state = self.attach(bot)

        def greeting():
            try:
                with socket.create_connection(("127.0.0.1", state["port"]), 5) as debugger:
                    return debugger.recv(100)
            except OSError:
                return None

        self.assertIn(b"Content-Length", wait_until(greeting, lambda: "debugpy's port"))
        connection.send("hello")
        self.assertEqual(bot.wait_runs(1)[0]["result"], '"hello"')

    def test_what_cannot_be_debugged(self):
        bot = self.bot("echo hi\n", ending=".sh")
        bot.connected()
        with self.assertRaises(ControlError) as refused:
            self.service.call("debug.attach", path=bot.path)
        self.assertEqual(refused.exception.code, "unsupported")
        self.service.set_mode(bot.path, "disabled")
        with self.assertRaises(ControlError) as refused:
            self.service.call("debug.attach", path=bot.path)
        self.assertEqual(refused.exception.code, "unavailable")

    def test_stays_attached_when_suspended_or_saved(self):
        bot = self.bot(COMMON, ending=".cjs")
        bot.connected()
        first = self.attach(bot)
        self.targets(first["port"])
        self.service.set_mode(bot.path, "suspended")
        second = self.service.call("debug.state", path=bot.path)
        self.assertTrue(second["attached"])
        self.assertEqual(
            self.evaluate(self.targets(second["port"])[0]["webSocketDebuggerUrl"], "1 + 1"), 2
        )

    def test_an_edited_script_is_debugged_anew(self):
        bot = self.bot("exports.main = (msg) => 1;\n", ending=".cjs")
        connection = bot.connected()
        state = self.attach(bot)
        connection.send("a")
        self.assertEqual(bot.wait_runs(1)[0]["result"], "1")
        self.script("exports.main = (msg) => 2;\n", ending=".cjs")
        connection.send("b")
        self.assertEqual(bot.wait_runs(2)[1]["result"], "2")
        self.assertEqual(
            self.evaluate(self.targets(state["port"])[0]["webSocketDebuggerUrl"], "1 + 1"), 2
        )
