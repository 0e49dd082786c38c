#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures Earshot beside what a person would use instead, on the same server in the same run, and prints the ratios to the
targets of docs/performance.md.

usage: run.py --build BUILD_DIR [--quick] [--only N,…] [--rounds N]

Rounds are interleaved: each side once, then each side again. A side that loses, doubles or garbles a reply fails the run.
Exit status: 0 when everything measured was right (a missed target is a finding, not an error), else 1.
"""

import argparse
import json
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from harness import (
    ENVIRONMENT, PEERS, PYTHON, TOOLS, Failed, Server, Service, busy_share, cpu_seconds, resident_mb, status_value, stop, tree,
    trigger, wake_ups,
)

from window import HEIGHT, WIDTH, Window

NODE_RED = PEERS / "node-red"
PEER_COMMANDS = {
    "bare QWebSocket": ["{build}/tests/bench/server/bench_qtclient", "{url}"],
    "Bun": [TOOLS / "bun", PEERS / "bun.ts", "{url}"],
    "Deno": [TOOLS / "deno", "run", "--allow-net", PEERS / "deno.ts", "{url}"],
    "Node ws": [TOOLS / "node", PEERS / "node.mjs", "{url}"],
    "Python websockets": [PYTHON, PEERS / "client.py", "{url}"],
    "Node-RED": [
        TOOLS / "node", NODE_RED / "node_modules/node-red/red.js", "--settings", NODE_RED / "settings.js",
        "--userDir", "{folder}",
    ],
    "spawn Bun per message": [TOOLS / "bun", PEERS / "spawn.ts", "{url}", TOOLS / "bun", PEERS / "once.ts"],
    "spawn Python per message": [TOOLS / "bun", PEERS / "spawn.ts", "{url}", PYTHON, PEERS / "once.py"],
}


class Bench:
    def __init__(self, arguments):
        self.build = pathlib.Path(arguments.build).resolve()
        self.earshot = next(
            (p for p in sorted(self.build.glob("app/**/earshot")) + [self.build / "bin/earshot"] if p.is_file()), None
        )
        self.desktop = next(
            (p for p in sorted(self.build.glob("app/**/earshot-desktop")) + [self.build / "bin/earshot-desktop"] if p.is_file()),
            None,
        )
        self.quick = arguments.quick
        self.rounds = arguments.rounds or (2 if arguments.quick else 4)
        self.server = Server(self.build)
        self.counter = 0
        self.verdicts = []
        self.record = {}

    # --- sides ------------------------------------------------------------------------------------

    def count(self, full):
        return full // 4 if self.quick else full

    def stream_url(self, **query):
        self.counter += 1
        name = f"m{self.counter}"
        pairs = "&".join(f"{k}={v}" for k, v in query.items())
        return name, f"{self.server.url}/stream?name={name}&{pairs}"

    def peer(self, label, **query):
        name, url = self.stream_url(**query)
        with tempfile.TemporaryDirectory() as folder:
            if label == "Node-RED":
                shutil.copy(NODE_RED / "flows.json", folder)
            command = [str(part).format(url=url, build=self.build, folder=folder) for part in PEER_COMMANDS[label]]
            process = subprocess.Popen(command, env={**ENVIRONMENT, "BENCH_URL": url}, stdout=subprocess.DEVNULL)
            try:
                line = self.server.wait_for("finished", name, watch=process)
                pids = tree(process.pid)
                return {**line, "resident_mb": resident_mb(pids), "cpu": cpu_seconds(pids)}
            finally:
                process.kill()
                process.wait()

    def node_red(self, **query):
        """As a side, where it is installed. It connects before its flow is up and would lose the first messages."""
        if not (NODE_RED / "node_modules").is_dir():
            return {}
        return {"Node-RED": lambda: self.peer("Node-RED", after_ms=2000, **query)}

    def service(self, delivery=None, script="f/bench/job", **query):
        with Service(self.earshot) as service:
            return self.through(service, "f/bench/stream", delivery, script, **query)

    def through(self, service, path, delivery=None, script="f/bench/job", **query):
        name, url = self.stream_url(**query)
        service.add({path: trigger(url, script, **(delivery or {}))})
        return self.finished(service, name)

    def finished(self, service, name, event="finished"):
        try:
            line = self.server.wait_for(event, name, watch=service.process)
        except Failed as failure:
            state = ""
            if service.process.poll() is None:
                state = service.cli("status") + service.cli("runs", "--status", "failure", "--limit", "3", "--json")
            raise Failed(f"{failure}\n{state}\n{service.tail()}") from failure
        pids = tree(service.pid)
        return {**line, "resident_mb": resident_mb(pids), "cpu": cpu_seconds(pids)}

    def interleaved(self, sides):
        """sides: label → function. Returns label → key → median over the rounds."""
        results = {label: [] for label in sides}
        for number in range(self.rounds):
            for label, measure in sides.items():
                print(f"\r  round {number + 1}/{self.rounds} {label:<40}", end="", file=sys.stderr, flush=True)
                line = measure()
                if not line.get("ok", True):
                    raise Failed(f"{label}: {line}")
                results[label].append(line)
        print("\r" + " " * 70 + "\r", end="", file=sys.stderr, flush=True)
        medians = {}
        for label, lines in results.items():
            numbers = [k for k, v in lines[0].items() if isinstance(v, (int, float)) and not isinstance(v, bool)]
            medians[label] = {k: statistics.median(line[k] for line in lines) for k in numbers}
        return medians

    def wait_for_quiet(self, limit=60):
        """Others on the machine make figures worthless; they are said, and waited for a while."""
        end = time.monotonic() + limit
        while (busy := busy_share()) > 0.15 and time.monotonic() < end:
            time.sleep(2)
        if busy > 0.15:
            print(f"\n  NOTE: other programs use {busy:.0%} of this machine; what follows is not reliable", flush=True)

    # --- printing ---------------------------------------------------------------------------------

    def show(self, title, medians, columns):
        print(f"\n{title}")
        print("  " + f"{'':<28}" + "".join(f"{name:>18}" for name, _, _ in columns))
        for label, values in medians.items():
            cells = "".join(f"{form.format(values[key]):>18}" for _, key, form in columns)
            print(f"  {label:<28}{cells}")
        self.record[title] = medians

    def verdict(self, number, what, value, target, at_least=True, unit="×"):
        met = value >= target if at_least else value <= target
        self.verdicts.append((number, what, value, target, at_least, unit, met))
        sign = "≥" if at_least else "≤"
        print(f"  {'MET   ' if met else 'MISSED'} {number:<3} {what}: {value:.2f} {unit} (target {sign} {target} {unit})", flush=True)

    # --- targets ----------------------------------------------------------------------------------

    THROUGHPUT = (
        ("messages/s", "per_second", "{:,.0f}"), ("replies", "replies", "{:,.0f}"), ("CPU s", "cpu", "{:.2f}"),
        ("resident MB", "resident_mb", "{:.0f}"),
    )
    LATENCY = (
        ("p50 µs", "p50_us", "{:,.0f}"), ("p99 µs", "p99_us", "{:,.0f}"), ("max µs", "max_us", "{:,.0f}"),
        ("resident MB", "resident_mb", "{:.0f}"),
    )

    def target_1(self):
        n = self.count(1_000_000)
        medians = self.interleaved({
            "bare QWebSocket": lambda: self.peer("bare QWebSocket", n=n, match=0),
            "Bun, parse and compare": lambda: self.peer("Bun", n=n // 4, match=0),
            "Earshot service": lambda: self.service(n=n, match=0, warm=1),
        })
        self.show("1: received and filtered, 1 KB, no match", medians, self.THROUGHPUT)
        ours = medians["Earshot service"]["per_second"]
        self.verdict(1, "of a bare QWebSocket client", ours / medians["bare QWebSocket"]["per_second"], 0.6)
        self.verdict(1, "a Bun script that parses and compares", ours / medians["Bun, parse and compare"]["per_second"], 5)

    def throughput(self, number, match, ours, peers, durable_target, memory_target):
        medians = self.interleaved({
            **{label: (lambda label=label: self.peer(label, n=peers, match=match, warm=50))
               for label in ("Bun", "Deno", "Node ws", "Python websockets")},
            **self.node_red(n=peers // 4, match=match, warm=50),
            "Earshot": lambda: self.service(n=ours, match=match, warm=50),
            "Earshot, durable: false": lambda: self.service({"durable": False}, n=ours, match=match, warm=50),
        })
        self.show(f"{number}: {match} % match, Bun worker, replies", medians, self.THROUGHPUT)
        bun = medians["Bun"]["per_second"]
        self.verdict(number, "the Bun script, durable", medians["Earshot"]["per_second"] / bun, durable_target)
        self.verdict(
            number, "the Bun script, durable: false", medians["Earshot, durable: false"]["per_second"] / bun, memory_target
        )
        return medians

    def target_2(self):
        self.throughput(2, 10, self.count(800_000), self.count(200_000), 3.5, 4.5)

    def target_3(self):
        medians = self.throughput(3, 100, self.count(160_000), self.count(100_000), 1.2, 1.7)
        if "Node-RED" in medians:
            ratio = medians["Earshot"]["per_second"] / medians["Node-RED"]["per_second"]
            self.verdict(3, "Node-RED's function node, durable", ratio, 6)

    def target_4(self):
        n = self.count(2000)
        query = {"n": n, "rate": 200, "warm": 50}
        medians = self.interleaved({
            "Bun, in process": lambda: self.peer("Bun", **query),
            "Node ws, in process": lambda: self.peer("Node ws", **query),
            **self.node_red(**query),
            "Earshot, Bun worker": lambda: self.service(**query),
        })
        self.show("4: latency at 200 messages/s", medians, self.LATENCY)
        ours, bun = medians["Earshot, Bun worker"], medians["Bun, in process"]
        self.verdict(4, "p50 of the in-process Bun script", ours["p50_us"] / bun["p50_us"], 1.7, at_least=False)
        self.verdict(4, "p99 of the in-process Bun script", ours["p99_us"] / bun["p99_us"], 2, at_least=False)
        if "Node-RED" in medians:
            red = medians["Node-RED"]
            self.verdict(4, "p50 of Node-RED", ours["p50_us"] / red["p50_us"], 1, at_least=False)
            self.verdict(4, "p99 of Node-RED", ours["p99_us"] / red["p99_us"], 1, at_least=False)

    def target_5(self):
        query = {"n": self.count(200), "rate": 20, "warm": 5}
        process = {"isolation": "process"}
        medians = self.interleaved({
            "spawn Bun per message": lambda: self.peer("spawn Bun per message", **query),
            "spawn Python per message": lambda: self.peer("spawn Python per message", **query),
            "Earshot, Bun process": lambda: self.service(process, **query),
            "Earshot, Python process": lambda: self.service(process, "f/bench/job_py", **query),
            "Earshot, Bash process": lambda: self.service(process, "f/bench/job_sh", **query),
        })
        self.show("5: latency at 20 messages/s, a process per message", medians, self.LATENCY)
        bun, python = medians["Earshot, Bun process"]["p50_us"], medians["Earshot, Python process"]["p50_us"]
        self.verdict(5, "p50, Bun", bun / 1000, 1.2, at_least=False, unit="ms")
        self.verdict(5, "p50, Python", python / 1000, 1.5, at_least=False, unit="ms")
        self.verdict(5, "lower than spawning Bun by hand", medians["spawn Bun per message"]["p50_us"] / bun, 8)
        self.verdict(5, "lower than spawning Python by hand", medians["spawn Python per message"]["p50_us"] / python, 8)

    def wait_until(self, what, condition, limit=60):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"{what}: not within {limit} s")
            time.sleep(0.1)

    def target_6(self):
        sessions = 1000
        seconds = 10 if self.quick else 30
        active = {"n": self.count(2000), "rate": 200, "warm": 50}
        alone = self.service(**active)
        with Service(self.earshot) as service:
            # One first, so that what every session shares is not counted as theirs.
            beats = {
                **trigger(f"{self.server.url}/beats?interval_ms=1000"), "filters": [],
                "heartbeat": {"interval_secs": 1, "message": '{"op":1,"d":{{state}}}', "state_field": "s"},
            }
            service.add({"f/beats/first": beats})
            self.wait_until("the first session", lambda: self.server.command("stats")["beating"] == 1)
            time.sleep(2)
            before = resident_mb([service.pid])
            service.add({f"f/beats/t{i}": beats for i in range(sessions - 1)})
            self.wait_until("the sessions", lambda: self.server.command("stats")["beating"] == sessions)
            time.sleep(3)
            self.server.command("reset")
            cpu = cpu_seconds([service.pid])
            time.sleep(seconds)
            stats = self.server.command("stats")
            cpu = (cpu_seconds([service.pid]) - cpu) / seconds * 100
            each = (resident_mb([service.pid]) - before) * 1024 / (sessions - 1)
            processes = len(tree(service.pid))
            beside = self.through(service, "f/bench/stream", **active)
        print(f"\n6: {sessions} sessions with a heartbeat each second")
        print(f"  {each:.1f} kB each, {cpu:.2f} % of a core, {stats['beats']:,} beats in {seconds} s, {stats['late']} late, "
              f"longest gap {stats['longest_gap_ms']:.0f} ms, {processes} processes")
        print(f"  one active session beside them: p50 {beside['p50_us']} µs, alone {alone['p50_us']} µs")
        self.record["6"] = {"each_kb": each, "cpu_percent": cpu, "stats": stats, "beside": beside, "alone": alone}
        self.verdict(6, "memory of a session", each, 20, at_least=False, unit="kB")
        self.verdict(6, "missed beats", stats["late"], 0, at_least=False, unit="beats")
        self.verdict(6, "of a core", cpu, 1, at_least=False, unit="%")
        self.verdict(6, "active session beside them", beside["p50_us"] / alone["p50_us"], 1.5, at_least=False)

    def target_7(self):
        seconds = 10 if self.quick else 30
        ready = []
        for _ in range(5):
            with Service(self.earshot) as service:
                ready.append(service.ready_ms)
        with Service(self.earshot) as service:
            service.add({"f/bench/idle": trigger(f"{self.server.url}/beats")})
            self.wait_until("the session", lambda: self.server.command("stats")["beating"] == 1)
            time.sleep(5)
            woken = wake_ups(service.pid)
            time.sleep(seconds)
            rate = (wake_ups(service.pid) - woken) / seconds
            resident = resident_mb([service.pid])
            others = [pid for pid in tree(service.pid) if pid != service.pid]
            with_children = resident + resident_mb(others)
        milliseconds = statistics.median(ready)
        print("\n7: a service with one idle trigger")
        print(f"  {resident:.1f} MB resident ({with_children:.1f} MB with {len(others)} helper processes), "
              f"{rate:.2f} wake-ups/s, ready after {milliseconds:.0f} ms")
        self.record["7"] = {"resident_mb": resident, "wake_ups_per_second": rate, "ready_ms": milliseconds}
        self.verdict(7, "resident", resident, 25, at_least=False, unit="MB")
        self.verdict(7, "wake-ups", rate, 2, at_least=False, unit="/s")
        self.verdict(7, "ready", milliseconds, 100, at_least=False, unit="ms")

    # The send box: it changes only when somebody types, whatever goes on above it.
    SEND_BOX = (WIDTH * 45 // 100, HEIGHT - 90, WIDTH * 20 // 100, 60)

    def open_window(self, service):
        if self.desktop is None:
            raise Failed(f"there is no earshot-desktop in {self.build}")
        return Window(self.desktop, service)

    def focus_send_box(self, window):
        """Where a typed letter shows in the region, the box has the focus."""
        x, y, width, height = self.SEND_BOX
        for offset in (height // 2, height // 4, 3 * height // 4):
            window.click(x + width // 2, y + offset)
            try:
                window.answer_ms(["shift+w", "shift+w"], self.SEND_BOX, limit=2)
                window.answer_ms(["BackSpace", "BackSpace"], self.SEND_BOX, limit=2)
                return
            except Failed:
                continue
        raise Failed("the send box does not take letters")

    def target_9(self):
        rate, seconds = 10_000, 15 if self.quick else 60
        with Service(self.earshot) as service:
            name, url = self.stream_url(n=rate * (seconds + 20), rate=rate, match=1, after_ms=8000)
            service.add({"f/bench/stream": trigger(url)})
            with self.open_window(service) as window:
                self.focus_send_box(window)
                idle = window.answers(3, self.SEND_BOX)
                before = resident_mb([window.pid])
                self.wait_until("the stream", lambda: "received" in service.cli("status"))
                time.sleep(6)
                cpu = cpu_seconds([window.pid])
                start = time.monotonic()
                half = window.answers(seconds / 2, self.SEND_BOX)
                middle = resident_mb([window.pid])
                times = sorted(half + window.answers(seconds / 2, self.SEND_BOX))
                share = (cpu_seconds([window.pid]) - cpu) / (time.monotonic() - start) * 100
                after = resident_mb([window.pid])
                line = self.finished(service, name)
        n = self.count(1_000_000)
        rates = {}
        for label, watched in (("alone", False), ("watched", True), ("alone again", False)):
            with Service(self.earshot) as service:
                name, url = self.stream_url(n=n, match=0, warm=1, after_ms=3000)
                service.add({"f/bench/stream": trigger(url)})
                if watched:
                    with self.open_window(service):
                        rates[label] = self.finished(service, name)["per_second"]
                else:
                    rates[label] = self.finished(service, name)["per_second"]
        alone = (rates["alone"] + rates["alone again"]) / 2
        print(f"\n9: the live view under {rate:,} messages/s for {seconds} s")
        print(f"  key to frame: p50 {times[len(times) // 2]:.0f} ms, slowest {times[-1]:.0f} ms of {len(times)} keys "
              f"(idle: p50 {idle[len(idle) // 2]:.0f} ms, slowest {idle[-1]:.0f} ms; starting xdotool is counted)")
        print(f"  window: {before:.0f} MB before, {middle:.0f} MB halfway, {after:.0f} MB at the end, {share:.0f} % of a core; "
              f"{line['per_second']:,.0f} messages/s went through")
        print(f"  service at full speed: {alone:,.0f} messages/s alone, {rates['watched']:,.0f} with the window open")
        self.record["9"] = {"times_ms": times, "idle_ms": idle, "mb": [before, middle, after], "cpu_percent": share, "rates": rates}
        self.verdict(9, "slowest input", times[-1], 50, at_least=False, unit="ms")
        self.verdict(9, "memory at the end of that halfway", after / middle, 1.1, at_least=False)
        self.verdict(9, "service rate with the window open", rates["watched"] / alone, 0.95)

    def target_10(self):
        runs = self.count(1_000_000)
        with Service(self.earshot) as service:
            each = 100_000
            triggers = {}
            names = []
            for i in range(runs // each):
                name, url = self.stream_url(n=each, match=100, size=500)
                names.append(name)
                triggers[f"f/bench/h{i}"] = trigger(url)
            for path, document in triggers.items():
                service.add({path: document})
                self.finished(service, names.pop(0))
            with service.client() as client:
                newest = client.call("run.list", {"limit": 1})["items"][0]["id"]
                pages = []
                for _ in range(200):
                    before = random.randint(max(2, newest - runs + 200), newest)
                    start = time.perf_counter()
                    page = client.call("run.list", {"before": before, "limit": 100})
                    pages.append((time.perf_counter() - start) * 1000)
                    if len(page["items"]) < 100:
                        raise Failed(f"a page of {len(page['items'])} runs before {before}")
                pages.sort()
            with self.open_window(service) as window:
                time.sleep(2)
                # The list of messages, then a page up: the past scrolls in.
                window.click(WIDTH * 60 // 100, HEIGHT * 45 // 100)
                region = (WIDTH * 45 // 100, HEIGHT * 35 // 100, WIDTH * 40 // 100, HEIGHT * 15 // 100)
                scrolls = sorted(window.answer_ms(["Prior"], region) for _ in range(100))
                resident = resident_mb([window.pid])
        print(f"\n10: history over {runs:,} runs")
        print(f"  a page of 100 over the socket, as JSON: p50 {pages[100]:.2f} ms, slowest {pages[-1]:.2f} ms")
        print(f"  a page up in the window: p50 {scrolls[50]:.0f} ms, slowest {scrolls[-1]:.0f} ms (starting xdotool is counted); "
              f"{resident:.0f} MB")
        self.record["10"] = {"pages_ms": pages, "scrolls_ms": scrolls, "resident_mb": resident}
        self.verdict(10, "page, service and JSON reader, p50", pages[100], 2, at_least=False, unit="ms")
        self.verdict(10, "page up in the window, p50", scrolls[50], 20, at_least=False, unit="ms")

    def target_11(self):
        size = 64_000_000
        with Service(self.earshot) as service:
            # The big one comes and goes while the other session is at work.
            name, url = self.stream_url(n=2000, rate=200, warm=50)
            service.add({
                "f/bench/stream": trigger(url),
                "f/bench/big": trigger(f"{self.server.url}/big?bytes={size}&after_ms=4000", "f/bench/echo"),
            })
            big = self.finished(service, None, "big")
            streamed = self.finished(service, name)
            peak = status_value(service.pid, "VmHWM") / 1024
        if not big["same"]:
            raise Failed(f"the message of {size} bytes came back changed: {big}")
        times = peak / (size / 1024 / 1024)
        print("\n11: a message of 64 MB to a Bun worker and back")
        print(f"  {big['seconds'] * 1000:.0f} ms, service peak {peak:.0f} MB; another session's slowest reply "
              f"{streamed['max_us'] / 1000:.0f} ms")
        self.record["11"] = {"big": big, "peak_mb": peak, "other": streamed}
        self.verdict(11, "peak of the message's size", times, 6, at_least=False)
        self.verdict(11, "other sessions stalled", streamed["max_us"] / 1000, 200, at_least=False, unit="ms")

    def target_12(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [self.build / "tests/bench/bench_journal", str(self.count(1_000_000)), folder],
                capture_output=True, text=True, timeout=600, check=False,
            )
        rate = re.search(r"^500 B, 1000 in flight +(\d+) runs/s", done.stdout, re.MULTILINE)
        if done.returncode != 0 or not rate:
            raise Failed(f"bench_journal: exit {done.returncode}: {done.stdout}{done.stderr}")
        print("\n12: the journal on its own")
        print("  " + done.stdout.strip().replace("\n", "\n  "))
        self.record["12"] = {"runs_per_second": int(rate[1])}
        self.verdict(12, "runs inserted and updated", int(rate[1]) / 1000, 100, unit="k/s")


def main():
    parser = argparse.ArgumentParser(description="Measures Earshot beside hand-written clients.")
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true", help="two rounds of a quarter of the messages")
    parser.add_argument("--only", default="1,2,3,4,5,6,7,9,10,11,12", help="numbers of targets, with commas")
    parser.add_argument("--rounds", type=int)
    arguments = parser.parse_args()
    bench = Bench(arguments)
    if bench.earshot is None:
        parser.error(f"there is no earshot in {arguments.build}")
    failed = []
    for number in arguments.only.split(","):
        measure = getattr(bench, f"target_{number}", None)
        if measure is None:
            parser.error(f"target {number} is not measured here")
        bench.wait_for_quiet()
        try:
            measure()
        except Failed as failure:
            print(f"\n  FAILED {number}: {failure}", flush=True)
            failed.append(number)
    bench.server.close()
    print("\nSummary")
    for number, what, value, target, at_least, unit, met in bench.verdicts:
        print(f"  {'MET   ' if met else 'MISSED'} {number:<3} {what}: {value:.2f} {unit} ({'≥' if at_least else '≤'} {target})")
    for number in failed:
        print(f"  FAILED {number}")
    result = bench.build / "bench.json"
    result.write_text(json.dumps({"medians": bench.record, "verdicts": bench.verdicts}, indent=1), encoding="utf-8")
    print(f"  all figures: {result}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
