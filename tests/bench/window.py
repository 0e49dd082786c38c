# SPDX-License-Identifier: GPL-3.0-or-later
"""The window under a virtual display for run.py: keys go in by xdotool, frames come out of the X server."""

import ctypes
import os
import random
import shutil
import subprocess
import tempfile
import time

from harness import Failed, stop

WIDTH, HEIGHT = 1024, 700
# What may stay unchanged after a key: a blinking cursor is one column of pixels.
CHANGED_PIXELS = 24


class XImage(ctypes.Structure):
    _fields_ = [
        ("width", ctypes.c_int), ("height", ctypes.c_int), ("xoffset", ctypes.c_int), ("format", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_char)), ("byte_order", ctypes.c_int), ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int), ("bitmap_pad", ctypes.c_int), ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int), ("bits_per_pixel", ctypes.c_int),
    ]


class Screen:
    """Reads pixels of a display in about a tenth of a millisecond."""

    def __init__(self, display):
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XOpenDisplay.argtypes = [ctypes.c_char_p]
        self.x.XDefaultRootWindow.restype = ctypes.c_ulong
        self.x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self.x.XGetImage.restype = ctypes.POINTER(XImage)
        self.x.XGetImage.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_ulong,
            ctypes.c_int,
        ]
        self.x.XDestroyImage.argtypes = [ctypes.POINTER(XImage)]
        self.x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        self.display = self.x.XOpenDisplay(display.encode())
        if not self.display:
            raise Failed(f"there is no display {display}")
        self.root = self.x.XDefaultRootWindow(self.display)

    def grab(self, x, y, width, height):
        image = self.x.XGetImage(self.display, self.root, x, y, width, height, 0xFFFFFFFF, 2)
        if not image:
            raise Failed("the screen cannot be read")
        try:
            return ctypes.string_at(image.contents.data, image.contents.bytes_per_line * height)
        finally:
            self.x.XDestroyImage(image)

    def close(self):
        self.x.XCloseDisplay(self.display)


def difference(before, after):
    return sum(before[i : i + 4] != after[i : i + 4] for i in range(0, len(before), 4)) if before != after else 0


class Window:
    """earshot-desktop on a display of its own, for the profile of a service that runs."""

    def __init__(self, desktop, service):
        if not shutil.which("Xvfb") or not shutil.which("xdotool"):
            raise Failed("Xvfb and xdotool are needed to measure the window")
        self.folder = tempfile.mkdtemp(prefix="earshot-window-")
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        self.display = f":{number}"
        self.environment = {
            **service.environment, "DISPLAY": self.display, "HOME": self.folder, "XDG_CONFIG_HOME": self.folder,
            "XDG_RUNTIME_DIR": self.folder, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8",
        }
        self.manager = subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL)
        self.screen = Screen(self.display)
        self.log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        self.started = time.monotonic()
        self.process = subprocess.Popen([desktop], env=self.environment, stdout=self.log, stderr=self.log)
        self.pid = self.process.pid
        self.id = self._find()
        self.xdotool("windowsize", "--sync", self.id, str(WIDTH), str(HEIGHT))
        self.xdotool("windowmove", self.id, "0", "0")

    def xdotool(self, *arguments):
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode != 0:
            raise Failed(f"xdotool {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _find(self, limit=30):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f"earshot-desktop ended with {self.process.returncode}")
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", "Earshot"], env=self.environment, capture_output=True,
                text=True, timeout=60, check=False,
            )
            if done.stdout.strip():
                return done.stdout.split()[-1]
            time.sleep(0.05)
        raise Failed("no window appeared")

    def click(self, x, y):
        self.xdotool("mousemove", str(x), str(y), "click", "1")

    def answer_ms(self, keys, region, limit=5.0):
        """From before the key is pressed to the first frame in which the region changed."""
        before = self.screen.grab(*region)
        start = time.perf_counter()
        typed = subprocess.Popen(["xdotool", "key", *keys], env=self.environment)
        while time.perf_counter() - start < limit:
            if difference(before, self.screen.grab(*region)) >= CHANGED_PIXELS:
                elapsed = (time.perf_counter() - start) * 1000
                typed.wait()
                return elapsed
        typed.wait()
        raise Failed(f"the window did not answer the key {keys} within {limit} s")

    def answers(self, seconds, region, key="W"):
        """Types letters at random times, deletes each again; milliseconds of every answer."""
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(random.uniform(0.1, 0.4))
            times.append(self.answer_ms([f"shift+{key.lower()}"] * 2, region))
            time.sleep(0.1)
            times.append(self.answer_ms(["BackSpace"] * 2, region))
        return sorted(times)

    def close(self):
        try:
            stop(self.process)
        except Failed:
            pass
        self.screen.close()
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
