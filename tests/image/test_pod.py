"""Whole pods from the image, as `wispctl inject` writes them: nobody but the image, the manifest and an unmodified client.

A pod reaches Entra on its node, and the node's metadata service, which would hand out the node's own identity.
"""

import json

import pytest
from kit.clients import REFUSED, checked, curl, token_by_azure_identity, token_by_curl, token_by_rclone
from kit.kubelet import injected
from kit.storage import run
from suite import emulator as entra
from suite.wait import until

KINDS = ["native", "container"]
LOST_CAPABILITY = 72


def metadata_service_was_asked(node):
    asked = list(node.metadata_service.requests)
    node.metadata_service.requests.clear()
    return asked


def tables(pod):
    listed = json.loads(run(*pod.network.command(["nft", "--json", "list", "tables"])))["nftables"]
    return [each["table"]["name"] for each in listed if "table" in each]


def test_without_wisp_would_get_the_identity_of_the_node(make_pod, node):
    pod = make_pod("--mode", "manual")
    code, written = curl(pod)
    assert (code, json.loads(written)) == (0, {"access_token": "the identity of the node"})
    assert len(metadata_service_was_asked(node)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_redirected_gets_tokens(make_pod, node, kind):
    pod = make_pod("--mode", "redirect", "--sidecar", kind).start()
    assert "169.254.169.254:80 leads to 127.0.0.1:4254" in pod.all[0].written()
    assert tables(pod) == ["wisp_redirect"]
    token_by_curl(pod)
    token_by_rclone(pod)
    assert metadata_service_was_asked(node) == []


def test_has_a_sidecar_without_rights(make_pod):
    pod = make_pod("--mode", "redirect").start()
    status = pod.running["wisp"].status()
    assert {status[name][0] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0000000000000000"}
    assert (status["Uid"], status["Gid"]) == (["54254"] * 4, ["54254"] * 4)
    assert (status["NoNewPrivs"], status["Seccomp"]) == (["1"], ["2"])


def test_is_probed_by_the_program_itself(make_pod):
    pod = make_pod("--mode", "manual").start()
    container = next(each for each in pod.template["initContainers"] if each["name"] == "wisp")
    sidecar = pod.running["wisp"]
    for probe in (container["lifecycle"]["postStart"], container["readinessProbe"], container["livenessProbe"]):
        command = probe["exec"]["command"]
        assert sidecar.execute(*command) == (0, ""), probe
    token = pod.folder / f"volume-{pod.network.name}" / "azure-identity-token"
    token.unlink()
    code, written = until(lambda: (probed := sidecar.execute("/wisp", "probe", "ready"))[0] and probed, "unreadiness")
    assert code == 1 and "token" in written, "without its token it is not ready"
    assert sidecar.execute("/wisp", "probe", "live") == (0, ""), "but nothing that a restart would mend"


def test_that_lost_its_sidecar_gets_nothing(make_pod, node):
    pod = make_pod("--mode", "redirect").start()
    token_by_curl(pod)
    pod.running["wisp"].kill()
    code, written = curl(pod)
    assert code == REFUSED, written
    assert metadata_service_was_asked(node) == [], "never the node's identity"
    # The kubelet starts the sidecar again, but not the init container.
    pod.start_sidecar(next(each for each in pod.template["initContainers"] if each["name"] == "wisp"))
    token_by_curl(pod)


def test_with_an_image_that_lost_its_capability_says_so_and_runs_as_user_0(make_pod, root, tmp_path):
    lost = tmp_path / "lost"
    run("cp", "--archive", root, lost)
    run("setcap", "-r", lost / "wisp")
    pod = make_pod("--mode", "redirect", root=lost)
    init = pod.template["initContainers"][0]
    code, written = pod.init(init)
    assert code == LOST_CAPABILITY and "runAsUser: 0" in written, written
    init["securityContext"] |= {"runAsUser": 0, "runAsGroup": 0, "runAsNonRoot": False}
    pod.start()
    token_by_curl(pod)


@pytest.mark.parametrize("kind", KINDS)
def test_with_variables_gets_tokens_by_the_sdk(make_pod, node, kind):
    pod = make_pod("--mode", "env", "--sidecar", kind)
    assert [each["name"] for each in pod.template.get("initContainers", [])] == (["wisp"] if kind == "native" else [])
    pod.start()
    for credential in ("ManagedIdentityCredential", "DefaultAzureCredential"):
        token_by_azure_identity(pod, credential)
    assert tables(pod) == []
    assert metadata_service_was_asked(node) == []


def test_with_variables_has_a_secret_of_its_own(make_pod):
    pod, other = make_pod("--mode", "env").start(), make_pod("--mode", "env")
    script = 'curl --silent "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource=https://vault.azure.net" --header "$HEADER"'
    app = pod.environment(pod.template["containers"][0])
    code, written = pod.run("sh", "-c", script, variables={"HEADER": f"X-IDENTITY-HEADER: {app['IDENTITY_HEADER']}"})
    checked(pod, json.loads(written)["access_token"], "https://vault.azure.net")
    theirs = other.environment(other.template["containers"][0])["IDENTITY_HEADER"]
    code, written = pod.run("sh", "-c", script, variables={"HEADER": f"X-IDENTITY-HEADER: {theirs}"})
    assert "access_token" not in written, "another pod's"


def test_with_a_proxy_gets_tokens_by_clients_that_know_only_the_address(make_pod, node):
    pod = make_pod("--mode", "http-proxy").start()
    token_by_curl(pod)
    token_by_rclone(pod)
    assert tables(pod) == []
    assert metadata_service_was_asked(node) == []


def test_finds_the_roots_of_the_image(make_pod, root, tmp_path):
    """Without the authority of this Entra, what the image trusts decides: that is somebody, but not this Entra."""
    rootless = tmp_path / "rootless"
    run("cp", "--archive", root, rootless)
    (rootless / "etc/ssl/certs/ca-certificates.crt").unlink()
    for files, expected in [(root, "signed by an authority that is not trusted"), (rootless, "No root certificates were found")]:
        pod = make_pod("--mode", "http-proxy", root=files)
        pod.ca = None
        pod.start()
        code, written = curl(pod)
        assert code == 0 and expected in written, written


def test_gives_the_token_of_its_service_account_to_the_sidecar_alone(emulator):
    template = injected(entra.WISPCTL, emulator, "--mode", "env")
    with_token = [
        container["name"]
        for container in template["initContainers"] + template["containers"]
        if any(mount["name"] == "wisp-token" for mount in container.get("volumeMounts", []))
    ]
    assert with_token == ["wisp"]
