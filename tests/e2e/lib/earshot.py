# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the built `earshot`: the service, single commands, `earshot listen`."""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading

from lib.control import Control, ControlError
from lib.servers import ScriptedServer  # noqa: F401  (the usual import of tests)
from lib.waiting import DEADLINE, wait_until

SOURCE_DIR = pathlib.Path(
    os.environ.get("EARSHOT_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[3])
)
BINARY = pathlib.Path(os.environ.get("EARSHOT_BUILD_DIR", SOURCE_DIR / "build/dev")) / (
    "app/cli/earshot"
)
TOOLS = SOURCE_DIR / "tests/tools/node_modules/.bin"
FINAL = {
    "success", "failure", "timeout", "cancelled", "crashed", "failed_to_start", "interrupted",
}  # fmt: skip
SANITIZER = re.compile(r"^.*(ERROR: \w*Sanitizer|runtime error:).*$", re.MULTILINE)

Outcome = collections.namedtuple("Outcome", "code out err lines")


def environment(home, **extra):
    """The environment of every process under test: nothing of the person who runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.endswith("SAN_OPTIONS") or name in ("LANG", "TMPDIR")
    }
    kept.update(
        PATH=f"{TOOLS}:/usr/local/bin:/usr/bin:/bin",
        HOME=str(home),
        XDG_RUNTIME_DIR=str(home),
        XDG_CONFIG_HOME=str(home / "config"),
        XDG_DATA_HOME=str(home / "data"),
        XDG_CACHE_HOME=str(home / "cache"),
        QT_QPA_PLATFORM="offscreen",
    )
    kept.update({name: str(value) for name, value in extra.items()})
    return kept


def json_lines(text):
    """The JSON objects among the lines of `text`."""
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
    return found


def check_sanitizers(stderr):
    """A sanitizer's report fails the test, whatever else went well."""
    found = SANITIZER.search(stderr)
    if found:
        raise AssertionError(f"sanitizer: {found.group(0)}\n{stderr[-4000:]}")


class Sandbox:
    """A temporary folder with a workspace; processes that run in it."""

    def __init__(self, **env):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earshot-e2e-"))
        self.workspace = self.folder / "ws"
        self.home = self.folder / "home"
        self.workspace.mkdir()
        self.home.mkdir(mode=0o700)
        self.env = environment(self.home, **env)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def script(self, name, text, mode=0o644):
        """Writes `name` (with its ending, "f/t/echo.py") below the workspace; returns the file."""
        file = self.workspace / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def cli(self, *args, stdin="", env=None):
        """One command to its end: exit code, stdout, stderr and the JSON lines of stdout."""
        done = subprocess.run(
            [BINARY, *map(str, args)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**self.env, **(env or {})},
            timeout=DEADLINE * 2,
            check=False,
        )
        check_sanitizers(done.stderr)
        return Outcome(done.returncode, done.stdout, done.stderr, json_lines(done.stdout))

    def run_script(self, script, *args, env=None):
        """`earshot run` with --json: the object it prints."""
        done = self.cli("run", script, "--json", "--workspace", self.workspace, *args, env=env)
        if len(done.lines) != 1:
            raise AssertionError(f"earshot run printed no result: {done}")
        return done.lines[0]

    def listen(self, url, script, *args, env=None):
        return Listen(self, url, script, args, env)


class Process:
    """A running earshot; stdout as JSON lines, stderr in a file."""

    def __init__(self, command, sandbox, env, name):
        self._errors = tempfile.NamedTemporaryFile(
            dir=sandbox.folder, prefix=f"{name}-", suffix=".err", delete=False
        )
        self.lines = []
        self._process = subprocess.Popen(
            [BINARY, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=sandbox.folder,
            env=env,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            if line.startswith("{"):
                self.lines.append(json.loads(line))

    @property
    def pid(self):
        return self._process.pid

    @property
    def stderr(self):
        return pathlib.Path(self._errors.name).read_text(errors="replace")

    def is_running(self):
        return self._process.poll() is None

    def wait(self, deadline=DEADLINE):
        """Until the process ends by itself; its exit code."""
        try:
            code = self._process.wait(deadline)
        except subprocess.TimeoutExpired as late:
            self.kill9()
            said = f"still runs after {deadline:g} s\n{self.stderr[-4000:]}"
            raise AssertionError(said) from late
        self._reader.join(DEADLINE)
        self._process.stdout.close()
        self._errors.close()
        check_sanitizers(self.stderr)
        return code

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        """SIGTERM, the orderly end; the exit code."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill9(self):
        """The death nobody can prepare for."""
        self._process.kill()
        self._process.wait()
        self._reader.join(DEADLINE)
        self._process.stdout.close()
        self._errors.close()


class Listen:
    """`with sandbox.listen(url, script, …) as listening:` is `earshot listen --json`."""

    def __init__(self, sandbox, url, script, args, env):
        command = ["listen", url, "--run", script, "--json", *args]
        self._process = Process(command, sandbox, {**sandbox.env, **(env or {})}, "listen")

    @property
    def lines(self):
        return self._process.lines

    @property
    def stderr(self):
        return self._process.stderr

    def wait_lines(self, count):
        """At least `count` runs have ended: their lines, oldest first."""
        wait_until(
            lambda: len(self.lines) >= count,
            lambda: f"{count} lines of listen, there are {self.lines}\n{self.stderr[-2000:]}",
        )
        return list(self.lines)

    def wait(self):
        return self._process.wait()

    def stop(self):
        return self._process.stop()

    def kill9(self):
        self._process.kill9()

    def __enter__(self):
        return self

    def __exit__(self, failure, *unused):
        if self._process.is_running():
            if failure:
                self._process.kill9()
            else:
                self._process.stop()


class Service(Sandbox):
    """`earshot serve` on a data folder of its own.

    with Service() as service:
        service.script("f/t/echo.py", "def main(msg): return msg")
        service.save("f/t/bot", url=server.url, script_path="f/t/echo", can_return_message=True)
    """

    def __init__(self, start=True, **env):
        super().__init__(**env)
        self.data_dir = self.folder / "data"
        self.socket = self.folder / "s"
        self.env.update(EARSHOT_SOCKET=str(self.socket), EARSHOT_DATA_DIR=str(self.data_dir))
        self.process = None
        self.control = None
        if start:
            self.start()

    def start(self):
        self.process = Process(
            [
                "serve", "--json", "--data-dir", self.data_dir, "--socket", self.socket,
                "--workspace", self.workspace,
            ],
            self, self.env, "serve",
        )  # fmt: skip
        wait_until(
            lambda: self.process.lines or not self.process.is_running(),
            lambda: f"the ready line; stderr: {self.process.stderr[-4000:]}",
        )
        if not self.process.lines:
            raise AssertionError(f"the service did not start\n{self.process.stderr[-4000:]}")
        self.control = Control(str(self.socket))
        return self.process.lines[0]

    def stop(self):
        """The orderly end; fails unless the service says that it was one."""
        self._hang_up()
        code = self.process.stop()
        if code != 0:
            raise AssertionError(f"serve ended with {code}\n{self.process.stderr[-4000:]}")

    def kill9(self):
        self._hang_up()
        self.process.kill9()

    def restart(self):
        self.stop()
        return self.start()

    def _hang_up(self):
        if self.control is not None:
            self.control.close()
            self.control = None

    def close(self):
        try:
            if self.process is not None and self.process.is_running():
                self.stop()
        finally:
            super().close()

    def __exit__(self, failure, *unused):
        if failure and self.process is not None and self.process.is_running():
            print(self.process.stderr[-4000:])
        self.close()

    # What a client of the service asks, in the words of docs/rpc.md.

    def call(self, method, **params):
        return self.control.call(method, **params)

    def save(self, path, **keys):
        """Saves a trigger; keys beyond the required ones as given."""
        document = {
            "script_path": "f/t/script",
            "is_flow": False,
            "url": "",
            "filters": [],
            "can_return_message": False,
            "can_return_error_result": False,
            **keys,
        }
        return self.call("trigger.save", path=path, document=json.dumps(document))

    def set_mode(self, path, mode):
        return self.call("trigger.set_mode", path=path, mode=mode)

    def trigger(self, path):
        """The trigger as `trigger.list` shows it: mode, session, counters, error."""
        return self.call("trigger.get", path=path)["summary"]

    def triggers(self):
        """Every trigger as `trigger.list` shows it."""
        found, more = [], {}
        while True:
            page = self.call("trigger.list", limit=200, **more)
            found += page["items"]
            if not page["more"]:
                return found
            more = {"after": found[-1]["path"]}

    def wait_trigger(self, path, condition, what):
        """Until condition(summary) of the trigger is true; that summary."""
        last = {}

        def check():
            last.update(self.trigger(path))
            return last if condition(last) else None

        return wait_until(check, lambda: f"{what}; the trigger is {last}")

    def wait_ready(self, path):
        return self.wait_trigger(path, lambda one: one["session"]["phase"] == "ready", "ready")

    def wait_disabled(self, path):
        """Stopped for good: its error."""
        return self.wait_trigger(path, lambda one: one["mode"] == "disabled", "disabled")["error"]

    def runs(self, trigger=None, **more):
        """Rows of the history, oldest first."""
        if trigger is not None:
            more["trigger"] = trigger
        found = []
        while True:
            page = self.call("run.list", limit=200, **more)
            found += page["items"]
            if not page["more"]:
                return found[::-1]
            more["before"] = found[-1]["id"]

    def wait_runs(self, trigger, count, statuses=FINAL, purpose="message"):
        """Until `count` runs of the trigger have such a status: these rows, oldest first."""
        last = []

        def check():
            last[:] = [run for run in self.runs(trigger) if run["purpose"] == purpose]
            return len([run for run in last if run["status"] in statuses]) >= count

        wait_until(check, lambda: f"{count} runs of {trigger} in {statuses}; there are {last}")
        return [run for run in last if run["status"] in statuses]

    def run(self, run_id):
        """One run with message, args, result, logs and reply."""
        return self.call("run.get", id=run_id)

    def notices(self):
        """What the service alerted its clients about."""
        self.call("service.status")
        return list(self.control.notices)

    def wait_notice(self, part):
        """A notice with `part` in it."""
        return wait_until(
            lambda: next((text for text in self.notices() if part in text), None),
            lambda: f"a notice with {part!r}; there are {self.control.notices}",
        )


__all__ = ["ControlError", "Listen", "Sandbox", "ScriptedServer", "Service", "wait_until"]
