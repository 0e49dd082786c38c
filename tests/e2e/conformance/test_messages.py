# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script gets for a message, and what the server gets back."""

import json
import pathlib

from lib.case import ServiceCase
from lib.earshot import wait_until

JSON_ECHO = "import json\ndef main(msg):\n    return json.loads(msg)\n"


class Messages(ServiceCase):
    def args_of(self, frame, text, ending=".py", **keys):
        """Result of a run for this frame."""
        bot = self.bot(text, ending, **keys)
        bot.connected().send(frame)
        detail = bot.detail()
        self.assertEqual(detail["run"]["status"], "success", detail)
        return json.loads(detail["result"])

    def test_099_msg_is_always_text(self):
        self.assertEqual(self.args_of('{"x":1}', 'def main(msg):\n    return [msg]\n'), ['{"x":1}'])

    def test_099_msg_is_text_in_typescript_and_bash(self):
        source = "export async function main(msg: string) { return [typeof msg, msg]; }\n"
        self.assertEqual(self.args_of('{"x":1}', source, ".ts", name="ts"), ["string", '{"x":1}'])
        source = 'msg="$1"\nprintf "%s" "$msg" > result.out\n'
        self.assertEqual(self.args_of('{"x":1}', source, ".sh", name="sh"), '{"x":1}')

    def test_099_references_in_a_message_stay_text(self):
        """Earshot's own rule: a message never reaches variables."""
        self.service.call("variable.set", path="f/conformance/secret", value="hidden")
        said = self.args_of("$var:f/conformance/secret", "def main(msg):\n    return msg\n")
        self.assertEqual(said, "$var:f/conformance/secret")

    def test_100_text_is_unchanged(self):
        frame = ' \t\r\n{ "a" : 1.0 }\n\n🦊 é \u2028 \x00 end \n'
        # As bytes: Windmill replaces U+0000 in what Python returns.
        said = self.args_of(frame, "def main(msg):\n    return list(msg.encode())\n")
        self.assertEqual(bytes(said).decode(), frame)
        run = self.service.runs(f"f/{self.name}/bot")[0]
        self.assertEqual(self.service.run(run["id"])["message"], frame)

    def test_101_an_empty_frame_is_a_message(self):
        self.assertEqual(self.args_of("", "def main(msg):\n    return [msg]\n"), [""])

    def test_103_a_ping_is_answered_and_runs_nothing(self):
        bot = self.bot()
        connection = bot.connected()
        connection.ping()
        connection.send("after")
        self.assertEqual([run["message"] for run in bot.wait_runs(1)], ["after"])
        self.assertEqual(len(bot.runs()), 1)

    def test_104_the_same_text_twice_is_two_messages(self):
        bot = self.bot()
        bot.connected().send("same", "same")
        runs = bot.wait_runs(2)
        self.assertEqual([run["message"] for run in runs], ["same", "same"])

    def test_105_fragments_are_one_message(self):
        bot = self.bot()
        bot.connected().send(["one ", "", "two ", "three"])
        self.assertEqual([run["message"] for run in bot.wait_runs(1)], ["one two three"])
        self.assertEqual(len(bot.runs()), 1)

    def test_106_runs_are_created_in_arrival_order(self):
        bot = self.bot(delivery={"isolation": "worker"})
        sent = [str(number) for number in range(100)]
        bot.connected().send(*sent)
        runs = bot.wait_runs(100)
        self.assertEqual([run["message"] for run in runs], sent)
        received = [run["received_at_us"] for run in runs]
        self.assertEqual(received, sorted(received))

    def test_107_a_v2_preprocessor_gets_the_event(self):
        python = (
            "def preprocessor(event):\n    return {'event': event}\n"
            "def main(event):\n    return event\n"
        )
        typescript = (
            "export async function preprocessor(event: any) { return { event }; }\n"
            "export async function main(event: any) { return event; }\n"
        )
        for source, ending in ((python, ".py"), (typescript, ".ts")):
            with self.subTest(ending=ending):
                name = "bot" + ending[1:]
                server = self.serve()
                url = server.url
                event = self.args_of("hi", source, ending, name=name, server=server)
                self.assertEqual(
                    event,
                    {
                        "kind": "websocket",
                        "msg": "hi",
                        "url": url,
                        "trigger_path": f"f/{self.name}/{name}",
                    },
                )

    def test_110_a_preprocessor_without_event_gets_v1(self):
        server = self.serve()
        expected = {
            "msg": "hi",
            "wm_trigger": {
                "kind": "websocket",
                "websocket": {"url": server.url, "trigger_path": f"f/{self.name}/v1"},
            },
        }
        typescript = (
            "export async function preprocessor(msg: string, wm_trigger: any) {\n"
            "  return { seen: { msg, wm_trigger } };\n}\n"
            "export async function main(seen: any) { return seen; }\n"
        )
        self.assertEqual(
            self.args_of("hi", typescript, ".ts", name="v1", server=server), expected
        )
        # An x that no V1 argument is called gets nothing; an event would have been there.
        python = (
            "def preprocessor(x):\n    return {'x': x}\n"
            "def main(x):\n    return {'x': x}\n"
        )
        self.assertEqual(self.args_of("hi", python, name="x"), {"x": None})

    def test_111_what_it_returns_are_mains_arguments(self):
        bot = self.bot(
            "def preprocessor(event):\n    return {'a': 1}\n"
            "def main(a, msg='none'):\n    return [a, msg]\n"
        )
        bot.connected().send("hi")
        detail = bot.detail()
        self.assertEqual(json.loads(detail["result"]), [1, "none"])
        self.assertEqual(json.loads(detail["preprocessed_args"]), {"a": 1})

    def test_113_a_preprocessor_that_returns_no_object_fails_the_run(self):
        bot = self.bot(
            "export function preprocessor(event: any) { return 5; }\n"
            "export function main(a: any) { return 'ran'; }\n",
            ".ts",
        )
        bot.connected().send("hi")
        detail = bot.detail()
        self.assertEqual(detail["run"]["status"], "failure")
        self.assertIn("error while deserializing args from preprocessing", detail["result"])

    def test_114_bash_has_no_preprocessor(self):
        bot = self.bot('msg="$1"\npreprocessor() { exit 9; }\necho "main got $msg"\n', ".sh")
        bot.connected().send("hi")
        self.assertEqual(json.loads(bot.detail()["result"]), "main got hi")

    def test_115_flows_are_refused_by_name(self):
        # A script of the flow's path is not what was asked for.
        bot = self.bot(is_flow=True, can_return_message=True, can_return_error_result=True)
        connection = bot.connected()
        connection.send("one", "two")
        said = [json.loads(frame)["error"]["message"] for frame in connection.wait_received(2)]
        path = f"f/{self.name}/script"
        self.assertEqual(said, [f"flows cannot be run by this version of Earshot: {path}"] * 2)
        self.assertEqual({run["status"] for run in bot.wait_runs(2)}, {"failed_to_start"})
        self.assertEqual(bot.summary()["counters"]["queued"], 0)
        self.assertEqual(bot.summary()["counters"]["running"], 0)

    def test_118_the_user_name_is_the_triggers(self):
        source = "import os\ndef main(msg):\n    return os.environ['WM_USERNAME']\n"
        said = self.args_of("x", source)
        self.assertEqual(said, f"ws-f/{self.name}/bot")


class Replies(ServiceCase):
    """A message is JSON; the script's result is its value. The last reply is a known one."""

    def replies(self, *messages, text=JSON_ECHO, ending=".py", **keys):
        """Every frame that these messages brought, in arrival order of the messages."""
        keys = {"can_return_message": True, "delivery": {"concurrency": 1}, **keys}
        bot = self.bot(text, ending, **keys)
        connection = bot.connected()
        connection.send(*messages)
        runs = bot.wait_runs(len(messages))
        count = sum(run["replied"] for run in runs)
        connection.wait_received(count)
        connection.ping()
        self.assertEqual(len(connection.received), count)
        return connection.received

    def test_119_none_unless_asked_for(self):
        self.assertEqual(self.replies('"x"', can_return_message=False), [])

    def test_120_a_string_goes_unquoted(self):
        self.assertEqual(self.replies('"x"', '"a\\"b\\u00e9\\n"'), ["x", 'a"bé\n'])

    def test_121_an_object_goes_as_json(self):
        said = self.replies('{"a": 1, "b": [true, null]}')
        self.assertEqual([json.loads(one) for one in said], [{"a": 1, "b": [True, None]}])

    def test_122_null_is_no_reply(self):
        self.assertEqual(self.replies("null", '"end"'), ["end"])

    def test_122_undefined_is_no_reply(self):
        source = (
            "export function main(msg: string) { return msg === 'u' ? undefined\n"
            "  : msg === 'n' ? null : msg; }\n"
        )
        self.assertEqual(self.replies("u", "n", "end", text=source, ending=".ts"), ["end"])

    def test_123_an_empty_string_is_an_empty_frame(self):
        self.assertEqual(self.replies('""'), [""])

    def test_124_falsy_values_are_replies(self):
        self.assertEqual(self.replies("0", "false", "[]"), ["0", "false", "[]"])

    def test_125_the_string_null_is_a_reply(self):
        self.assertEqual(self.replies('"null"'), ["null"])

    def test_126_failures_are_kept_back(self):
        self.assertEqual(self.replies("not json", '"end"'), ["end"])

    def test_127_unless_they_are_asked_for(self):
        said = self.replies("not json", '"end"', can_return_error_result=True)
        error = json.loads(said[0])["error"]
        self.assertEqual(error["name"], "JSONDecodeError")
        self.assertIn("Expecting value", error["message"])
        self.assertEqual(said[1:], ["end"])

    def test_128_which_needs_replies_at_all(self):
        said = self.replies(
            "not json", '"x"', can_return_message=False, can_return_error_result=True
        )
        self.assertEqual(said, [])

    def test_129_the_fast_one_answers_first(self):
        gate = self.service.folder / "gate-129"
        bot = self.bot(
            "import pathlib, time\n"
            "def main(msg):\n"
            "    while msg == 'slow' and not pathlib.Path("
            f"{str(gate)!r}).exists(): time.sleep(0.01)\n"
            "    return msg\n",
            can_return_message=True,
        )
        connection = bot.connected()
        connection.send("slow", "fast")
        self.assertEqual(connection.wait_received(1), ["fast"])
        gate.touch()
        self.assertEqual(connection.wait_received(2), ["fast", "slow"])

    def test_131_a_reply_too_late_is_an_alert(self):
        gate = pathlib.Path(self.service.folder / "gate-131")
        bot = self.bot(
            "import pathlib, time\n"
            "def main(msg):\n"
            f"    while not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.01)\n"
            "    return msg\n",
            can_return_message=True,
        )
        connection = bot.connected()
        connection.send("x")
        bot.wait_runs(1, statuses={"running"})
        bot.server.shut()
        wait_until(
            lambda: bot.summary()["session"]["phase"] != "ready", "the close is noticed"
        )
        gate.touch()
        run = bot.wait_runs(1)[0]
        self.assertEqual((run["status"], run["replied"]), ("success", False))
        wanted = f"Could not send runnable result to WebSocket {bot.server.url} because of error: "
        self.service.wait_notice(wanted)
        self.assertIn(wanted, run["reply_error"])

    def test_132_a_suspended_trigger_does_not_answer(self):
        bot = self.bot(mode="suspended", can_return_message=True)
        connection = bot.connected()
        connection.send("one")
        bot.wait_runs(1, statuses={"suspended"})
        self.assertEqual(self.service.call("trigger.resume", path=bot.path), {"count": 1})
        run = bot.wait_runs(1)[0]
        self.assertEqual((run["status"], run["replied"]), ("success", False))
        connection.ping()
        self.assertEqual(connection.received, [])
