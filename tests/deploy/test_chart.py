"""The chart as every version of Helm renders it: what it makes of its values, and which it refuses."""

import copy
import ipaddress
import json
import re
import shutil
import sys

import kubernetes_validate
import pytest
import yaml

from charts import CHART, LEAST, NAMESPACE, helm, merged, notes, of_release, refusal, rendered
from pod_security import levels_broken
from programs import DEPLOY, HELM, KUBECTL, REPOSITORY, WISPCTL, built, objects, run

sys.path.insert(0, str(REPOSITORY / "mk"))
import chart_values  # noqa: E402

VERSIONS = list(HELM)
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

EVERYTHING = {
    "fullnameOverride": "identity",
    "image": {"tag": "0.1.0"},
    "pods": {
        "mode": "env", "redirect": "nft", "clientId": "11111111-1111-1111-1111-111111111111", "tenantId": "contoso.com",
        "authority": "https://login.microsoftonline.us", "audience": "api://other", "tokenLifetime": 7200, "cpu": "20m", "memory": "32Mi",
        "verify": "log", "caFile": {"configMap": "roots", "key": "ca.pem"}, "settings": {"WISP_LOG": "debug"},
    },
    "namespaceSelector": {
        "matchLabels": {"team": "orders"},
        "matchExpressions": [{"key": "stage", "operator": "In", "values": ["prod"]}, {"key": "old", "operator": "DoesNotExist"}],
    },
    "guardRails": {"sidecar": "warn", "clientIds": "deny", "defaultAccount": "audit", "clientSecret": "deny"},
    "webhook": {
        "image": {"tag": "0.1.0"}, "configurationAnnotations": {"note": "x"}, "certificate": {"life": "240h"}, "podDisruptionBudget": False,
        "resources": {"limits": {"memory": "128Mi"}}, "adoptPodIdentity": "namespaced", "replicas": 3, "timeoutSeconds": 10, "readServiceAccounts": False, "args": ["--skip-unsupported"], "logLevel": "debug",
        "env": [{"name": "A", "value": "b"}], "topologySpread": ["kubernetes.io/hostname", "topology.kubernetes.io/zone"],
        "tolerations": [{"key": "a", "operator": "Exists"}], "imagePullSecrets": [{"name": "registry"}], "podLabels": {"team": "platform"},
        "podAnnotations": {"note": "x"}, "nodeSelector": {"pool": "system"}, "priorityClassName": "mine",
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "Exists"}]}]}}},
    },
    "networkPolicy": {"enabled": True, "apiServers": ["10.0.0.0/24"], "monitoring": {"team": "monitoring"}},
    "monitoring": {
        "labels": {"release": "prometheus"}, "interval": "1m", "podMonitor": {"enabled": True, "selector": {"matchLabels": {"a": "b"}}}, "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True, "runbooks": "https://docs.example/runbooks.html"},
    },
    "testing": {"namespace": "shop", "serviceAccount": "orders", "clientId": "11111111-1111-1111-1111-111111111111", "tenantId": "a.com",
                "resource": "https://vault.azure.net"},
    "global": {"anything": 1},
}  # fmt: skip
WITHOUT_ADOPTION = merged(EVERYTHING, {"webhook": {"adoptPodIdentity": "off"}})
SECRET = {"webhook": {"certificate": {"source": "secret", "secretName": "mine", "caBundle": CA}}}
CERT_MANAGER = {"webhook": {"certificate": {"source": "cert-manager", "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}}}}
CONFIG_MAP = {"pods": {"configMap": "ids"}}
ALL = {
    "least": {},
    "everything": EVERYTHING,
    "secret": SECRET,
    "cert-manager": CERT_MANAGER,
    "config-map": CONFIG_MAP,
    "policy": {"injection": "policy"},
    "policy-everything": {**WITHOUT_ADOPTION, "injection": "policy"},
    "policy-config-map": {**CONFIG_MAP, "injection": "policy"},
    "none": {"injection": "none"},
    "none-everything": {**WITHOUT_ADOPTION, "injection": "none"},
}
"""Values that switch everything on, one way or another."""


@pytest.mark.parametrize("version", VERSIONS)
def test_helm_has_nothing_to_say_against_it(version):
    for values in ALL.values():
        said = helm("lint", "--strict", CHART, "--namespace", NAMESPACE, "--kube-version", "1.37.0",
                    values=merged(LEAST, values), version=version)  # fmt: skip
        assert "0 chart(s) failed" in said and "WARNING" not in said, said


@pytest.mark.parametrize("name", ALL)
def test_every_helm_renders_the_same(name):
    first, *others = [rendered(ALL[name], version=version) for version in VERSIONS]
    assert all(other == first for other in others)


@pytest.mark.parametrize("minor", range(29, 38))
def test_kubernetes_accepts_it(minor):
    """Objects that several cases have are looked at once."""
    distinct = {json.dumps(thing, sort_keys=True) for values in ALL.values() for thing in rendered(values).values()}
    accepted = 0
    for thing in map(json.loads, distinct):
        # Those of others, and those that came with later versions.
        first = 36 if thing["kind"].startswith("MutatingAdmissionPolicy") else 30 if "AdmissionPolicy" in thing["kind"] else 29
        if "monitoring.coreos.com" not in thing["apiVersion"] and "cert-manager.io" not in thing["apiVersion"] and minor >= first:
            kubernetes_validate.validate(thing, f"1.{minor}", strict=True)
            accepted += 1
    assert accepted > 30


def test_all_switches_are_tried():
    """Each value has something else than its default in one of the cases."""
    chosen = [merged(LEAST, values) for values in ALL.values()]
    schema = json.loads((CHART / "values.schema.json").read_text())
    untried = []
    for name, each in chart_values.leaves(schema["properties"]):
        if all(lookup(values, name, each["default"]) == each["default"] for values in chosen):
            untried.append(name)
    # Those are tried by themselves.
    assert untried == ["policy.apiVersion", "webhook.certificate.issuerRef.group", "monitoring.apiGroup"]


def lookup(values, name, default):
    for key in name.split("."):
        if key not in values:
            return default
        values = values[key]
    return values


def test_values_page_and_schema_agree():
    for path, text in chart_values.written(REPOSITORY).items():
        assert path.read_text() == text, f"{path} is not what is written today: run `make chart`"


def plain(thing):
    """The object without what a chart adds to it: labels that say so, and hints for Helm."""
    thing = copy.deepcopy(thing)
    thing["metadata"].pop("labels", None)
    return thing


@pytest.mark.parametrize("adopting", [False, True])
def test_it_is_what_deploy_webhook_is(adopting, tmp_path):
    """With images by the same tags, in the same namespace, with the component for adoption too. What differs is here."""
    values = {
        "image": {"repository": "wisp", "digest": "", "tag": "0.1.0"},
        "webhook": {"image": {"repository": "wispctl", "digest": "", "tag": "0.1.0"}, "nodeSelector": {"kubernetes.io/os": None}},
        "guardRails": dict.fromkeys(["sidecar", "clientIds", "defaultAccount", "clientSecret"], "off"),
    }
    values["webhook"]["adoptPodIdentity"] = "standard" if adopting else "off"
    ours = {key: plain(thing) for key, thing in of_release(rendered(values)).items()}
    theirs = {key: plain(thing) for key, thing in objects(built(max(KUBECTL), kustomized(tmp_path, adopting))).items()}
    # Helm makes the namespace.
    del theirs["Namespace", "wisp-system"]
    # What the webhook makes there itself goes with the release here, so that it need not have the right to make anything.
    del ours["Secret", "wisp-webhook-tls"], ours["Lease", "wisp-webhook"]
    role = theirs["Role", "wisp-webhook"]
    role["rules"] = [rule for rule in role["rules"] if rule["verbs"] != ["create"]]
    # The same choices, by flags that say what holds anyway.
    pod = ours["Deployment", "wisp-webhook"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    container["args"] = [flag.removesuffix("=standard") for flag in container["args"] if flag not in DEFAULTS]
    labels = pod["metadata"].pop("labels")
    assert labels.pop("wisp/inject") == "false"
    theirs["Deployment", "wisp-webhook"]["spec"]["template"]["metadata"].pop("labels")
    for found in (ours, theirs):
        for thing in found.values():
            replace_selectors(thing)
        found["MutatingWebhookConfiguration", "wisp-webhook"]["webhooks"].sort(key=lambda entry: entry["name"])
    assert ours == theirs


def kustomized(folder, adopting):
    """A kustomization of `deploy/webhook`, with the component for adoption if it is asked for."""
    shutil.copytree(DEPLOY / "webhook", folder / "webhook")
    fields = {"resources": ["webhook"], **({"components": ["webhook/adopt"]} if adopting else {})}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(fields))
    return folder


DEFAULTS = {
    "--service=wisp-webhook", "--configuration=wisp-webhook", "--secret=wisp-webhook-tls", "--lease=wisp-webhook",
    "--certificate-life=2160h", "--log=info", "--mode=redirect", "--redirect=auto", "--token-lifetime=3600", "--verify=off",
}  # fmt: skip
WEBHOOK = [{"app.kubernetes.io/name": "wisp-webhook"},
           {"app.kubernetes.io/name": "wisp", "app.kubernetes.io/instance": "wisp", "app.kubernetes.io/component": "webhook"}]  # fmt: skip


def replace_selectors(thing):
    if isinstance(thing, dict):
        for key, value in thing.items():
            if value in WEBHOOK:
                thing[key] = "the webhook"
            replace_selectors(value)
    elif isinstance(thing, list):
        for each in thing:
            replace_selectors(each)


@pytest.mark.parametrize("name", [name for name, values in ALL.items() if values.get("injection", "webhook") == "webhook"])
def test_wispctl_takes_the_flags(name):
    """As far as it is asked, which is to the point where it looks for an API server."""
    (container,) = deployment(ALL[name])["spec"]["template"]["spec"]["containers"]
    said = run(WISPCTL, *container["args"], "--kubeconfig=/nowhere", code=64)
    assert said.startswith("error: cannot read /nowhere") and said.count("error: ") == 1, said


def deployment(values=None, **more):
    (found,) = [thing for (kind, _), thing in rendered(values, **more).items() if kind == "Deployment"]
    return found


def test_defaults_of_flags_are_those_of_wispctl():
    text = run(WISPCTL, "webhook", "--help")
    for flag in DEFAULTS - {"--certificate-life=2160h"}:
        name, _, value = flag.partition("=")
        assert re.search(rf"{name} <.*?\[default: {value}\b", text, re.DOTALL), flag


def test_choices_become_flags():
    (container,) = deployment(EVERYTHING)["spec"]["template"]["spec"]["containers"]
    assert set(container["args"]) >= {
        "--mode=env", "--redirect=nft", "--client-id=11111111-1111-1111-1111-111111111111", "--tenant-id=contoso.com",
        "--authority=https://login.microsoftonline.us", "--audience=api://other", "--token-lifetime=7200", "--cpu=20m", "--memory=32Mi",
        "--verify=log", "--set=WISP_LOG=debug", "--file=WISP_CA_FILE=configmap/roots/ca.pem", "--ignore-service-accounts",
        "--skip-unsupported", "--log=debug", "--adopt-pod-identity=namespaced",
    }  # fmt: skip
    assert container["env"][0] == {"name": "WISP_IMAGE", "value": "registry.example/wisp:0.1.0@sha256:" + 64 * "1"}


def test_no_flag_is_said_twice():
    """`wispctl` would refuse it, once the pods start."""
    found = [deployment(values) for values in ALL.values() if values.get("injection", "webhook") == "webhook"]
    flags = [flag for each in found for flag in each["spec"]["template"]["spec"]["containers"][0]["args"][1:]]
    names = {flag.partition("=")[0] for flag in flags} - {"--set", "--file", "--skip-unsupported"}
    assert len(names) > 15
    for name in sorted(names):
        for flags in ([f"{name}=x"], [name, "x"]):
            said = refusal({"webhook": {"args": flags}})
            assert re.search(rf"^- webhook.args has {name}: (say it by \w+|leave it out, )", said, re.MULTILINE), said
    said = refusal({"webhook": {"env": [{"name": "WISP_IMAGE", "value": "x"}]}})
    assert "- webhook.env has WISP_IMAGE: say it by image" in said


# Whose pods wisp never comes to, whatever anybody says.
OWN = {"kubernetes.io/metadata.name": NAMESPACE, "wisp/inject": "true"}
GIVEN = [
    {},
    {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["kube-system", NAMESPACE, "shop"]}]},
    {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]},
]


def selectors(values):
    """All selectors of namespaces and objects that admission goes by: pairs for each webhook entry, or policy with its bindings."""
    things = rendered(values).values()
    for thing in things:
        for entry in thing.get("webhooks", []):
            yield entry["namespaceSelector"], entry["objectSelector"]
        if "Binding" in thing["kind"] and "policyName" in thing.get("spec", {}):
            kind = thing["kind"].removesuffix("Binding")
            (policy,) = [p for p in things if p["kind"] == kind and p["metadata"]["name"] == thing["spec"]["policyName"]]
            more = thing["spec"].get("matchResources", {})
            both = [policy["spec"]["matchConstraints"]["namespaceSelector"], more.get("namespaceSelector", {})]
            yield {"matchExpressions": [e for each in both for e in expressions(each)]}, more.get("objectSelector", {})


def expressions(selector):
    labels = selector.get("matchLabels", {}).items()
    return [*({"key": key, "operator": "In", "values": [value]} for key, value in labels), *selector.get("matchExpressions", [])]


def matches(selector, labels):
    def holds(one):
        value = labels.get(one["key"])
        return {
            "In": value in one.get("values", []),
            "NotIn": value not in one.get("values", []),
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[one["operator"]]

    return all(holds(one) for one in expressions(selector))


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("injection", ["webhook", "policy"])
def test_nobody_selects_the_cluster_or_wisp_itself(injection, given):
    values = {"injection": injection, "namespaceSelector": given, "guardRails": {"clientIds": "deny"}}
    found = list(selectors(values))
    assert len(found) >= 5
    for namespaces, _ in found:
        for name in ("kube-system", "kube-node-lease", NAMESPACE):
            assert not matches(namespaces, {**OWN, "kubernetes.io/metadata.name": name})
    # Where another release's namespace asks for wisp, its pods still do not.
    own = deployment()["spec"]["template"]["metadata"]["labels"]
    injecting = [pods for namespaces, pods in found if pods]
    assert injecting and not any(matches(pods, own) for pods in injecting)


def test_a_namespace_that_asks_is_selected():
    for injection in ("webhook", "policy"):
        labels = {"kubernetes.io/metadata.name": "shop", "wisp/inject": "true", "team": "orders"}
        values = {"injection": injection, "namespaceSelector": {"matchLabels": {"team": "orders"}}}
        found = list(selectors(values))
        assert any(matches(namespaces, labels) and matches(pods, {}) for namespaces, pods in found if pods)
        assert not any(matches(namespaces, {**labels, "team": "bills"}) for namespaces, _ in found)


@pytest.mark.parametrize("text", ["True", "yes", ""])
def test_a_pod_that_says_neither_is_selected(text):
    """So that it is refused with the reason, instead of starting without wisp."""
    for injection in ("webhook", "policy"):
        for asks in ({}, {"wisp/inject": "true"}):
            labels = {"kubernetes.io/metadata.name": "shop", **asks}
            found = [(namespaces, pods) for namespaces, pods in selectors({"injection": injection}) if pods]
            assert any(matches(namespaces, labels) and matches(pods, {"wisp/inject": text}) for namespaces, pods in found), injection


@pytest.mark.parametrize("name", ALL)
def test_pods_are_restricted(name):
    pods = [thing["spec"] if kind == "Pod" else thing["spec"]["template"]["spec"]
            for (kind, _), thing in rendered(ALL[name]).items() if kind in ("Pod", "Deployment")]  # fmt: skip
    assert len(pods) == {"webhook": 2, "policy": 1, "none": 0}[ALL[name].get("injection", "webhook")]
    assert all(not levels_broken(pod)["restricted"] for pod in pods)


def test_rights_have_names():
    for (kind, _), thing in rendered(EVERYTHING).items():
        for rule in thing.get("rules", []):
            assert rule["verbs"] in (["get"], ["get", "update"]) or rule["apiGroups"] == ["aadpodidentity.k8s.io"]
            if kind == "Role" or "update" in rule["verbs"]:
                assert rule["resourceNames"]


def test_somebody_elses_certificate_needs_fewer_rights():
    for values in (SECRET, CERT_MANAGER):
        things = rendered(values)
        assert ("Role", "wisp-webhook") not in things and ("Secret", "wisp-webhook-tls") not in things
        assert [rule["verbs"] for rule in things["ClusterRole", "wisp-webhook"]["rules"]] == [["get"], ["get"]]


def test_cert_manager_is_asked_for_what_api_servers_ask_for():
    things = rendered(CERT_MANAGER)
    certificate = things["Certificate", "wisp-webhook"]["spec"]
    assert certificate["dnsNames"][0] == "wisp-webhook.wisp-system.svc"
    (volume,) = things["Deployment", "wisp-webhook"]["spec"]["template"]["spec"]["volumes"]
    assert volume["secret"]["secretName"] == certificate["secretName"]
    annotations = things["MutatingWebhookConfiguration", "wisp-webhook"]["metadata"]["annotations"]
    assert annotations["cert-manager.io/inject-ca-from"] == "wisp-system/wisp-webhook"


def test_nobody_says_whom_to_trust_but_who_knows():
    """A field that is not in the manifest is nobody's to reset."""
    for values, is_there in [({}, False), (CERT_MANAGER, False), (SECRET, True)]:
        configuration = rendered(values)["MutatingWebhookConfiguration", "wisp-webhook"]
        assert [("caBundle" in entry["clientConfig"]) for entry in configuration["webhooks"]] == [is_there, is_there]


@pytest.mark.parametrize("release", ["wisp", "a", "identity", 53 * "a", "wisp-" + 48 * "b", 52 * "a" + "c"])
def test_names_fit(release):
    for values in (EVERYTHING, {**WITHOUT_ADOPTION, "injection": "policy"}):
        things = rendered(merged(values, {"fullnameOverride": "", "testing": {"namespace": "", "serviceAccount": ""}}), name=release)
        for thing in things.values():
            assert len(thing["metadata"]["name"]) <= 63
            labels = [*thing["metadata"].get("labels", {}).values()]
            assert all(len(value) <= 63 for value in labels)


def test_two_releases_have_nothing_in_common():
    for one, other in [("wisp", "wisp-two"), (52 * "a" + "b", 52 * "a" + "c")]:
        for values in (EVERYTHING, {"injection": "policy"}):
            values = merged(values, {"fullnameOverride": ""})
            # The Service that is asked in tests is in a namespace of the user's.
            first, second = (of_release(rendered(values, name=name)) for name in (one, other))
            assert first and not first.keys() & second.keys()


def test_every_object_is_in_the_namespace_that_was_asked_for():
    for thing in of_release(rendered(EVERYTHING, namespace="elsewhere")).values():
        assert thing["metadata"].get("namespace", "elsewhere") == "elsewhere"
        assert NAMESPACE not in json.dumps(thing)


def test_nothing_depends_on_a_cluster_or_on_chance():
    """So that `helm template` and GitOps tools make the same each time."""
    assert rendered(EVERYTHING) == rendered(EVERYTHING)
    for path in CHART.glob("templates/**/*"):
        if path.is_file():
            assert not re.search(r"\blookup\b|rand[A-Z]|genCA|genS|genP|\bnow\b|uuidv4", path.read_text()), path


def test_it_has_the_version_of_the_programs():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert run(WISPCTL, "--version").split()[1] == chart["appVersion"] == chart["version"]


def test_a_release_fits_a_secret():
    """What Helm keeps of a release has to, chart and manifest together."""
    size = sum(path.stat().st_size for path in CHART.rglob("*") if path.is_file())
    manifest = helm("template", "wisp", CHART, "--namespace", NAMESPACE, "--kube-version", "1.37.0",
                    values=merged(LEAST, {**WITHOUT_ADOPTION, "injection": "policy"}))  # fmt: skip
    # Compressed it is a sixth of that, in an encoding that makes it a third longer.
    assert size + len(manifest) < 1024 * 1024


def test_replicas_and_their_budget():
    assert ("PodDisruptionBudget", "wisp-webhook") in rendered()
    for values in ({"webhook": {"replicas": 1}}, {"webhook": {"podDisruptionBudget": False}}):
        assert ("PodDisruptionBudget", "wisp-webhook") not in rendered(values)


def test_the_network_policy():
    policy = rendered({"networkPolicy": {"enabled": True, "apiServers": ["10.0.0.0/24", "fd00::/64"]}})["NetworkPolicy", "wisp-webhook"]["spec"]
    asked, monitored = policy["ingress"]
    assert [peer["ipBlock"]["cidr"] for peer in asked["from"]] == ["10.0.0.0/24", "fd00::/64"]
    assert all(ipaddress.ip_network(peer["ipBlock"]["cidr"]) for peer in policy["egress"][0]["to"])
    assert asked["ports"] == [{"port": 8443, "protocol": "TCP"}] and monitored["ports"] == [{"port": 8081, "protocol": "TCP"}]
    assert "from" not in rendered({"networkPolicy": {"enabled": True}})["NetworkPolicy", "wisp-webhook"]["spec"]["ingress"][0]


def test_monitoring():
    on = {"podMonitor": {"enabled": True}, "serviceMonitor": {"enabled": True}}
    things = rendered({"monitoring": {**on, "apiGroup": "azmonitoring.coreos.com", "labels": {"release": "p"}}})
    for kind, name in [("PodMonitor", "wisp"), ("ServiceMonitor", "wisp-webhook")]:
        thing = things[kind, name]
        assert thing["apiVersion"] == "azmonitoring.coreos.com/v1" and thing["metadata"]["labels"]["release"] == "p"
        assert thing["spec"]["labelLimit"] == 63
    service = things["Service", "wisp-webhook-metrics"]
    selector = things["ServiceMonitor", "wisp-webhook"]["spec"]["selector"]["matchLabels"]
    assert selector.items() <= service["metadata"]["labels"].items()
    assert not selector.items() <= things["Service", "wisp-webhook"]["metadata"]["labels"].items()
    assert "labelLimit" not in rendered({"monitoring": on})["PodMonitor", "wisp"]["spec"]


def test_the_port_that_is_monitored_is_that_of_sidecars():
    text = (DEPLOY / "policy/env.yaml").read_text()
    (port,) = set(re.findall(r"'name': dyn\('(wisp-\w+)'\), 'protocol'", text))
    (endpoint,) = rendered({"monitoring": {"podMonitor": {"enabled": True}}})["PodMonitor", "wisp"]["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == port


def test_rules_are_those_of_each_way_in():
    def groups(**values):
        rule = {"enabled": True, **values.pop("rule", {})}
        return rendered({**values, "monitoring": {"prometheusRule": rule}})["PrometheusRule", "wisp"]["spec"]["groups"]

    names = [group["name"] for group in groups()]
    assert names == ["wisp-recorded", "wisp", "wisp-pods", "wisp-admission", "wisp-webhook"]
    assert [group["name"] for group in groups(injection="policy")] == names[:-1]
    # What Prometheus itself would be given: tests/monitoring tries it.
    assert groups() == yaml.safe_load((DEPLOY / "monitoring/rules.yaml").read_text())["groups"]
    links = [rule["annotations"]["runbook_url"] for group in groups(rule={"runbooks": "https://docs.example/runbooks.html"}) for rule in group["rules"] if "alert" in rule]
    assert len(links) > 15 and all(re.fullmatch(r"https://docs.example/runbooks.html#wisp\w+", link) for link in links)


def test_what_helm_test_makes():
    pod = rendered()["Pod", "wisp-test"]
    assert pod["metadata"]["namespace"] == "wisp-test" and pod["metadata"]["labels"]["wisp/inject"] == "true"
    assert pod["spec"]["containers"][0]["args"][:2] == ["probe", "live"]
    for injection in ("webhook", "policy"):
        given = {"injection": injection, "testing": {"namespace": "shop", "serviceAccount": "orders"}}
        things = rendered(given)
        assert things.keys() - of_release(things).keys() == {("Pod", "wisp-test")}
        pod = things["Pod", "wisp-test"]
        assert pod["spec"]["serviceAccountName"] == "orders"
        assert pod["spec"]["containers"][0]["args"] == ["probe", "token", "--resource", "https://management.azure.com"]
        assert "wisp/client-id" not in pod["metadata"]["annotations"], "the service account says it"
        # Another identity there would be warned of.
        assert [variable["name"] for variable in pod["spec"]["containers"][0]["env"]] == ["WISP_IDENTITIES"]


def test_a_namespace_for_tests_is_one_that_is_served():
    values = {"namespaceSelector": EVERYTHING["namespaceSelector"], "pods": {"configMap": "ids", "caFile": {"configMap": "ids"}}}
    things = rendered(values)
    labels = things["Namespace", "wisp-test"]["metadata"]["labels"]
    assert labels.items() >= {"team": "orders", "stage": "prod"}.items() and "old" not in labels
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    for mode in ("env", "http-proxy", "manual"):
        enforced = rendered({"pods": {"mode": mode}})["Namespace", "wisp-test"]["metadata"]["labels"]
        assert enforced["pod-security.kubernetes.io/enforce"] == "restricted"
    assert set(things["ConfigMap", "ids"]["data"]) == {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "ca.crt"}


def test_where_namespaces_are_named_none_is_made_for_tests():
    """One that the test made would not be served."""
    named = lambda operator, name: {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": operator, "values": [name]}]}
    for selector in ({"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, named("In", "shop"), named("NotIn", "wisp-test")):
        values = {"namespaceSelector": selector}
        assert not {"Namespace", "Pod"} & {kind for kind, _ in rendered(values)}, selector
        assert ("Pod", "wisp-test") in rendered({**values, "testing": {"namespace": "shop", "serviceAccount": "orders"}})
        assert "helm test" not in notes(values) and "set testing.namespace and" in notes(values)
    for selector in (named("In", "wisp-test"), named("NotIn", "shop")):
        labels = rendered({"namespaceSelector": selector})["Namespace", "wisp-test"]["metadata"]["labels"]
        assert "kubernetes.io/metadata.name" not in labels, "the API server sets it"


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_a_part_of_other_charts(version, tmp_path):
    """Which may set `global`, and whose own values are none of its business."""
    parent = tmp_path / "platform"
    (parent / "charts").mkdir(parents=True)
    (parent / "charts/wisp").symlink_to(CHART)
    (parent / "Chart.yaml").write_text("apiVersion: v2\nname: platform\nversion: 1.0.0\n")
    text = helm("template", "platform", parent, "--namespace", NAMESPACE, values={"wisp": LEAST, "global": {"a": 1}, "mine": 2}, version=version)
    assert "name: platform-wisp-webhook" in text
