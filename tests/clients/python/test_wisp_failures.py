"""What azure-identity makes of failures behind wisp: it fails at once or recovers, and never makes a storm of it."""

import asyncio
import time

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential

VAULT = "https://vault.azure.net"

# Seconds, less than the SDK's own retries take; much, for a machine that has much else to do.
AT_ONCE = 10

# Nothing changes until someone changes the configuration: the answer is 400.
PERMANENT = [
    700213,
    700212,
    700211,
    7002138,
    70021,
    70025,
    7000272,
    900612,
    501661,
    700016,
    700038,
    7000229,
    90002,
    900023,
    500011,
    1002012,
    53003,
    501051,
    900144,
]

# May pass by itself: the answer is 503, and the SDK retries.
PASSING = [700024, 50027, 90033]


def sync_token(resource=VAULT, **arguments):
    with ManagedIdentityCredential(**arguments) as credential:
        return credential.get_token(resource + "/.default")


def async_token(resource=VAULT, **arguments):
    async def get():
        async with AsyncManagedIdentityCredential(**arguments) as credential:
            return await credential.get_token(resource + "/.default")

    return asyncio.run(get())


both = pytest.mark.parametrize("get_token", [sync_token, async_token], ids=["sync", "async"])


@both
@pytest.mark.parametrize("code", PERMANENT)
def test_permanent_fails_at_once_with_its_fix(wisp, emulator, get_token, code):
    emulator.fault({"aadsts": code})
    started = time.monotonic()
    with pytest.raises(CredentialUnavailableError) as raised:
        get_token()
    assert time.monotonic() - started < AT_ONCE
    message = str(raised.value)
    assert f"AADSTS{code}: " in message and " Fix: " in message
    assert wisp.requests() == {400: 1}
    assert len(emulator.token_requests()) == 1


@both
@pytest.mark.parametrize("code", PASSING)
def test_passing_failure_shows_its_fix_when_retries_are_used_up(wisp, emulator, get_token, code):
    emulator.fault({"aadsts": code})
    with pytest.raises(ClientAuthenticationError) as raised:
        get_token(retry_total=0)
    message = str(raised.value)
    assert f"AADSTS{code}: " in message and " Fix: " in message
    assert wisp.requests() == {503: 1}
    assert len(emulator.token_requests()) == 1


@both
def test_a_mistake_in_the_settings_is_explained(start_wisp, lead_to, emulator, get_token):
    """No fault on demand: the emulator checks, and finds what is wrong."""
    tenant = "99999999-0000-4000-8000-999999999999"
    sidecar = start_wisp(AZURE_TENANT_ID=tenant)
    lead_to(sidecar)
    started = time.monotonic()
    with pytest.raises(CredentialUnavailableError) as raised:
        get_token()
    assert time.monotonic() - started < AT_ONCE
    message = str(raised.value)
    assert f"AADSTS90002: Tenant '{tenant}' not found." in message
    assert "Fix: set AZURE_TENANT_ID" in message
    assert (sidecar.requests(), len(emulator.token_requests())) == ({400: 1}, 1)


@both
def test_a_retry_loop_does_not_reach_entra(wisp, emulator, get_token):
    emulator.fault({"aadsts": 700213})
    for _ in range(3):
        with pytest.raises(CredentialUnavailableError, match="AADSTS700213"):
            get_token()
    assert (wisp.requests(), len(emulator.token_requests())) == ({400: 3}, 1)


@both
def test_a_hiccup_is_not_noticed(start_wisp, lead_to, emulator, get_token):
    sidecar = start_wisp(WISP_REQUEST_BUDGET="8s")
    lead_to(sidecar)
    emulator.fault("reset", requests=1)
    assert get_token(retry_total=0).token
    assert sidecar.requests() == {200: 1}


@both
def test_throttled(wisp, emulator, get_token):
    emulator.fault({"throttle": {"retry_after_seconds": 600}}, requests=1)
    for _ in range(2):
        with pytest.raises(ClientAuthenticationError) as raised:
            get_token(retry_total=0)
        assert "Fix: " in str(raised.value)
    assert (wisp.requests(), len(emulator.token_requests())) == ({429: 2}, 1)


@both
def test_throttled_for_a_moment(wisp, emulator, get_token):
    emulator.fault({"throttle": {"retry_after_seconds": 1}}, requests=1)
    assert get_token().token
    assert wisp.requests() == {429: 1, 200: 1}


@both
def test_a_token_file_that_comes_late(start_wisp, lead_to, emulator, tmp_path, get_token):
    path = tmp_path / "token"
    sidecar = start_wisp(AZURE_FEDERATED_TOKEN_FILE=str(path))
    lead_to(sidecar)
    with pytest.raises(ClientAuthenticationError, match=str(path)):
        get_token(retry_total=0)
    with open(emulator.token_file) as token:
        path.write_text(token.read())
    assert get_token(retry_total=0).token
    assert sidecar.requests() == {503: 1, 200: 1}
