"""curl, and the probes that SDKs make before they ask."""

import json
import subprocess
import time

from suite.sidecar import get

PATH = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net"
NOWHERE = "http://127.0.0.1:9"


def curl(*arguments, **environment):
    return subprocess.run(
        ["curl", "--silent", "--max-time", "10", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )


def check(run):
    assert run.returncode == 0, run
    body = json.loads(run.stdout)
    assert body["token_type"] == "Bearer" and body["access_token"].startswith("eyJ")


def test_plain(wisp):
    check(curl("--header", "Metadata: true", wisp.url + PATH))


def test_past_a_proxy(wisp):
    """curl uses the proxy of the environment for loopback addresses, too."""
    ask = ["--header", "Metadata: true", wisp.url + PATH]
    assert curl(*ask, http_proxy=NOWHERE).returncode != 0
    check(curl("--noproxy", "*", *ask, http_proxy=NOWHERE))
    check(curl(*ask, http_proxy=NOWHERE, NO_PROXY="127.0.0.1"))


def test_as_a_proxy(wisp):
    """A client with the address built in, led here by nothing but http_proxy."""
    check(curl("--header", "Metadata: true", "http://169.254.169.254" + PATH, http_proxy=wisp.url))


def test_a_probe_without_the_header(wisp, emulator):
    emulator.fault("hang")
    started = time.monotonic()
    status, body = get(wisp.url + PATH)
    assert time.monotonic() - started < 5
    assert status == 400
    assert json.loads(body) == {
        "error": "invalid_request",
        "error_description": "Required metadata header not specified",
    }
    assert emulator.token_requests() == []


def test_probes_and_metrics(wisp):
    # It is ready once it has read the root certificates, some milliseconds after it serves.
    deadline = time.monotonic() + 10
    while get(wisp.admin + "/readyz")[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [get(wisp.admin + path)[0] for path in ("/livez", "/readyz", "/metrics")] == [200, 200, 200]
