"""`wispctl doctor` of real workloads: nothing is wrong with those that are well, and the first complaint is the fault."""

import json
import subprocess

import pytest
import yaml

from kit.manifests import RESTRICTED, container, deployment
from kit.places import WISPCTL
from kit.pod import WISP
from kit.questions import ASK
from kit.webhook import ASKS
from suite.wait import until

# One of them needs the webhook.
pytestmark = pytest.mark.xdist_group("webhook")

USE = "azure.workload.identity/use"


def doctor(space, *arguments, codes=(0, 1)):
    """What is wrong, as ids in their order, and the whole report."""
    command = [WISPCTL, "doctor", "deployment/app", "--namespace", space.name, "--kubeconfig", space.cluster.kubeconfig]
    done = subprocess.run([*command, "--output=json", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode in codes and done.stderr == "", done.stdout + done.stderr
    checks = [check for category in json.loads(done.stdout)["categories"] for check in category["checks"]]
    return [check["id"] for check in checks if check["result"] in ("warning", "error")], done.stdout


def first(space, expected):
    """Waits until the first complaint is the expected one."""
    found = []

    def is_first():
        found[:] = doctor(space)
        return found[0][:1] == [expected]

    until(is_first, lambda: str(found))
    return found[1]


def test_a_manifest_with_wisp_is_well(space):
    space.apply(space.inject(deployment()))
    space.wait_rolled_out("app")
    space.only_pod("app=app").token()
    wrong, report = doctor(space, "--wait", "20s", codes=[0])
    assert wrong == [], report
    quiet = [WISPCTL, "doctor", "deploy/app", "-n", space.name, "--kubeconfig", space.cluster.kubeconfig, "--quiet"]
    done = subprocess.run(quiet, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pod_of_the_webhook_is_well(make_space, webhook):
    space = make_space(webhook.labels)
    space.apply(deployment(labels={"app": "app", **ASKS}))
    space.wait_rolled_out("app")
    space.only_pod("app=app").token()
    wrong, report = doctor(space, "--wait", "20s", codes=[0])
    assert wrong == [], report
    assert webhook.service in report


def test_the_label_on_the_deployment_alone(space):
    manifest = deployment()
    manifest["metadata"]["labels"] = {USE: "true"}
    space.apply(manifest)
    space.wait_rolled_out("app")
    assert "it is on Deployment" in first(space, "pod-label")


def test_an_account_that_is_not_there(space):
    space.apply(space.inject(deployment(serviceAccountName="app-2")))
    first(space, "account")


def test_an_image_that_is_not_there(space):
    space.apply(space.inject(deployment(), "--image", "localhost/wisp:missing"))
    assert "localhost/wisp:missing" in first(space, "image")


def test_pod_security(make_space):
    space = make_space({"pod-security.kubernetes.io/enforce": "restricted"})
    space.apply(space.inject(deployment(container(securityContext=RESTRICTED))))
    assert "violates PodSecurity" in first(space, "pod-security")


def test_a_webhook_that_refuses(make_space, webhook):
    space = make_space(webhook.labels)
    space.apply(deployment(labels={"app": "app", **ASKS}, annotations={"wisp/mode": "no-such-mode"}))
    assert "no-such-mode" in first(space, "admission-refused")


def test_too_little_memory(space):
    space.apply(space.inject(deployment()))
    space.wait_rolled_out("app")
    app = space.only_pod("app=app")
    space.cluster.run_out_of_memory(app.identity(WISP))
    until(lambda: (app.terminated(WISP) or {}).get("reason") == "OOMKilled", app.describe)
    # It may run again by then: that is a warning.
    found = []

    def is_first():
        command = [WISPCTL, "doctor", f"pod/{app.name}", "--namespace", space.name, "--kubeconfig", space.cluster.kubeconfig]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        found[:] = [done.stdout]
        return "no container was killed for its memory\n    container wisp was killed" in done.stdout

    until(is_first, lambda: str(found))


def test_another_subject_is_seen_in_the_log(space):
    """A service account for which Entra has no credential."""
    identity = {"azure.workload.identity/client-id": space.client_id, "azure.workload.identity/tenant-id": space.tenant}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "stranger", "annotations": identity}}
    space.apply(account, space.inject(deployment(serviceAccountName="stranger")))
    space.wait_rolled_out("app")
    app = space.only_pod("app=app")
    app.execute(ASK)
    report = first(space, "log-exchange")
    assert "AADSTS700213" in report and f"system:serviceaccount:{space.name}:stranger" in report


def test_who_may_not_ask_is_told_which_right_is_missing(space):
    """A service account without any."""
    space.apply(space.inject(deployment()))
    space.wait_rolled_out("app")
    config = space.cluster.folder / f"{space.name}.kubeconfig"
    token = space.kubectl("create", "token", "app", "--duration=10m").strip()
    text = space.cluster.kubeconfig.read_text()
    admin = yaml.safe_load(text)
    admin["users"] = [{"name": each["name"], "user": {"token": token}} for each in admin["users"]]
    config.write_text(yaml.safe_dump(admin))
    command = [WISPCTL, "doctor", "deploy/app", "-n", space.name, "--kubeconfig", config]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "allows `list` on `deployments`" in done.stdout, done.stdout + done.stderr
    assert token not in done.stdout + done.stderr
