"""What ships in deploy/ for Kustomize, applied for real: every component and every example."""

import os

import pytest
import yaml

from kit import images
from kit.manifests import FOREVER, container, deployment, job
from kit.overlay import CA, Overlay
from kit.places import DEPLOY
from kit.pod import INIT, Pod
from kit.questions import ASK, ASK_BY, VAULT
from kit.space import named
from suite.wait import until


@pytest.fixture
def overlay(space, tmp_path):
    return Overlay(space, tmp_path / "overlay")


def component(overlay, folder, mode, *things):
    """The overlay names a component, over a base whose workloads are to have wisp."""
    base = folder / "base"
    base.mkdir()
    (base / "things.yaml").write_text(yaml.safe_dump_all(things))
    labels = [{"pairs": {"wisp/inject": "true"}}]
    (base / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["things.yaml"], "labels": labels}))
    overlay.image("wisp", images.WISP)
    relative = os.path.relpath(DEPLOY / "kustomize" / mode, overlay.folder)
    return overlay.over(base, components=[relative], configMapGenerator=[overlay.wisp])


@pytest.mark.parametrize("mode", ASK_BY)
def test_components(space, overlay, tmp_path, mode):
    """A Deployment and a Job get tokens, by an overlay that says what docs/deploy.md says."""
    overlay.trust("Deployment", mode, {})
    overlay.trust("Job", mode, {})
    once = job(container(command=f"{ASK_BY[mode]} && echo"), name="once", labels={"app": "once"})
    component(overlay, tmp_path, mode, deployment(), once).apply()
    space.kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s")
    (once,) = space.pods("job-name=once")
    once.wait_logged("app", '"access_token"')
    space.wait_rolled_out("app")
    (app,) = space.pods("app=app")
    app.token("app", ASK_BY[mode])


def test_a_patch_of_the_sidecar_alone_puts_it_first(space, overlay, tmp_path):
    """The port is taken then, and wisp-init says so."""
    overlay.trust("Deployment", "manual", {})
    component(overlay, tmp_path, "redirect", deployment()).apply()
    (app,) = until(lambda: space.pods("app=app"), "a pod")
    state = app.wait_terminated(INIT)
    assert state["exitCode"] == 73 and "port 4254 is taken" in state["message"]


def example(overlay, name, **fields):
    """The example by an overlay that changes the values to fill in."""
    overlay.image("registry.example/wisp", images.WISP)
    merged = {**overlay.wisp, "behavior": "merge"}
    return overlay.over(DEPLOY / "examples" / name, configMapGenerator=[merged], **fields)


def test_example_old_sdk(space, overlay):
    """The application has tokens, and its own init container had some before."""
    overlay.image("registry.example/bills", images.APPLICATION)
    overlay.trust(
        "Deployment",
        "env",
        {
            "initContainers": [{"name": "schema", "command": ["sh", "-c", f"{ASK_BY['env']} && echo"]}],
            "containers": [{"name": "bills", "command": ["sh", "-c", FOREVER]}],
        },
    )
    example(overlay, "old-sdk").apply()
    space.wait_rolled_out("bills")
    (bills,) = space.pods("app=bills")
    bills.wait_logged("schema", '"access_token"')
    bills.token("bills", ASK_BY["env"])


ORDERS = """
trap exit TERM
answer() { while read -r line && [ ${#line} -gt 1 ]; do :; done; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'; }
[ "$1" = answer ] && { answer; exit; }
nc -ll -p 8080 -e sh -c "$0" "$0" answer &
wait
"""
"""Answers 200 to whatever is asked. It is run anew for each request."""


def production(overlay):
    overlay.image("registry.example/orders", images.APPLICATION)
    overlay.trust("Deployment", "env", {"containers": [{"name": "orders", "command": ["sh", "-c", ORDERS, ORDERS]}]})
    return example(overlay, "production").apply()


def test_example_production(space, overlay):
    """Two replicas in a namespace that enforces *restricted*, each ready with a token in hand, for two resources alone."""
    production(overlay)
    assert space.get("namespace", space.name)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    space.wait_rolled_out("orders")
    pods = space.pods("app.kubernetes.io/name=orders")
    assert len(pods) == 2
    for orders in pods:
        orders.token("orders", ASK_BY["env"])
    code, written = orders.execute(ASK_BY["env"].replace(VAULT, "https://management.azure.com"), "orders")
    assert code != 0 and "access_token" not in written
    assert space.get("poddisruptionbudget", "orders")["status"]["currentHealthy"] == 2


def test_a_rollout_of_the_production_example_stops_without_tokens(space, make_space, overlay):
    """Where the identity is another one, the new pod does not get ready, wisp says why, and the old pods stay."""
    production(overlay)
    space.wait_rolled_out("orders")
    before = {each.name for each in space.pods("app.kubernetes.io/name=orders")}
    # It trusts the service accounts of another namespace.
    overlay.wisp["literals"][0] = f"AZURE_CLIENT_ID={make_space().client_id}"
    example(overlay, "production").apply()
    (new,) = until(lambda: [each for each in space.pods("app.kubernetes.io/name=orders") if each.name not in before], "a new pod")
    until(lambda: new.status("orders")["ready"], new.describe)
    code, written = new.wisp("probe", "ready")
    assert code != 0 and "AADSTS" in written, written
    assert not new.is_ready()
    assert all(Pod(space, name).is_ready() for name in before)


@pytest.fixture
def data(space):
    """A volume with something in it, claimed as `data`."""
    size, modes = {"storage": "1Mi"}, {"accessModes": ["ReadOnlyMany"]}
    bound = {"claimRef": {"namespace": space.name, "name": "data"}, "hostPath": {"path": "/usr/share"}}
    space.apply(
        {**named("PersistentVolume", space.name), "spec": {**modes, **bound, "capacity": size}},
        {**named("PersistentVolumeClaim", "data"), "spec": {**modes, "resources": {"requests": size}, "storageClassName": ""}},
    )
    yield
    space.kubectl("delete", "persistentvolume", space.name, "--wait=false")


@pytest.mark.usefixtures("data")
def test_example_rclone(space, overlay):
    """A CronJob's pod gets a token, and completes."""
    overlay.image("docker.io/rclone/rclone", images.APPLICATION)
    overlay.trust("CronJob", "redirect", {"containers": [{"name": "rclone", "command": ["sh", "-c", f"ls /data && {ASK} && echo"]}]})
    example(overlay, "rclone").apply()
    space.kubectl("create", "job", "now", "--from=cronjob/backup")
    space.kubectl("wait", "job/now", "--for=condition=Complete", "--timeout=60s")
    (backup,) = space.pods("job-name=now")
    backup.wait_logged("rclone", '"access_token"')


def test_example_spark(space, overlay):
    """The driver's Job completes beside wisp. An executor, made of the template that Spark mounts, has tokens too."""
    overlay.image("docker.io/apache/spark", images.APPLICATION)
    run = ["sh", "-c", f"cat /opt/spark/conf/spark-defaults.conf && {ASK_BY['manual']} && echo"]
    overlay.trust("Job", "manual", {"containers": [{"name": "driver", "command": run}]})
    things = example(overlay, "spark").apply()
    space.kubectl("wait", "job/reports", "--for=condition=Complete", "--timeout=60s")
    (driver,) = space.pods("app=reports-driver")
    driver.wait_logged("driver", '"access_token"')
    (conf,) = (each["data"] for each in things if each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith("spark"))
    space.apply(executor(yaml.safe_load(conf["executor.yaml"])))
    Pod(space, "executor").wait_ready().token("executor", ASK_BY["manual"])


def executor(template):
    """What Spark makes of the template: it names the image and the command. The values to fill in are filled in."""
    (wisp,), (own,) = template["spec"]["initContainers"], template["spec"]["containers"]
    wisp["image"] = images.WISP
    wisp["volumeMounts"].append(CA)
    template["spec"]["volumes"].append({"name": "entra", "configMap": {"name": "entra"}})
    own.update(container("executor"))
    return template
