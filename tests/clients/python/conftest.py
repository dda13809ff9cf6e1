"""Fixtures: programs of this repository, started as a user would start them."""

import json
import os
import pathlib
import re
import ssl
import subprocess
import urllib.request

import pytest
from sidecar import Sidecar

ROOT = pathlib.Path(__file__).resolve().parents[3]
WISPCTL = os.environ.get("WISPCTL_BIN", str(ROOT / "target/debug/wispctl"))


class Emulator:
    """A running `wispctl emulator`."""

    def __init__(self, process, environment):
        self.process = process
        self.environment = environment
        self.authority = environment["AZURE_AUTHORITY_HOST"].rstrip("/")
        self.tenant = environment["AZURE_TENANT_ID"]
        self.client_id = environment["AZURE_CLIENT_ID"]
        self.token_file = environment["AZURE_FEDERATED_TOKEN_FILE"]
        self.ca = environment["SSL_CERT_FILE"]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.authority}/_emulator/{path}", data, method=method)
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.ca)) as answer:
            return json.load(answer)

    def fault(self, fault, **limits):
        """Lets requests meet one fault; without limits, every request."""
        self.control("PUT", "faults", [{"fault": fault, **limits}])

    def token_requests(self):
        requests = self.control("GET", "requests")["requests"]
        return [request for request in requests if request["path"].endswith("/oauth2/v2.0/token")]


def start(state, *arguments):
    process = subprocess.Popen(
        [WISPCTL, "emulator", "--state-dir", str(state), *arguments],
        stdout=subprocess.PIPE,
        stderr=(state / "requests.log").open("w"),
        text=True,
    )
    environment = {}
    for line in process.stdout:
        if export := re.fullmatch(r"export (\w+)='(.*)'\n", line):
            environment[export[1]] = export[2]
        if "NODE_EXTRA_CA_CERTS" in environment:
            return Emulator(process, environment)
    raise AssertionError(f"the emulator ended with {process.wait()}: {(state / 'requests.log').read_text()}")


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory):
    emulator = start(tmp_path_factory.mktemp("emulator"))
    yield emulator
    emulator.process.terminate()
    assert emulator.process.wait(timeout=5) == 0


@pytest.fixture
def emulator(shared_emulator):
    """The emulator without faults, with an empty request log and a fresh token."""
    shared_emulator.control("DELETE", "faults")
    shared_emulator.control("POST", "rotate-token")
    shared_emulator.control("DELETE", "requests")
    return shared_emulator


@pytest.fixture
def start_wisp(emulator, tmp_path):
    """Starts sidecars of the emulator, with settings of one's own."""
    running = []

    def start(**settings):
        running.append(Sidecar(emulator, tmp_path / f"wisp-{len(running)}.log", settings))
        return running[-1]

    yield start
    for sidecar in running:
        sidecar.end()


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
