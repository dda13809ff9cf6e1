"""azure-identity's ManagedIdentityCredential, unmodified, beside wisp: tokens, identities, chains."""

import asyncio
import base64
import json
import time

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ChainedTokenCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential

VAULT = "https://vault.azure.net"
STORAGE = "https://storage.azure.com"
OBJECT_ID = "33333333-cccc-4ccc-8ccc-333333333333"
RESOURCE_ID = (
    "/subscriptions/44444444-dddd-4ddd-8ddd-444444444444/resourcegroups/example/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/app-identity"
)
UNKNOWN = "99999999-0000-4000-8000-999999999999"


def sync_token(resource=VAULT, kind=ManagedIdentityCredential, **arguments):
    with kind(**arguments) as credential:
        return credential.get_token(resource + "/.default")


def async_token(resource=VAULT, kind=AsyncManagedIdentityCredential, **arguments):
    async def get():
        async with kind(**arguments) as credential:
            return await credential.get_token(resource + "/.default")

    return asyncio.run(get())


both = pytest.mark.parametrize("get_token", [sync_token, async_token], ids=["sync", "async"])


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def check(emulator, token, resource=VAULT):
    issued = claims(token.token)
    assert (issued["aud"], issued["appid"]) == (resource, emulator.client_id)
    assert 86_000 < token.expires_on - time.time() <= 86_400


@both
def test_token(wisp, emulator, get_token):
    check(emulator, get_token())
    assert wisp.requests() == {200: 1}
    assert [request["outcome"] for request in emulator.token_requests()] == ["issued"]


@both
def test_a_second_process_costs_no_second_exchange(wisp, emulator, get_token):
    assert get_token().token == get_token().token
    assert wisp.requests() == {200: 2}
    assert len(emulator.token_requests()) == 1


@both
def test_two_resources(wisp, emulator, get_token):
    check(emulator, get_token(VAULT), VAULT)
    check(emulator, get_token(STORAGE), STORAGE)
    assert len(emulator.token_requests()) == 2


@both
@pytest.mark.parametrize(
    "selection",
    [
        {"client_id": "22222222-bbbb-4bbb-8bbb-222222222222"},
        {"identity_config": {"object_id": OBJECT_ID}},
        {"identity_config": {"resource_id": RESOURCE_ID}},
    ],
    ids=["client_id", "object_id", "resource_id"],
)
def test_identity_by_each_name(wisp, emulator, get_token, selection):
    get_token()  # wisp learns the other names from the first token.
    check(emulator, get_token(**selection))
    assert (wisp.requests(), len(emulator.token_requests())) == ({200: 2}, 1)


@both
def test_unknown_identity(wisp, emulator, get_token):
    with pytest.raises(CredentialUnavailableError, match="Identity not found"):
        get_token(client_id=UNKNOWN)
    assert (wisp.requests(), emulator.token_requests()) == ({400: 1}, [])


def test_token_info(wisp):
    with ManagedIdentityCredential() as credential:
        info = credential.get_token_info(VAULT + "/.default")
    assert info.token_type == "Bearer"
    assert 43_000 < info.refresh_on - time.time() <= 43_200
    assert 86_000 < info.expires_on - time.time() <= 86_400


@pytest.mark.parametrize(
    ("get_token", "kind"),
    [(sync_token, DefaultAzureCredential), (async_token, AsyncDefaultAzureCredential)],
    ids=["sync", "async"],
)
class TestDefaultAzureCredential:
    def test_success(self, wisp, emulator, get_token, kind):
        check(emulator, get_token(kind=kind))
        assert wisp.requests() == {200: 1}

    def test_goes_on_when_the_identity_is_unknown(self, wisp, monkeypatch, get_token, kind):
        monkeypatch.setenv("PATH", "/nonexistent")  # No developer tools to sign in with.
        started = time.monotonic()
        with pytest.raises(ClientAuthenticationError) as raised:
            get_token(kind=kind, managed_identity_client_id=UNKNOWN)
        message = str(raised.value)
        assert "ManagedIdentityCredential: " in message and "Identity not found" in message
        assert "AzureCliCredential: " in message
        assert wisp.requests() == {400: 1}
        assert time.monotonic() - started < 3


def test_a_chain_reaches_the_next_credential(wisp):
    class Other:
        def get_token(self, *scopes, **arguments):
            return AccessToken("from the next credential", int(time.time()) + 3600)

    with ManagedIdentityCredential(client_id=UNKNOWN) as unknown:
        chain = ChainedTokenCredential(unknown, Other())
        assert chain.get_token(VAULT + "/.default").token == "from the next credential"
