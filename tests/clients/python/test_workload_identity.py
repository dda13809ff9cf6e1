"""azure-identity's WorkloadIdentityCredential, unmodified, straight against the emulator.

It shows that the emulator speaks to a real SDK as Entra does: the SDK takes its tokens, and reports its errors by the
exception that it would raise for Entra's, with Entra's text in the message.
"""

import asyncio
import base64
import json
import pathlib
import time

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceResponseError
from azure.identity import CredentialUnavailableError, WorkloadIdentityCredential
from azure.identity.aio import WorkloadIdentityCredential as AsyncWorkloadIdentityCredential

VAULT = "https://vault.azure.net/.default"
CREDENTIAL = "cluster-default-app"


def settings(emulator, **changes):
    return {
        "authority": emulator.authority,
        "tenant_id": emulator.tenant,
        "client_id": emulator.client_id,
        "token_file_path": emulator.token_file,
        "disable_instance_discovery": True,
        "connection_verify": emulator.ca,
        "retry_total": 0,
        **changes,
    }


def get_token(emulator, scope=VAULT, **changes):
    with WorkloadIdentityCredential(**settings(emulator, **changes)) as credential:
        return credential.get_token(scope)


def failure(emulator, *arguments, **changes):
    with pytest.raises(ClientAuthenticationError) as raised:
        get_token(emulator, *arguments, **changes)
    # Credential chains go on after this one; for Entra's answers they must stop.
    assert not isinstance(raised.value, CredentialUnavailableError)
    return raised.value.message


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def check_success(emulator, token):
    issued = claims(token.token)
    assert issued["aud"] == "https://vault.azure.net"
    assert issued["appid"] == emulator.client_id
    assert issued["tid"] == emulator.tenant
    assert 86_000 < token.expires_on - time.time() <= 86_400
    requests = emulator.token_requests()
    assert [request["outcome"] for request in requests] == ["issued"]
    assert "azsdk-python-identity/1.27.0" in requests[0]["user_agent"]


def test_success(emulator):
    check_success(emulator, get_token(emulator))


def test_success_async(emulator):
    async def get():
        async with AsyncWorkloadIdentityCredential(**settings(emulator)) as credential:
            return await credential.get_token(VAULT)

    check_success(emulator, asyncio.run(get()))


def test_success_by_environment(emulator, monkeypatch):
    """Nothing but the variables that the emulator prints."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    with WorkloadIdentityCredential(disable_instance_discovery=True) as credential:
        check_success(emulator, credential.get_token(VAULT))


def test_a_slash_is_kept_in_the_audience(emulator):
    token = get_token(emulator, "https://database.windows.net//.default")
    assert claims(token.token)["aud"] == "https://database.windows.net/"


def test_sdk_refreshes_by_refresh_in(emulator):
    with WorkloadIdentityCredential(**settings(emulator)) as credential:
        info = credential.get_token_info(VAULT)
    assert 43_000 < info.refresh_on - time.time() <= 43_200


def test_cookies_do_not_hurt(emulator):
    emulator.fault("cookies")
    check_success(emulator, get_token(emulator))


def test_numbers_as_strings(emulator):
    emulator.fault("string_numbers")
    # MSAL adds them to a number: a client of Entra has to expect them, but this one does not.
    with pytest.raises(TypeError):
        get_token(emulator)


def test_unknown_client(emulator):
    client_id = "99999999-0000-4000-8000-999999999999"
    message = failure(emulator, client_id=client_id)
    assert f"AADSTS700016: Application with identifier '{client_id}' was not found in the directory" in message


def test_unknown_tenant(emulator):
    message = failure(emulator, tenant_id="99999999-0000-4000-8000-999999999999")
    assert "AADSTS90002: Tenant '99999999-0000-4000-8000-999999999999' not found." in message


def test_unknown_resource(emulator):
    message = failure(emulator, "https://vault.azure.com/.default")
    assert "AADSTS500011: The resource principal named https://vault.azure.com was not found" in message


def test_scope_without_default(emulator):
    message = failure(emulator, "https://vault.azure.net")
    assert "AADSTS1002012: The provided value for scope https://vault.azure.net is not valid" in message


def test_malformed_token_file(emulator, tmp_path):
    path = tmp_path / "token"
    path.write_text("not a token")
    message = failure(emulator, token_file_path=str(path))
    assert "AADSTS50027: JWT token is invalid or malformed." in message


def test_forged_token(emulator, tmp_path):
    path = tmp_path / "token"
    token = pathlib.Path(emulator.token_file).read_text()
    path.write_text(token[:-6] + "AAAAAA")
    message = failure(emulator, token_file_path=str(path))
    assert "AADSTS700027: Client assertion contains an invalid signature." in message


def test_issuer_unreachable(emulator):
    emulator.fault({"issuer_unreachable": {"issuer": "cluster"}})
    assert "AADSTS501661: Request to External OIDC endpoint failed." in failure(emulator)


def test_new_signing_key_is_not_known_yet(emulator):
    emulator.fault({"metadata_cache": {"seconds": 1800}})
    get_token(emulator)
    emulator.control("POST", "rotate-keys")
    emulator.control("POST", "rotate-token")
    assert "AADSTS7000272: The certificate with identifier" in failure(emulator)
    emulator.control("DELETE", "faults")
    get_token(emulator)


def test_expired_by_the_clock(emulator):
    emulator.fault({"clock_offset": {"seconds": 2 * 3600}})
    assert "AADSTS700024: Client assertion is not within its valid time range." in failure(emulator)


def test_credential_not_there_yet(emulator):
    emulator.fault({"propagation": {"credential": CREDENTIAL, "seconds": 600}})
    message = failure(emulator)
    assert "AADSTS70021: No matching federated identity record found for presented assertion." in message
    assert "system:serviceaccount:default:app" in message


def test_flapping_credential(emulator):
    emulator.fault({"flapping": {"credential": CREDENTIAL}})
    assert "AADSTS700213" in failure(emulator)
    get_token(emulator)


@pytest.mark.parametrize(
    "code",
    [700211, 700212, 700213, 7002138, 70025, 700038, 7000229, 90002, 900023, 53003, 501051, 900144, 900612, 90033],
)
def test_asked_for(emulator, code):
    emulator.fault({"aadsts": code})
    assert f"AADSTS{code}: " in failure(emulator)


def test_older_descriptions(emulator):
    emulator.fault("older_descriptions")
    message = failure(emulator, "https://vault.azure.com/.default")
    assert "AADSTS500011: " in message and "\r\nTrace ID: " in message


def test_throttled(emulator):
    emulator.fault({"throttle": {}})
    failure(emulator)
    assert emulator.token_requests()[-1]["outcome"] == "throttle"


def test_unavailable(emulator):
    emulator.fault({"unavailable": {}})
    assert "AADSTS90033: A transient error has occurred." in failure(emulator)


def test_an_html_page(emulator):
    emulator.fault({"html_body": {}})
    failure(emulator)


def test_reset(emulator):
    emulator.fault("reset")
    with pytest.raises(ServiceResponseError, match="Connection aborted"):
        get_token(emulator)


def test_failure_async(emulator):
    emulator.fault({"aadsts": 700213})

    async def get():
        async with AsyncWorkloadIdentityCredential(**settings(emulator)) as credential:
            await credential.get_token(VAULT)

    with pytest.raises(ClientAuthenticationError) as raised:
        asyncio.run(get())
    assert "AADSTS700213: No matching federated identity record found" in raised.value.message
