# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what happens, never for time to pass."""

import time

# Generous: sanitizers and busy machines are slow, and only a failure waits this long.
DEADLINE = 60.0
INTERVAL = 0.01


def wait_until(condition, what="the condition", deadline=DEADLINE):
    """Returns the first true value of condition(); fails naming `what` when none comes.

    `what` may be a function, called for the words of the failure.
    """
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            said = what() if callable(what) else what
            raise AssertionError(f"did not happen within {deadline:g} s: {said}")
        time.sleep(INTERVAL)
