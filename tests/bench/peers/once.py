# SPDX-License-Identifier: GPL-3.0-or-later
"""One message on stdin, the result on stdout: what spawn.ts starts for each message."""

import json
import sys

from job import main

print(json.dumps(main(sys.stdin.read())))
