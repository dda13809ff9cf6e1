"""Processes of the cluster's containers, as the node sees them."""

import os
import pathlib
import select

from suite.wait import until


def is_running(pid):
    """Whether the process is there and has not ended yet."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_ended(pid, patience=60):
    until(lambda: not is_running(pid), f"process {pid} has ended", patience, pause=0.02)


def first_to_end(*pids, patience=60):
    """Waits until one of the processes ends: all that have ended when it is seen. Who sees late may see more than one."""
    watched = {os.pidfd_open(pid): pid for pid in pids}
    try:
        ended, _, _ = select.select(watched, [], [], patience)
        return {watched[each] for each in ended}
    finally:
        for each in watched:
            os.close(each)
