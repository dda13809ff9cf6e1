"""A network of its own for a client that has the address of IMDS built in."""

import ctypes
import itertools
import os
import shutil
import socket
import subprocess
import threading

IMDS = "169.254.169.254"
CLONE_NEWNET = 0x40000000
NSENTER = shutil.which("nsenter")

numbers = itertools.count()


class Namespace:
    """A network namespace with these addresses on `lo`, besides those of loopback. Needs root."""

    def __init__(self, addresses=(IMDS,)):
        self.name = f"wisp-{os.getpid()}-{next(numbers)}"
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        for address in addresses:
            ip("-n", self.name, "address", "add", f"{address}/32", "dev", "lo")

    def command(self, command):
        """The command line that runs `command` inside."""
        return [NSENTER, f"--net=/run/netns/{self.name}", "--", *command]

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM):
        """A socket that belongs to the namespace, whoever uses it: the other side of a client that runs inside."""
        made = []
        # A namespace is a thread's own: this thread enters and ends there.
        thread = threading.Thread(target=lambda: made.append(self._enter_and_make(family, kind)))
        thread.start()
        thread.join()
        return made[0]

    def _enter_and_make(self, family, kind):
        enter(f"/run/netns/{self.name}")
        return socket.socket(family, kind)

    def close(self):
        ip("netns", "delete", self.name)


def enter(path):
    """Brings this thread, and no other, into the network namespace that the file is."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)
