"""Fixtures: Prometheus beside sidecars of the emulator, all on loopback."""

import pytest

from places import PROMETHEUS
from prometheus import Prometheus
from suite import emulator as entra
from suite.sidecar import Sidecar


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """Entra, whose configuration is the conformance suite's."""
    emulator = entra.start(tmp_path_factory.mktemp("emulator"))
    yield emulator
    emulator.end()


@pytest.fixture(scope="module")
def start_wisp(emulator, tmp_path_factory):
    """Starts sidecars of the emulator, with settings of one's own."""
    running = []

    def start(**settings):
        running.append(Sidecar(emulator, tmp_path_factory.mktemp("wisp") / "log", settings))
        return running[-1]

    yield start
    for sidecar in running:
        sidecar.end()


@pytest.fixture(scope="module")
def start_prometheus(tmp_path_factory):
    """Starts one with jobs and rules."""
    running = []

    def start(jobs, rules):
        running.append(Prometheus(PROMETHEUS, tmp_path_factory.mktemp("prometheus"), jobs, rules))
        return running[-1]

    yield start
    for each in running:
        each.end()
