# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of its own (Xvfb, openbox, D-Bus) with the window in it, used as a person would.

    with Desktop() as desktop, Window(desktop, service) as window:
        window.key("ctrl+n")
        window.click("Create and start", role="push button")

What is on the screen is found by what a screen reader is told; mouse and keys are real X events.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import dbus

from lib.accessibility import Accessibility
from lib.earshot import BINARY, check_sanitizers
from lib.waiting import DEADLINE, wait_until

WINDOW_BINARY = pathlib.Path(
    os.environ.get("EARSHOT_DESKTOP", BINARY.parent.parent / "desktop/earshot-desktop")
)
# Pictures of failures, and of the way there when it is set.
PICTURES = os.environ.get("EARSHOT_PICTURES")


class Desktop:
    """An X server with a window manager and a session bus."""

    def __init__(self, size="1280x800"):
        self._processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earshot-desk-"))
        number, self._number_end = os.pipe()
        self._start(
            ["Xvfb", "-noreset", "-displayfd", str(self._number_end), "-screen", "0", f"{size}x24",
             "-nolisten", "tcp"],
            pass_fds=[self._number_end],
        )  # fmt: skip
        os.close(self._number_end)
        with os.fdopen(number) as display:
            self.display = f":{display.readline().strip()}"
        self.env = {
            **os.environ,
            "DISPLAY": self.display,
            "XDG_RUNTIME_DIR": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder),
        }
        bus = self._start(
            ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE
        )
        self.bus_address = bus.stdout.readline().decode().strip()
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.bus_address
        self._start(["openbox"])
        wait_until(
            lambda: "_NET_SUPPORTING_WM_CHECK(WINDOW)" in self.run("xprop", "-root"),
            "the window manager",
        )
        self.accessibility = Accessibility(self.bus_address)

    def _start(self, command, **more):
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=getattr(self, "env", None),
            **{"stdout": subprocess.DEVNULL, **more},
        )
        self._processes.append(process)
        return process

    def start(self, *command):
        """A tray host or another program of the desktop; it ends with it."""
        return self._start([str(word) for word in command])

    def run(self, *command):
        done = subprocess.run(
            [str(word) for word in command],
            env=self.env, capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        return done.stdout

    def picture(self, file):
        self.run("import", "-window", "root", file)

    def close(self):
        self.accessibility.close()
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Window:
    """`earshot-desktop` on a desktop, for the service of a Sandbox (started or not)."""

    NAME = "earshot"  # of the program, as a screen reader is told

    def __init__(self, desktop, service, *args, name="window"):
        self.desktop = desktop
        self.service = service
        self._errors = open(service.folder / f"{name}.err", "w+b")
        self.env = {
            **service.env,
            "DISPLAY": desktop.display,
            "DBUS_SESSION_BUS_ADDRESS": desktop.bus_address,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "EARSHOT_WORKSPACE": str(service.workspace),
            # Libraries of the desktop keep things for ever; what is ours is checked elsewhere.
            "ASAN_OPTIONS": "detect_leaks=0",
        }
        self.process = subprocess.Popen(
            [WINDOW_BINARY, *map(str, args)],
            env=self.env, cwd=service.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self._errors,
        )  # fmt: skip
        self._program = None

    @property
    def program(self):
        self._program = self._program or wait_until(
            lambda: self.desktop.accessibility.program(self.NAME),
            lambda: f"the window; it said {self.stderr[-4000:]}",
        )
        return self._program

    @property
    def stderr(self):
        self._errors.flush()
        return pathlib.Path(self._errors.name).read_text(errors="replace")

    # Finding

    def find_all(self, name=None, role=None, part=None):
        """What shows and has this name (or `part` in it) and role."""
        return list(self._matches(name, role, part))

    def _matches(self, name, role, part):
        for node, states in self.program.walk():
            try:
                if "showing" in states and (role is None or node.role == role):
                    said = node.name
                    if (name is None or said == name) and (part is None or part in said):
                        yield node
            except dbus.DBusException:
                continue  # gone meanwhile

    def find(self, name=None, role=None, part=None):
        """The first such; None when there is none."""
        return next(self._matches(name, role, part), None)

    def wait(self, name=None, role=None, part=None):
        """Until there is such a widget: it."""
        return wait_until(
            lambda: self.find(name, role, part),
            lambda: f"{role or 'widget'} {name or part!r}; there are {self.names()}",
        )

    def wait_gone(self, name=None, role=None, part=None):
        wait_until(lambda: not self.find(name, role, part), f"no {name or part!r} any more")

    def names(self):
        """Everything that shows, for the words of a failure."""
        shown = []
        for node, states in self.program.walk():
            try:
                if "showing" in states and node.name:
                    shown.append(f"{node.role} {node.name[:60]!r}")
            except dbus.DBusException:
                continue
        return shown

    # Doing

    def xdotool(self, *words):
        return self.desktop.run("xdotool", *words)

    def click(self, name=None, role=None, part=None, button=1, double=False):
        """Waits for the widget, then clicks into its middle."""
        node = self.wait(name, role, part)
        self.click_node(node, button, double)
        return node

    def click_node(self, node, button=1, double=False):
        x, y, width, height = node.extents
        self.xdotool("mousemove", x + width // 2, y + height // 2)
        self.xdotool("click", *(["--repeat", "2", "--delay", "40"] if double else []), button)

    def key(self, *keys):
        """Keys in the words of xdotool: "ctrl+k", "Return"."""
        self.xdotool("key", "--clearmodifiers", *keys)

    def type(self, text):
        self.xdotool("type", "--clearmodifiers", "--delay", "5", text)

    def command(self, text):
        """Through the command palette."""
        self.key("ctrl+k")
        self.wait("Commands", role="dialog")
        self.type(text)
        self.key("Return")
        self.wait_gone("Commands", role="dialog")

    @property
    def title(self):
        """Of the window that has the focus."""
        return self.xdotool("getactivewindow", "getwindowname").strip()

    def picture(self, name):
        """Kept only where somebody wants to look (EARSHOT_PICTURES)."""
        if PICTURES:
            self.desktop.picture(pathlib.Path(PICTURES) / f"{name}.png")

    # The end

    def is_running(self):
        return self.process.poll() is None

    def wait_end(self):
        wait_until(lambda: not self.is_running(), "the end of the window")
        check_sanitizers(self.stderr)
        return self.process.returncode

    def close(self):
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        said = self.stderr
        self._errors.close()
        check_sanitizers(said)

    def __enter__(self):
        wait_until(lambda: self.title, lambda: f"the window; it said {self.stderr[-4000:]}")
        return self

    def __exit__(self, failure, *unused):
        if failure:
            self.desktop.picture(self.service.folder.parent / "earshot-desktop-failure.png")
            print(self.stderr[-4000:])
        self.close()
