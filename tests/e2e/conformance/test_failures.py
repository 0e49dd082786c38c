# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries, error handlers, suspended triggers, connection tests, private addresses, proxies."""

import json
import socket

from lib.case import ServiceCase
from lib.earshot import SOURCE_DIR, ScriptedServer, wait_until
from lib.servers import ConnectProxy

CERTS = SOURCE_DIR / "tests/support/certs"
FAILS = "def main(msg):\n    raise ValueError(msg)\n"
WINDMILL = {"policy": "windmill"}


class Retries(ServiceCase):
    def waits(self, retry):
        """Seconds between the attempts of a run that always fails."""
        times = self.service.folder / f"times-{self.name}"
        bot = self.bot(
            "import time\n"
            "def main(msg):\n"
            f"    open({str(times)!r}, 'a').write(f'{{time.monotonic()}}\\n')\n"
            "    raise ValueError(msg)\n",
            retry=retry,
        )
        bot.connected().send("x")
        run = bot.wait_runs(1)[0]
        self.assertEqual(run["status"], "failure")
        at = [float(line) for line in times.read_text().split()]
        self.assertEqual(run["attempts"], len(at))
        return [later - earlier for earlier, later in zip(at, at[1:])]

    def check(self, waits, expected):
        """Never early; late by what a busy machine takes."""
        self.assertEqual(len(waits), len(expected), waits)
        for wait, least in zip(waits, expected):
            self.assertGreaterEqual(wait, least - 0.1, waits)
            self.assertLess(wait, least + 1.9, waits)

    def test_140_exponential_waits(self):
        waits = self.waits({"exponential": {"attempts": 2, "multiplier": 1, "seconds": 2}})
        self.check(waits, [2, 4])

    def test_141_constant_comes_first(self):
        waits = self.waits(
            {
                "constant": {"attempts": 1, "seconds": 0},
                "exponential": {"attempts": 1, "multiplier": 2, "seconds": 1},
            }
        )
        self.check(waits, [0, 2])


class ErrorHandlers(ServiceCase):
    def handled(self, handler, **keys):
        """A failing run with this handler: trigger, connection, run."""
        path = self.script(handler, name="handler")
        bot = self.bot(FAILS, error_handler_path=path, can_return_message=True, **keys)
        connection = bot.connected()
        connection.send("boom")
        return bot, connection, bot.detail()

    def test_146_the_handlers_result_is_the_result(self):
        handler = (
            "def main(error, path, is_flow, trigger_path, workspace_id, email, job_id,"
            " started_at, extra):\n"
            "    return {'error': error, 'path': path, 'is_flow': is_flow,\n"
            "            'trigger_path': trigger_path, 'extra': extra,\n"
            "            'all': bool(workspace_id and email and job_id and started_at)}\n"
        )
        bot, connection, detail = self.handled(
            handler, can_return_error_result=True, error_handler_args={"extra": "static"}
        )
        self.assertEqual(detail["run"]["status"], "failure")
        result = json.loads(detail["result"])
        self.assertEqual(result["error"]["message"], "boom")
        self.assertEqual(result["error"]["name"], "ValueError")
        self.assertEqual(result["path"], f"f/{self.name}/script")
        self.assertEqual(result["trigger_path"], f"websocket_trigger/{bot.path}")
        self.assertEqual((result["is_flow"], result["extra"]), (False, "static"))
        self.assertTrue(result["all"])
        self.assertEqual(json.loads(connection.wait_received(1)[0]), result)

    def test_146_a_failure_is_kept_back_unless_recovered(self):
        _, connection, detail = self.handled("def main(error):\n    return 'handled'\n")
        self.assertEqual((detail["run"]["status"], detail["run"]["replied"]), ("failure", False))
        connection.ping()
        self.assertEqual(connection.received, [])

    def test_146_recover_makes_it_a_success(self):
        _, connection, detail = self.handled("def main(error):\n    return {'recover': True}\n")
        self.assertEqual(detail["run"]["status"], "success")
        self.assertEqual(json.loads(connection.wait_received(1)[0]), {"recover": True})

    def test_146_static_arguments_win(self):
        _, _, detail = self.handled(
            "def main(error, path):\n    return [error, path]\n",
            error_handler_args={"path": "mine"},
        )
        self.assertEqual(json.loads(detail["result"])[1], "mine")


class Suspended(ServiceCase):
    def waiting(self, count, **keys):
        """A suspended trigger with `count` waiting runs."""
        bot = self.bot(mode="suspended", **keys)
        bot.connected().send(*[str(number) for number in range(count)])
        return bot, bot.wait_runs(count, statuses={"suspended"})

    def resume(self, bot, *args):
        done = self.service.cli("trigger", "resume", bot.path, *args)
        self.assertEqual(done.code, 0, done.err)
        return done.out.strip()

    def test_151_resume_runs_all(self):
        bot, _ = self.waiting(3)
        self.assertEqual(self.resume(bot), "Reassigned 3 jobs")
        runs = bot.wait_runs(3)
        self.assertEqual([run["message"] for run in runs], ["0", "1", "2"])
        self.assertEqual({run["status"] for run in runs}, {"success"})
        self.assertEqual(bot.summary()["mode"], "suspended")
        self.assertEqual(self.resume(bot), "Reassigned 0 jobs")

    def test_151_resume_runs_the_named_ones(self):
        bot, runs = self.waiting(3)
        self.assertEqual(self.resume(bot, "--run", runs[1]["id"]), "Reassigned 1 jobs")
        self.assertEqual([run["message"] for run in bot.wait_runs(1)], ["1"])
        self.assertEqual(len(bot.wait_runs(2, statuses={"suspended"})), 2)

    def test_151_no_ids_are_no_runs(self):
        bot, _ = self.waiting(2)
        answer = self.service.call("trigger.resume", path=bot.path, ids=[])
        self.assertEqual(answer, {"count": 0})
        self.assertEqual(len(bot.wait_runs(2, statuses={"suspended"})), 2)

    def test_152_discarding(self):
        bot, _ = self.waiting(2)
        self.assertEqual(self.resume(bot, "--discard"), "Canceled 2 jobs")
        self.assertEqual({run["status"] for run in bot.wait_runs(2)}, {"cancelled"})
        self.assertEqual(self.resume(bot, "--discard"), "No jobs to cancel")

    def test_153_enabling_starts_none_of_them(self):
        bot, _ = self.waiting(1)
        self.service.set_mode(bot.path, "enabled")
        connection = bot.server.wait_connection(2)
        self.service.wait_ready(bot.path)
        connection.send("new")
        self.assertEqual([run["message"] for run in bot.wait_runs(1)], ["new"])
        self.assertEqual([run["status"] for run in bot.runs()], ["suspended", "success"])
        self.assertEqual(bot.summary()["counters"]["suspended"], 1)
        self.assertEqual(self.resume(bot), "Reassigned 1 jobs")
        self.assertEqual([run["message"] for run in bot.wait_runs(2)], ["0", "new"])

    def test_154_resume_uses_the_new_runnable_and_the_stored_message(self):
        bot, _ = self.waiting(1)
        new = self.script("def main(msg):\n    return 'new ' + msg\n", name="new")
        self.service.save(bot.path, url=bot.server.url, script_path=new, mode="suspended")
        self.assertEqual(self.resume(bot), "Reassigned 1 jobs")
        self.assertEqual(json.loads(bot.detail()["result"]), "new 0")


class ConnectionTests(ServiceCase):
    def report(self, *args):
        done = self.service.cli("trigger", "test", *args, "--json")
        self.assertEqual(len(done.lines), 1, done)
        self.assertEqual(done.code, 0 if done.lines[0]["ok"] else 1)
        return done.lines[0]

    def test_155_a_reachable_server_gets_nothing(self):
        bot = self.bot(
            mode="disabled",
            initial_messages=[{"raw_message": "first"}],
            heartbeat={"interval_secs": 1, "message": "beat"},
        )
        bot.server.greeting = ["hello"]
        report = self.report(bot.path)
        self.assertTrue(report["ok"], report)
        self.assertEqual(report["stages"][-1]["name"], "handshake")
        connection = bot.server.wait_connection()
        connection.wait_closed()
        self.assertEqual(connection.received, [])
        self.assertEqual(self.service.runs(bot.path), [])

    def test_156_a_silent_server_times_out(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            document = {
                "url": f"ws://127.0.0.1:{silent.getsockname()[1]}/",
                "script_path": "f/a/b", "is_flow": False, "filters": [],
                "can_return_message": False, "can_return_error_result": False,
                "connection": {"connect_timeout_secs": 1},
            }  # fmt: skip
            report = self.service.call("trigger.test_connection", document=json.dumps(document))
        self.assertFalse(report["ok"])
        self.assertEqual(report["error"], "Timeout connecting to service after 1 seconds")

    def test_157_a_refused_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as closing:
            port = closing.getsockname()[1]
        report = self.report("--url", f"ws://127.0.0.1:{port}/")
        self.assertTrue(
            report["error"].startswith("Error connecting to WebSocket: "), report["error"]
        )
        self.assertIn("refused", report["error"])


class PrivateAddresses(ServiceCase):
    def test_160_private_addresses_are_refused_when_asked_for(self):
        with self.subTest("allowed by default"):
            self.bot(name="open").connected()
        server = self.serve()
        for number, host in enumerate(["127.0.0.1", "localhost"]):
            with self.subTest(host=host):
                bot = self.bot(
                    name=f"bot{number}", server=server, url=f"ws://{host}:{server.port}/",
                    connection={"block_private": True},
                )  # fmt: skip
                said = bot.wait_disabled()
                self.assertIn("URL targets/resolves to a private/internal IP address", said)
                # Upstream names its variable here; what switches it in Earshot is a key.
                self.assertIn("connection.block_private", said)
        self.assertEqual(server.attempts, [])


class Proxies(ServiceCase):
    @classmethod
    def setUpClass(cls):
        cls.secure = ScriptedServer(certificate=(CERTS / "server.pem", CERTS / "server.key"))
        cls.addClassCleanup(cls.secure.close)
        cls.proxy = ConnectProxy(target=("127.0.0.1", cls.secure.port))
        cls.addClassCleanup(cls.proxy.close)
        cls.env = {"HTTPS_PROXY": f"http://u:p@127.0.0.1:{cls.proxy.port}"}
        super().setUpClass()

    def setUp(self):
        self.proxy.requests.clear()
        self.secure.attempts.clear()
        self.proxy.answer = None

    def test_163_wss_goes_through_https_proxy(self):
        bot = self.bot(
            server=self.secure,
            url="wss://h/",
            connection={"tls": {"ca_file": str(CERTS / "ca.pem")}},
        )
        wait_until(lambda: self.proxy.requests, "a request at the proxy")
        lines = self.proxy.requests[0].split("\r\n")
        self.assertEqual(lines[0], "CONNECT h:443 HTTP/1.1")
        self.assertIn("Proxy-Authorization: Basic dTpw", lines)
        # The certificate is another host's: nothing of WebSocket was said in the tunnel.
        self.assertIn("certificate", bot.wait_disabled())
        self.assertEqual(self.secure.attempts, [])

    def test_163_messages_pass_the_tunnel(self):
        bot = self.bot(
            server=self.secure,
            url=f"wss://localhost:{self.secure.port}/",
            connection={"tls": {"ca_file": str(CERTS / "ca.pem")}},
            can_return_message=True,
        )
        connection = bot.connected(len(self.secure.connections) + 1)
        connection.send("hello")
        self.assertEqual(connection.wait_received(1), ["hello"])
        self.assertTrue(self.proxy.requests[0].startswith(f"CONNECT localhost:{self.secure.port} "))

    def test_165_a_refusing_proxy_is_tried_again(self):
        self.proxy.answer = (
            b"HTTP/1.1 407 Proxy Authentication Required\r\n"
            b'Proxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n'
        )
        bot = self.bot(server=self.secure, url="wss://h/", reconnect=WINDMILL)
        wanted = "HTTP proxy CONNECT to h:443 rejected: HTTP/1.1 407 "
        summary = self.service.wait_trigger(
            bot.path, lambda one: wanted in one["session"]["error"], wanted
        )
        self.assertEqual(summary["session"]["phase"], "backing_off")
        self.assertIn("Connection attempt 1/5 failed", summary["session"]["error"])
        before = len(self.proxy.requests)
        wait_until(lambda: len(self.proxy.requests) > before, "another attempt")
        self.assertEqual(bot.summary()["mode"], "enabled")

    def test_166_ws_does_not_use_https_proxy(self):
        bot = self.bot()
        bot.connected()
        self.assertEqual(self.proxy.requests, [])
