"""The examples: built by every Kustomize, valid in every Kubernetes, as secure as they say, and what inject would write."""

import functools
import ipaddress
import re
import shutil

import kubernetes_validate
import pytest
import yaml

from pod_security import levels_broken
from programs import DEPLOY, KUBECTL, built, objects, wispctl
from workloads import KINDS, comparable, containers, pod_of

EXAMPLES = DEPLOY / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/kustomization.yaml"))
# Native sidecars are there by default since 1.29.
SCHEMAS = [f"1.{minor}" for minor in range(29, 38)]
VERSIONS = list(KUBECTL)


@functools.cache
def example(name):
    return objects(built(VERSIONS[-1], EXAMPLES / name))


def workloads(things):
    return {key: thing for key, thing in things.items() if key[0] in KINDS}


def test_they_are_all_here():
    assert NAMES == sorted(path.name for path in EXAMPLES.iterdir()) == ["old-sdk", "production", "rclone", "spark"]


@pytest.mark.parametrize("name", NAMES)
def test_every_kustomize_builds_the_same(name):
    assert len({built(version, EXAMPLES / name) for version in VERSIONS}) == 1


@pytest.mark.parametrize("schema", SCHEMAS)
def test_kubernetes_accepts_them(schema):
    for name in NAMES:
        for thing in example(name).values():
            kubernetes_validate.validate(thing, schema, strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_inject_agrees(name, tmp_path):
    """The workloads without the component, injected, are the workloads with it."""
    shutil.copytree(EXAMPLES / name, tmp_path / name)
    path = tmp_path / name / "kustomization.yaml"
    fields = yaml.safe_load(path.read_text())
    (component,) = fields.pop("components")
    path.write_text(yaml.safe_dump(fields))
    plain = built(VERSIONS[-1], tmp_path / name)
    (config_map,) = [found for kind, found in objects(plain) if kind == "ConfigMap" and found.startswith("wisp")]
    image = built_image(fields)
    choices = ["--mode", component.rpartition("/")[2], "--config-map", config_map, "--image", image]
    injected = workloads(objects(wispctl("inject", *choices, "-", stdin=plain)))
    with_component = workloads(example(name))
    assert with_component.keys() == injected.keys()
    assert with_component
    for key, thing in injected.items():
        assert comparable(with_component[key]) == comparable(thing)


def built_image(fields):
    (image,) = [image for image in fields["images"] if image["name"] == "wisp"]
    return f"{image['newName']}@{image['digest']}" if "digest" in image else f"{image['newName']}:{image['newTag']}"


def test_the_template_of_executors_is_what_its_command_writes():
    path = EXAMPLES / "spark/executor.yaml"
    command = re.search(r"wispctl inject (.*) -w executor.yaml", path.read_text()).group(1)
    wispctl("inject", *command.split(), "--check", path)
    template = yaml.safe_load(path.read_text())
    for schema in SCHEMAS:
        # Spark adds the image.
        template["spec"]["containers"][0]["image"] = "spark"
        kubernetes_validate.validate(template, schema, strict=True)
    (config_map,) = [thing for (kind, name), thing in example("spark").items() if kind == "ConfigMap" and name == "wisp"]
    refs = [v["valueFrom"]["configMapKeyRef"] for v in template["spec"]["initContainers"][0]["env"] if "valueFrom" in v]
    assert {ref["name"] for ref in refs} == {config_map["metadata"]["name"]}
    assert {ref["key"] for ref in refs if not ref.get("optional")} <= config_map["data"].keys()


# Which Pod Security level each pod passes; rclone's needs a capability that only `privileged` admits.
LEVELS = {"production": "restricted", "old-sdk": "baseline", "spark": "baseline", "rclone": "privileged"}


@pytest.mark.parametrize("name", NAMES)
def test_pod_security(name):
    things = example(name)
    for thing in workloads(things).values():
        pod = pod_of(thing)
        broken = levels_broken(pod["spec"])
        passed = next(level for level in ("restricted", "baseline", "privileged") if not broken[level])
        assert passed == LEVELS[name], broken
        ours = [container for container in containers(pod) if container["name"] == "wisp"]
        assert [container["securityContext"]["runAsUser"] for container in ours] == [54254]
        # Nobody but wisp has the token.
        mounts = [c["name"] for c in containers(pod) for mount in c.get("volumeMounts", []) if mount["name"] == "wisp-token"]
        assert mounts == ["wisp"]


def test_production_is_held_to_the_level_it_passes():
    things = example("production")
    labels = things["Namespace", "orders"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == LEVELS["production"]
    deployment = things["Deployment", "orders"]
    assert deployment["spec"]["replicas"] > things["PodDisruptionBudget", "orders"]["spec"]["minAvailable"]
    pod = deployment["spec"]["template"]
    assert all("@sha256:" in container["image"] for container in containers(pod))
    # A node knows what each container needs, and none takes more memory than that.
    for container in containers(pod):
        resources = container["resources"]
        assert set(resources["requests"]) == {"cpu", "memory"} and "memory" in resources["limits"], container["name"]
    for selecting in [things["PodDisruptionBudget", "orders"]["spec"]["selector"],
                      things["NetworkPolicy", "orders-tokens"]["spec"]["podSelector"],
                      *(each["labelSelector"] for each in pod["spec"]["topologySpreadConstraints"])]:  # fmt: skip
        assert selecting["matchLabels"].items() <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("address", "port", "passes"),
    [
        ("20.190.128.1", 443, True),
        ("2603:1006:2000::1", 443, True),
        ("20.190.128.1", 80, False),
        ("169.254.169.254", 80, False),
        ("169.254.169.254", 443, False),
        ("10.0.0.1", 443, False),
        ("172.20.0.1", 443, False),
        ("fd00::1", 443, False),
    ],
)
def test_what_the_network_policy_lets_out(address, port, passes):
    policy = example("production")["NetworkPolicy", "orders-tokens"]["spec"]
    address = ipaddress.ip_address(address)
    found = False
    for rule in policy["egress"]:
        blocks = [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]
        inside = any(within(address, block["cidr"]) and not any(within(address, no) for no in block["except"]) for block in blocks)
        found |= inside and port in [allowed["port"] for allowed in rule["ports"]]
    assert found == passes


def within(address, network):
    network = ipaddress.ip_network(network)
    return network.version == address.version and address in network


def test_what_the_network_policy_lets_in():
    (rule,) = example("production")["NetworkPolicy", "orders-tokens"]["spec"]["ingress"]
    assert rule["ports"] == [{"port": 4255, "protocol": "TCP"}]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
