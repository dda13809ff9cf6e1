"""Waiting for what is to come, without a guess at how long it takes."""

import time


LONGEST_PAUSE = 0.5


def until(holds, what, patience=60, pause=0.1):
    """Waits until `holds` returns something true, and returns that; `what` says what was waited for, as a text or by a call.

    It asks again after `pause`, and less often the longer that takes, so that the many who wait leave the machine to what they wait for.
    """
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {patience} s: {what() if callable(what) else what}"
        time.sleep(pause)
        pause = max(pause, min(pause * 1.1, LONGEST_PAUSE))
    return found
