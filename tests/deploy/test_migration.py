"""The files of `wispctl migrate write` for a cluster: components as each Kustomize builds them, and the scripts against a stand-in for
kubectl, which keeps objects in files and leaves to the real one what needs no cluster."""

import json
import subprocess

import pytest
import yaml
from programs import KUBECTL, REPOSITORY, WISPCTL, built, objects

CASE = REPOSITORY / "tests/migrate/written"
EXPECTED = CASE / "expected"
LABEL = "aadpodidbinding"
KEPT = ("status", "uid", "resourceVersion")


def dumped():
    """What the case has as a dump, as a base of a user's: without what a cluster wrote."""
    things = yaml.safe_load((CASE / "dump.yaml").read_text())["items"]
    for thing in things:
        thing.pop("status", None)
        thing["metadata"] = {key: value for key, value in thing["metadata"].items() if key not in KEPT}
    return [thing for thing in things if thing["kind"] in ("Deployment", "Rollout")]


def overlay(folder, *components):
    (folder / "base.yaml").write_text(yaml.safe_dump_all(dumped()))
    names = []
    for component in components:
        target = folder / component.replace("/", "-")
        target.mkdir()
        for file in (EXPECTED / component).iterdir():
            (target / file.name).write_text(file.read_text())
        names.append(target.name)
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["base.yaml"], "components": names}))


@pytest.mark.parametrize("version", KUBECTL)
def test_components_do_what_inject_does(version, tmp_path):
    overlay(tmp_path, "parallel/namespaces/shop")
    found = objects(built(version, tmp_path))
    search = found["Deployment", "search"]["spec"]["template"]
    assert [one["name"] for one in search["spec"]["initContainers"]] == ["wisp-init", "wisp", "index"]
    assert search["metadata"]["labels"][LABEL] == "orders"
    web = found["Rollout", "web"]["spec"]["template"]["spec"]
    assert web["serviceAccountName"].startswith("orders-")
    assert [one["name"] for one in web["initContainers"]] == ["wisp-init", "wisp"]
    # Out again by wispctl it is what it was, but for the account.
    text = yaml.safe_dump_all([found["Deployment", "search"], found["Rollout", "web"]])
    out = subprocess.run([WISPCTL, "uninject", "-"], input=text, capture_output=True, text=True, check=True)
    for thing in yaml.safe_load_all(out.stdout):
        (before,) = [one for one in dumped() if one["metadata"]["name"] == thing["metadata"]["name"]]
        before["spec"]["template"]["spec"]["serviceAccountName"] = thing["spec"]["template"]["spec"]["serviceAccountName"]
        assert thing == before


@pytest.mark.parametrize("version", KUBECTL)
def test_the_label_goes(version, tmp_path):
    overlay(tmp_path, "parallel/namespaces/shop", "cut-over/namespaces/shop")
    text = built(version, tmp_path)
    assert LABEL not in text and text.count("name: wisp-init") == 2


STAND_IN = '''#!/usr/bin/env python3
"""Stands in for kubectl: one file for each object below CLUSTER."""
import os, pathlib, subprocess, sys

words, cluster = sys.argv[1:], pathlib.Path(os.environ["CLUSTER"])
with (cluster / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
if "--local" in words:
    sys.exit(subprocess.run([os.environ["KUBECTL"], *words]).returncode)
given = {word: words[at + 1] for at, word in enumerate(words) if word.startswith("--") and at + 1 < len(words)}
if words[0] == "replace":
    import yaml

    thing = yaml.safe_load(sys.stdin)
    path = cluster / f"{thing['kind'].lower()}-{thing['metadata']['name']}.yaml"
    assert path.exists()
    path.write_text(yaml.safe_dump(thing))
elif words[0] == "get" and "/" in words[1]:
    kind, name = words[1].split("/")
    path = cluster / f"{kind.split('.')[0]}-{name}.yaml"
    sys.stdout.write(path.read_text() if path.exists() else "")
elif words[0] == "get":
    sys.stdout.write((cluster / "users").read_text() if words[1] == "pods" and (cluster / "users").exists() else "")
'''


@pytest.fixture
def cluster(tmp_path):
    """Runs a script of the case; the objects are those of the cluster in parallel."""
    tools, state = tmp_path / "tools", tmp_path / "cluster"
    tools.mkdir()
    state.mkdir()
    (tools / "kubectl").write_text(STAND_IN.replace("/usr/bin/env python3", str(REPOSITORY / "target/venv/bin/python")))
    (tools / "wispctl").write_text(f'#!/bin/sh\nexec {WISPCTL} "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "CLUSTER": str(state), "KUBECTL": str(max(KUBECTL.values())), "HOME": str(tmp_path)}

    def run(script, *words):
        (state / "calls").write_text("")
        done = subprocess.run(["bash", EXPECTED / script, *words], env=environment, capture_output=True, text=True)
        return done.returncode, done.stderr, (state / "calls").read_text().splitlines()

    run.state = state
    return run


def put(state, folder):
    """The objects of the edited files, as a cluster has them."""
    for file in sorted((EXPECTED / folder / "files/deploy").rglob("*.yaml")):
        for thing in yaml.safe_load_all(file.read_text()):
            if thing["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "CronJob"):
                (state / f"{thing['kind'].lower()}-{thing['metadata']['name']}.yaml").write_text(yaml.safe_dump(thing))


@pytest.mark.parametrize("time", ["parallel", "cut-over"])
def test_the_way_back_leads_to_what_was(cluster, time):
    put(cluster.state, time)
    code, said, _ = cluster("rollback.sh")
    # A Job, and what was never in this cluster.
    assert code == 1 and "by hand: Job shop/import: make it anew from its source as it was" in said
    count = 0
    for file in sorted((CASE / "deploy").glob("*.yaml")):
        for thing in yaml.safe_load_all(file.read_text()):
            path = cluster.state / f"{thing['kind'].lower()}-{thing['metadata']['name']}.yaml"
            if path.exists():
                found = yaml.safe_load(path.read_text())["spec"]
                assert without_nothing(found) == without_nothing(thing["spec"]), (thing["metadata"]["name"], json.dumps(found))
                count += 1
    assert count == 8
    before = {path.name: path.read_text() for path in cluster.state.glob("*.yaml")}
    cluster("rollback.sh", "bills")
    assert before == {path.name: path.read_text() for path in cluster.state.glob("*.yaml")}


def without_nothing(value):
    """Without mappings that are empty, which mean what is not there."""
    if isinstance(value, dict):
        return {key: inner for key, inner in ((key, without_nothing(inner)) for key, inner in value.items()) if inner not in ({}, None)}
    return [without_nothing(inner) for inner in value] if isinstance(value, list) else value


def test_one_namespace_goes_back_alone(cluster):
    put(cluster.state, "parallel")
    cluster("rollback.sh", "bills")
    assert "wisp-init" not in (cluster.state / "deployment-stuck.yaml").read_text()
    assert "wisp-init" in (cluster.state / "deployment-orders.yaml").read_text()


def test_what_is_asked_for_stays(cluster):
    (cluster.state / "users").write_text("pod/orders-1\npod/orders-2\n")
    code, said, calls = cluster("cleanup.sh", "shop")
    assert code == 1 and "stays: AzureIdentityBinding shop/mail, whose label mail is asked for by pod/orders-1, pod/orders-2" in said
    assert not [call for call in calls if call.startswith("delete azureidentitybindings")]


def test_the_rest_goes_a_binding_before_its_identity(cluster):
    code, said, calls = cluster("cleanup.sh", "bills", "edge")
    assert code == 0, said
    deleted = [" ".join(call.split()[1:5]) for call in calls if call.startswith("delete")]
    assert deleted == [
        "azureidentitybindings.aadpodidentity.k8s.io ledger --namespace bills",
        "azureidentities.aadpodidentity.k8s.io ledger --namespace bills",
        "azureidentitybindings.aadpodidentity.k8s.io gateway --namespace edge",
        "azureidentities.aadpodidentity.k8s.io gateway --namespace edge",
    ]
    code, said, calls = cluster("cleanup.sh", "--dry-run")
    assert code == 0 and not [call for call in calls if call.startswith("delete")] and said.count("would run: ") == 9
    code, said, _ = cluster("cleanup.sh", "--pod-identity")
    assert code == 1 and said.startswith("stays: pod-managed identity itself, for these stay: ")
