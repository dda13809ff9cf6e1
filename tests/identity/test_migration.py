"""The files of `wispctl migrate write` for Azure: its script run against the stand-in, interrupted and run again; Bicep and Terraform as
parsers of others read them; manifests as PyYAML reads them; the commands of its README as the Azure CLI's own parser takes them."""

import json
import re
import shlex
import subprocess

import hcl2
import kit
import pycep
import pytest
import yaml
from test_script import BUSY

CASE = kit.ROOT / "tests/migrate/written"
EXPECTED = CASE / "expected"
REGISTRATION = "44444444-4444-4444-4444-444444444444"
MANAGED = {"orders": "1", "reports": "2", "ledger": "3", "gateway": "5", "archive": "6"}


def azure():
    def identity(name, digit):
        client_id = f"{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}"
        return {"group": "shop", "name": name, "clientId": client_id, "principalId": f"p{digit}", "credentials": []}

    identities = [identity(name, digit) for name, digit in MANAGED.items()]
    return {"identities": identities, "applications": {REGISTRATION: []}, "roles": []}


class World:
    """The script of the case, and an Azure to run it against."""

    def __init__(self, folder):
        self.folder, self.azure, self.refusals = folder, azure(), []
        tools = folder / "tools"
        tools.mkdir()
        stand_in = f'#!/bin/sh\nexec {kit.AZ_PYTHON} {kit.ROOT}/tests/identity/stand_in.py "$@"\n'
        for name, text in {"az": stand_in, "sleep": "#!/bin/sh\n"}.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)

    def run(self, *flags):
        (self.folder / "azure.json").write_text(json.dumps(self.azure))
        (self.folder / "refusals.json").write_text(json.dumps(self.refusals))
        (self.folder / "calls.jsonl").write_text("")
        environment = {"PATH": f"{self.folder}/tools:/usr/bin:/bin", "STAND_IN": str(self.folder), "TMPDIR": str(self.folder)}
        script = EXPECTED / "identities/identities.sh"
        done = subprocess.run(["bash", script, *flags], env=environment, capture_output=True, text=True)
        self.azure = json.loads((self.folder / "azure.json").read_text())
        calls = [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]
        return done.returncode, done.stderr, [call for call in calls if "create" in call]

    def subjects(self):
        managed = [one for identity in self.azure["identities"] for one in identity["credentials"]]
        return sorted(one["subject"] for one in [*managed, *self.azure["applications"][REGISTRATION]])


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_script_makes_all_and_can_be_interrupted(world):
    # The third write is refused for good: what is made until then stays, and the next run goes on from there.
    world.refusals = [BUSY[0], BUSY[1]]
    world.refusals += ["(AuthorizationFailed) The client has no authorization."]
    code, said, writes = world.run()
    assert (code, len(writes), world.subjects()) == (1, 3, []), said
    world.refusals = [BUSY[0]]
    code, said, writes = world.run()
    assert (code, len(writes), len(world.subjects())) == (0, 14, 13), said
    assert all("--audiences" in call for call in writes if call[0] == "identity")
    before = world.azure
    code, said, writes = world.run()
    assert (code, writes, world.azure) == (0, [], before), said
    assert world.run("--check")[0] == 0


def test_an_identity_that_was_made_anew_gets_nothing(world):
    world.azure["identities"][0]["clientId"] = "99999999-9999-9999-9999-999999999999"
    code, said, _ = world.run()
    assert code == 1 and world.azure["identities"][0]["credentials"] == []
    other = "client id 99999999-9999-9999-9999-999999999999, not 11111111-1111-1111-1111-111111111111"
    assert f"wrong: identity orders has {other}: it is another one" in said
    # The others have theirs.
    assert len(world.subjects()) == 8


def test_bicep():
    read = pycep.BicepParser().parse(text=(EXPECTED / "identities/identities.bicep").read_text())
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    assert all(one["api_version"] == "2024-11-30" for one in read["resources"].values())
    found = [one for one in read["resources"].values() if one["type"] == kind]
    assert len(found) == len(MANAGED) and all(one["existing"] for one in found)
    credentials = [one for one in read["resources"].values() if one["type"] != kind]
    assert len(credentials) == len(MANAGED)
    assert all(one["decorators"] == [{"type": "batchSize", "argument": 1}] for one in credentials)
    assert sum(len(one["value"]) for one in read["variables"].values()) == 12


@pytest.mark.parametrize("version, parent", [("4", "parent_id"), ("5", "user_assigned_identity_id")])
def test_terraform(version, parent, tmp_path):
    arguments = (CASE / "write.arguments").read_text().split()
    command = [kit.WISPCTL, "migrate", "write", "--output-dir", tmp_path / "out", "--azurerm", version, *arguments]
    subprocess.run(command, cwd=CASE, capture_output=True)
    blocks = hcl2.loads((tmp_path / "out/identities/terraform/main.tf").read_text())
    kinds = {}
    for block in blocks["resource"]:
        for kind, named in block.items():
            kinds.setdefault(kind.strip('"'), []).extend(named.values())
    managed = kinds.pop("azurerm_federated_identity_credential")
    assert len(managed) == 12 and all(parent in body for body in managed)
    assert len(kinds.pop("azuread_application_federated_identity_credential")) == 1
    assert kinds == {}


def test_every_manifest_is_yaml():
    files = sorted(EXPECTED.rglob("*.yaml"))
    assert len(files) > 30
    count = 0
    for file in files:
        for thing in yaml.safe_load_all(file.read_text()):
            assert isinstance(thing, dict), file
            count += 1
    assert count > 50
    for file in EXPECTED.rglob("*.json"):
        assert all(operation["op"] in ("add", "replace", "test") for operation in json.loads(file.read_text()))


@pytest.mark.parametrize("name", ["cleanup.sh", "rollback.sh", "identities/identities.sh"])
def test_bash_reads_every_script(name):
    subprocess.run(["bash", "-n", EXPECTED / name], check=True)
    usage = subprocess.run(["bash", EXPECTED / name, "--no-such-flag"], capture_output=True, text=True)
    assert usage.returncode == 64 and usage.stderr.startswith("usage: ")


def test_the_azure_cli_takes_its_commands(world, tmp_path):
    world.run()
    calls = {line for line in (world.folder / "calls.jsonl").read_text().splitlines()}
    script = (EXPECTED / "identities/identities.sh").read_text().replace("\\\n#", "")
    logins = re.findall(r"^# +az (login .*) --federated-token", script, re.MULTILINE)
    assert len(calls) > 20 and len(logins) == 13
    commands = [json.loads(call) for call in sorted(calls)]
    commands += [[*shlex.split(line), "--federated-token", "token"] for line in logins]
    answers = kit.parsed_by_az(commands, tmp_path)
    assert [answer for answer in answers if "error" in answer] == []
