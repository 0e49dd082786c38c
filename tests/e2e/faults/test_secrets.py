# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary: secrets are used everywhere they may be, then searched everywhere they must not be."""

import base64
import hashlib
import json
import os
import pathlib
import socket
import threading
import unittest
import urllib.parse

from lib.control import Control
from lib.earshot import ScriptedServer, Service, wait_until

# One that can stand in a URL and a header, one in which every encoding shows.
TOKEN = "Kanarie4711wRt0kEn"
PHRASE = 'Wellen"sittich\\ über/den + 100% Wolken'

SIGN = """\
import hashlib
def main({name}):
    return {result}
"""
# Waits for the test to look at its process.
HANDLER = """\
import pathlib, time
def main(key: str, error: dict, path: str = ""):
    pathlib.Path({here!r}).touch()
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.02)
    return len(key)
"""
FAILING = """\
def main(msg):
    raise ValueError("on purpose")
"""


def forms(secret):
    """What a secret may look like: raw, JSON, URL, base64 at each of its three alignments."""
    raw = secret.encode()
    yield raw
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield once.encode()
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1].encode()
    yield once.replace("/", "\\/").encode()
    yield urllib.parse.quote(secret).encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield urllib.parse.quote_plus(secret).encode()
    for skipped in range(3):
        inner = raw[skipped:]
        inner = inner[: len(inner) // 3 * 3]
        yield base64.b64encode(inner)
        yield base64.urlsafe_b64encode(inner)


class Tap:
    """A socket in front of the control socket that keeps what goes through it."""

    def __init__(self, path, target):
        self.path = path
        self.bytes = bytearray()
        self._target = str(target)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._open = set()
        self._half_closed = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            far.connect(self._target)
            self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pipe, args=(source, sink), daemon=True).start()

    def _pipe(self, source, sink):
        try:
            while data := source.recv(65536):
                self.bytes += data
                sink.sendall(data)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self._ended(source, sink)

    def _ended(self, *ends):
        """Called by both directions; the second one closes."""
        with self._lock:
            if self._half_closed & set(ends):
                for one in ends:
                    one.close()
                self._open -= set(ends)
            self._half_closed |= set(ends)

    def close(self):
        self._listener.close()
        for one in list(self._open):
            one.close()


def process_tree(pid):
    """The process and all its descendants."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


class SecretsTest(unittest.TestCase):
    def setUp(self):
        self.service = self.enterContext(Service(start=False))
        self.server = self.enterContext(ScriptedServer())
        self.seen = {}  # where -> bytes
        self.needles = {form for secret in (TOKEN, PHRASE) for form in forms(secret)}

    def keep(self, where, data):
        self.seen[where] = self.seen.get(where, b"") + bytes(data)

    def cli(self, *args):
        """A command through the tap; its output is evidence."""
        done = self.service.cli(*args, env={"EARSHOT_SOCKET": str(self.tap.path)})
        self.keep("stdout of " + " ".join(map(str, args[:2])), done.out.encode())
        self.keep("stderr of " + " ".join(map(str, args[:2])), done.err.encode())
        return done

    def look_at_processes(self):
        looked = 0
        for pid in process_tree(self.service.process.pid):
            for name in ("cmdline", "environ"):
                try:
                    self.keep(f"{name} of a process", pathlib.Path(f"/proc/{pid}/{name}").read_bytes())
                    looked += 1
                except OSError:
                    pass  # ended meanwhile
        return looked

    def set_up_profile(self):
        service = self.service
        sha = "hashlib.sha256({0}.encode()).hexdigest()"
        service.script("f/t/hello.py", SIGN.format(name="key: str", result=sha.format("key")))
        service.script(
            "f/t/address.py",
            SIGN.format(name="key: str", result=f"{self.server.url!r} + 'signed?token=' + key"),
        )
        self.here, self.go = service.folder / "here", service.folder / "go"
        service.script("f/t/handler.py", HANDLER.format(here=str(self.here), go=str(self.go)))
        service.script("f/t/failing.py", FAILING)
        service.start()
        for name, value in (("token", TOKEN), ("phrase", PHRASE)):
            done = service.cli("secret", "set", f"u/ada/{name}", stdin=value + "\n")
            self.assertEqual(done.code, 0, done.err)
        self.tap = Tap(service.folder / "tap", service.socket)
        self.addCleanup(self.tap.close)
        service.save(
            "f/t/plain",
            url=self.server.url + "plain?token=$var:u/ada/token",
            script_path="f/t/failing",
            initial_messages=[
                {"raw_message": '{"auth":"$var:u/ada/token"}'},
                {"raw_message": "say $var:u/ada/phrase"},
                {
                    "runnable_result": {
                        "path": "f/t/hello",
                        "args": {"key": "$var:u/ada/phrase"},
                        "is_flow": False,
                    }
                },
            ],
            connection={"headers": {"Authorization": "Bearer $var:u/ada/token"}},
            error_handler_path="f/t/handler",
            error_handler_args={"key": "$var:u/ada/phrase"},
        )
        service.save(
            "f/t/computed",
            url="$script:f/t/address",
            url_runnable_args={"key": "$var:u/ada/token"},
            script_path="f/t/failing",
        )

    def use_everything(self):
        service, server = self.service, self.server
        server.wait_connection(2)
        by_path = {one.path.split("?")[0]: one for one in server.connections}
        plain, computed = by_path["/plain"], by_path["/signed"]
        # It arrived where it belongs, so that searching for it proves something.
        self.assertEqual(plain.path, "/plain?token=" + TOKEN)
        self.assertEqual(plain.headers["Authorization"], "Bearer " + TOKEN)
        self.assertEqual(computed.path, "/signed?token=" + TOKEN)
        sent = plain.wait_received(3)
        self.assertEqual(json.loads(sent[0]), {"auth": TOKEN})
        self.assertEqual(sent[1], "say " + PHRASE)
        self.assertEqual(sent[2], hashlib.sha256(PHRASE.encode()).hexdigest())
        plain.send("fail, please")
        wait_until(self.here.exists, "the error handler runs")
        self.assertGreater(self.look_at_processes(), 4)
        self.go.touch()
        handled = service.wait_runs("f/t/plain", 1, purpose="error_handler")
        self.assertEqual(service.run(handled[0]["id"])["result"], str(len(PHRASE)))

    def ask_everything(self):
        service = self.service
        for command in ("show", "export", "test"):
            self.assertEqual(self.cli("trigger", command, "f/t/plain").code, 0)
        for command in (["status"], ["runs"], ["doctor"], ["secret", "list"]):
            self.assertEqual(self.cli(*command).code, 0)
        self.assertEqual(self.cli("secret", "get", "u/ada/token", "--json").code, 0)
        ids = [run["id"] for run in service.runs()]
        self.assertGreaterEqual(len(ids), 4)
        self.assertEqual(self.cli("runs", "show", ids[-1]).code, 0)
        self.assertEqual(self.cli("backup", service.folder / "backup").code, 0)
        # The same answers without a process for each.
        asking = Control(str(self.tap.path))
        for run_id in ids:
            asking.call("run.get", id=run_id)
            asking.call("run.logs", id=run_id)
        for trigger in ("f/t/plain", "f/t/computed"):
            for method in ("trigger.get", "trigger.export", "session.state"):
                asking.call(method, path=trigger)
        asking.call("settings.list")
        asking.close()

    def test_secrets_stay_where_they_belong(self):
        self.set_up_profile()
        self.use_everything()
        self.ask_everything()
        # A server that is gone: errors, with the address, in the log.
        self.server.shut()
        self.service.wait_trigger(
            "f/t/plain", lambda one: one["session"]["phase"] != "ready", "the connection is lost"
        )
        self.cli("trigger", "test", "f/t/plain")
        self.cli("status")
        self.keep("control socket", self.tap.bytes)
        self.look_at_processes()
        self.search_files(while_running=True)
        self.service.stop()
        self.keep("stdout of serve", json.dumps(self.service.process.lines).encode())
        self.keep("stderr of serve", self.service.process.stderr.encode())
        self.search_files(while_running=False)
        found = {
            where: needle
            for where, data in self.seen.items()
            for needle in self.needles
            if needle in data
        }
        self.assertEqual(found, {})
        secrets = self.service.data_dir / "secrets.json"
        self.assertEqual(os.stat(secrets).st_mode & 0o777, 0o600)
        self.assertIn(TOKEN, secrets.read_text())

    def search_files(self, while_running):
        names = set()
        for file in self.service.folder.rglob("*"):
            if file.is_file() and file.name != "secrets.json":
                names.add(file.name)
                self.keep(f"file {file.relative_to(self.service.folder)}", file.read_bytes())
        self.assertIn("earshot.db", names)
        self.assertIn("earshot.log", names)
        if while_running:
            self.assertIn("earshot.db-wal", names)


if __name__ == "__main__":
    unittest.main()
