"""What an API server of Kubernetes 1.34 makes of the manifests that ship and that wisp writes: it keeps every field."""

import json

import pytest
import yaml

from kit.manifests import container, cron_job, deployment, job, pod
from kit.older import POLICIES, OlderCluster
from kit.places import DEPLOY
from kit.pod import WISP
from kit.policies import INJECT, Policies
from kit.questions import ASK_BY
from kit.space import Space, contains

pytestmark = pytest.mark.xdist_group("older")
WHOLE = {"requests": {"cpu": "200m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}
FOREVER = [pod(), pod(resources=WHOLE), deployment(container(ports=[{"containerPort": 8080}]))]
KINDS = {"native": [*FOREVER, job(), cron_job()], "container": FOREVER}
EXAMPLES = sorted(each.name for each in (DEPLOY / "examples").iterdir() if each.is_dir())


@pytest.fixture(scope="module")
def older(cluster):
    with OlderCluster(cluster).running() as older:
        yield older


@pytest.fixture
def space(older):
    space = Space(older)
    yield space
    space.remove()


def kept(space, objects):
    """Holds that the server's answer has all that was sent, and that nothing of it was unknown to the server."""
    flags = ["--dry-run=server", "--validate=strict", "--output=json"]
    for each in objects:
        answer = space.kubectl("apply", *flags, "--filename=-", stdin=yaml.safe_dump(each))
        assert contains(json.loads(answer), each), each["kind"]


def test_it_is_older(older):
    """It knows policies that change pods as a trial only."""
    version = json.loads(older.kubectl("version", "--output=json"))["serverVersion"]
    assert (version["major"], version["minor"]) == ("1", "34")
    kinds = older.kubectl("api-resources", "--no-headers", "--api-group=admissionregistration.k8s.io")
    assert [line.split()[1] for line in kinds.splitlines() if line.startswith("mutatingadmissionpolicies")] == [POLICIES]


@pytest.mark.parametrize("sidecar", KINDS)
@pytest.mark.parametrize("mode", ASK_BY)
def test_it_keeps_what_inject_writes(space, mode, sidecar):
    kept(space, space.inject_all(KINDS[sidecar], "--mode", mode, "--sidecar", sidecar))


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_keeps_the_examples(space, example):
    built = yaml.safe_load_all(space.cluster.kubectl("kustomize", DEPLOY / "examples" / example))
    for each in built:
        if each["kind"] != "Namespace":
            each["metadata"]["namespace"] = space.name
            kept(space, [each])


@pytest.mark.parametrize("mode", ASK_BY)
def test_its_policies_put_wisp_into_pods(space, mode):
    """Where it is told to have them, which is a trial there."""
    policies = Policies(space)
    try:
        policies.inject("--mode", mode, "--api-version", "v1beta1")
        admitted = policies.admitted(pod(labels=INJECT))
        assert WISP in [each["name"] for each in admitted["spec"]["initContainers"]]
        assert policies.refusal(pod(labels=INJECT, hostNetwork=True)) or mode != "redirect"
    finally:
        policies.remove()
