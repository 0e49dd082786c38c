# SPDX-License-Identifier: GPL-3.0-or-later
"""Which messages run the script, through `earshot listen`."""

import json
import unittest

from lib.earshot import Sandbox, ScriptedServer
from lib.case import ServiceCase


class Filters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.script = cls.sandbox.script("echo.sh", 'msg="$1"\necho "$msg"\n')

    def check(self, filters, matching, other=(), logic=None):
        """Sends `other`, then `matching`; runs one after the other, so nothing can come late."""
        args = ["--concurrency", 1]
        for one in filters:
            args += ["--filter", one if isinstance(one, str) else json.dumps(one)]
        if logic:
            args += ["--filter-logic", logic]
        with ScriptedServer() as server:
            with self.sandbox.listen(server.url, self.script, *args) as listening:
                server.wait_connection().send(*other, *matching)
                lines = listening.wait_lines(len(matching))
        self.assertEqual([line["msg"] for line in lines], list(matching))

    def test_074_no_filter_lets_everything_through(self):
        self.check([], ["hello", "[]", '""', "{}", ""])

    def test_076_null_matches_null_only(self):
        self.check([{"key": "a", "value": None}], ['{"a":null}'], ["{}", '{"a":0}', '{"a":"null"}'])

    def test_077_a_key_is_literal(self):
        self.check([{"key": "a.b", "value": 1}], ['{"a.b":1}'], ['{"a":{"b":1}}'])

    def test_078_a_path_descends_objects(self):
        self.check(
            [{"path": "a.b", "value": 1}], ['{"a":{"b":1}}'], ['{"a.b":1}', '{"a":[{"b":1}]}']
        )

    def test_080_an_empty_object_is_any_object(self):
        self.check(
            [{"key": "o", "value": {"x": {}}}], ['{"o":{"x":{"y":1}}}'], ['{"o":{"x":1}}', "{}"]
        )

    def test_081_an_array_contains_every_item(self):
        self.check([{"key": "a", "value": [1]}], ['{"a":[2,1]}'], ['{"a":[2]}', '{"a":1}'])
        self.check([{"key": "a", "value": [1, 2]}], ['{"a":[2,1,3]}'], ['{"a":[1]}'])

    def test_082_multiplicity_does_not_count(self):
        self.check([{"key": "a", "value": [1, 1]}], ['{"a":[1]}'])

    def test_084_items_are_supersets(self):
        self.check([{"key": "a", "value": [{"a": 1}]}], ['{"a":[{"a":1,"b":2}]}'])

    def test_085_kinds_of_numbers_differ(self):
        self.check(['{"key":"a","value":1.0}'], ['{"a":1.00}'], ['{"a":1}'])

    def test_086_integers_are_exact(self):
        self.check(
            [{"key": "a", "value": 9007199254740993}],
            ['{"a":9007199254740993}'],
            ['{"a":9007199254740992}'],
        )

    def test_087_true_is_no_text_and_no_number(self):
        self.check([{"key": "a", "value": True}], ['{"a":true}'], ['{"a":"true"}', '{"a":1}'])

    def test_088_and_needs_all_or_needs_one(self):
        both = [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
        self.check(both, ['{"a":1,"b":2}'], ['{"a":1}', '{"b":2}'])
        self.check(both, ['{"a":1,"b":2}', '{"a":1}', '{"b":2}'], ["{}"], logic="or")

    def test_089_groups(self):
        a, b = {"key": "a", "value": 1}, {"key": "b", "value": 2}
        self.check([{"any_of": [a, b]}], ['{"a":1}', '{"b":2}'], ["{}"])
        self.check([{"all_of": [a, b]}], ['{"a":1,"b":2}'], ['{"a":1}', '{"b":2}'])
        self.check([{"none_of": [a, b]}], ["{}"], ['{"a":1}', '{"b":2}'])

    def test_090_none_of_lets_text_through(self):
        self.check([{"none_of": [{"key": "a", "value": 1}]}], ["hello"], ['{"a":1}'])

    def test_091_an_empty_group_counts_for_nothing(self):
        self.check([{"any_of": []}], ["hello", "{}"])
        self.check([{"any_of": []}, {"key": "a", "value": 1}], ['{"a":1}'], ["hello", "{}"])

    def test_092_nor_does_a_group_of_empty_groups(self):
        self.check([{"all_of": [{"any_of": []}]}], ["hello", "{}"])

    def test_093_nor_with_or(self):
        self.check(
            [{"any_of": []}, {"key": "a", "value": 1}], ['{"a":1}'], ['{"a":2}'], logic="or"
        )

    def test_095_broken_json_has_no_fields(self):
        self.check([{"key": "a", "value": 1}], ['{"a":1}'], ['{"a":1,'])

    def test_097_the_last_of_doubled_nested_keys_counts(self):
        filters = [{"key": "o", "value": {"a": 2}}]
        self.check(filters, ['{"o":{"a":1,"a":2}}'], ['{"o":{"a":2,"a":1}}'])

    def test_088_key_equals_value_on_the_command_line(self):
        self.check(["type=order"], ['{"type":"order"}'], ['{"type":"other"}', "order"])


class FilteredOut(ServiceCase):
    def test_098_no_run_and_no_reply(self):
        bot = self.bot(filters=[{"key": "a", "value": 1}], can_return_message=True)
        connection = bot.connected()
        connection.send('{"a":2}', "hello", '{"a":1}')
        self.assertEqual(connection.wait_received(1), ['{"a":1}'])
        self.assertEqual([run["message"] for run in bot.wait_runs(1)], ['{"a":1}'])
        counters = bot.summary()["counters"]
        self.assertEqual((counters["received"], counters["matched"]), (3, 1))
        self.assertEqual(connection.received, ['{"a":1}'])
