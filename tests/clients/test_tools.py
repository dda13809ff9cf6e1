"""What only one tool does, besides the scenarios that all clients go through."""

import dataclasses
import json
import re
import subprocess

import pytest
from roster import az, dotnet, tools
from suite import emulator as entra
from suite.client import POD_HOST
from suite.stage import Place, Stage, claims
from tools.arm_stub import MACHINE, MACHINE_ADDRESS
from tools.services import DEBIAN

VAULT = "https://vault.azure.net"
STORAGE = "https://storage.azure.com"


@pytest.fixture
def stage_of(shared_emulator, tmp_path):
    """A stage for one client, made when it is asked for."""
    made = []

    def make(client):
        folder = tmp_path / f"client-{len(made)}"
        folder.mkdir()
        place = Place(client, folder)
        made.append((Stage(place, shared_emulator, folder), place))
        return made[-1][0]

    yield make
    for stage, place in made:
        stage.close()
        place.close()


def asked(stage):
    return [(request.status, request.target) for request in stage.wire.asked()]


def get_token(tool, program, resource):
    done, _ = az.az(tool, program, "account", "get-access-token", "--resource", resource)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["accessToken"]


@pytest.mark.parametrize(
    ("client", "program"),
    [
        pytest.param(dataclasses.replace(az.TODAY, way=POD_HOST), az.NEW, id="2.91"),
        pytest.param(az.BOOKWORM, az.OLD, id="2.45"),
    ],
)
def test_az_gets_tokens_for_other_services_once_it_is_logged_in(stage_of, client, program):
    """The identity chosen at login stays chosen."""
    stage = stage_of(client)
    tool = stage.place.driver()
    token, error = client.run(tool, az.RESOURCES[0], {"client_id": entra.OTHER["client_id"]})
    assert error is None and claims(token)["appid"] == entra.OTHER["client_id"]
    for resource in (VAULT, STORAGE):
        issued = claims(get_token(tool, program, resource))
        assert (issued["aud"], issued["appid"]) == (resource, entra.OTHER["client_id"])
    assert [status for status, _ in asked(stage)] == [200] * 3


def test_old_az_tries_an_object_id_after_a_client_id(stage_of):
    """It does so only if the refusal is a 400 whose reason phrase is "Bad Request"."""
    stage = stage_of(az.BOOKWORM)
    other = entra.OTHER["object_id"]
    token, error = az.run_old(stage.place.driver(), None, {"object_id": other})
    assert error is None and claims(token)["appid"] == entra.OTHER["client_id"]
    first, second = asked(stage)
    assert first[0] == 400 and first[1].endswith(f"&client_id={other}")
    assert second[0] == 200 and second[1].endswith(f"&object_id={other}")


def test_az_without_a_subscription(stage_of):
    """A managed identity that may do nothing in Azure Resource Manager still logs in, if it is told that this is so."""
    stage = stage_of(dataclasses.replace(az.TODAY, way=POD_HOST))
    tool = stage.place.driver()
    done, _ = az.az(tool, az.NEW, "login", "--identity", "--allow-no-subscriptions", subscriptions=False)
    assert done.returncode == 0, done.stderr
    account = json.loads(done.stdout)[0]
    assert (account["name"], account["tenantId"]) == ("N/A(tenant level account)", stage.emulator.tenant)


@pytest.mark.parametrize("client", [dotnet.V1_13, dotnet.V1_14], ids=lambda client: client.version)
def test_old_azure_identity_by_the_authority_host(stage_of, client):
    """The limit that the compatibility page tells of: it asks once, without `Metadata`, and goes on to the next credential."""
    stage = stage_of(dataclasses.replace(client, way=dataclasses.replace(POD_HOST, namespaced=True)))
    assert stage.ask().token is None
    assert asked(stage) == []
    assert [request.status for request in stage.wire.probes()] == [400]


def test_prometheus_makes_a_target_of_the_machine(stage_of):
    stage = stage_of(tools.PROMETHEUS)
    tool = stage.place.driver()
    seen = []

    def shown(stub, log):
        seen[:] = tools.targets(tool, log)
        return bool(seen)

    token, error = tools.discover(tool, shown)
    assert error is None and claims(token)["aud"] == tools.PROMETHEUS.resources[0]
    [target] = seen
    assert (target["__address__"], target["__meta_azure_machine_name"]) == (f"{MACHINE_ADDRESS}:80", MACHINE)


PACKAGES = {
    "azure-cli": az.BOOKWORM,
    "rclone": tools.RCLONE,
    "prometheus": tools.PROMETHEUS,
    "python3-msrestazure": tools.MSRESTAZURE,
}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_version_of_debian(package):
    """The packages are not pinned, as a distribution keeps one version only; but its tools stay as old as they are."""
    versions = dict(line.split() for line in (DEBIAN / "versions").read_text().splitlines())
    assert re.split("[-+]", versions[package])[0] == PACKAGES[package].version


def test_rclone_lists(stage_of):
    """`lsl` needs the token of its start for one listing; it asks twice all the same."""
    stage = stage_of(tools.RCLONE)
    tool = stage.place.driver()
    with tools.blob_storage(tool.make_socket) as (stub, variables):
        stub.blobs["one.txt"] = b"1"
        remote = f":azureblob,use_msi,account={tools.ACCOUNT}:container"
        listed = tools.finish(tool, [tools.RCLONE_PROGRAM, "lsl", remote, "--config", ""], tool.environment | variables)
    assert re.fullmatch(r"\s*1 \S+ \S+ one\.txt\n", listed.stdout), listed
    assert [status for status, _ in asked(stage)] == [200, 200]


# As they stand in people's scripts: quoting, order and spelling vary.
SCRIPTS = {
    "sed": """curl -s -H Metadata:true "$URL" | sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p'""",
    "grep": """curl -s "$URL" -H Metadata:true | grep -o '"access_token":"[^"]*' | cut -d'"' -f4""",
    "python": """curl --silent --noproxy '*' --header 'metadata: true' "$URL" \\
        | /usr/bin/python3 -c "import sys, json; print(json.load(sys.stdin)['access_token'])" """,
    "get": """curl -sG -H "Metadata: true" http://169.254.169.254/metadata/identity/oauth2/token \\
        --data-urlencode api-version=2018-02-01 --data-urlencode resource=$RESOURCE \\
        | awk -F'"' '{print $4}'""",
    "wget": """wget -q -O- --header Metadata:true "$URL" | sed 's/.*"access_token":"//; s/".*//'""",
}


@pytest.mark.parametrize("script", [pytest.param(script, id=name) for name, script in SCRIPTS.items()])
def test_a_script(stage_of, script):
    stage = stage_of(tools.PLAIN)
    tool = stage.place.driver()
    more = {"PATH": "/usr/bin:/bin", "RESOURCE": VAULT, "URL": f"{tools.IMDS_ADDRESS}&resource={VAULT}"}
    done = subprocess.run(
        tool.command(["/bin/sh", "-c", script]), env=tool.environment | more, capture_output=True, text=True, timeout=10
    )
    assert claims(done.stdout.strip())["aud"] == VAULT, done
