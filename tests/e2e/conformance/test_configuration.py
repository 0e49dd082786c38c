# SPDX-License-Identifier: GPL-3.0-or-later
"""Windmill's checks and defaults for what is saved; numbers are those of docs/conformance.md."""

import json

from lib.case import ServiceCase


class Configuration(ServiceCase):
    def mode_of(self, **keys):
        bot = self.bot(**keys)
        return bot.summary()["mode"]

    def test_001_mode_is_enabled_by_default(self):
        self.assertEqual(self.mode_of(), "enabled")

    def test_002_enabled_false_is_disabled(self):
        self.assertEqual(self.mode_of(enabled=False), "disabled")

    def test_003_mode_wins_over_enabled(self):
        self.assertEqual(self.mode_of(enabled=True, mode="disabled"), "disabled")

    def test_004_blank_url_is_refused(self):
        self.assertIn("WebSocket URL cannot be empty", self.refusal(url="   "))

    def test_005_url_runnable_args_must_be_an_object(self):
        self.assertIn("url_runnable_args must be an object", self.refusal(url_runnable_args=[1]))

    def test_006_null_url_runnable_args_are_no_arguments(self):
        server = self.serve()
        self.script(
            f"def main(**kwargs):\n    print(kwargs)\n    return {server.url!r}\n", name="url"
        )
        bot = self.bot(server=server, url=f"$script:f/{self.name}/url", url_runnable_args=None)
        bot.connected()
        runs = self.service.wait_runs(bot.path, 1, purpose="url")
        self.assertEqual(self.service.run(runs[0]["id"])["logs"].strip(), "{}")

    def test_007_heartbeat_interval_is_at_least_one(self):
        said = self.refusal(heartbeat={"interval_secs": 0, "message": "x"})
        self.assertIn("heartbeat interval_secs must be at least 1", said)

    def test_008_heartbeat_message_is_not_empty(self):
        said = self.refusal(heartbeat={"interval_secs": 1, "message": ""})
        self.assertIn("heartbeat message cannot be empty", said)

    def test_009_null_heartbeat_is_none(self):
        # Beside it a trigger that beats: once that did twice, the other has had its time.
        silent = self.bot(name="silent", heartbeat=None)
        absent = self.bot(name="absent")
        beating = self.bot(name="beating", heartbeat={"interval_secs": 1, "message": "beat"})
        connections = [bot.connected() for bot in (silent, absent, beating)]
        connections[2].wait_received(2)
        self.assertEqual([one.received for one in connections[:2]], [[], []])

    def test_011_a_bad_filter_is_located(self):
        said = self.refusal(
            filters=[
                {"key": "a", "value": 1},
                {"all_of": [{"key": "b", "value": 1}, {"any_of": [{"bogus": 1}]}]},
            ]
        )
        self.assertIn("filter #2 -> all_of[1] -> any_of[0]", said)

    def test_014_a_path_has_no_empty_segments(self):
        self.assertIn("has an empty segment", self.refusal(filters=[{"path": "a..b", "value": 1}]))

    def test_017_unknown_keys_survive(self):
        file = self.service.folder / "shared.websocket_trigger.yaml"
        file.write_text(
            "script_path: f/a/b\nis_flow: false\nurl: ws://127.0.0.1:1/\nfilters: []\n"
            "can_return_message: false\ncan_return_error_result: false\nmode: disabled\n"
            "x_of_somebody:\n  deep: [1, 1.0]\n"
        )
        path = f"f/{self.name}/shared"
        self.assertEqual(self.service.cli("trigger", "import", file, "--path", path).code, 0)
        document = json.loads(self.service.call("trigger.get", path=path)["document"])
        self.assertEqual(document["x_of_somebody"], {"deep": [1, 1.0]})
        exported = self.service.cli("trigger", "export", path)
        self.assertEqual(exported.out, file.read_text())
        self.service.set_mode(path, "suspended")
        self.service.set_mode(path, "disabled")
        self.assertIn("x_of_somebody:", self.service.cli("trigger", "export", path).out)

    def test_017_validate_names_every_problem_without_a_service(self):
        file = self.service.folder / "bad.websocket_trigger.yaml"
        file.write_text(
            "script_path: f/a/b\nis_flow: false\nurl: ' '\nfilters: []\n"
            "can_return_message: false\ncan_return_error_result: false\n"
            "url_runnable_args: [1]\n"
        )
        done = self.service.cli(
            "trigger", "validate", file, "--json", env={"EARSHOT_SOCKET": "/nowhere/s"}
        )
        self.assertEqual(done.code, 1)
        self.assertFalse(done.lines[0]["valid"])
        said = "\n".join(done.lines[0]["problems"])
        self.assertIn("WebSocket URL cannot be empty", said)
        self.assertIn("url_runnable_args must be an object", said)


class Files(ServiceCase):
    def test_212_an_export_has_windmills_keys_and_no_nulls(self):
        bot = self.bot(
            mode="disabled",
            error_handler_path=None,
            error_handler_args=None,
            retry=None,
            labels=None,
            heartbeat={"interval_secs": 5, "message": "x", "state_field": None},
            filter_logic="or",
        )
        exported = self.service.cli("trigger", "export", bot.path).out
        keys = [line.split(":")[0] for line in exported.splitlines() if line[0] not in " -"]
        self.assertEqual(
            keys,
            [
                "can_return_error_result", "can_return_message", "filter_logic", "filters",
                "heartbeat", "is_flow", "mode", "script_path", "url",
            ],
        )  # fmt: skip
        self.assertNotIn(": null", exported)
        self.assertNotIn("state_field", exported)

    def languages(self):
        listed = self.service.call("runnable.list", prefix=f"f/{self.name}/")["items"]
        return {one["file"].rsplit("/", 1)[1]: one["language"] for one in listed}

    def test_214_the_file_name_says_the_language(self):
        expected = {
            "a.ts": "bun", "b.bun.ts": "bun", "c.deno.ts": "deno", "d.fetch.ts": "nativets",
            "e.py": "python3", "f.sh": "bash", "g.ps1": "powershell",
        }  # fmt: skip
        for file in expected:
            self.service.script(f"f/{self.name}/{file}", "")
        self.assertEqual(self.languages(), expected)

    def test_218_metadata_without_a_language_changes_nothing(self):
        self.service.script(f"f/{self.name}/x.script.yaml", "summary: x\nschema: {}\n")
        path = self.script("def main(msg):\n    return msg\n", name="x")
        self.assertEqual(self.languages(), {"x.py": "python3"})
        self.assertEqual(self.service.run_script(path, "--msg", "hi")["result"], "hi")
