#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/cli.md from the program's own help: help_to_markdown.py EARSHOT >docs/cli.md"""

import pathlib
import re
import subprocess
import sys

INTRODUCTION = pathlib.Path(__file__).with_name("introduction.md")


def help_of(binary, *words):
    done = subprocess.run(
        [binary, *words, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip("\n")


def verbs_of(overview):
    """The verbs that the overview lists, one per indented line."""
    listed = overview.split("\n\nStart here:")[0]
    return [found.rstrip() for found in re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", listed, re.MULTILINE)]


def document(binary):
    overview = help_of(binary)
    parts = [INTRODUCTION.read_text().rstrip("\n"), "## earshot", f"```\n{overview}\n```"]
    for verb in verbs_of(overview):
        parts += [f"## earshot {verb}", f"```\n{help_of(binary, *verb.split())}\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document(sys.argv[1]))
