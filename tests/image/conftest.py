"""Fixtures: images in a storage of their own, a node with Entra, and pods."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
# The conformance suite's stubs, and its emulator.
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]
# The programs are those that go into the images.
os.environ.setdefault("WISPCTL_BIN", str(ROOT / "target/image/wispctl/wispctl"))
os.environ["PATH"] += ":/usr/sbin:/sbin"

from kit.kubelet import Pod, injected
from kit.network import ENTRA_ADDRESS, Node
from kit.storage import Storage, run
from suite import emulator as entra

WISP, WISPCTL = "localhost/wisp:test", "localhost/wispctl:test"


@pytest.fixture(scope="session")
def storage():
    storage = Storage()
    yield storage
    storage.remove()


@pytest.fixture
def elsewhere():
    """The storage of another machine."""
    storage = Storage()
    yield storage
    storage.remove()


@pytest.fixture(scope="session")
def wisp(storage):
    """The image of wisp: its tag."""
    storage.build("wisp", WISP)
    return WISP


@pytest.fixture(scope="session")
def wispctl(storage):
    storage.build("wispctl", WISPCTL)
    return WISPCTL


@pytest.fixture(scope="session")
def root(storage, wisp, tmp_path_factory):
    """A copy of the files of wisp's image, as a runtime unpacks them, extended attributes and all."""
    folder = tmp_path_factory.mktemp("root") / "wisp"
    with storage.mounted(wisp) as mounted:
        run("cp", "--archive", mounted, folder)
    return folder


@pytest.fixture(scope="session")
def node():
    node = Node()
    yield node
    node.close()


@pytest.fixture(scope="session")
def emulator(node, tmp_path_factory):
    """Entra, on the node's side of the pods' networks."""
    listen = ["--listen", f"{ENTRA_ADDRESS}:8443"]
    emulator = entra.start(tmp_path_factory.mktemp("emulator"), *listen, host=ENTRA_ADDRESS, command=node.command)
    yield emulator
    emulator.end()


@pytest.fixture
def make_pod(tmp_path, node, emulator, root):
    """Makes a pod of what `wispctl inject` writes with these choices; `start` starts it."""
    made = []

    def make(*choices, root=root):
        template = injected(entra.WISPCTL, emulator, *choices)
        folder = tmp_path / f"pod-{len(made)}"
        folder.mkdir()
        made.append(Pod(folder, node, emulator, root, template))
        return made[-1]

    yield make
    for pod in made:
        pod.close()
