# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/conformance.md and the tests name each other."""

import pathlib
import re
import unittest

from lib.earshot import SOURCE_DIR

ROW = re.compile(r"^\| ([\d, –]+) \| .* \| (.*) \|$", re.MULTILINE)


class Table(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = ROW.findall((SOURCE_DIR / "docs/conformance.md").read_text())
        cls.tests = set()
        for file in pathlib.Path(__file__).parent.glob("test_*.py"):
            cls.tests |= set(re.findall(r"^    def (test_\d{3}_\w+)\(", file.read_text(), re.M))

    def test_every_row_has_its_tests_or_a_reason(self):
        self.assertGreater(len(self.rows), 140)
        for numbers, cell in self.rows:
            named = re.findall(r"`(test_\w+)`", cell)
            with self.subTest(numbers=numbers):
                self.assertTrue(named or cell.startswith("not applicable: "), cell)
                for name in named:
                    self.assertIn(name, self.tests)
                    self.assertTrue(name.startswith(f"test_{int(numbers):03}_"), name)

    def test_every_numbered_test_is_in_the_table(self):
        named = {name for _, cell in self.rows for name in re.findall(r"`(test_\w+)`", cell)}
        self.assertEqual(self.tests - named, set())

    def test_numbers_are_given_once(self):
        numbers = [numbers for numbers, _ in self.rows]
        self.assertEqual(len(numbers), len(set(numbers)))
