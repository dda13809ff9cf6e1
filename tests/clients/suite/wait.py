"""Waiting for what is to come, without a guess at how long it takes."""

import time


def until(holds, what, patience=60, pause=0.1):
    """Waits until `holds` returns something true, and returns that; `what` says what was waited for, as a text or by a call."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {patience} s: {what() if callable(what) else what}"
        time.sleep(pause)
    return found
