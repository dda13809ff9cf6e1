"""Processes of the cluster's containers, as the node sees them."""

import pathlib

from kit.parts import until


def is_running(pid):
    """Whether the process is there and has not ended yet."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_ended(pid, patience=60):
    until(lambda: not is_running(pid), f"process {pid} has ended", patience, pause=0.02)
