# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs from runnables, initial messages, heartbeats."""

import json

from lib.case import ServiceCase
from lib.earshot import wait_until

WINDMILL = {"policy": "windmill"}


class Urls(ServiceCase):
    def url_bot(self, source, server=None, **keys):
        """A trigger whose URL comes from a script with this source."""
        self.script(source, name="url")
        return self.bot(server=server, url=f"$script:f/{self.name}/url", **keys)

    def url_runs(self, bot, count):
        return self.service.wait_runs(bot.path, count, purpose="url")

    def test_040_flows_are_refused_by_name(self):
        bot = self.bot(url="$flow:f/a/url", reconnect=WINDMILL)
        said = bot.wait_disabled()
        self.assertIn("Flow f/a/url failed: ", said)
        self.assertIn("flows cannot be run by this version of Earshot: f/a/url", said)

    def test_041_a_result_that_is_no_string_disables(self):
        for number, result in enumerate(["{'url': 'x'}", "None"]):
            with self.subTest(result=result):
                bot = self.url_bot(
                    f"def main():\n    return {result}\n", name=f"bot{number}", reconnect=WINDMILL
                )
                said = bot.wait_disabled()
                self.assertTrue(
                    said.endswith(f"Script f/{self.name}/url did not return a string"), said
                )
                self.assertEqual(bot.server.attempts, [])

    def test_042_a_failing_url_runnable_disables_after_one_run(self):
        bot = self.url_bot("def main():\n    raise ValueError('nope')\n", reconnect=WINDMILL)
        said = bot.wait_disabled()
        self.assertTrue(
            said.startswith(
                "Error getting WebSocket URL from runnable after 5 tries: "
                f"Script f/{self.name}/url failed: "
            ),
            said,
        )
        self.assertIn("nope", said)
        self.assertEqual(len(self.url_runs(bot, 1)), 1)

    def test_042_by_default_it_is_asked_again(self):
        """Earshot's own policy: the service behind a URL may be down for a while."""
        server = self.serve()
        counter = self.service.folder / "tries"
        bot = self.url_bot(
            "import pathlib\n"
            "def main():\n"
            f"    tries = pathlib.Path({str(counter)!r})\n"
            "    tries.write_text(tries.read_text() + 'x' if tries.exists() else 'x')\n"
            "    if len(tries.read_text()) < 2: raise ValueError('nope')\n"
            f"    return {server.url!r}\n",
            server=server,
        )
        bot.connected()
        self.assertEqual(bot.summary()["mode"], "enabled")
        statuses = [run["status"] for run in self.url_runs(bot, 2)]
        self.assertEqual(statuses, ["failure", "success"])

    def test_043_it_gets_url_runnable_args(self):
        server = self.serve()
        bot = self.url_bot(
            f"def main(token):\n    return {server.url!r} + token\n",
            server=server,
            url_runnable_args={"token": "x"},
        )
        self.assertEqual(bot.connected().path, "/x")

    def test_044_it_runs_again_at_every_connect(self):
        server = self.serve()
        bot = self.url_bot(f"def main():\n    return {server.url!r}\n", server=server)
        bot.connected().close()
        bot.connected(2)
        self.assertEqual(len(self.url_runs(bot, 2)), 2)

    def test_045_the_status_says_what_is_waited_for(self):
        server = self.serve()
        gate = self.service.folder / "gate-045"
        bot = self.url_bot(
            "import pathlib, time\n"
            "def main():\n"
            f"    while not pathlib.Path({str(gate)!r}).exists():\n"
            "        time.sleep(0.01)\n"
            f"    return {server.url!r}\n",
            server=server,
        )
        summary = self.service.wait_trigger(
            bot.path, lambda one: one["session"]["phase"] == "resolving_url", "resolving"
        )
        self.assertEqual(
            summary["session"]["error"], "Waiting on runnable to return WebSocket URL..."
        )
        gate.touch()
        bot.connected()

    def test_046_the_event_has_the_configured_url(self):
        server = self.serve()
        bot = self.url_bot(
            f"def main():\n    return {server.url!r} + '1'\n",
            server=server,
            text="def preprocessor(event):\n    return {'url': event['url']}\n"
            "def main(url):\n    return url\n",
        )
        bot.connected().send("x")
        self.assertEqual(json.loads(bot.detail()["result"]), f"$script:f/{self.name}/url")


class InitialMessages(ServiceCase):
    def first(self, *messages, **keys):
        """What the server gets first; each message raw text or a Python script."""
        entries = []
        for number, message in enumerate(messages):
            if isinstance(message, str):
                entries.append({"raw_message": message})
            else:
                path = self.script(message[0], name=f"first{number}")
                entries.append(
                    {"runnable_result": {"path": path, "args": {"n": 7}, "is_flow": False}}
                )
        return self.bot(initial_messages=entries, **keys)

    def check(self, message, frame):
        bot = self.first(message)
        self.assertEqual(bot.connected().wait_received(1), [frame])

    def test_048_raw_text_goes_as_it_is(self):
        self.check('{"op":1}', '{"op":1}')

    def test_050_a_quoted_nothing_is_an_empty_frame(self):
        self.check('""', "")

    def test_051_a_string_result_goes_unquoted(self):
        self.check(["def main(n):\n    return 'x'\n"], "x")

    def test_052_other_results_go_as_json(self):
        bot = self.first(["def main(n):\n    return {'a': n}\n"])
        self.assertEqual(json.loads(bot.connected().wait_received(1)[0]), {"a": 7})

    def test_053_null_goes_as_null(self):
        self.check(["def main(n):\n    return None\n"], "null")

    def test_054_in_order_and_before_anything_is_read(self):
        server = self.serve(greeting=["hello"])
        # The first message takes as long as a process, and "hello" is already there.
        bot = self.first(
            ["def main(n):\n    return 'one'\n"], "two", server=server, can_return_message=True
        )
        self.assertEqual(bot.connected().wait_received(3), ["one", "two", "hello"])

    def test_056_a_failing_runnable_disables(self):
        bot = self.first(["def main(n):\n    raise ValueError('boom')\n"], reconnect=WINDMILL)
        said = bot.wait_disabled()
        self.assertTrue(said.startswith("Error sending initial messages: "), said)
        self.assertIn("boom", said)
        self.assertEqual(len(bot.server.attempts), 1)
        bot.server.wait_connection().wait_closed()
        runs = self.service.wait_runs(bot.path, 1, purpose="initial_message")
        self.assertEqual([run["status"] for run in runs], ["failure"])


class Heartbeats(ServiceCase):
    def beating(self, message='{"d":{{state}}}', field="s", **keys):
        heartbeat = {"interval_secs": 1, "message": message}
        if field:
            heartbeat["state_field"] = field
        return self.bot(heartbeat=heartbeat, **keys)

    def beat_after(self, *messages, **keys):
        """The first beat after the server has said this."""
        connection = self.beating(**keys).connected()
        if messages:
            connection.send(*messages)
            connection.ping()  # its answer comes after everything before was read
        seen = len(connection.received)
        return connection.wait_received(seen + 1)[seen]

    def test_059_the_first_beat_comes_after_one_interval(self):
        connection = self.beating().connected()
        connection.wait_received(3)
        times = [connection.opened_at, *connection.times]
        self.assertGreater(times[1] - times[0], 0.8)
        for earlier, later in zip(times[1:], times[2:]):
            self.assertGreater(later - earlier, 0.5)
        # Late by a busy machine at most, never so late that beats are missing.
        self.assertLess(times[3] - times[0], 6)

    def test_060_without_a_field_the_template_is_literal(self):
        self.assertEqual(self.beat_after('{"s":1}', field=None), '{"d":{{state}}}')

    def test_061_the_state_is_null_at_first(self):
        self.assertEqual(self.beat_after(), '{"d":null}')

    def test_063_a_string_keeps_its_quotes(self):
        self.assertEqual(self.beat_after('{"s":"x"}'), '{"d":"x"}')

    def test_064_an_object_is_json(self):
        self.assertEqual(json.loads(self.beat_after('{"s":{"a":1}}')), {"d": {"a": 1}})

    def test_065_absent_fields_leave_it(self):
        self.assertEqual(self.beat_after('{"s":5}', '{"t":1}'), '{"d":5}')

    def test_066_null_replaces_it(self):
        self.assertEqual(self.beat_after('{"s":5}', '{"s":null}'), '{"d":null}')

    def test_067_arrays_and_other_text_leave_it(self):
        self.assertEqual(self.beat_after('{"s":5}', '[{"s":6}]', "s=7"), '{"d":5}')

    def test_068_only_the_top_level_counts(self):
        self.assertEqual(self.beat_after('{"d":{"s":9}}'), '{"d":null}')

    def test_069_filters_do_not_matter(self):
        bot_filters = [{"key": "never", "value": True}]
        self.assertEqual(self.beat_after('{"s":5}', filters=bot_filters), '{"d":5}')
        self.assertEqual(self.service.runs(f"f/{self.name}/bot"), [])

    def test_070_every_occurrence_is_replaced(self):
        said = self.beat_after('{"s":5}', message="{{state}} and {{state}}, {{ state }}")
        self.assertEqual(said, "5 and 5, {{ state }}")

    def test_071_a_reconnect_forgets_it(self):
        bot = self.beating()
        first = bot.connected()
        first.send('{"s":5}')
        wait_until(lambda: '{"d":5}' in first.received, "a beat with the state")
        first.close()
        self.assertEqual(bot.connected(2).wait_received(1)[0], '{"d":null}')

    def test_072_nobody_has_to_answer(self):
        bot = self.beating()
        connection = bot.connected()
        connection.wait_received(3)
        self.assertFalse(connection.closed)
        self.assertEqual(len(bot.server.attempts), 1)

    def test_073_binary_frames_leave_it(self):
        self.assertEqual(self.beat_after('{"s":5}', b'{"s":6}'), '{"d":5}')
