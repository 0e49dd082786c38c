#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs clang-tidy and clazy on the files named on stdin, as many at a time as there are cores.

usage: lint.py BUILD_DIR < FILES   (a compile_commands.json of clang is in BUILD_DIR)

A header is checked through the sources that are its own (same stem) or, for lack of one, the first that includes it.
Exit status 1 when anything was found.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

CLAZY_CHECKS = "level0,level1,no-non-pod-global-static"
# Every finding inside Qt's or the libraries' headers is theirs.
CLAZY_IGNORE_DIRS = "/usr/include/.*|.*_autogen/.*|.*/build/.*"
TIME_LIMIT_SECONDS = 600


def sources_of_header(header: pathlib.Path, units: list[pathlib.Path]) -> list[pathlib.Path]:
    own = [u for u in units if u.stem == header.stem and u.parent == header.parent]
    if own:
        return own
    wanted = re.compile(r'#include\s+"(?:[^"]*/)?' + re.escape(header.name) + '"')
    for unit in units:
        if wanted.search(unit.read_text(encoding="utf-8", errors="replace")):
            return [unit]
    return []


def run(command: list[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return 1, f"{command[0]}: no answer within {TIME_LIMIT_SECONDS} s on {command[-1]}\n"
    # clang's own "N warnings generated" lines say nothing about our files.
    noise = re.compile(r"^\d+ warnings?( and \d+ errors?)? (generated|treated)|^Suppressed |^Use -header-filter")
    lines = [l for l in (done.stdout + done.stderr).splitlines() if not noise.match(l)]
    return done.returncode, "\n".join(lines).strip()


def check(build: str, unit: pathlib.Path) -> tuple[bool, str, float]:
    start = time.monotonic()
    tidy_code, tidy_text = run(["clang-tidy", "--quiet", "-p", build, str(unit)])
    clazy_code, clazy_text = run(
        ["clazy-standalone", f"-checks={CLAZY_CHECKS}", f"-ignore-dirs={CLAZY_IGNORE_DIRS}", "-p", build, str(unit)]
    )
    found = tidy_code != 0 or clazy_code != 0 or "[-Wclazy" in clazy_text
    text = "\n".join(t for t in (tidy_text, clazy_text) if t)
    return found, text, time.monotonic() - start


def main() -> int:
    build = sys.argv[1]
    for tool in ("clang-tidy", "clazy-standalone"):
        if not shutil.which(tool):
            print(f"lint: {tool} is missing", file=sys.stderr)
            return 1
    root = pathlib.Path.cwd()
    database = json.loads(pathlib.Path(build, "compile_commands.json").read_text(encoding="utf-8"))
    units = sorted({pathlib.Path(entry["file"]) for entry in database if "_autogen" not in entry["file"]})
    units = [u for u in units if root in u.parents and pathlib.Path(root, build).resolve() not in u.parents]
    wanted: set[pathlib.Path] = set()
    for line in sys.stdin:
        path = root / line.strip()
        if path in units:
            wanted.add(path)
        elif path.suffix == ".h":
            wanted.update(sources_of_header(path, units))
    print(f"lint: clang-tidy and clazy on {len(wanted)} of {len(units)} sources", file=sys.stderr)
    bad = 0
    seconds = 0.0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = {pool.submit(check, build, unit): unit for unit in sorted(wanted)}
        for number, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            found, text, took = job.result()
            seconds += took
            name = jobs[job].relative_to(root)
            print(f"[{number}/{len(jobs)}] {name} {took:.1f} s{'  FOUND' if found else ''}", file=sys.stderr)
            if found:
                bad += 1
                print(text, flush=True)
    print(f"lint: {bad} of {len(wanted)} sources have findings ({seconds:.0f} s of analysis)", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
