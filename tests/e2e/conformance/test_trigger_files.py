# SPDX-License-Identifier: GPL-3.0-or-later
"""Renaming triggers, looking at files before they are taken in, presets and the demo server."""

import json

from lib.case import ServiceCase
from lib.earshot import ControlError
from lib.waiting import wait_until


class Renaming(ServiceCase):
    def test_history_and_counters_go_along(self):
        bot = self.bot()
        bot.connected().send("one")
        bot.wait_runs(1)
        wait_until(lambda: bot.summary()["counters"]["received"] == 1, "the counter")
        renamed = self.service.call("trigger.rename", path=bot.path, to="f/elsewhere/bot")
        self.addCleanup(self._delete, "f/elsewhere/bot")
        self.assertEqual(renamed["path"], "f/elsewhere/bot")
        self.assertEqual(renamed["counters"]["received"], 1)
        self.assertNotIn(bot.path, [one["path"] for one in self.service.triggers()])
        self.assertEqual(len(self.service.runs("f/elsewhere/bot")), 1)
        second = bot.server.wait_connection(2)
        self.service.wait_ready("f/elsewhere/bot")
        second.send("two")
        self.service.wait_runs("f/elsewhere/bot", 2)

    def test_survives_a_restart(self):
        bot = self.bot()
        bot.connected()
        self.service.call("trigger.rename", path=bot.path, to="f/kept/bot")
        self.service.restart()
        self.addCleanup(self._delete, "f/kept/bot")
        self.service.wait_ready("f/kept/bot")

    def test_refuses_a_taken_or_bad_path_and_changes_nothing(self):
        first, second = self.bot(), self.bot(name="second")
        for to, code in ((second.path, "already_exists"), ("nowhere", "invalid_argument")):
            with self.assertRaises(ControlError) as refused:
                self.service.call("trigger.rename", path=first.path, to=to)
            self.assertEqual(refused.exception.code, code)
            self.assertEqual(first.summary()["path"], first.path)
        with self.assertRaises(ControlError) as refused:
            self.service.call("trigger.rename", path="f/none/none", to="f/x/y")
        self.assertEqual(refused.exception.code, "not_found")


class Files(ServiceCase):
    def test_preview_names_hosts_references_and_runnables(self):
        text = """
url: wss://user:pass@stream.example.com:8443/orders?x=1
script_path: f/bots/on_order
is_flow: false
error_handler_path: script/f/bots/failed
filters:
  - path: a.b
    value: 1
initial_messages:
  - runnable_result: {path: f/bots/login, args: {token: $var:f/bots/token}, is_flow: false}
can_return_message: false
can_return_error_result: false
"""
        preview = self.service.call("trigger.preview", text=text)
        self.assertEqual(preview["hosts"], ["stream.example.com:8443"])
        self.assertEqual(preview["references"], ["$var:f/bots/token"])
        self.assertEqual(
            sorted(preview["runnables"]), ["f/bots/failed", "f/bots/login", "f/bots/on_order"]
        )
        self.assertEqual(preview["problems"], [])
        self.assertEqual(json.loads(preview["document"])["filters"], [{"path": "a.b", "value": 1}])
        self.assertNotIn("f/bots/on_order", [one["path"] for one in self.service.triggers()])

    def test_preview_tells_problems(self):
        preview = self.service.call("trigger.preview", text="url: http://x\nis_flow: false\n")
        self.assertTrue(preview["problems"])
        with self.assertRaises(ControlError):
            self.service.call("trigger.preview", text="url: [")


class Presets(ServiceCase):
    def test_each_preset_is_complete(self):
        presets = self.service.call("trigger.presets")["items"]
        ids = [one["id"] for one in presets]
        for name in ("json_stream", "ethereum", "chrome_devtools", "discord"):
            self.assertIn(name, ids)
        for one in presets:
            preset = one["preset"]
            self.assertTrue(preset["name"] and preset["summary"], one["id"])
            names = {field["name"] for field in preset["fields"]} | {"script"}
            blanks = {
                part.split(">>")[0] for part in json.dumps(preset["document"]).split("<<")[1:]
            }
            self.assertLessEqual(blanks, names, one["id"])


class Demo(ServiceCase):
    def test_comes_back_with_the_service(self):
        url = self.service.call("trigger.demo")["url"]
        self.assertEqual(self.service.call("trigger.demo")["url"], url)
        script = self.script()
        self.service.save(f"f/{self.name}/bot", url=url, script_path=script, can_return_message=True)
        path = f"f/{self.name}/bot"
        self.service.wait_runs(path, 1)
        self.service.restart()
        self.service.wait_ready(path)
        self.service.wait_runs(path, 3)
        self._delete(path)
