"""What wispctl wrote, read by others: PyYAML, the schemas of Kubernetes, the rules of the Pod Security Standards, and wisp."""

import copy
import functools
import json
import pathlib
import subprocess

import certifi
import kubernetes_validate
import pytest
import yaml

HERE = pathlib.Path(__file__).parent
WISP = HERE.parents[1] / "target/debug/wisp"
# A JSON object, as an instance document is one.
DOCUMENT = HERE / "list" / "input.json"
# What the webhook sets where nothing is.
IDENTITY = {
    "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111",
    "AZURE_TENANT_ID": "22222222-2222-2222-2222-222222222222",
}
# What the kubelet puts in the place of references.
REFERENCES = IDENTITY | {
    "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us",
    "WISP_IDENTITY_HEADER": "33333333-3333-3333-3333-333333333333",
    "WISP_POD_IP": "10.0.0.1",
    "WISP_HOST_IP": "10.0.0.2",
    "HTTPS_PROXY": "http://shop:hunter2@proxy.corp.example:3128",
    "NO_PROXY": "localhost,.svc,.cluster.local,10.0.0.0/8",
}
# Native sidecars came with 1.28.
VERSIONS = ["1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"]
OURS = {"wisp", "wisp-init", "wisp-check"}
VOLUMES = {"wisp-token", "wisp-files"}
VARIABLES = {
    "AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET",
    "http_proxy", "NO_PROXY", "no_proxy",
}  # fmt: skip
RUNS = sorted(
    path
    for path in HERE.glob("*/*")
    if path.suffix in {".yaml", ".json"} and path.stem != "input" and path.parent.name != "refused"
)


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_bytes().decode()) if document is not None]


def objects(path):
    for document in documents(path):
        yield from document["items"] if document["kind"] == "List" else [document]


def template(thing):
    if thing["kind"] == "Pod":
        return thing
    spec = thing.get("spec", {})
    return spec.get("jobTemplate", {"spec": spec})["spec"].get("template") if spec else None


def pods(path):
    found = [template(thing) for thing in objects(path)]
    return [pod for pod in found if pod and "wisp/injected" in (pod.get("metadata", {}).get("annotations") or {})]


def without_wisp(pod):
    """The pod less what is ours, by rules written down here a second time; what is empty is dropped on both sides."""
    pod = copy.deepcopy(pod)
    metadata = pod.setdefault("metadata", {})
    annotations = metadata.get("annotations") or {}
    record = json.loads(annotations.pop("wisp/injected", "{}"))
    if "wisp/was-inject-proxy-sidecar" in annotations:
        annotations["azure.workload.identity/inject-proxy-sidecar"] = annotations.pop("wisp/was-inject-proxy-sidecar")
    skip = "azure.workload.identity/skip-containers"
    if "skipContainers" in record:
        annotations[skip] = annotations[skip].removesuffix(record["skipContainers"]).removesuffix(";")
        if not annotations[skip]:
            del annotations[skip]
    if "defaultContainer" in record:
        del annotations["kubectl.kubernetes.io/default-container"]
    if record.get("label"):
        del metadata["labels"]["azure.workload.identity/use"]
    spec = pod["spec"]
    for key in ("initContainers", "containers"):
        spec[key] = [container for container in spec.get(key) or [] if container["name"] not in OURS]
        for container in spec[key]:
            kept = []
            for variable in container.get("env") or []:
                if record and variable["name"] in VARIABLES:
                    if variable["name"].lower() != "no_proxy" or variable["value"] == record.get("noProxy"):
                        continue
                    if "noProxy" in record:
                        variable["value"] = variable["value"].removesuffix("," + record["noProxy"])
                # An empty value is one that is not there, for Kubernetes.
                kept.append({key: item for key, item in variable.items() if (key, item) != ("value", "")})
            container["env"] = kept
    if record.get("sysctl"):
        port = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}
        spec["securityContext"]["sysctls"].remove(port)
    spec["volumes"] = [volume for volume in spec.get("volumes") or [] if volume["name"] not in VOLUMES]
    return pruned(pod)


def pruned(value):
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [])}
    return [pruned(item) for item in value] if isinstance(value, list) else value


def test_there_is_something_to_read():
    assert len(RUNS) >= 40


@pytest.mark.parametrize("path", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_another_reader_sees_only_our_additions(path):
    before, after = list(objects(path.with_name("input" + path.suffix))), list(objects(path))
    assert len(before) == len(after)
    injected = 0
    for old, new in zip(before, after, strict=True):
        old_pod, new_pod = template(old), template(new)
        if old_pod is None:
            assert old == new
            continue
        injected += "wisp/injected" in new_pod["metadata"]["annotations"]
        assert without_wisp(new_pod) == without_wisp(old_pod)
        old_pod.clear(), new_pod.clear()
        assert old == new, "something outside the pod changed"
    assert injected


@pytest.mark.parametrize("version", VERSIONS)
def test_schemas_accept_it(version):
    for path in RUNS:
        for thing in objects(path):
            if thing["kind"] != "Rollout":
                kubernetes_validate.validate(thing, version, strict=True)


def test_schemas_would_notice():
    thing = next(objects(HERE / "pod" / "env.yaml"))
    thing["spec"]["initContainers"][0]["restartPolcy"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(thing, "1.34", strict=True)


def restricted(container):
    """The rules of the level *restricted* that concern a container; the empty list means that it passes."""
    context = container.get("securityContext", {})
    capabilities = context.get("capabilities", {})
    rules = {
        "privileged": not context.get("privileged"),
        "escalation": context.get("allowPrivilegeEscalation") is False,
        "capabilities": capabilities.get("drop") == ["ALL"] and set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
        "non-root": context.get("runAsNonRoot") is True and context.get("runAsUser", 1) != 0,
        "seccomp": context.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"},
        "ports": not any("hostPort" in port for port in container.get("ports", [])),
        "probes": not any("host" in container.get(probe, {}).get("httpGet", {}) for probe in ("livenessProbe",)),
    }
    return [rule for rule, passes in rules.items() if not passes]


@pytest.mark.parametrize("path", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_pod_security(path):
    for pod in pods(path):
        spec = pod["spec"]
        ours = [c for key in ("initContainers", "containers") for c in spec.get(key) or [] if c["name"] in OURS]
        broken = {container["name"]: restricted(container) for container in ours}
        mode = json.loads(pod["metadata"]["annotations"]["wisp/injected"])["mode"]
        wanted = {"wisp": []} | ({"wisp-init": ["capabilities"]} if mode == "redirect" else {})
        # Where nothing is restarted, what the sidecar is given is checked first.
        wanted |= {"wisp-check": []} if spec.get("restartPolicy") == "Never" else {}
        assert broken == wanted
        volumes = [volume for volume in spec.get("volumes") or [] if volume["name"] in VOLUMES]
        assert all(set(volume) == {"name", "projected"} for volume in volumes)


def arguments(path):
    """What the run on record was given."""
    runs = (path.parent / "runs").read_text().splitlines()
    return next(line.split(":", 1)[1] for line in runs if line.startswith(f"{path.stem}:")).split()


def fixed(resources):
    """Whether these resources are those of class Guaranteed; the inputs spell requests as their limits, or differently."""
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    return all(name in limits and requests.get(name, limits[name]) == limits[name] for name in ("cpu", "memory"))


def guaranteed(spec):
    if spec.get("resources"):
        return fixed(spec["resources"])
    both = [container for key in ("initContainers", "containers") for container in spec.get(key) or []]
    return all(fixed(container.get("resources") or {}) for container in both)


@pytest.mark.parametrize("path", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_class_is_kept_and_the_reason_of_an_end_is_told(path):
    before, after = objects(path.with_name("input" + path.suffix)), objects(path)
    for old, new in zip(before, after, strict=True):
        if template(new) is None:
            continue
        old, new = template(old)["spec"], template(new)["spec"]
        assert guaranteed(old) == guaranteed(new)
        for container in [c for key in ("initContainers", "containers") for c in new.get(key) or [] if c["name"] in OURS]:
            resources = container["resources"]
            if "--cpu" not in arguments(path):
                # A thousand pods reserve ten cores, and wisp is not throttled where nobody asks for that.
                assert guaranteed(old) or resources == {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}}
            assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
            probes = [container[probe] for probe in ("readinessProbe", "livenessProbe", "startupProbe") if probe in container]
            assert all(probe["timeoutSeconds"] >= 3 for probe in probes)


def test_there_are_pods_of_both_classes():
    classes = {guaranteed(pod["spec"]) for path in RUNS for pod in pods(path)}
    assert classes == {True, False}


def run_wisp(container, *arguments, files):
    """Runs it as the container would; `files` are what ConfigMaps are mounted as."""
    given = {variable["name"]: variable.get("value") for variable in container.get("env", [])}
    environment = IDENTITY | {name: REFERENCES[name] if value is None else value for name, value in given.items()}
    environment |= {name: str(files[name]) for name in environment.keys() & files.keys()}
    return subprocess.run([WISP, *arguments], env=environment, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("path", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_wisp_takes_it(path, tmp_path):
    files = {"WISP_INSTANCE_DOCUMENT": DOCUMENT, "WISP_CONFIG": tmp_path / "wisp.toml", "AZURE_KUBERNETES_CA_FILE": certifi.where()}
    maps = [thing["data"] for thing in objects(path) if thing["kind"] == "ConfigMap"]
    files["WISP_CONFIG"].write_text(next((data["wisp.toml"] for data in maps if "wisp.toml" in data), ""))
    wisp = functools.partial(run_wisp, files=files)
    for pod in pods(path):
        spec = pod["spec"]
        ours = {c["name"]: c for key in ("initContainers", "containers") for c in spec.get(key) or [] if c["name"] in OURS}
        sidecar = ours.pop("wisp")
        run = wisp(sidecar, *sidecar["args"], "--check")
        assert (run.returncode, run.stdout) == (0, "configuration is valid\n"), run.stderr
        if check := ours.pop("wisp-check", None):
            run = wisp(check, *check["args"])
            assert (run.returncode, run.stdout) == (0, "configuration is valid\n"), run.stderr
        printed = wisp(sidecar, *sidecar["args"], "--print-config").stdout
        assert f'admin_listen = "[::]:{sidecar["ports"][0]["containerPort"]}"' in printed
        listens = printed.split('listen = "127.0.0.1:')[1].split(",")[0]
        for container in ours.values():
            run = wisp(container, *container["args"], "--dry-run")
            assert run.returncode == 0, run.stderr
            way = container["args"][container["args"].index("--mode") + 1]
            wanted = ["dev lo"] if way == "lo" else [f"redirect to :{listens}"]
            # No user is let through.
            assert all(words in run.stdout for words in wanted) and "skuid" not in run.stdout, run.stdout
        hooks = [sidecar["readinessProbe"], sidecar["livenessProbe"], sidecar["lifecycle"]["postStart"]]
        for hook in hooks:
            program, *arguments = hook["exec"]["command"]
            run = wisp({"env": [{"name": "WISP_ADMIN_LISTEN", "value": "off"}]}, *arguments)
            # It is understood, and asks where the settings say.
            assert program == "/wisp" and (run.returncode, "nothing answers probes" in run.stderr) == (1, True), run.stderr
