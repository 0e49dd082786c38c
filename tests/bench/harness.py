# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the server, the peers and the service for run.py, and reads what they cost from /proc."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PEERS = SOURCE / "tests/bench/peers"
TOOLS = SOURCE / "tests/tools/node_modules/.bin"
PYTHON = "/usr/bin/python3"
# The pinned runtimes first, and Debian's Python rather than a version manager's shim.
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith("EARSHOT_")},
    "PATH": f"{TOOLS}:/usr/bin:/bin",
}


class Failed(Exception):
    """A side did not do its job; what it measured is worth nothing."""


def stop(process, limit=20):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"{process.args[0]} did not end within {limit} s of SIGTERM")


# --- the source server ----------------------------------------------------------------------------


class Server:
    def __init__(self, build):
        self.process = subprocess.Popen(
            [build / "tests/bench/server/bench_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = json.loads(self.process.stdout.readline())["url"]
        # Lines nobody has asked for yet.
        self.lines = []
        self.arrived = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.arrived:
                self.lines.append(json.loads(line))
                self.arrived.notify_all()

    def _take(self, event, name):
        for i, line in enumerate(self.lines):
            if line["event"] in (event, "cut") and name in (None, line.get("name")):
                return self.lines.pop(i)
        return None

    def wait_for(self, event, name=None, limit=120, watch=None):
        """The next line of that event (and name). `watch` is a process that must not die meanwhile."""
        end = time.monotonic() + limit
        with self.arrived:
            while time.monotonic() < end:
                line = self._take(event, name)
                if line is None:
                    self.arrived.wait(0.5)
                    if watch is not None and watch.poll() is not None:
                        raise Failed(f"{watch.args[0]} ended with {watch.returncode}")
                elif line["event"] == event:
                    return line
                elif name is not None:
                    raise Failed(f"{name}: {line}")
        raise Failed(f"nothing from {name or event} within {limit} s")

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.wait_for("stats")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


# --- /proc ----------------------------------------------------------------------------------------


def tree(pid):
    """The process and all its descendants."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat[stat.rindex(")") + 2 :].split()[1])
    found = [pid]
    for parent in found:
        found.extend(child for child, of in parents.items() if of == parent)
    return found


def busy_share(seconds=1.0):
    """How much of the machine others use, 0 to 1, measured while we do nothing."""

    def times():
        numbers = [int(n) for n in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]

    total, idle = times()
    time.sleep(seconds)
    total_after, idle_after = times()
    return 1 - (idle_after - idle) / max(1, total_after - total)


def status_value(pid, key):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def resident_mb(pids):
    return sum(status_value(pid, "VmRSS") for pid in pids) / 1024


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        fields = stat[stat.rindex(")") + 2 :].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def wake_ups(pid):
    """Voluntary context switches of all its threads: how often it went to sleep, so how often it woke."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += status_value(f"{pid}/task/{thread.name}", "voluntary_ctxt_switches")
    return total


class Client:
    """The control API, one request at a time."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rwb")
        self.number = 0
        self.call("service.hello", {"api": 1, "client": "bench"})

    def call(self, method, params):
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.file.write(json.dumps(request).encode() + b"\n")
        self.file.flush()
        answer = json.loads(self.file.readline())
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


# --- Earshot --------------------------------------------------------------------------------------


class Service:
    """`earshot serve` on a fresh profile, in a folder that goes with it."""

    def __init__(self, earshot):
        self.earshot = earshot
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earshot-bench-"))
        self.workspace = self.folder / "workspace"
        scripts = self.workspace / "f/bench"
        scripts.mkdir(parents=True)
        # `.py` beside `.ts` of the same name would be ambiguous.
        shutil.copy(PEERS / "job.ts", scripts / "job.ts")
        shutil.copy(PEERS / "job.py", scripts / "job_py.py")
        shutil.copy(PEERS / "job.sh", scripts / "job_sh.sh")
        shutil.copy(PEERS / "echo.ts", scripts / "echo.ts")
        self.environment = {
            **ENVIRONMENT,
            "EARSHOT_WORKSPACE": str(self.workspace),
            "EARSHOT_DATA_DIR": str(self.folder / "data"),
            "EARSHOT_SOCKET": str(self.folder / "s"),
        }
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [earshot, "serve", "--json"], env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        line = self.process.stdout.readline()
        self.ready_ms = (time.monotonic() - start) * 1000
        try:
            if json.loads(line)["event"] != "ready":
                raise ValueError(line)
        except (ValueError, KeyError) as error:
            raise Failed(f"serve said {line!r} and not that it is ready: {self.tail()}") from error
        self.pid = self.process.pid

    def tail(self):
        self.log.flush()
        return (self.folder / "log").read_text(encoding="utf-8")[-2000:]

    def cli(self, *arguments):
        done = subprocess.run(
            [self.earshot, *arguments], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise Failed(f"earshot {' '.join(arguments[:3])}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def client(self):
        return Client(self.environment["EARSHOT_SOCKET"])

    def add(self, documents):
        """Imports triggers, given as path → document; they connect at once."""
        files = []
        for path, document in documents.items():
            file = self.workspace / f"{path}.websocket_trigger.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            # JSON is YAML.
            file.write_text(json.dumps(document, indent=2), encoding="utf-8")
            files.append(str(file))
        # A service on a slow disk commits each import on its own; the call has a deadline.
        for i in range(0, len(files), 25):
            self.cli("trigger", "import", *files[i : i + 25])

    def close(self):
        try:
            stop(self.process)
        finally:
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def trigger(url, script="f/bench/job", **delivery):
    return {
        "url": url,
        "script_path": script,
        "is_flow": False,
        "filters": [{"key": "type", "value": "order"}],
        "filter_logic": "and",
        "can_return_message": True,
        "can_return_error_result": False,
        "mode": "enabled",
        "delivery": {"isolation": "worker", "queue_limit": 1_000_000, **delivery},
    }
