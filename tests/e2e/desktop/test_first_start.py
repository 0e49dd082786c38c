# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's first minutes: the window, a trigger from the demo, a message and its reply."""

import json
import unittest

from lib.control import Control
from lib.desktop import Desktop, Window
from lib.earshot import Service
from lib.waiting import wait_until


class FirstStart(unittest.TestCase):
    def setUp(self):
        self.desktop = Desktop()
        self.addCleanup(self.desktop.close)
        self.service = Service(start=False)
        self.addCleanup(self.stop_service)

    def stop_service(self):
        """The service was started by the window: it is nobody's child here."""
        if self.service.socket.exists():
            control = Control(str(self.service.socket))
            control.call("service.shutdown")
            control.close()
            wait_until(lambda: not self.service.socket.exists(), "the end of the service")
        self.service.close()

    def connect(self):
        wait_until(self.service.socket.exists, "the service's socket")
        self.service.control = Control(str(self.service.socket))
        self.addCleanup(self.service._hang_up)

    def test_from_nothing_to_a_reply(self):
        with Window(self.desktop, self.service) as window:
            # no service ran: the window started one
            self.connect()
            window.click("Make the first trigger…", role="push button")
            window.wait("New trigger", role="dialog")
            window.picture("new-trigger")
            window.wait(part="Demo")
            window.click("Create and start", role="push button")
            path = wait_until(
                lambda: next((one["path"] for one in self.service.triggers()), None), "a trigger"
            )
            self.assertEqual(path, "f/demo/orders")
            self.service.wait_ready(path)
            run = self.service.run(self.service.wait_runs(path, 1)[0]["id"])
            self.assertEqual(run["run"]["status"], "success", run)
            wait_until(lambda: self.service.trigger(path)["counters"]["sent"] > 0, "a reply")
            wait_until(lambda: path in window.title, lambda: f"its page; it is {window.title}")
            # the message and the reply are on the page
            window.wait(part="green tea")
            window.picture("first-messages")
            self.assertTrue(list(self.service.workspace.glob("f/demo/orders.*")))
            self.assertIn("order", json.loads(run["message"])["type"])

    def test_second_start_raises_the_first(self):
        with Window(self.desktop, self.service) as window:
            self.connect()
            wait_until(lambda: "Earshot" in window.title, "the window")
            window.xdotool("getactivewindow", "windowminimize")
            wait_until(lambda: "Earshot" not in window.title, "no window")
            second = Window(self.desktop, self.service, name="second")
            self.assertEqual(second.wait_end(), 0)
            second.close()
            wait_until(lambda: "Earshot" in window.title, "the window again")
            self.assertTrue(window.is_running())

    def test_quits_and_leaves_the_service(self):
        with Window(self.desktop, self.service) as window:
            self.connect()
            self.service.call("service.status")
            wait_until(lambda: "Earshot" in window.title, "the window")
            window.wait(part="service 0")
            window.key("ctrl+q")
            window.click("It goes on", role="push button")
            self.assertEqual(window.wait_end(), 0)
            self.assertTrue(self.service.call("service.status")["service"]["pid"])

    def test_says_when_the_service_restarts(self):
        with Window(self.desktop, self.service) as window:
            self.connect()
            window.wait(part="service 0")
            self.service.call("service.shutdown")
            window.wait(part="The service was stopped")
            window.click("Start the service", role="push button")
            window.wait(part="Connected to the service again")


if __name__ == "__main__":
    unittest.main()
