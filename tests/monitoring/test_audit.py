"""docs/audit.md: its table of what still works, seen with the emulator; its queries for jq, on what wisp and the emulator wrote."""

import json
import re
import subprocess
import urllib.parse

import pytest

from places import REPOSITORY
from prometheus import wait_for
from suite import emulator as entra
from suite.sidecar import Sidecar, get

PAGE = (REPOSITORY / "docs/audit.md").read_text()
TABLE = re.search(r"<!-- revocation -->\n(.*?)<!-- /revocation -->", PAGE, re.DOTALL)[1]
ROWS = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in TABLE.splitlines()[2:]]
TOKEN = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
VAULT, STORAGE = "https://vault.azure.net", "https://storage.azure.com"
BRIEF_SECONDS = 12


def fault(number):
    return lambda emulator: emulator.fault({"aadsts": number})


def withdraw_key(emulator):
    emulator.control("POST", "rotate-keys")


STEPS = {
    "the only federated credential deleted": fault(70025),
    "the credential of this service account deleted, others left": fault(700213),
    "service principal disabled": fault(7000112),
    "identity deleted": fault(700016),
    "the issuer's signing key withdrawn": withdraw_key,
    "the issuer's signing key rotated, the old one still published": withdraw_key,
}
"""How each is done."""


@pytest.fixture
def start(tmp_path):
    """Starts an emulator whose issuer keeps old keys for so long, and a sidecar; another sidecar each time it is called again."""
    running = []

    def start(emulator=None, keep_old_keys=0, lifetime=None):
        if emulator is None:
            configured = entra.configuration("localhost").replace("keep_old_keys_seconds = 86400", f"keep_old_keys_seconds = {keep_old_keys}")
            if lifetime:
                configured = configured.replace("token_lifetime_seconds = 40", f"token_lifetime_seconds = {lifetime}")
            (tmp_path / "emulator").mkdir()
            emulator = entra.start(tmp_path / "emulator", configured=configured)
            running.insert(0, emulator)
        settings = {"AZURE_CLIENT_ID": entra.BRIEF["client_id"]} if lifetime else {}
        running.append(Sidecar(emulator, tmp_path / f"{len(running)}.log", settings))
        return emulator, running[-1]

    yield start
    for each in reversed(running):
        each.end()


def ask(sidecar, resource):
    status, body = get(f"{sidecar.url}{TOKEN}{urllib.parse.quote(resource)}", Metadata="true")
    return status, json.loads(body)


def is_served(wisp, token):
    """Whether it is this one that is handed out."""
    status, answer = ask(wisp, VAULT)
    return status == 200 and answer["access_token"] == token["access_token"]


def test_the_table_has_each_step():
    assert [row[0] for row in ROWS] == list(STEPS)


@pytest.mark.parametrize(("done", "in_hand", "new", "number"), ROWS, ids=[row[0] for row in ROWS])
def test_what_still_works(done, in_hand, new, number, start):
    emulator, wisp = start(keep_old_keys=86400 if "still published" in done else 0)
    status, before = ask(wisp, VAULT)
    assert status == 200 and int(before["expires_in"]) > 86300, "a managed identity's token is good for a day"
    STEPS[done](emulator)

    assert in_hand == "served until they end"
    assert is_served(wisp, before)
    _, another = start(emulator)
    for sidecar, resource in [(wisp, STORAGE), (another, VAULT)]:
        status, answer = ask(sidecar, resource)
        if new == "granted":
            assert (status, number) == (200, "")
        else:
            assert status in (400, 503) and number in answer["error_description"], answer
    if new == "refused":
        assert 'azure_identity_authentication_failures_total{namespace="default",service_account="app"} 0\n' not in wisp.metrics()
    if "until the projected token is a new one" in new:
        emulator.control("POST", "rotate-token")
        assert wait_for(lambda: ask(wisp, STORAGE)[0] == 200, 10)


def test_a_token_in_hand_is_served_to_its_end_and_not_longer(start):
    emulator, wisp = start(lifetime=BRIEF_SECONDS)
    status, first = ask(wisp, VAULT)
    assert status == 200 and int(first["expires_in"]) <= BRIEF_SECONDS
    emulator.fault({"aadsts": 70025})
    assert is_served(wisp, first)
    wait_for(lambda: ask(wisp, VAULT)[0] == 400, BRIEF_SECONDS + 5)
    assert "AADSTS70025" in ask(wisp, VAULT)[1]["error_description"]


def commands():
    return re.findall(r"^(?:kubectl logs [^|]*\| )?(jq .*)$", PAGE, re.MULTILINE)


def run(command, folder, stdin=None):
    """What a command of the page makes of files in a folder."""
    done = subprocess.run(["bash", "-ec", command], cwd=folder, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def sign_ins(emulator):
    """The emulator's requests as Microsoft Graph has sign-ins."""
    return [
        {
            "createdDateTime": request["time"], "correlationId": request["client_request_id"], "appId": request["client_id"],
            "resourceDisplayName": request["scope"], "ipAddress": "192.0.2.1", "federatedCredentialId": "id",
            "status": {"errorCode": int(request["outcome"].removeprefix("AADSTS")) if request["outcome"].startswith("AADSTS") else 0},
        }
        for request in emulator.token_requests()
    ]  # fmt: skip


def test_queries_for_jq(start, tmp_path):
    exchanges, joined, strangers = commands()
    emulator, wisp = start()
    assert ask(wisp, VAULT)[0] == 200
    emulator.fault({"aadsts": 7000112})
    assert ask(wisp, STORAGE)[0] == 400
    found = sign_ins(emulator)
    stranger = {**found[0], "correlationId": "5ca1ab1e-0000-4000-8000-000000000000", "ipAddress": "198.51.100.7"}
    (tmp_path / "signins.json").write_text(json.dumps({"value": [*found, stranger]}))

    run(exchanges, tmp_path, stdin=wisp.log.read_text())
    both = run(joined, tmp_path)
    assert [(line["namespace"], line["serviceAccount"], line["resource"], line["error"]) for line in both] == [
        ("default", "app", VAULT, 0),
        ("default", "app", STORAGE, 7000112),
    ]
    assert {line["appId"] for line in both} == {emulator.client_id}
    assert [line["ipAddress"] for line in run(strangers, tmp_path)] == ["198.51.100.7"]
