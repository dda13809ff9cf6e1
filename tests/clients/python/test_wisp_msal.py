"""MSAL's own managed identity client, without azure-identity's retries, beside wisp."""

import msal
import pytest
import requests

VAULT = "https://vault.azure.net"
OBJECT_ID = "33333333-cccc-4ccc-8ccc-333333333333"
RESOURCE_ID = (
    "/subscriptions/44444444-dddd-4ddd-8ddd-444444444444/resourcegroups/example/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/app-identity"
)


def acquire(identity, resource=VAULT):
    with requests.Session() as session:
        client = msal.ManagedIdentityClient(identity, http_client=session)
        return client.acquire_token_for_client(resource=resource)


def test_system_assigned(wisp, emulator):
    answer = acquire(msal.SystemAssignedManagedIdentity())
    assert answer["token_type"] == "Bearer" and 86_000 < answer["expires_in"] < 86_400
    assert len(emulator.token_requests()) == 1


@pytest.mark.parametrize("name", ["client_id", "object_id", "resource_id"])
def test_user_assigned(wisp, emulator, name):
    first = acquire(msal.SystemAssignedManagedIdentity())
    values = {"client_id": emulator.client_id, "object_id": OBJECT_ID, "resource_id": RESOURCE_ID}
    answer = acquire(msal.UserAssignedManagedIdentity(**{name: values[name]}))
    assert answer["access_token"] == first["access_token"]
    assert (wisp.requests(), len(emulator.token_requests())) == ({200: 2}, 1)


def test_a_client_keeps_its_token(wisp):
    with requests.Session() as session:
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
        first = client.acquire_token_for_client(resource=VAULT)
        second = client.acquire_token_for_client(resource=VAULT)
    assert (first["token_source"], second["token_source"]) == ("identity_provider", "cache")
    assert wisp.requests() == {200: 1}


def test_refusal(wisp, emulator):
    emulator.fault({"aadsts": 700213})
    answer = acquire(msal.SystemAssignedManagedIdentity())
    assert answer["error"] == "invalid_client"
    assert answer["error_description"].startswith("AADSTS700213: ") and " Fix: " in answer["error_description"]
    assert (wisp.requests(), len(emulator.token_requests())) == ({400: 1}, 1)


def test_throttled_client_remembers_it(wisp, emulator):
    emulator.fault({"throttle": {"retry_after_seconds": 600}}, requests=1)
    with requests.Session() as session:
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
        answers = [client.acquire_token_for_client(resource=VAULT) for _ in range(3)]
    assert [answer["error"] for answer in answers] == ["temporarily_unavailable"] * 3
    assert (wisp.requests(), len(emulator.token_requests())) == ({429: 1}, 1)
