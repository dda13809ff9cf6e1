"""What ships in deploy/, applied for real: components and examples by Kustomize, charts by Helm, files by `wispctl inject`."""

import os
import subprocess

import pytest
import yaml

from kit import images
from kit.manifests import FOREVER, container, deployment, job
from kit.parts import until
from kit.places import KUBECTL, ROOT, WISPCTL
from kit.space import ASK, ASK_BY, INIT, VAULT, WISP, Pod, named

DEPLOY = ROOT / "deploy"
CHART = ROOT / "tests/deploy/chart"
PLUGIN = DEPLOY / "helm/wisp-inject"
HELM = {"3.17": "1.32", "4.1": "1.35", "4.3": "1.37"}
MODES = ["redirect", "env", "http-proxy", "manual"]
CA = {"name": "entra", "mountPath": "/entra", "readOnly": True}


class Overlay:
    """A kustomization as a user writes one over what ships: his namespace, identity and images; and how Entra is trusted here."""

    def __init__(self, space, folder):
        self.space = space
        self.folder = folder
        folder.mkdir()
        identity = {"CLIENT_ID": space.client_id, "TENANT_ID": space.tenant, "AUTHORITY_HOST": space.authority}
        literals = [f"AZURE_{name}={value}" for name, value in identity.items()]
        self.wisp = {"name": "wisp", "literals": [*literals, "WISP_CA_FILE=/entra/ca.pem"]}
        self.patches = []
        self.images = []

    def over(self, *resources, **fields):
        """Writes it."""
        kustomization = {
            "namespace": self.space.name,
            "resources": [os.path.relpath(each, self.folder) for each in resources],
            "images": self.images,
            "patches": self.patches,
            **fields,
        }
        (self.folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return self

    def image(self, name, image):
        repository, _, tag = image.rpartition(":")
        self.images.append({"name": name, "newName": repository, "newTag": tag})

    def patch(self, kind, spec):
        """Merges this into the pods of all objects of a kind."""
        template = {"template": {"spec": spec}}
        whole = {"jobTemplate": {"spec": template}} if kind == "CronJob" else template
        api = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
        patch = {"apiVersion": api, "kind": kind, "metadata": {"name": "any"}, "spec": whole}
        self.patches.append({"target": {"kind": kind}, "patch": yaml.safe_dump(patch)})

    def trust(self, kind, mode, spec):
        """That wisp trusts the emulator's certificate; and what stands in for the applications. Kustomize puts what a patch names
        before the rest: in mode `redirect` wisp-init has to be named too, as the page says."""
        first = [{"name": INIT}] if mode == "redirect" else []
        wisp = {"name": WISP, "volumeMounts": [CA]}
        volumes = [*spec.get("volumes", []), {"name": "entra", "configMap": {"name": "entra"}}]
        self.patch(kind, {**spec, "initContainers": [*first, wisp, *spec.get("initContainers", [])], "volumes": volumes})

    def apply(self):
        """As the page says it."""
        built = self.space.cluster.kubectl("kustomize", self.folder)
        self.space.kubectl("apply", "--filename=-", stdin=built)
        return list(yaml.safe_load_all(built))


@pytest.fixture
def overlay(space, tmp_path):
    return Overlay(space, tmp_path / "overlay")


def said(command):
    """An application that asks once, says what it got, and stays."""
    return ["sh", "-c", f"{command} && echo; {FOREVER}"]


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


@pytest.mark.parametrize("mode", MODES)
def test_components(space, overlay, tmp_path, mode):
    """A Deployment and a Job get tokens, by an overlay that says what docs/deploy.md says."""
    overlay.trust("Deployment", mode, {})
    overlay.trust("Job", mode, {})
    once = job(container(command=f"{ASK_BY[mode]} && echo"), name="once", labels={"app": "once"})
    component(overlay, tmp_path, mode, deployment(), once).apply()
    space.kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s")
    (once,) = space.pods("job-name=once")
    assert '"access_token"' in once.logs("app")
    space.kubectl("rollout", "status", "deployment/app", "--timeout=60s")
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
    space.kubectl("rollout", "status", "deployment/bills", "--timeout=60s")
    (bills,) = space.pods("app=bills")
    assert '"access_token"' in bills.logs("schema")
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
    space.kubectl("rollout", "status", "deployment/orders", "--timeout=60s")
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
    space.kubectl("rollout", "status", "deployment/orders", "--timeout=60s")
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
    assert '"access_token"' in backup.logs("rclone")


def test_example_spark(space, overlay):
    """The driver's Job completes beside wisp. An executor, made of the template that Spark mounts, has tokens too."""
    overlay.image("docker.io/apache/spark", images.APPLICATION)
    run = ["sh", "-c", f"cat /opt/spark/conf/spark-defaults.conf && {ASK_BY['manual']} && echo"]
    overlay.trust("Job", "manual", {"containers": [{"name": "driver", "command": run}]})
    things = example(overlay, "spark").apply()
    space.kubectl("wait", "job/reports", "--for=condition=Complete", "--timeout=60s")
    (driver,) = space.pods("app=reports-driver")
    assert '"access_token"' in driver.logs("driver")
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


class Helm:
    """A version of Helm at home in a folder of the test's; charts of its go to the test's namespace, with wisp in their pods."""

    def __init__(self, space, version, folder):
        self.space = space
        self.program = KUBECTL.parents[1] / HELM[version] / "helm"
        self.old = version.startswith("3")
        self.environment = {
            **{f"HELM_{what}_HOME": str(folder / what) for what in ("DATA", "CONFIG", "CACHE")},
            "HOME": str(folder),
            "KUBECONFIG": str(space.cluster.kubeconfig),
            "HELM_NAMESPACE": space.name,
            "PATH": f"{WISPCTL.parent}:{os.environ['PATH']}",
            "WISP_IMAGE": images.WISP,
        }
        if not self.old:
            self.run("plugin", "install", PLUGIN)

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def renderer(self):
        """The flags of docs/deploy.md."""
        choices = ["--mode=env", "--config-map=wisp", "--file=WISP_CA_FILE=configmap/entra/ca.pem"]
        if self.old:
            return ["--post-renderer", "wispctl", *(f"--post-renderer-args={each}" for each in ["inject", *choices, "-"])]
        return ["--post-renderer", "wisp-inject", *(f"--post-renderer-args={each}" for each in choices)]


@pytest.fixture
def values(space, tmp_path):
    """Those of the chart: what stands in for the applications."""
    values = {"image": images.APPLICATION, "command": ["sh", "-c", FOREVER], "hook": ["sh", "-c", "true"]}
    path = tmp_path / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    data = {"AZURE_CLIENT_ID": space.client_id, "AZURE_TENANT_ID": space.tenant, "AZURE_AUTHORITY_HOST": space.authority}
    space.apply(named("ServiceAccount", "orders"), {**named("ConfigMap", "wisp"), "data": data})
    return f"--values={path}"


@pytest.mark.parametrize("version", HELM)
def test_helm(space, values, tmp_path, version):
    """Install, upgrade, an upgrade without the flags, uninstall."""
    helm = Helm(space, version, tmp_path)

    def upgraded(*arguments):
        helm.run("upgrade", "--install", "shop", CHART, values, "--wait", *arguments)
        return only(space, "app=orders")

    first = upgraded(*helm.renderer())
    first.token("app", ASK_BY["env"])
    second = upgraded("--set=podAnnotations.release=second", *helm.renderer())
    second.token("app", ASK_BY["env"])
    assert second.name != first.name
    plain = upgraded()
    assert [each["name"] for each in plain.containers()] == ["app"], "the flags are needed each time"
    helm.run("uninstall", "shop", "--wait")
    until(lambda: not space.pods("app=orders"), "no pod is left")


@pytest.mark.parametrize("version", [version for version in HELM if not version.startswith("3")])
def test_hooks_get_wisp_by_helm_4(space, values, tmp_path, version):
    helm = Helm(space, version, tmp_path)
    hook = tmp_path / "hook.yaml"
    hook.write_text(yaml.safe_dump({"hook": ["sh", "-c", ASK_BY["env"]]}))
    helm.run("install", "shop", CHART, values, f"--values={hook}", "--wait", *helm.renderer())
    (migrate,) = space.pods("job-name=shop-migrate")
    assert '"access_token"' in migrate.logs("migrate")


def test_modes_are_switched_and_wisp_taken_out(space, tmp_path):
    """On a Deployment that runs, by new files that are applied over the old ones."""
    file = tmp_path / "app.yaml"
    original = yaml.safe_dump(deployment(terminationGracePeriodSeconds=1))
    file.write_text(original)
    for mode in MODES:
        inject(space, file, "--mode", mode)
        rolled(space, file).token("app", ASK_BY[mode])
    inject(space, file, "--mode", "redirect", "--sidecar", "container")
    rolled(space, file).token("app", ASK_BY["redirect"])
    subprocess.run([WISPCTL, "uninject", "-w", file], check=True)
    assert file.read_text() == original
    app = rolled(space, file)
    assert [each["name"] for each in app.containers()] == ["app"]
    assert "env" not in app.containers()[0] and "wisp" not in str(app.get()["spec"])


def inject(space, file, *choices):
    known = ["--client-id", space.client_id, "--tenant-id", space.tenant, "--authority", space.authority]
    trusted = ["--image", images.WISP, "--file", "WISP_CA_FILE=configmap/entra/ca.pem"]
    subprocess.run([WISPCTL, "inject", "-w", *known, *trusted, *choices, file], check=True)


def rolled(space, file):
    """The Deployment's only pod, once the file is applied."""
    space.kubectl("apply", f"--filename={file}")
    space.kubectl("rollout", "status", "deployment/app", "--timeout=60s")
    return only(space, "app=app")


def only(space, selector):
    """The one pod that has these labels and is to stay."""
    (found,) = [each for each in space.pods(selector) if not each.is_ending]
    return found
