# SPDX-License-Identifier: GPL-3.0-or-later
"""Results, errors and arguments in each language, through `earshot run` and through a trigger."""

import json
import os
import unittest

from lib.case import ServiceCase
from lib.earshot import Sandbox, wait_until


class Language(unittest.TestCase):
    """Scripts run by `earshot run`, one process each."""

    ending = ""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.close)

    def run_it(self, text, *args):
        """The object that `earshot run --json` prints, with --msg x unless args say otherwise."""
        name = self.id().split(".")[-1]
        script = self.sandbox.script(name + self.ending, text)
        return self.sandbox.run_script(script, *(args or ("--msg", "x")))

    def result(self, text, *args):
        done = self.run_it(text, *args)
        self.assertEqual(done["status"], "success", done)
        return done["result"]

    def error(self, text, *args, status="failure"):
        done = self.run_it(text, *args)
        self.assertEqual(done["status"], status, done)
        return done["error"]


class TypeScript(Language):
    ending = ".ts"

    def test_168_extra_arguments_are_ignored(self):
        said = self.result(
            "export function main(b: number, a = 5) { return [b, a]; }\n",
            "--args", '{"other":1,"b":2}',
        )  # fmt: skip
        self.assertEqual(said, [2, 5])

    def test_169_main_has_to_be_exported_by_name(self):
        error = self.error("export default function main(msg: string) { return msg; }\n")
        self.assertIn("main function is missing", error["message"])

    def test_169_a_constant_main_gets_no_arguments(self):
        said = self.result("export const main = (msg) => [typeof msg];\n")
        self.assertEqual(said, ["undefined"])

    def test_170_results_are_what_json_says(self):
        said = self.result(
            "export function main() { return [undefined, {a: undefined}, 1n, NaN,\n"
            "  new Date(0), new Map([[1, 2]])]; }\n"
        )
        self.assertEqual(
            said, [None, {"a": None}, "1", None, "1970-01-01T00:00:00.000Z", {}]
        )
        self.assertIsNone(self.result("export function main() {}\n"))

    def test_171_errors_have_message_name_and_stack(self):
        error = self.error('export function main() { throw new Error("boom"); }\n')
        self.assertEqual((error["message"], error["name"]), ("boom", "Error"))
        self.assertIn("test_171", error["stack"])

    def test_172_other_properties_are_extra(self):
        error = self.error(
            "export function main() {\n"
            '  throw Object.assign(new Error("boom"), { code: 7, more: { a: 1 } });\n}\n'
        )
        self.assertEqual(error["extra"], {"code": 7, "more": {"a": 1}})

    def test_173_timers_do_not_hold_the_run(self):
        said = self.result(
            "export function main() { setInterval(() => {}, 1000); return 'done'; }\n"
        )
        self.assertEqual(said, "done")


class Python(Language):
    ending = ".py"

    def test_174_defaults_stand_for_null_and_missing(self):
        source = "def main(msg, n=3):\n    return [msg, n]\n"
        self.assertEqual(self.result(source, "--args", '{"msg":"x","n":null}'), ["x", 3])
        self.assertEqual(self.result(source, "--args", "{}"), [None, 3])

    def test_176_results_are_what_windmill_makes_of_them(self):
        said = self.result(
            "import datetime, decimal\n"
            "def main():\n"
            "    return {'at': datetime.datetime(2024, 1, 2, 3, 4, 5), 'nan': float('nan'),\n"
            "            'set': {1}, 'bytes': b'hi', 'decimal': decimal.Decimal('1.10')}\n"
        )
        self.assertEqual(
            said,
            {
                "at": "2024-01-02 03:04:05",
                "nan": None,
                "set": "{1}",
                "bytes": "aGk=",
                "decimal": "1.10",
            },
        )

    def test_177_errors_have_message_name_and_stack(self):
        error = self.error("def main():\n    raise ValueError('x')\n")
        self.assertEqual((error["message"], error["name"]), ("x", "ValueError"))
        self.assertIn("raise ValueError", error["stack"])
        error = self.error("import sys\ndef main():\n    sys.exit(3)\n")
        self.assertEqual(error["name"], "SystemExit")

    def test_178_what_json_cannot_say_fails(self):
        error = self.error("def main():\n    return {(1, 2): 3}\n")
        self.assertIn("TypeError", error["name"] + error["message"])


class Bash(Language):
    ending = ".sh"

    def test_180_the_last_line_is_the_result(self):
        self.assertEqual(self.result("echo a\necho b\n"), "b")
        self.assertEqual(self.result("echo out\necho err >&2\n"), "err")
        self.assertEqual(self.result("true\n"), "")

    def test_181_and_never_parsed(self):
        self.assertEqual(self.result("echo '{\"a\":1}'\n"), '{"a":1}')

    def test_182_files_go_before_it(self):
        self.assertEqual(self.result("echo '{\"a\":1}' > result.json\necho b\n"), {"a": 1})
        self.assertEqual(self.result("printf ' out \\n' > result.out\necho b\n"), " out \n")
        self.assertEqual(self.result("echo 1 > result.json\necho b > result.out\n"), 1)

    def test_183_exit_codes_are_failures(self):
        error = self.error("echo said\nexit 7\n")
        self.assertEqual((error["name"], error["exit_code"]), ("ExecutionErr", 7))
        self.assertTrue(
            error["message"].startswith('exit code for "bash run": 7, last log lines:'), error
        )
        self.assertIn("said", error["message"])

    def test_184_the_first_failing_command_ends_it(self):
        done = self.run_it("false\necho x\n")
        self.assertEqual(done["status"], "failure")
        self.assertNotIn("x", done["logs"])


class Deno(Language):
    ending = ".deno.ts"

    def test_171_errors_have_message_name_and_stack(self):
        error = self.error('export function main() { throw new TypeError("boom"); }\n')
        self.assertEqual((error["message"], error["name"]), ("boom", "TypeError"))

    def test_173_timers_do_not_hold_the_run(self):
        said = self.result(
            "export function main(msg: string) {\n"
            "  setInterval(() => {}, 1000); return [msg, typeof Deno];\n}\n"
        )
        self.assertEqual(said, ["x", "object"])


class AnyLanguage(ServiceCase):
    """The same through a trigger."""

    def finish(self, text, ending=".py", **keys):
        bot = self.bot(text, ending, **keys)
        bot.connected().send("x")
        return bot.detail()

    def test_171_a_typescript_error_in_a_trigger(self):
        detail = self.finish('export function main() { throw new Error("boom"); }\n', ".ts")
        self.assertEqual(detail["run"]["status"], "failure")
        self.assertEqual(json.loads(detail["result"])["error"]["message"], "boom")

    def test_177_a_python_error_in_a_trigger(self):
        detail = self.finish("def main(msg):\n    print('log')\n    raise ValueError(msg)\n")
        self.assertEqual(json.loads(detail["result"])["error"]["message"], "x")
        self.assertEqual(detail["logs"], "log\n")

    def test_183_a_bash_exit_code_in_a_trigger(self):
        detail = self.finish("echo said >&2\nexit 7\n", ".sh")
        self.assertEqual(json.loads(detail["result"])["error"]["exit_code"], 7)
        self.assertEqual(detail["logs"], "said\n")

    def hanging(self, ending):
        """A script that starts a child, writes the child's pid to a file, and never ends."""
        pid_file = self.service.folder / f"pid{ending}"
        sources = {
            ".sh": f"sleep 600 &\necho $! > {pid_file}.new\nmv {pid_file}.new {pid_file}\nwait\n",
            ".py": "import os, subprocess\n"
            "def main(msg):\n"
            "    child = subprocess.Popen(['sleep', '600'])\n"
            f"    open('{pid_file}.new', 'w').write(str(child.pid))\n"
            f"    os.rename('{pid_file}.new', '{pid_file}')\n"
            "    child.wait()\n",
        }
        return sources[ending], pid_file

    def wait_dead(self, pid_file):
        pid = int(wait_until(lambda: pid_file.exists() and pid_file.read_text(), "the child's pid"))

        def is_dead():
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    return stat.read().split()[2] == "Z"
            except OSError:
                return True

        wait_until(is_dead, f"the end of the child {pid}")

    def test_188_the_time_limit_kills_the_tree(self):
        for ending in (".sh", ".py"):
            with self.subTest(ending=ending):
                source, pid_file = self.hanging(ending)
                detail = self.finish(
                    source, ending, name="bot" + ending[1:], delivery={"timeout_secs": 1}
                )
                self.assertEqual(detail["run"]["status"], "timeout")
                self.assertIn(
                    "job process terminated due to timeout",
                    json.loads(detail["result"])["error"]["message"],
                )
                self.wait_dead(pid_file)

    def test_188_a_cancel_kills_the_tree(self):
        source, pid_file = self.hanging(".py")
        bot = self.bot(source)
        bot.connected().send("x")
        wait_until(pid_file.exists, "the child runs")
        run = bot.wait_runs(1, statuses={"running"})[0]
        done = self.service.cli("runs", "cancel", run["id"])
        self.assertEqual(done.code, 0, done.err)
        error = json.loads(bot.detail()["result"])["error"]
        self.assertEqual(error["name"], "Canceled")
        self.assertTrue(error["message"].startswith("Job canceled: "), error)
        self.wait_dead(pid_file)

    def test_189_the_environment(self):
        names = ["WM_JOB_ID", "WM_WORKSPACE", "WM_TOKEN", "WM_JOB_PATH", "WM_BASE_URL"]
        python = (
            "import os, sys\n"
            "def main(msg):\n"
            f"    env = {{name: os.environ.get(name) for name in {names}}}\n"
            "    return [env, sys.stdin.read(), os.getcwd(), os.listdir('.')]\n"
        )
        env, stdin, cwd, files = json.loads(self.finish(python)["result"])
        self.assertEqual(env["WM_JOB_PATH"], f"f/{self.name}/script")
        self.assertEqual([name for name in names if env[name] is None], [])
        self.assertTrue(env["WM_JOB_ID"] and env["WM_WORKSPACE"])
        self.assertEqual((stdin, files), ("", []))
        self.assertNotEqual(cwd, os.path.realpath(self.service.workspace))

        bash = 'cat\nls -A\necho "$WM_JOB_ID ${WM_TOKEN+set} ${WM_BASE_URL+set} $WM_JOB_PATH"\n'
        detail = self.finish(bash, ".sh", name="bash")
        self.assertEqual(detail["logs"].count("\n"), 1, detail["logs"])
        job, *rest = json.loads(detail["result"]).split()
        self.assertEqual(rest, ["set", "set", f"f/{self.name}/bash"])
        self.assertEqual(len(job), 36)

    def test_189_every_run_has_its_own_folder_and_id(self):
        bot = self.bot(
            "import os\ndef main(msg):\n    open('left', 'x')\n"
            "    return os.environ['WM_JOB_ID']\n"
        )
        bot.connected().send("a", "b", "c")
        runs = bot.wait_runs(3)
        self.assertEqual({run["status"] for run in runs}, {"success"}, runs)
        self.assertEqual(len({run["result"] for run in runs}), 3)

    def first_message(self, args, name="bot"):
        """A trigger whose first message is the arguments of the script that makes it."""
        path = self.script("def main(**kwargs):\n    return kwargs\n", name=f"{name}-first")
        return self.bot(
            name=name,
            initial_messages=[{"runnable_result": {"path": path, "args": args, "is_flow": False}}],
            reconnect={"policy": "windmill"},
        )

    def test_190_static_arguments_are_resolved(self):
        self.service.cli("variable", "set", f"f/{self.name}/v", "value")
        self.service.cli("secret", "set", f"f/{self.name}/s", stdin="hidden\n")
        resource = json.dumps({"a": [1, f"$var:f/{self.name}/s"]})
        self.service.cli("resource", "set", f"f/{self.name}/r", resource)
        bot = self.first_message({"v": f"$var:f/{self.name}/v", "r": f"$res:f/{self.name}/r"})
        said = json.loads(bot.connected().wait_received(1)[0])
        self.assertEqual(said, {"v": "value", "r": {"a": [1, "hidden"]}})
        run = self.service.wait_runs(bot.path, 1, purpose="initial_message")[0]
        detail = json.dumps(self.service.run(run["id"]))
        self.assertNotIn("hidden", detail)

    def test_190_a_missing_one_fails_the_run_by_name(self):
        for number, reference in enumerate(["$var:f/no/where", "$res:f/no/where"]):
            with self.subTest(reference=reference):
                bot = self.first_message({"v": reference}, name=f"bot{number}")
                self.assertIn("f/no/where", bot.wait_disabled())
                run = self.service.wait_runs(bot.path, 1, purpose="initial_message")[0]
                self.assertEqual(run["status"], "failure")
                self.assertIn("f/no/where", run["result"])
