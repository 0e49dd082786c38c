#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs clang-tidy and clazy on the files named on stdin, as many at a time as there are cores.

usage: lint.py BUILD_DIR < FILES   (a compile_commands.json of clang is in BUILD_DIR)

Nine tenths of the time goes into walking Qt's headers, once per source. Sources of one target that compile as one text are
therefore checked as one; those that clash (same name in two unnamed namespaces) are checked alone. A header is checked through
the sources that are its own (same stem) or, for lack of one, the first that includes it. Exit status 1 when anything was found.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

CLAZY_CHECKS = "level0,level1,no-non-pod-global-static"
# Every finding inside Qt's or the libraries' headers is theirs.
CLAZY_IGNORE_DIRS = "/usr/include/.*|.*_autogen/.*"
TIME_LIMIT_SECONDS = 900
GROUP_SIZE = 8
ROOT = pathlib.Path.cwd()
# clang's own "N warnings generated" lines say nothing about our files.
NOISE = re.compile(r"^\d+ warnings?( and \d+ errors?)? (generated|treated)|^\d+ errors? generated|^Suppressed |^Use -header")


def run(command: list[str], directory: str | None = None) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False, cwd=directory
        )
    except subprocess.TimeoutExpired:
        return 1, f"{command[0]}: no answer within {TIME_LIMIT_SECONDS} s on {command[-1]}"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not NOISE.match(line)]
    return done.returncode, "\n".join(lines).strip()


def flags_of(entry: dict) -> list[str]:
    """The compiler call without launcher, outputs and source."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if "clang" in word) :]
    skip = {"-o": 2, "-MF": 2, "-MT": 2, "-MD": 1, "-c": 1, entry["file"]: 1}
    kept, i = [], 0
    while i < len(words):
        step = skip.get(words[i], 0)
        if step == 0:
            kept.append(words[i])
        i += step or 1
    return kept


def sources_of_header(header: pathlib.Path, units: list[pathlib.Path]) -> list[pathlib.Path]:
    own = [u for u in units if u.stem == header.stem and u.parent == header.parent]
    if own:
        return own
    wanted = re.compile(r'#include\s+"(?:[^"]*/)?' + re.escape(header.name) + '"')
    for unit in units:
        if wanted.search(unit.read_text(encoding="utf-8", errors="replace")):
            return [unit]
    return []


class Group:
    """Sources checked as one text in a folder with a compile_commands.json of its own."""

    def __init__(self, folder: pathlib.Path, entry: dict, members: list[pathlib.Path]):
        self.folder = folder
        self.text = folder / f"unit{members[0].suffix}"
        self.directory = entry["directory"]
        self.flags = [*flags_of(entry), *(f"-I{parent}" for parent in sorted({str(m.parent) for m in members}))]
        self.members = members
        self.starts: list[int] = []
        self._write()

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / ".clang-tidy", self.folder / ".clang-tidy")
        parts, line, self.starts = [], 1, []
        for member in self.members:
            text = member.read_text(encoding="utf-8")
            self.starts.append(line)
            parts.append(text if text.endswith("\n") else text + "\n")
            line += parts[-1].count("\n")
        self.text.write_text("".join(parts), encoding="utf-8")
        entry = {"directory": self.directory, "arguments": [*self.flags, "-c", str(self.text)], "file": str(self.text)}
        (self.folder / "compile_commands.json").write_text(json.dumps([entry]), encoding="utf-8")

    def member_at(self, line: int) -> int:
        return max(i for i, start in enumerate(self.starts) if start <= line)

    def drop_clashing(self) -> list[pathlib.Path]:
        """Leaves members that compile together; returns the others."""
        dropped: list[pathlib.Path] = []
        where = re.compile(r"^" + re.escape(str(self.text)) + r":(\d+):\d+: (?:fatal )?error", re.MULTILINE)
        while len(self.members) > 1:
            code, output = run([*self.flags, "-fsyntax-only", "-ferror-limit=0", "-w", str(self.text)], self.directory)
            if code == 0:
                return dropped
            guilty = {self.member_at(int(line)) for line in where.findall(output)}
            if not guilty:
                break
            dropped += [self.members[i] for i in sorted(guilty)]
            self.members = [m for i, m in enumerate(self.members) if i not in guilty]
            if self.members:
                self._write()
        dropped += self.members
        self.members = []
        return dropped

    def original(self, output: str) -> str:
        """Output with the places of the members instead of the common text's."""

        def place(match: re.Match) -> str:
            index = self.member_at(int(match[1]))
            return f"{self.members[index]}:{int(match[1]) - self.starts[index] + 1}"

        return re.sub(re.escape(str(self.text)) + r":(\d+)", place, output)


def check(build: str, unit: pathlib.Path, *options: str) -> tuple[bool, str]:
    """Both tools on one source of the database in `build`; the options are clang-tidy's."""
    tidy_code, tidy_text = run(["clang-tidy", "--quiet", *options, "-p", build, str(unit)])
    clazy_code, clazy_text = run(
        ["clazy-standalone", f"-checks={CLAZY_CHECKS}", f"-ignore-dirs={CLAZY_IGNORE_DIRS}", "-p", build, str(unit)]
    )
    found = tidy_code != 0 or clazy_code != 0 or "[-Wclazy" in clazy_text
    return found, "\n".join(text for text in (tidy_text, clazy_text) if text)


def check_group(build: str, group: Group) -> list[tuple[list[pathlib.Path], bool, str, float]]:
    start = time.monotonic()
    results = []
    alone = group.drop_clashing()
    if group.members:
        # Members include the same headers.
        found, text = check(str(group.folder), group.text, "--checks=-readability-duplicate-include")
        results.append((group.members, found, group.original(text), time.monotonic() - start))
    for unit in alone:
        start = time.monotonic()
        found, text = check(build, unit)
        results.append(([unit], found, text, time.monotonic() - start))
    return results


def make_groups(build: str, database: dict[pathlib.Path, dict], wanted: list[pathlib.Path]) -> list[Group]:
    by_target: dict[str, list[pathlib.Path]] = {}
    for unit in wanted:
        # Each test has a main of its own.
        key = str(unit) if "tests" in unit.relative_to(ROOT).parts else " ".join(flags_of(database[unit]))
        by_target.setdefault(key, []).append(unit)
    groups = []
    folder = pathlib.Path(build).resolve() / "lint"
    shutil.rmtree(folder, ignore_errors=True)
    for units in by_target.values():
        for i in range(0, len(units), GROUP_SIZE):
            chunk = units[i : i + GROUP_SIZE]
            groups.append(Group(folder / str(len(groups)), database[chunk[0]], chunk))
    return sorted(groups, key=lambda group: -len(group.members))


def main() -> int:
    build = sys.argv[1]
    for tool in ("clang-tidy", "clazy-standalone"):
        if not shutil.which(tool):
            print(f"lint: {tool} is missing", file=sys.stderr)
            return 1
    entries = json.loads(pathlib.Path(build, "compile_commands.json").read_text(encoding="utf-8"))
    inside = (ROOT / build).resolve()
    database = {pathlib.Path(e["file"]): e for e in entries}
    units = sorted(u for u in database if ROOT in u.parents and inside not in u.parents)
    known, wanted = set(units), set()
    for line in sys.stdin:
        path = ROOT / line.strip()
        if path in known:
            wanted.add(path)
        elif path.suffix == ".h":
            wanted.update(sources_of_header(path, units))
    print(f"lint: clang-tidy and clazy on {len(wanted)} of {len(units)} sources", file=sys.stderr)
    bad = done = 0
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = [pool.submit(check_group, build, group) for group in make_groups(build, database, sorted(wanted))]
        for job in concurrent.futures.as_completed(jobs):
            for members, found, text, took in job.result():
                done += len(members)
                names = " ".join(str(m.relative_to(ROOT)) for m in members)
                print(f"[{done}/{len(wanted)}] {took:.0f} s {names}{'  FOUND' if found else ''}", file=sys.stderr)
                if found:
                    bad += 1
                    print(text, flush=True)
    print(f"lint: {'findings, see above' if bad else 'clean'} ({time.monotonic() - start:.0f} s)", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
