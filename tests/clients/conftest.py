"""Fixtures: programs of this repository, started as a user would start them."""

import contextlib
import itertools
import os
import re

import pytest
from suite import emulator as entra
from suite.sidecar import Sidecar


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory):
    emulator = entra.start(tmp_path_factory.mktemp("emulator"))
    yield emulator
    emulator.end()


@pytest.fixture
def emulator(shared_emulator):
    """The emulator without faults, with an empty request log and a fresh token."""
    shared_emulator.fresh()
    return shared_emulator


@pytest.fixture
def start_wisp(emulator, tmp_path):
    """Starts sidecars of the emulator, with settings of one's own."""
    number = itertools.count()

    with contextlib.ExitStack() as running:

        def start(**settings):
            sidecar = Sidecar(emulator, tmp_path / f"wisp-{next(number)}.log", settings)
            running.callback(sidecar.end)
            return sidecar

        yield start


# What would lead an SDK elsewhere than to wisp.
ELSEWHERE = re.compile(r"AZURE_|IDENTITY_|MSI_|(HTTPS?|NO|ALL)_PROXY", re.IGNORECASE)


@pytest.fixture
def lead_to(monkeypatch):
    """Gives this process the environment of an application beside a sidecar."""

    def lead(sidecar):
        for name in list(os.environ):
            if ELSEWHERE.match(name):
                monkeypatch.delenv(name)
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", sidecar.url)

    return lead


@pytest.fixture
def wisp(start_wisp, lead_to):
    """A sidecar with the usual settings, to which the environment leads."""
    sidecar = start_wisp()
    lead_to(sidecar)
    return sidecar


def pytest_collection_modifyitems(items):
    """One client's scenarios after another's: to start a client takes longer than most of them.

    A client that gives its own first request a second may lose that on a starved machine, whatever wisp answers: it is asked again.
    """
    items.sort(key=client_of)
    for item in items:
        if hasattr(item, "callspec") and getattr(item.callspec.params.get("client"), "hasty", False):
            item.add_marker(pytest.mark.flaky(reruns=2))


def client_of(item):
    """The id of the client that a test is about, if there is one."""
    described = hasattr(item, "callspec") and item.callspec.params.get("client")
    return described.id if described else ""
