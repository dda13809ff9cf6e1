"""Admission policies on a real API server: what they add, whom they refuse, and that a token comes of it."""

import copy
import json
import re

import pytest
import yaml

from kit.manifests import container, deployment, job, pod
from kit.on_record import MADE, OTHER, USE, compared, opted_in
from kit.places import ROOT
from kit.pod import INIT, WISP, Pod
from kit.policies import INJECT, Policies, alike
from kit.questions import ASK, ASK_BY
from suite.wait import until


@pytest.fixture
def policies(space):
    policies = Policies(space)
    yield policies
    policies.remove()


def by_both(policies, manifest, choices, identity=True):
    """What differs between the two ways into a pod."""
    by_hand = policies.space.try_inject(manifest, choices=choices, identity=identity)
    wanted = policies.dry_run(yaml.safe_load(by_hand.stdout)) if by_hand.returncode == 0 else (None, by_hand.stderr, None)
    return compared(policies.dry_run(manifest), wanted)


def assert_same(policies, manifests, *choices, identity=True):
    different = {name: by_both(policies, manifest, choices, identity) for name, manifest in manifests}
    different = {name: why for name, why in different.items() if why}
    assert not different, "\n".join(f"{name}: {why}" for name, why in different.items())


CHOICES = {
    "config-map": ("--mode", "env", "--config-map", "orders-identity"),
    "own-token": ("--token", "own"),
    "webhook": ("--token", "webhook"),
    "shared": ("--token", "webhook", "--share-token", "true", "--mode", "http-proxy", "--no-proxy", "10.0.0.0/8"),
    "ports": ("--mode", "env", "--token-port", "5254", "--admin-port", "5255", "--user", "2000", "--variables", "msi"),
    "settings": ("--set", "WISP_PASSTHROUGH=/metadata/instance", "--redirect", "nft", "--cpu", "50m", "--set", "WISP_LINGER=5s"),
    "containers": ("--mode", "env", "--containers", "app", "--audience", "api://other"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_kept_too(policies, name):
    choices = CHOICES[name]
    identity = "--config-map" not in choices
    policies.inject(*choices, identity=identity)
    assert_same(policies, [(name, opted_in(manifest)) for name, manifest in MADE.items()], *choices, identity=identity)


def test_an_identity_may_come_from_the_pod_alone(policies):
    """The policy says nothing of it, and refuses a pod that says nothing either."""
    policies.inject("--mode", "env", identity=False)
    said = {"azure.workload.identity/client-id": OTHER, "azure.workload.identity/tenant-id": "contoso.example"}
    manifests = {
        "both": pod(annotations=said),
        "none": pod(),
        "client id": pod(annotations={"wisp/client-id": OTHER}),
        "labelled": pod(labels={USE: "true"}),
        "labelled and annotated": pod(labels={USE: "true"}, annotations=said),
    }
    assert_same(policies, [(name, opted_in(manifest)) for name, manifest in manifests.items()], "--mode", "env", identity=False)
    refusal = policies.refusal(opted_in(pod()))
    assert "no client id: give the pod annotation `wisp/client-id` or `azure.workload.identity/client-id`" in refusal
    assert "no tenant: give the pod annotation `wisp/tenant-id`" in refusal


def known(space, mode="redirect"):
    """The choices of a policy whose pods say who they are."""
    return ["--mode", mode, "--tenant-id", space.tenant, "--authority", space.authority]


@pytest.mark.parametrize("mode", ASK_BY)
def test_a_pod_gets_a_token(space, policies, mode):
    policies.inject(*known(space, mode), identity=False)
    space.apply(pod(labels=INJECT, annotations={"azure.workload.identity/client-id": space.client_id}))
    Pod(space, "app").wait_ready().token(ask=ASK_BY[mode])


def test_pods_of_deployments_and_jobs_do(space, policies):
    """Nothing but their template says that they are to have wisp; a Job ends."""
    policies.inject()
    once = job(container(command=f"{ASK} && echo"), name="once", labels=INJECT)
    space.apply(deployment(labels={"app": "app", **INJECT}), once)
    space.kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s")
    (once,) = space.pods("job-name=once")
    once.wait_logged("app", '"access_token"')
    assert once.names()[:2] == ["wisp-check", INIT]
    space.wait_rolled_out("app")
    (app,) = space.pods("app=app")
    app.token()


def test_wisp_comes_before_init_containers_of_the_application(space, policies):
    policies.inject()
    first = container("first", f"{ASK} && echo")
    space.apply(opted_in(pod(initContainers=[first])))
    app = Pod(space, "app").wait_ready()
    assert app.names() == [INIT, WISP, "first", "app"]
    app.wait_logged("first", '"access_token"')


def test_asking_again_changes_nothing(space, policies):
    """Of a pod that was injected, by the policy or by hand; and where another policy has it asked again."""
    policies.inject()
    once = policies.admitted(opted_in(pod()))
    assert alike(policies.admitted(strip(once))) == alike(copy.deepcopy(once))
    by_hand = space.inject(opted_in(pod()))
    assert [each["name"] for each in policies.admitted(by_hand)["spec"]["initContainers"]] == [INIT, WISP]

    policies.create(later(space))
    twice = until(lambda: "later" in (found := policies.admitted(opted_in(pod())))["metadata"]["labels"] and found, "the other policy")
    assert [each["name"] for each in twice["spec"]["initContainers"]] == [INIT, WISP]
    assert [each["name"] for each in twice["spec"]["volumes"]].count("wisp-token") == 1


def strip(admitted):
    """The pod as it would be sent again."""
    again = copy.deepcopy(admitted)
    for key in ("uid", "creationTimestamp", "managedFields", "generation"):
        again["metadata"].pop(key, None)
    again.pop("status", None)
    return again


def later(space):
    """A policy that changes pods after wisp's, so that wisp's is asked again."""
    name = f"z-later-{space.name}"
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": space.name}}
    patch = "[JSONPatch{op: 'add', path: '/metadata/labels/later', value: dyn('x')}]"
    spec = {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "IfNeeded",
        "matchConstraints": {"resourceRules": rules, "namespaceSelector": selector},
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
    }
    group = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    binding = {**group, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": name}}
    return yaml.safe_dump_all([{**group, "kind": "MutatingAdmissionPolicy", "spec": spec}, binding])


def has_wisp(admitted):
    return any(each["name"] == WISP for each in admitted["spec"].get("initContainers", []))


def test_who_opts_in(make_space):
    """The pod's label, or the namespace's where the pod says nothing; never where the cluster itself lives."""
    labelled, plain = make_space(INJECT), make_space()
    by_namespace, by_pod = Policies(labelled), Policies(plain)
    try:
        by_namespace.inject()
        by_pod.inject(namespaces=["kube-system"])
        no = {"wisp/inject": "false"}
        for policies, manifest, expected in [
            (by_namespace, pod(), True),
            (by_namespace, pod(labels=INJECT), True),
            (by_namespace, pod(labels=no), False),
            (by_namespace, pod(annotations=no), False),
            (by_pod, pod(), False),
            (by_pod, pod(labels=INJECT), True),
            (by_pod, pod(labels=no), False),
        ]:
            assert has_wisp(policies.admitted(manifest)) == expected, manifest["metadata"]
        assert "keep one" in by_pod.refusal(pod(labels=INJECT, annotations=no))
        assert "label `wisp/inject` cannot be `yes`: expected `true` or `false`" in by_pod.refusal(pod(labels={"wisp/inject": "yes"}))
        system = {**pod(labels=INJECT, automountServiceAccountToken=False), "kind": "Pod"}
        system["spec"]["serviceAccountName"] = "default"
        code, said, admitted = by_pod.dry_run(system, "kube-system")
        assert code == 201 and not has_wisp(admitted), said
    finally:
        by_namespace.remove()
        by_pod.remove()


TOKEN = {"name": "wisp-token", "emptyDir": {}}
REFUSED = {
    "hostNetwork": (pod(hostNetwork=True), "the pod uses the node's network (hostNetwork)"),
    "windows": (pod(os={"name": "windows"}), "a Windows pod: wisp runs on Linux only"),
    "container": (pod(container(), container("wisp-init")), "the pod already has a container `wisp-init`, which nobody injected"),
    "sidecar": (pod(initContainers=[container("wisp", restartPolicy="Always")]), "the pod already has a container `wisp`, which nobody"),
    "volume": (pod(volumes=[TOKEN]), "the pod already has a volume `wisp-token`, which nobody injected; rename it"),
    "port": (pod(container(ports=[{"containerPort": 4254}])), "container `app` listens on port 4254, which wisp needs in the same pod"),
    "half": (pod(annotations={"wisp/injected": "{}"}), "it is half of an injected pod; remove the annotation"),
    "unknown": (pod(annotations={"wisp/modes": "env"}), "annotation `wisp/modes` is not known; wisp-"),
    "choice": (pod(annotations={"wisp/mode": "env"}), "annotation `wisp/mode` is `env`, and an admission policy gives every pod the same"),
    "setting": (pod(annotations={"wisp/set.WISP_LINGER": "5s"}), "annotation `wisp/set.WISP_LINGER` is `5s`, and an admission policy"),
    "client id": (pod(annotations={"wisp/client-id": "x"}), "annotation `wisp/client-id` cannot be `x`: expected a GUID"),
    "lifetime": (pod(annotations={"wisp/token-lifetime": "60"}), "annotation `wisp/token-lifetime` cannot be `60`: expected a number"),
    "proxy": (pod(container(env=[{"name": "HTTPS_PROXY", "value": "http://p:1"}])), "say the one of all pods by `wispctl policy --set"),
    "azwi": (pod(container(), container("azwi-proxy")), "container `azwi-proxy` belongs to the workload identity webhook's proxy"),
    "user": (pod(securityContext={"runAsUser": 54254}), "container `app` runs as user 54254, as wisp does"),
}  # fmt: skip


@pytest.fixture(scope="module")
def strict(cluster):
    """A policy for a namespace that all of these share."""
    from kit.space import Space

    policies = Policies(Space(cluster))
    policies.inject("--set", "WISP_PASSTHROUGH=/metadata/instance")
    yield policies
    policies.remove()
    policies.space.remove()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_name(strict, name):
    manifest, message = REFUSED[name]
    assert message in strict.refusal(opted_in(manifest))


def test_a_choice_that_says_the_same_is_harmless(strict):
    assert has_wisp(strict.admitted(opted_in(pod(annotations={"wisp/mode": "redirect", "wisp/token-port": "4254"}))))


def test_a_pod_is_not_let_through_without_wisp(space, policies):
    """Where the policy that injects is gone, its other half refuses what it would have injected."""
    policies.inject()
    for by in ("by-pod", "by-namespace"):
        space.cluster.kubectl("delete", "mutatingadmissionpolicybinding", f"wisp-{space.name}-{by}")
    message = f"MutatingAdmissionPolicy `wisp-{space.name}` did not put it in"
    until(lambda: message in policies.refusal(opted_in(pod())), "the other half refuses")
    assert policies.refusal(pod()) == ""


def guarded(policies, rail, refused, *arguments):
    """Waits until the guard rail refuses this."""
    policies.guard(rail, *arguments)
    until(lambda: policies.refusal(refused), f"guard rail {rail}")
    return policies


def test_guard_rail_sidecar(space, policies):
    bare = opted_in(pod())
    guarded(policies, "sidecar", bare)
    assert "has no sidecar `wisp`" in policies.refusal(bare) and "`wispctl inject`" in policies.refusal(bare)
    injected = space.inject(opted_in(pod(container(), container("other"))))
    assert policies.refusal(pod()) == policies.refusal(injected) == ""
    stolen = copy.deepcopy(injected)
    stolen["spec"]["containers"][1]["volumeMounts"] = [{"name": "wisp-token", "mountPath": "/t"}]
    assert "container `other` mounts a token for Entra that is for wisp alone; remove the mount" in policies.refusal(stolen)
    own = copy.deepcopy(injected)
    source = {"serviceAccountToken": {"audience": "api://AzureADTokenExchange", "path": "t"}}
    own["spec"]["volumes"].append({"name": "mine", "projected": {"sources": [source]}})
    own["spec"]["containers"][0]["volumeMounts"] = [{"name": "mine", "mountPath": "/t"}]
    assert "container `app` mounts a token for Entra" in policies.refusal(own)
    space.apply(injected)
    debugger = {"name": "debugger", "image": "x", "volumeMounts": [{"name": "wisp-token", "mountPath": "/t"}]}
    patch = json.dumps({"spec": {"ephemeralContainers": [debugger]}})
    refused = space.try_kubectl("patch", "pod", "app", "--subresource=ephemeralcontainers", "--patch", patch)
    assert refused.returncode and "container `debugger` mounts a token for Entra" in refused.stderr


def test_guard_rail_client_ids(space, policies):
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "wisp"}, "data": {"AZURE_CLIENT_ID": OTHER}}
    guarded(policies, "client-ids", wrong)
    injected = space.inject(pod())
    assert f"may not use client id {space.client_id}, for its annotation `wisp/client-ids` lists none" in policies.refusal(injected)
    space.cluster.kubectl("annotate", "namespace", space.name, f"wisp/client-ids={space.client_id.upper()}")
    until(lambda: not policies.refusal(injected), "the id is allowed")
    message = f"namespace `{space.name}` may not use client id {OTHER}"
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "b"}}
    account["metadata"]["annotations"] = {"azure.workload.identity/client-id": OTHER}
    table = {**wrong, "data": {"WISP_IDENTITIES": f'{{a = {{client_id = "{OTHER}", object_id = "{space.client_id}"}}}}'}}
    other = space.inject(pod(), "--client-id", OTHER, "--tenant-id", space.tenant, identity=False)
    for refused in (wrong, table, account, pod(annotations={"wisp/client-id": OTHER}), other):
        refusal = policies.refusal(refused)
        assert message in refusal and f"kubectl annotate --overwrite namespace {space.name} wisp/client-ids=" in refusal
    account["metadata"]["annotations"] = {"azure.workload.identity/client-id": space.client_id}
    for admitted in (account, pod(), {**wrong, "data": {"AZURE_CLIENT_ID": space.client_id, "other": OTHER}}):
        assert policies.refusal(admitted) == ""
    unseen = space.inject(pod(), "--settings-from", "secret/ids")
    assert "takes settings from Secret `ids`, where no policy can see" in policies.refusal(unseen)


def test_guard_rail_default_account(space, policies):
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "annotations": {}}}
    annotated = copy.deepcopy(account)
    annotated["metadata"]["annotations"]["azure.workload.identity/client-id"] = OTHER
    shared = opted_in(pod(serviceAccountName="default"))
    guarded(policies, "default-account", shared)
    assert "the pod has an identity and runs as service account `default`" in policies.refusal(shared)
    assert "runs as service account `default`" in policies.refusal(pod(labels={USE: "true"}, serviceAccountName="default"))
    assert policies.refusal(pod(serviceAccountName="default")) == policies.refusal(opted_in(pod())) == ""
    dry = ["apply", "--dry-run=server", "--filename=-"]
    refused = space.try_kubectl(*dry, stdin=json.dumps(annotated)).stderr
    assert "service account `default` may not have an identity" in refused
    assert space.try_kubectl(*dry, stdin=json.dumps(account)).returncode == 0
    annotated["metadata"]["name"] = "app"
    assert space.try_kubectl(*dry, stdin=json.dumps(annotated)).returncode == 0


def test_guard_rail_client_secret(space, policies):
    secret = container(env=[{"name": "AZURE_CLIENT_SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    refused = opted_in(pod(secret))
    guarded(policies, "client-secret", refused)
    message = "container `app` sets `AZURE_CLIENT_SECRET`, and the pod has an identity that needs no secret"
    for manifest in (refused, pod(secret, labels={USE: "true"}), space.inject(pod(secret))):
        assert message in policies.refusal(manifest)
    for manifest in (pod(secret), opted_in(pod()), space.inject(pod())):
        assert policies.refusal(manifest) == ""


def test_a_guard_rail_may_only_warn(policies):
    policies.guard("sidecar", "--action", "warn")
    warned = until(lambda: policies.refusal(opted_in(pod())), "the guard rail")
    assert "has no sidecar `wisp`" in warned and policies.dry_run(opted_in(pod()))[0] == 201


def test_what_is_in_deploy_is_taken_to_the_letter(cluster):
    """Without a warning of the API server, which checks the types in each expression."""
    files = sorted(path for path in (ROOT / "deploy/policy").glob("*.yaml"))
    assert len(files) == 8
    for path in files:
        done = cluster.try_kubectl("create", "--dry-run=server", "--validate=strict", "--filename", path)
        assert (done.returncode, done.stderr) == (0, ""), path


KYVERNO = ROOT / "target/kyverno/policies.kyverno.io_validatingpolicies.yaml"


@pytest.fixture(scope="module")
def kyverno(cluster):
    cluster.kubectl("apply", "--server-side", "--filename", KYVERNO)
    # At first it has no conditions at all, which kubectl calls an error.
    established = ["wait", "--for=condition=Established", "--timeout=60s", "--filename", KYVERNO]
    until(lambda: cluster.try_kubectl(*established).returncode == 0, "the definition is there")
    yield
    cluster.kubectl("delete", "--filename", KYVERNO)


@pytest.mark.xdist_group("kyverno")
def test_guard_rails_for_kyverno_fit_its_schema(cluster, kyverno):
    files = sorted((ROOT / "deploy/policy/kyverno").glob("*.yaml"))
    assert len(files) == 4
    for path in files:
        arguments = ["create", "--dry-run=server", "--validate=strict", "--filename=-"]
        done = until(lambda: (done := cluster.try_kubectl(*arguments, stdin=path.read_text())).returncode == 0 and done, path)
        assert done.stderr == ""
    broken = path.read_text().replace("validationActions:", "validationAction:")
    assert cluster.try_kubectl(*arguments, stdin=broken).returncode != 0


COST = "apiserver_mutating_admission_policy_check_duration_seconds"


def test_a_policy_costs_milliseconds(space, policies):
    """By the API server's own metrics; and no check of it failed."""
    policies.inject("--mode", "http-proxy")
    for name, manifest in MADE.items():
        policies.dry_run(opted_in(manifest))
    checks, seconds = cost(space.cluster, f"wisp-{space.name}")
    print(f"{1000 * seconds / checks:.2f} ms for each of {checks:.0f} pods")
    assert checks >= len(MADE) and seconds / checks < 0.05


def cost(cluster, policy):
    """How often a policy was asked, and how long that took in seconds."""
    metrics = cluster.api.text("/metrics")
    lines = [line for line in metrics.splitlines() if line.startswith(COST) and f'policy="{policy}"' in line]
    assert lines and all('error_type="no_error"' in line for line in lines), lines
    total = lambda end: sum(float(line.split()[-1]) for line in lines if re.match(f"{COST}_{end}{{", line))
    return total("count"), total("sum")
