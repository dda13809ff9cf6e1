"""azidentity for Go straight against the emulator, which looks stricter than others at whom it has before it.

Go asks login.microsoftonline.com about an authority that it does not know, and compares the issuer with the authority as text.
Here the emulator is both of them, on the port that Entra has; a proxy leads there.
"""

import pytest
from roster.go import AZIDENTITY
from suite import emulator as entra
from suite.driver import Driver
from suite.namespace import Namespace
from suite.stage import claims
from tools.tunnel import Tunnel

AUTHORITY = "login.wisp.example"
KNOWN = "login.microsoftonline.com"
VAULT = "https://vault.azure.net"


@pytest.fixture
def network():
    namespace = Namespace()
    yield namespace
    namespace.close()


def test_azidentity_for_go_on_the_default_port(network, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    emulator = entra.start(state, "--listen", "127.0.0.1:443", host=AUTHORITY, names=[KNOWN], command=network.command)
    tunnel = Tunnel(network.socket, ("127.0.0.1", 443))
    more = {"PATH": str(tmp_path), "HOME": str(tmp_path), "HTTPS_PROXY": tunnel.url}
    driver = Driver(network.command(list(AZIDENTITY.command)), emulator.environment | more, tmp_path / "go.log")
    try:
        (result,) = driver.ask(VAULT, kind="workload_identity")
        assert result.error is None
        assert claims(result.token)["aud"] == VAULT
    finally:
        driver.close()
        tunnel.close()
        emulator.end()
    asked = dict.fromkeys(line.split()[1] for line in (state / "requests.log").read_text().splitlines())
    path = f"/{emulator.tenant}"
    assert list(asked) == [
        "/common/discovery/instance",
        f"{path}/v2.0/.well-known/openid-configuration",
        f"{path}/oauth2/v2.0/token",
    ]
