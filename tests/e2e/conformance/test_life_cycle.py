# SPDX-License-Identifier: GPL-3.0-or-later
"""What a trigger does when it, its server or its script changes."""

from lib.case import ServiceCase
from lib.earshot import SOURCE_DIR, wait_until

SLOW = """import pathlib, time
def main(msg):
    while not pathlib.Path(msg).exists():
        time.sleep(0.01)
    return "late"
"""
WINDMILL = {"policy": "windmill"}


class LifeCycle(ServiceCase):
    def seen_statuses(self, path):
        """Texts of the trigger's session that were pushed so far."""
        self.service.call("service.status")
        texts = []
        for method, params in self.service.control.pushes:
            if method == "trigger.batch":
                texts += [row["session"]["error"] for row in params["rows"] if row["path"] == path]
        return texts

    def test_020_disabling_drops_the_socket(self):
        bot = self.bot()
        connection = bot.connected()
        self.service.set_mode(bot.path, "disabled")
        connection.wait_closed()
        self.assertEqual(bot.runs(), [])
        self.assertEqual(len(bot.server.attempts), 1)

    def test_021_an_edit_moves_to_the_new_url(self):
        bot = self.bot(can_return_message=True)
        old = bot.connected()
        other = self.serve()
        self.service.save(
            bot.path, url=other.url, script_path=f"f/{self.name}/script", can_return_message=True
        )
        new = other.wait_connection()
        old.wait_closed()
        self.service.wait_ready(bot.path)
        new.send("hello")
        self.assertEqual(new.wait_received(1), ["hello"])
        self.assertEqual(len(bot.server.attempts), 1)

    def test_022_deleting_drops_the_socket_for_good(self):
        bot = self.bot()
        connection = bot.connected()
        connection.send("kept in the history")
        run = bot.wait_runs(1)[0]
        done = self.service.cli("trigger", "delete", bot.path)
        self.assertEqual(done.code, 0, done.err)
        connection.wait_closed()
        self.assertNotIn(bot.path, [one["path"] for one in self.service.triggers()])
        self.assertEqual(self.service.run(run["id"])["message"], "kept in the history")
        self.assertEqual(len(bot.server.attempts), 1)

    def test_026_a_close_lets_the_run_finish_and_loses_its_reply(self):
        bot = self.bot(SLOW, can_return_message=True)
        gate = self.service.folder / f"gate-{self.name}"
        first = bot.connected()
        first.send(str(gate))
        bot.wait_runs(1, statuses={"running"})
        first.close(1000)
        second = bot.connected(2)
        gate.touch()
        run = bot.wait_runs(1)[0]
        self.assertEqual(run["status"], "success")
        self.assertFalse(run["replied"])
        # Whatever was sent on the second connection, its answer comes after.
        second.send(str(gate))
        self.assertEqual(second.wait_received(1), ["late"])
        self.assertEqual(second.received, ["late"])

    def test_028_server_errors_are_tried_again(self):
        self.service.call("trigger.subscribe")
        server = self.serve(refuse=[502, 502])
        bot = self.bot(server=server, reconnect=WINDMILL)  # waits 2 and 4 s
        bot.connected()
        self.assertEqual(len(server.attempts), 3)
        self.assertEqual(bot.summary()["mode"], "enabled")
        said = [text for text in self.seen_statuses(bot.path) if "attempt 2/5" in text]
        self.assertTrue(said, self.seen_statuses(bot.path))
        self.assertIn("502", said[0])
        self.assertIn("retrying in 4s...", said[0])

    def test_029_too_many_requests_is_tried_again(self):
        server = self.serve(refuse=[429])
        bot = self.bot(server=server, reconnect=WINDMILL)
        bot.connected()
        self.assertEqual(len(server.attempts), 2)

    def test_030_other_refusals_disable_at_once(self):
        for status in (401, 403, 404):
            with self.subTest(status=status):
                server = self.serve(refuse_all=status)
                bot = self.bot(server=server, name=f"bot{status}", reconnect=WINDMILL)
                self.assertIn(str(status), bot.wait_disabled())
                self.assertEqual(len(server.attempts), 1)

    def test_033_a_bad_certificate_disables(self):
        certs = SOURCE_DIR / "tests/support/certs"
        server = self.serve(certificate=(certs / "server.pem", certs / "server.key"))
        bot = self.bot(server=server, reconnect=WINDMILL)
        self.assertIn("certificate", bot.wait_disabled())
        self.assertEqual(server.connections, [])

    def test_034_a_healthy_connection_has_no_error(self):
        bot = self.bot()
        bot.connected()
        summary = bot.summary()
        self.assertEqual((summary["error"], summary["session"]["error"]), ("", ""))
        self.assertEqual(summary["session"]["phase"], "ready")
        self.assertGreater(summary["session"]["since_at_us"], 0)

    def test_036_a_failing_run_changes_nothing(self):
        bot = self.bot("def main(msg):\n    raise ValueError(msg)\n")
        connection = bot.connected()
        connection.send("one", "two")
        statuses = [run["status"] for run in bot.wait_runs(2)]
        self.assertEqual(statuses, ["failure", "failure"])
        summary = bot.summary()
        self.assertEqual((summary["mode"], summary["error"]), ("enabled", ""))
        self.assertEqual(summary["counters"]["failed"], 2)
        self.assertEqual(len(bot.server.attempts), 1)
        self.assertFalse(connection.closed)

    def test_038_an_unknown_dollar_url_disables(self):
        bot = self.bot(url="$other:f/a/b")
        self.assertEqual(
            bot.wait_disabled(), "Invalid WebSocket runnable path: $other:f/a/b"
        )

    def test_038_enabling_clears_the_error(self):
        server = self.serve(refuse=[404])
        bot = self.bot(server=server, reconnect=WINDMILL)
        bot.wait_disabled()
        done = self.service.cli("trigger", "enable", bot.path)
        self.assertEqual(done.code, 0, done.err)
        bot.connected()
        self.assertEqual(bot.summary()["error"], "")
        wait_until(lambda: len(server.attempts) == 2, "a second handshake")
