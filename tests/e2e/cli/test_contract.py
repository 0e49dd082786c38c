# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as documented: verbs, forms, exit codes, one JSON object per line."""

import json
import pathlib
import unittest

from cli.help_to_markdown import document, verbs_of
from lib.earshot import BINARY, SOURCE_DIR, Sandbox, ScriptedServer, Service

ECHO = "def main(msg):\n    return msg\n"
VERBS = """\
serve listen status run runs tail send config panic backup restore doctor demo
trigger import,trigger export,trigger list,trigger show,trigger delete,trigger enable
trigger disable,trigger suspend,trigger resume,trigger test,trigger validate
runs show,runs cancel,runs rerun
variable set,variable get,variable list,variable delete,resource set,resource get
resource list,resource delete,secret set,secret get,secret list,secret delete"""


def expected_verbs():
    plain, *pairs = VERBS.splitlines()
    return set(plain.split()) | {verb for line in pairs for verb in line.split(",")}


class HelpTest(unittest.TestCase):
    maxDiff = None

    def test_document_is_what_the_program_says(self):
        written = (SOURCE_DIR / "docs/cli.md").read_text()
        self.assertEqual(written, document(BINARY), "run tests/e2e/cli/help_to_markdown.py")

    def test_every_verb_is_there_with_an_example(self):
        with Sandbox() as sandbox:
            self.assertLessEqual(expected_verbs(), set(verbs_of(sandbox.cli("--help").out)))
        written = (SOURCE_DIR / "docs/cli.md").read_text()
        for part in written.split("\n## earshot ")[1:]:
            self.assertIn("Example", part, part.splitlines()[0])


class WithoutServiceTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enterContext(Sandbox())
        self.script = self.sandbox.script("on.py", ECHO)

    def test_wrong_command_lines_exit_2(self):
        for words in (
            ["nonsense"], ["listen"], ["listen", "ws://x"], ["listen", "http://x", "--run", "on.py"],
            ["status", "extra"], ["status", "--nonsense"], ["trigger"], ["trigger", "enable"],
            ["run"], ["runs", "show"], ["secret", "set", "f/a/b", "value"], ["send", "f/a/b"],
            ["listen", "ws://x", "--run", self.script, "--count", "none"],
            ["listen", "ws://x", "--run", self.script, "--heartbeat", "often"],
            ["run", self.script, "--msg", "a", "--args", "{}"],
        ):  # fmt: skip
            with self.subTest(words):
                done = self.sandbox.cli(*words)
                self.assertEqual((done.code, done.out), (2, ""), done)
                self.assertTrue(done.err)

    def test_verbs_that_need_a_service_exit_3(self):
        for words in (
            ["status"], ["tail"], ["send", "f/a/b", "x"], ["panic"], ["runs"], ["runs", "show", "1"],
            ["trigger", "list"], ["trigger", "enable", "f/a/b"], ["config", "list"],
            ["variable", "list"], ["secret", "get", "f/a/b"], ["backup", "file"],
        ):  # fmt: skip
            with self.subTest(words):
                done = self.sandbox.cli(*words)
                self.assertEqual((done.code, done.out), (3, ""), done)
                self.assertIn("earshot serve", done.err)

    def test_run(self):
        done = self.sandbox.cli("run", self.script, "--msg", "hi")
        self.assertEqual((done.code, json.loads(done.out)), (0, "hi"))
        failing = self.sandbox.script("bad.py", "def main(msg):\n    raise ValueError(msg)\n")
        done = self.sandbox.cli("run", failing, "--msg", "hi", "--json")
        self.assertEqual(done.code, 1)
        self.assertEqual(done.lines[0]["error"]["name"], "ValueError")
        slow = self.sandbox.script("slow.sh", "sleep 60\n", 0o755)
        done = self.sandbox.cli("run", slow, "--msg", "", "--timeout", "0.5", "--json")
        self.assertEqual((done.code, done.lines[0]["status"]), (1, "timeout"))

    def test_listen_that_never_connects_gives_up_after_five_attempts(self):
        with ScriptedServer(refuse_all=503) as server:
            done = self.sandbox.cli("listen", server.url, "--run", self.script)
            self.assertEqual(done.code, 1)
            self.assertEqual(len(server.attempts), 5)

    def test_listen_prints_a_line_per_run(self):
        greeting = ['{"type":"order","n":1}', '{"type":"tick"}', '{"type":"order","n":"1"}', "x"]
        script = self.sandbox.script(
            "n.py", "import json\ndef main(msg):\n    print('log')\n    return 1 / json.loads(msg)['n']\n"
        )
        with ScriptedServer(greeting=greeting) as server:
            with self.sandbox.listen(
                server.url, script, "--reply", "--filter", "type=order", "--concurrency", 1,
                "--count", 2, "--initial", '"he\\"llo"',
            ) as listening:  # fmt: skip
                self.assertEqual(listening.wait(), 1)
            good, bad = listening.lines
            self.assertEqual(
                (good["status"], good["msg"], good["result"], good["reply"]),
                ("success", greeting[0], 1.0, "1.0"),
            )
            self.assertIsInstance(good["duration_ms"], float)
            self.assertEqual((bad["status"], bad["reply"]), ("failure", None))
            self.assertEqual(bad["error"]["name"], "TypeError")
            self.assertEqual(server.connections[0].received, ['he"llo', "1.0"])

    def test_filter_values_are_json_or_text(self):
        greeting = ['{"a.b":1}', '{"a.b":"1"}', '{"a.b":"x y"}', '{"a":{"b":1}}', '{"end":true}']
        for given, wanted in (
            ("a.b=1", [0]), ('a.b="1"', [1]), ("a.b=x y", [2]),
            ('{"path":"a.b","value":1}', [3]), ('{"key":"a.b","value":"1"}', [1]),
        ):  # fmt: skip
            with self.subTest(given), ScriptedServer(greeting=greeting) as server:
                with self.sandbox.listen(
                    server.url, self.script, "--filter", given, "--filter", "end=true",
                    "--filter-logic", "or", "--concurrency", 1, "--count", len(wanted) + 1,
                ) as listening:  # fmt: skip
                    self.assertEqual(listening.wait(), 0, listening.stderr)
                found = [line["msg"] for line in listening.lines]
                self.assertEqual(found, [greeting[n] for n in wanted] + greeting[-1:])


class WithServiceTest(unittest.TestCase):
    def test_a_day_of_commands(self):
        with ScriptedServer() as server, Service() as service:
            service.script("f/t/echo.py", ECHO)
            file = service.script(
                "f/t/bot.websocket_trigger.yaml",
                f"url: {server.url}\nscript_path: f/t/echo\nis_flow: false\nfilters: []\n"
                "can_return_message: true\ncan_return_error_result: false\n",
            )

            def ask(*words, stdin="", code=0):
                done = service.cli(
                    *words, "--json", stdin=stdin, env={"EARSHOT_WORKSPACE": service.workspace}
                )
                self.assertEqual(done.code, code, done)
                # One JSON object per line and nothing else.
                self.assertEqual(len(done.lines), len(done.out.splitlines()), done.out)
                return done.lines

            ask("trigger", "validate", file)
            ask("trigger", "import", file)
            end = server.wait_connection()
            service.wait_ready("f/t/bot")
            end.send("one")
            self.assertEqual(end.wait_received(1), ["one"])
            ask("send", "f/t/bot", "two")
            end.wait_received(2)
            status = ask("status")
            self.assertEqual([line["event"] for line in status], ["service", "trigger"])
            run = service.wait_runs("f/t/bot", 1)[0]["id"]
            self.assertEqual([line["id"] for line in ask("runs", "--trigger", "f/t/bot")], [run])
            self.assertEqual(ask("runs", "--before", run), [])
            self.assertEqual(ask("runs", "--status", "failure", "--limit", 5), [])
            ask("runs", "show", run)
            ask("runs", "rerun", run)
            ask("runs", "cancel", run, code=1)
            for mode in ("suspend", "disable", "enable"):
                ask("trigger", mode, "f/t/bot")
            service.wait_ready("f/t/bot")
            ask("trigger", "resume", "f/t/bot")
            self.assertTrue(ask("trigger", "test", "f/t/bot")[0]["ok"])
            self.assertTrue(ask("trigger", "test", "--url", server.url)[0]["ok"])
            self.assertEqual(len(ask("trigger", "list")), 1)
            for verb in ("show", "export"):
                ask("trigger", verb, "f/t/bot")
            exported = service.folder / "out.yaml"
            ask("trigger", "export", "f/t/bot", "-o", exported)
            self.assertIn(server.url, exported.read_text())
            for kind, value in (("variable", "v"), ("resource", '{"a":1}'), ("secret", "s")):
                ask(kind, "set", "f/t/x", stdin=value)
                ask(kind, "get", "f/t/x")
                self.assertEqual(len(ask(kind, "list")), 1)
                ask(kind, "delete", "f/t/x")
                ask(kind, "get", "f/t/x", code=1)
            ask("config", "set", "retention.days", 7)
            self.assertIn("7", json.dumps(ask("config", "get", "retention.days")))
            self.assertGreater(len(ask("config", "list")), 5)
            ask("config", "set", "nonsense", 1, code=1)
            backup = service.folder / "backup"
            ask("backup", backup)
            self.assertTrue(pathlib.Path(backup).stat().st_size)
            ask("panic")
            service.wait_disabled("f/t/bot")
            ask("trigger", "delete", "f/t/bot")
            ask("trigger", "show", "f/t/bot", code=1)
            ask("doctor")


if __name__ == "__main__":
    unittest.main()
