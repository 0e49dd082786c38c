#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Chromium as a WebSocket server: the Chrome DevTools Protocol of one page.

usage: chromium.py [--page URL]

Prints {"event":"listening","url":"ws://127.0.0.1:…/devtools/page/…"} when the page's debugger accepts; ends, with the browser, when
stdin ends. A first message for it: {"id":1,"method":"Runtime.enable"}
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

# The second row keeps it from calling home.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", default="data:text/html,<title>Earshot</title>")
    page = parser.parse_args().page
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("chromium.py: no Chromium found", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", page],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
        try:
            # "DevTools listening on ws://127.0.0.1:34567/devtools/browser/…"
            for line in browser.stderr:
                found = re.search(r"listening on ws://([^/]+)/", line)
                if found:
                    break
            else:
                print("chromium.py: Chromium ended before its debugger listened", file=sys.stderr)
                return 1
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://{found[1]}/json/list", timeout=30) as answer:
                targets = json.load(answer)
            url = next(t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page")
            print(json.dumps({"event": "listening", "url": url}), flush=True)
            # Its stderr must not fill up while we wait.
            threading.Thread(target=browser.stderr.read, daemon=True).start()
            sys.stdin.read()
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
