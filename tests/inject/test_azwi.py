"""The webhook of Azure workload identity, its real code, before and after wisp gets into a pod."""

import copy
import itertools
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
WISPCTL = ROOT / "target/debug/wispctl"
AZWI = ROOT / "target/azwi/azwi"
LABEL = {"azure.workload.identity/use": "true"}
SKIP = "azure.workload.identity/skip-containers"
PROXY = "azure.workload.identity/inject-proxy-sidecar"
CLIENT_ID = "11111111-1111-1111-1111-111111111111"
TENANT_ID = "22222222-2222-2222-2222-222222222222"
# What the webhook is told of its cluster.
ENVIRONMENT = {"AZURE_TENANT_ID": TENANT_ID, "PATH": os.environ["PATH"]}
IDENTITY = ["--client-id", CLIENT_ID, "--tenant-id", TENANT_ID]
OURS = {"wisp", "wisp-init", "wisp-check"}
CHOICES = list(
    itertools.product(("redirect", "env", "http-proxy", "manual"), ("native", "container"), ("auto", "own", "webhook"), (False, True))
)


def pod(**annotations):
    """A pod as a Deployment makes it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "orders-0-", "labels": dict(LABEL), "annotations": {"owner": "shop", **annotations}},
        "spec": {
            "serviceAccountName": "orders",
            "initContainers": [{"name": "migrate", "image": "registry.example/migrate:1"}],
            "containers": [{"name": "app", "image": "registry.example/orders:1", "env": [{"name": "LOG", "value": "info"}]}],
        },
    }


def wispctl(command, manifest, *arguments):
    text = manifest if isinstance(manifest, str) else json.dumps(manifest, indent=2) + "\n"
    return subprocess.run([WISPCTL, command, "-", *arguments], input=text, capture_output=True, text=True, timeout=60, check=False)


def inject(manifest, *arguments):
    run = wispctl("inject", manifest, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def refused(manifest, *arguments):
    run = wispctl("inject", manifest, *arguments)
    assert (run.returncode, run.stdout) == (1, ""), run.stderr
    return run.stderr


def uninject(manifest):
    run = wispctl("uninject", manifest)
    assert run.returncode == 0, run.stderr
    return run.stdout


def admitted(manifest):
    """The pod after the webhook, which has nothing to add when it comes again."""
    once = webhook(manifest if isinstance(manifest, str) else json.dumps(manifest))
    assert json.loads(webhook(once)) == json.loads(once), "the webhook does not come to rest"
    return json.loads(once)


def webhook(text):
    run = subprocess.run([AZWI], input=text, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def containers(pod):
    return {container["name"]: container for key in ("initContainers", "containers") for container in pod["spec"].get(key, [])}


def variables(container):
    found = {}
    for variable in container.get("env", []):
        assert variable["name"] not in found, f"{variable['name']} is there twice"
        found[variable["name"]] = variable.get("value", variable.get("valueFrom"))
    return found


def token_files(pod, container):
    """The files that the kubelet puts a token for Entra into."""
    volumes = {}
    for volume in pod["spec"].get("volumes", []):
        assert volume["name"] not in volumes, f"volume {volume['name']} is there twice"
        sources = volume.get("projected", {}).get("sources", [])
        tokens = [source["serviceAccountToken"] for source in sources if "serviceAccountToken" in source]
        volumes[volume["name"]] = [token["path"] for token in tokens if token["audience"] == "api://AzureADTokenExchange"]
    mounts = container.get("volumeMounts", [])
    assert len({mount["mountPath"] for mount in mounts}) == len(mounts), "two mounts in one place"
    return [f"{mount['mountPath']}/{path}" for mount in mounts for path in volumes[mount["name"]]]


def check(pod, shared):
    """The sidecar has one token and all that goes with it; the application has none, unless it shares the webhook's."""
    for name, container in containers(pod).items():
        files, found = token_files(pod, container), variables(container)
        azure = {key for key in found if key.startswith("AZURE_") and key != "AZURE_POD_IDENTITY_AUTHORITY_HOST"}
        if name == "wisp" or (shared and name not in OURS):
            assert files == [found["AZURE_FEDERATED_TOKEN_FILE"]], name
            assert (found["AZURE_CLIENT_ID"], found["AZURE_TENANT_ID"]) == (CLIENT_ID, TENANT_ID), name
            continue
        assert (files, azure) == ([], set()), name
    assert not any(name.startswith("azwi") for name in containers(pod))


def bare(value):
    """Without what is empty, which a typed program adds."""
    if isinstance(value, dict):
        kept = {key: bare(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [])}
    return [bare(item) for item in value] if isinstance(value, list) else value


def arguments(mode, sidecar, token, shared):
    chosen = ["--mode", mode, "--sidecar", sidecar, "--token", token, "--share-token", str(shared).lower()]
    return chosen + (IDENTITY if token == "own" else [])


@pytest.mark.parametrize(("mode", "sidecar", "token", "shared"), CHOICES)
def test_the_webhook_after_us(mode, sidecar, token, shared):
    text = json.dumps(pod(), indent=2) + "\n"
    injected = inject(text, *arguments(mode, sidecar, token, shared))
    after = admitted(injected)
    check(after, shared)
    assert uninject(injected) == text

    out = json.loads(uninject(after))
    out["metadata"].pop("namespace")
    assert len(out["spec"].pop("volumes")) == 1, "the webhook's stays"
    for container in containers(out).values() if shared else []:
        container.pop("volumeMounts")
        container["env"] = [variable for variable in container.get("env", []) if not variable["name"].startswith("AZURE_")]
    assert bare(out) == bare(pod())

    again = admitted(inject(after, *arguments(mode, sidecar, token, shared)))
    assert containers(again) == containers(after), "what is injected twice differs"


@pytest.mark.parametrize(("mode", "sidecar", "token", "shared"), CHOICES)
def test_the_webhook_before_us(mode, sidecar, token, shared):
    before = admitted(pod())
    assert token_files(before, containers(before)["app"]), "the webhook does what it is known for"
    chosen = arguments(mode, sidecar, token, shared)
    if not shared:
        said = refused(before, *chosen)
        for name in ("app", "migrate"):
            assert f"container `{name}` has the token of the workload identity webhook mounted already" in said
        return
    text = json.dumps(before, indent=2) + "\n"
    injected = inject(text, *chosen)
    check(admitted(injected), shared)
    assert uninject(injected) == text


@pytest.mark.parametrize(("mode", "sidecar", "token"), sorted({choice[:3] for choice in CHOICES}))
def test_the_webhook_before_us_where_it_was_told_whom_to_skip(mode, sidecar, token):
    before = admitted(pod(**{SKIP: "migrate; app"}))
    text = json.dumps(before, indent=2) + "\n"
    injected = inject(text, *arguments(mode, sidecar, token, False))
    check(admitted(injected), shared=False)
    assert uninject(injected) == text


def test_a_config_map_names_the_identity_in_the_place_of_the_webhook():
    after = admitted(inject(pod(), "--config-map", "identity"))
    found = variables(containers(after)["wisp"])
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST"):
        assert found[name]["configMapKeyRef"]["key"] == name
    assert token_files(after, containers(after)["wisp"]) == [found["AZURE_FEDERATED_TOKEN_FILE"]]


def test_its_own_proxy_does_not_come_as_well():
    asked = pod(**{PROXY: "true"})
    with_proxy = admitted(copy.deepcopy(asked))
    assert {"azwi-proxy", "azwi-proxy-init"} <= set(containers(with_proxy))
    check(admitted(inject(asked)), shared=False)
    assert "container `azwi-proxy` belongs to the workload identity webhook's proxy" in refused(with_proxy)
