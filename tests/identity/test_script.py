"""The script for the Azure CLI, run by bash against a stand-in that keeps what is made; and each of its calls, parsed by the real
Azure CLI."""

import json
import subprocess

import kit
import pytest

BUSY = [
    "(ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity) Too many Federated Identity Credentials are written "
    "concurrently for the managed identity.",
    "(TooManyRequests) The request is being throttled.",
    "Operation returned an invalid status 'Conflict'",
]


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Every call of the module's tests, judged at its end by the real parser."""
    every = []
    yield every
    judged = [json.loads(line) for line in sorted({json.dumps(call) for call in every})]
    assert len(judged) > 10
    # So that one that is wrong is known to be refused.
    judged.append(["identity", "federated-credential", "create", "--no-such-option", "x"])
    answers = kit.parsed_by_az(judged, tmp_path_factory.mktemp("az"))
    assert "error" in answers.pop()
    assert [(call, answer) for call, answer in zip(judged, answers) if "error" in answer] == []


class World:
    """A script, and an Azure to run it against."""

    def __init__(self, folder, claims, calls):
        self.folder, self.every = folder, calls
        (folder / "identities.sh").write_text(kit.expand(claims))
        bills = {"group": "app", "name": "Bills", "clientId": "b", "principalId": "bp", "credentials": []}
        self.azure = {"identities": [bills], "applications": {kit.APPLICATION: []}, "roles": []}
        self.refusals = []
        tools = folder / "tools"
        tools.mkdir()
        stand_in = f'#!/bin/sh\nexec {kit.AZ_PYTHON} {kit.ROOT}/tests/identity/stand_in.py "$@"\n'
        for name, text in {"az": stand_in, "sleep": '#!/bin/sh\necho "$1" >> "$STAND_IN/sleeps"\n'}.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)

    def run(self, *flags):
        """The exit code, what was said, the calls that write, and how long it slept each time."""
        (self.folder / "azure.json").write_text(json.dumps(self.azure))
        (self.folder / "refusals.json").write_text(json.dumps(self.refusals))
        for name in ["calls.jsonl", "sleeps"]:
            (self.folder / name).write_text("")
        environment = {"PATH": f"{self.folder}/tools:/usr/bin:/bin", "STAND_IN": str(self.folder), "TMPDIR": str(self.folder)}
        command = ["bash", self.folder / "identities.sh", *flags]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.stdout == ""
        calls = [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]
        self.every.extend(calls)
        self.azure = json.loads((self.folder / "azure.json").read_text())
        sleeps = [int(line) for line in (self.folder / "sleeps").read_text().split()]
        assert not list(self.folder.glob("tmp.*"))
        return done.returncode, done.stderr, [call for call in calls if "create" in call], sleeps


@pytest.fixture
def world(tmp_path, calls):
    return lambda claims: World(tmp_path, claims, calls)


def test_what_is_missing_is_made_and_then_nothing_changes(world):
    world = world([*kit.CLAIMS, kit.ADDITIONAL])
    code, said, writes, sleeps = world.run()
    assert code == 0, said
    orders = world.azure["identities"][1]
    assert (orders["name"], orders["location"], orders["tags"]) == ("orders", "westeurope", "owner=team orders")
    pairs = {(one["issuer"], one["subject"]) for one in orders["credentials"]}
    accounts = ["system:serviceaccount:shop:orders", "system:serviceaccount:shop:web"]
    assert pairs == {(issuer, account) for issuer in kit.ISSUERS for account in accounts}
    assert {tuple(one["audiences"]) for one in orders["credentials"]} == {("api://AzureADTokenExchange",)}
    assert len(world.azure["applications"][kit.APPLICATION]) == 1
    assert [role[1:] for role in world.azure["roles"]] == [["Key Vault Secrets User", kit.VAULT], ["Reader", kit.VAULT]]
    # One identity was made and waited for, and there is a pause behind each of the six credentials.
    assert sorted(sleeps) == [4] * 6 + [30] and len(writes) == 9

    made = world.azure
    code, said, writes, sleeps = world.run()
    assert (code, writes, sleeps, world.azure) == (0, [], [], made), said
    assert world.run("--check")[:1] == (0,)


def test_it_waits_while_azure_is_busy(world):
    world = world(kit.CLAIMS[2:])
    world.refusals = BUSY
    code, said, writes, sleeps = world.run()
    assert (code, sleeps) == (0, [5, 10, 20, 4]), said
    assert len(writes) == 4 and len(world.azure["identities"][0]["credentials"]) == 1

    world.azure["identities"][0]["credentials"] = []
    world.refusals = BUSY * 10
    code, said, writes, sleeps = world.run()
    assert (code, len(writes), min(sleeps), max(sleeps)) == (1, 10, 5, 60)
    assert BUSY[0] in said


@pytest.mark.parametrize("refusal", ["(AuthorizationFailed) The client has no authorization.", "(Conflict) It already exists."])
def test_what_waiting_does_not_help_ends_it(world, refusal):
    world = world(kit.CLAIMS[2:])
    world.refusals = [refusal]
    code, said, writes, sleeps = world.run()
    assert (code, len(writes), sleeps) == (1, 1, []) and refusal in said


def test_a_check_changes_nothing(world):
    world = world([*kit.CLAIMS, kit.ADDITIONAL])
    before = world.azure
    code, said, writes, _ = world.run("--check")
    assert (code, writes, world.azure) == (1, [], before)
    wrong = [line for line in said.splitlines() if line.startswith("wrong: ")]
    assert len(wrong) == 4 and "wrong: identity orders is not in resource group app" in wrong, said
    assert world.run("--chekc")[0] == 64


@pytest.mark.parametrize(
    "change, words",
    [
        ({"name": "by-hand"}, "is there by the name by-hand"),
        ({"audiences": ["api://other"]}, "has the audience api://other"),
        ({"issuer": "https://former.example/"}, "is there for system:serviceaccount:shop:bills of https://former.example/"),
    ],
)
def test_what_is_there_is_left_as_it_is(world, change, words):
    world = world(kit.CLAIMS[2:])
    assert world.run()[0] == 0
    world.azure["identities"][0]["credentials"][0].update(change)
    before = world.azure
    code, said, writes, _ = world.run()
    assert (code, writes, world.azure) == (1, [], before) and words in said, said


def test_an_identity_that_has_to_be_there_is_not_made(world):
    world = world(kit.CLAIMS[2:])
    world.azure["identities"] = []
    code, said, writes, _ = world.run()
    assert (code, writes) == (1, []) and "wrong: identity bills is not in resource group app" in said
