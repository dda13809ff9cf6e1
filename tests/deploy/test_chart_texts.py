"""What people read of the chart: notes, and why values are refused."""

import functools
import json
import re
import shlex
import textwrap

import pytest
import yaml

from charts import CHART, LEAST, NAMESPACE, helm, notes, refusal, rendered
from programs import HELM, REPOSITORY

SCHEMA = {
    "unknown": ({"wbhook": {}}, "- (root): Additional property wbhook is not allowed", "- at '': additional properties 'wbhook' not allowed"),
    "unknown-deep": (
        {"webhook": {"replica": 1}},
        "- webhook: Additional property replica is not allowed",
        "- at '/webhook': additional properties 'replica' not allowed",
    ),
    "word": (
        {"injection": "sidecar"},
        '- injection: injection must be one of the following: "webhook", "policy", "none"',
        "- at '/injection': value must be one of 'webhook', 'policy', 'none'",
    ),
    "number": (
        {"pods": {"tokenLifetime": 60}},
        "- pods.tokenLifetime: Must be greater than or equal to 600",
        "- at '/pods/tokenLifetime': minimum: got 60, want 600",
    ),
    "guid": (
        {"pods": {"clientId": "orders"}},
        "- pods.clientId: Does not match pattern '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$'",
        "- at '/pods/clientId': 'orders' does not match pattern '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$'",
    ),
    "type": ({"webhook": {"replicas": "2"}}, "- webhook.replicas: Invalid type. Expected: integer, given: string", "- at '/webhook/replicas': got string, want integer"),
    "digest": (
        {"image": {"digest": "abc"}},
        "- image.digest: Does not match pattern '^(sha256:[0-9a-f]{64})?$'",
        "- at '/image/digest': 'abc' does not match pattern '^(sha256:[0-9a-f]{64})?$'",
    ),
    "nothing": ({"injection": None}, "- (root): injection is required", "- at '': missing property 'injection'"),
    "nothing-deep": (
        {"guardRails": {"sidecar": None}},
        "- guardRails: sidecar is required",
        "- at '/guardRails': missing property 'sidecar'",
    ),
    "values-of-in": (
        {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In"}]}},
        "- namespaceSelector.matchExpressions.0: values is required",
        "- at '/namespaceSelector/matchExpressions/0': missing property 'values'",
    ),
    "values-of-exists": (
        {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists", "values": ["a"]}]}},
        "- namespaceSelector.matchExpressions.0.values: Array must have at most 0 items",
        "- at '/namespaceSelector/matchExpressions/0/values': maxItems: got 1, want 0",
    ),
}  # fmt: skip
"""Values that the schema refuses, and how Helm 3 and Helm 4 say so."""


@pytest.mark.parametrize("version", HELM)
@pytest.mark.parametrize("name", SCHEMA)
def test_the_schema_refuses(name, version):
    values, by_three, by_four = SCHEMA[name]
    said = refusal(values, version=version)
    assert (by_three if version.startswith("3") else by_four) in said.splitlines(), said


def nothings(schema, above=()):
    """Where `null` may be written: the path of each value, and whether the schema lets it be left out."""
    for name, each in schema["properties"].items():
        if name != "global":
            yield (*above, name), name not in schema.get("required", [])
            if "properties" in each:
                yield from nothings(each, (*above, name))


def nested(path, value):
    return {path[0]: nested(path[1:], value) if path[1:] else value}


def test_nothing_is_an_empty_value_or_refused():
    """A key with nothing behind it, as is left when all below it is commented out. What it means is never up to a template."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    inside = lambda values, path: functools.reduce(lambda found, name: (found or {}).get(name), path, values)
    for path, may_be_left_out in nothings(schema):
        if not may_be_left_out:
            said = refusal(nested(path, None))
            assert f"missing property '{path[-1]}'" in said, said
        elif inside(LEAST, path) is None:
            things = rendered(nested(path, None))
            assert things == rendered() or inside(defaults, path), path


HOSTILE = ["a'b", 'a"b', "a\\b", "a b", "a\nb", "{{ .Values }}'", "a' + object.spec + '"]


@pytest.mark.parametrize("key", ["clientId", "tenantId", "authority", "configMap", "audience", "cpu", "memory"])
def test_nothing_gets_out_of_a_literal(key):
    """What would be code in an expression, or another line of a manifest, is refused."""
    for text in HOSTILE:
        assert "does not match pattern" in refusal({"injection": "policy", "pods": {key: text}}), text


@pytest.mark.parametrize("text", ["a'b", 'a"b', "a\\b", "a\nb"])
def test_nothing_gets_out_of_a_setting(text):
    assert "does not match pattern" in refusal({"injection": "policy", "pods": {"settings": {"WISP_LOG": text}}})
    assert "invalid propertyName" in refusal({"injection": "policy", "pods": {"settings": {text: "a"}}})


def test_without_the_schema_neither():
    """Helm 4 can be told not to look at it."""
    values = {"injection": "policy", "pods": {"audience": "a' + object.spec + '"}}
    said = refusal(values, "--skip-schema-validation", version="4.3.1")
    assert "`a' + object.spec + '` has a quote, a backslash or a line break, which a policy cannot hold" in said


def reasons(*given, **more):
    """What the chart itself says, a line for each thing that is wrong."""
    return re.findall(r"^- (.*)$", refusal(*given, **more), re.MULTILINE)


def test_images_have_to_be_named():
    empty = {"repository": "", "digest": ""}
    assert reasons({"image": empty, "webhook": {"image": empty}}) == [
        "image.repository is empty: name the image of wisp in your registry, such as registry.example/wisp",
        "image.digest is empty: give the digest, sha256:…, or image.tag if the image behind it may change",
        "webhook.image.repository is empty: name the image of wispctl in your registry, such as registry.example/wispctl",
        "webhook.image.digest is empty: give the digest, sha256:…, or webhook.image.tag if the image behind it may change",
    ]
    assert rendered({"injection": "none", "image": empty, "webhook": {"image": empty}}) == {}


@pytest.mark.parametrize("version", HELM)
def test_a_cluster_without_policies_is_named(version):
    assert reasons({"injection": "policy"}, kubernetes="1.35.2", version=version) == [
        "injection is `policy`, and the cluster (Kubernetes v1.35.2) does not serve admissionregistration.k8s.io/v1/MutatingAdmissionPolicy: "
        "use Kubernetes 1.36.5 or newer, policy.apiVersion `v1beta1` where 1.34 or 1.35 has it switched on, or injection `webhook`; where there "
        "is no cluster, as for `helm template`, say which by --kube-version"
    ]
    # A cluster that says what it serves is believed, whatever its version.
    live = ["--api-versions", "v1/Pod", "--api-versions", "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy"]
    assert len(reasons({"injection": "policy"}, *live, version=version)) == 1
    served = [*live, "--api-versions", "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"]
    assert ("MutatingAdmissionPolicy", "wisp") in rendered({"injection": "policy"}, *served, version=version)


def test_a_cluster_without_guard_rails_is_named():
    assert reasons({}, kubernetes="1.29.4") == [
        "guardRails are on (clientSecret, defaultAccount, sidecar), and the cluster (Kubernetes v1.29.4) does not serve "
        "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy, which came with 1.30: update it, or set each of them to `off`"
    ]
    off = dict.fromkeys(["sidecar", "clientIds", "defaultAccount", "clientSecret"], "off")
    assert rendered({"guardRails": off}, kubernetes="1.29.4")
    assert "chart requires kubeVersion: >=1.29.0-0 which is incompatible with Kubernetes v1.28.3" in refusal({}, kubernetes="1.28.3")


def test_what_contradicts_is_named():
    both = {"configMap": "ids", "clientId": "11111111-1111-1111-1111-111111111111", "authority": "https://login.microsoftonline.us"}
    assert reasons({"pods": both}) == [
        "pods.configMap and pods.clientId both say who wisp is: keep one",
        "pods.configMap and pods.authority both say who wisp is: keep one",
    ]
    assert reasons({"pods": {"settings": {"AZURE_CLIENT_ID": "a", "WISP_CA_FILE": "b"}}}) == [
        "pods.settings has AZURE_CLIENT_ID: say it by pods.clientId",
        "pods.settings has WISP_CA_FILE: say it by pods.caFile",
    ]
    assert reasons({"injection": "policy", "pods": {"redirect": "lo", "settings": {"WISP_PASSTHROUGH": "/metadata/instance"}}}) == [
        "pods.redirect is `lo`, which adds a sysctl to those of each pod, and a policy cannot: use `auto` or `nft`, or injection `webhook`",
        "pods.settings has WISP_PASSTHROUGH, which changes more of a policy than a variable: have it in the ConfigMap that pods.configMap "
        "names, use injection `webhook`, or print the policy by `wispctl policy --set WISP_PASSTHROUGH=…`",
    ]
    assert reasons({"injection": "policy", "webhook": {"adoptPodIdentity": "standard"}}) == [
        "webhook.adoptPodIdentity is `standard`, and injection `policy` adopts nobody: use injection `webhook`, or set it to `off` once no pod "
        "needs it"
    ]
    assert reasons({}, namespace="default") == [
        "the release is in namespace `default`: wisp leaves its own namespace alone, so that pods of `default` would start without it; "
        "install it with --namespace wisp-system --create-namespace"
    ]
    assert reasons({"monitoring": {"apiGroup": "azmonitoring.coreos.com", "prometheusRule": {"enabled": True}}}) == [
        "monitoring.prometheusRule is for monitoring.coreos.com: Azure's managed Prometheus takes its rules from rule groups of Azure Resource "
        "Manager; use those, from the chart's files/alerts.yaml"
    ]


def test_labels_of_its_own_pods_stay():
    labels = {"wisp/inject": "true", "app.kubernetes.io/name": "mine", "team": "platform"}
    assert reasons({"webhook": {"podLabels": labels}}) == [
        "webhook.podLabels has app.kubernetes.io/name, which the chart sets itself: leave it out",
        "webhook.podLabels has wisp/inject, which the chart sets itself: leave it out",
    ]


def test_certificates_have_to_be_whole():
    given = lambda **certificate: {"webhook": {"certificate": certificate}}
    assert reasons(given(source="secret")) == [
        "webhook.certificate.secretName is empty: with source `secret`, name the Secret that has tls.crt and tls.key",
        "webhook.certificate.caBundle has no certificate in it: with source `secret`, give the authority that signed the certificate, as PEM",
    ]
    assert reasons(given(source="cert-manager")) == [
        "webhook.certificate.issuerRef.name is empty: with source `cert-manager`, name the issuer"
    ]
    assert reasons(given(caBundle="x")) == [
        "webhook.certificate.caBundle is of no use with source `own`, which writes it itself: leave it out, or use source `secret`"
    ]


def test_tests_have_to_be_possible():
    assert reasons({"testing": {"namespace": "shop"}}) == [
        "testing.serviceAccount is empty: in testing.namespace, name the service account that has a federated credential"
    ]
    assert reasons({"testing": {"serviceAccount": "orders"}}) == ["testing.namespace is empty: name the namespace of testing.serviceAccount"]
    assert reasons({"testing": {"namespace": NAMESPACE, "serviceAccount": "orders"}}) == [
        "testing.namespace is `wisp-system`, the release's own, which wisp leaves alone: name another one"
    ]


def test_notes_of_the_webhook():
    assert notes({"pods": {"tenantId": "contoso.com"}}).strip() == textwrap.dedent("""\
        wisp gets into pods by a webhook. Once it runs,

          kubectl --namespace wisp-system rollout status deployment/wisp-webhook

        have the pods of a namespace get it, and see that they do:

          kubectl label namespace NAMESPACE wisp/inject=true
          kubectl --namespace NAMESPACE run try --image=app:1 --labels=wisp/inject=true \\
            --annotations=wisp/client-id=CLIENT-ID --dry-run=server --output=yaml

        Pods that are there already stay as they are: kubectl --namespace NAMESPACE rollout restart deployment

        A test sees that a pod gets wisp, in a namespace that it makes and deletes. It asks for no token; for that, set testing.namespace and
        testing.serviceAccount to those of a federated credential.

          helm test wisp --namespace wisp-system""")


def test_notes_of_a_policy():
    values = {
        "injection": "policy",
        "pods": {"configMap": "ids"},
        "guardRails": {"sidecar": "warn"},
        "namespaceSelector": {"matchLabels": {"team": "orders"}},
        "testing": {"namespace": "shop", "serviceAccount": "orders"},
    }
    assert notes(values).strip() == textwrap.dedent("""\
        wisp gets into pods by the API server itself. The policy is in force within seconds.

        Have the pods of a namespace get it, and see that they do:

          kubectl label namespace NAMESPACE wisp/inject=true
          kubectl --namespace NAMESPACE run try --image=app:1 --labels=wisp/inject=true --dry-run=server --output=yaml

        Pods that are there already stay as they are: kubectl --namespace NAMESPACE rollout restart deployment

        Only namespaces that namespaceSelector selects are served:

          - key: "team"
            operator: In
            values: ["orders"]

        Each namespace needs a ConfigMap `ids` with AZURE_CLIENT_ID and AZURE_TENANT_ID.

        The guard rail `sidecar` does not refuse: a pod that asks for wisp and does not get it, as when injection is changed, starts without it
        and may have the identity of the node. Set guardRails.sidecar to `deny`.

        A test asks for a token as shop/orders:

          helm test wisp --namespace wisp-system""")


def test_notes_of_adoption():
    assert textwrap.dedent("""
        Pods of pod-managed identity are adopted where a namespace, or a pod, has the label:

          kubectl label namespace NAMESPACE wisp/adopt=true
        """) in notes({"webhook": {"adoptPodIdentity": "namespaced"}})


def test_notes_without_injection():
    assert notes({"injection": "none"}).strip() == (
        "Nothing gets into pods by itself: `wispctl inject`, a Kustomize component or a post-renderer puts wisp into manifests."
    )


PAGE = REPOSITORY / "docs/chart.md"


def test_the_commands_of_the_page(tmp_path):
    """Each command that renders does, with the values of the page."""
    files = dict(re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert files
    for name, text in files.items():
        assert yaml.safe_load(text)
        (tmp_path / name).write_text(text)
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)).replace("\\\n", " ")
    tried = 0
    for line in re.findall(r"^helm (?:upgrade --install|template) .*$", blocks, re.MULTILINE):
        words = shlex.split(line.partition("|")[0].partition("#")[0])
        words = words[words.index("wisp") :]
        words = [str(tmp_path / word) if word in files else word for word in words]
        words = [str(CHART) if word == "deploy/chart" else word for word in words if word not in ("--create-namespace", "--wait", "--reuse-values")]
        more = [] if "--kube-version" in words else ["--kube-version", "1.37.0"]
        values = {} if any(str(tmp_path) in word for word in words) else LEAST
        assert "kind: " in helm("template", *words, *more, values=values)
        tried += 1
    assert tried >= 3
