"""Pods of pod-managed identity in the real API server: adopted by wisp's webhook, or refused with the reason."""

import json
import time

import jwt
import pytest

from kit.entra import TENANT
from kit.manifests import container, cron_job, deployment, job, pod
from kit.metadata import ON_PURPOSE
from kit.pod import INIT, WISP
from kit.pod_identity import (
    ADOPTS, AdoptingWebhook, Nmi, binding, bound, dry_run, exception, identity, install, thing, uninstall, until_adopted, until_refused,
)  # fmt: skip
from kit.questions import ASK
from kit.webhook import ASKS
from suite.wait import until

# The objects of pod-managed identity count for the whole cluster, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("pod-identity")

WHO = f"{ASK} | grep -o '\"client_id\":\"[^\"]*\"'"
"""Asks for a token and says whose it is."""
NODE = f"wget -q -O - http://169.254.169.254/{ON_PURPOSE}"


@pytest.fixture(scope="module")
def webhook(cluster):
    install(cluster)
    webhook = AdoptingWebhook(cluster, "adopter", "--tenant-id", TENANT)
    yield webhook
    webhook.end()
    uninstall(cluster)


@pytest.fixture
def make(make_space, webhook):
    return lambda labels=ADOPTS: make_space({**webhook.labels, **labels})


@pytest.fixture
def space(make):
    """A namespace whose service account says nothing of identities, as it is before a migration."""
    space = make()
    plain(space)
    return space


def plain(space):
    for key in ["client-id", "tenant-id"]:
        space.kubectl("annotate", "serviceaccount", "app", f"azure.workload.identity/{key}-")


def whose(pod, query=""):
    """Whose token an application of the pod gets."""
    code, written = pod.execute(ASK.replace("&resource=", f"{query}&resource="))
    assert code == 0, written
    return jwt.decode(json.loads(written)["access_token"], options={"verify_signature": False})["appid"]


def by(space, **more):
    """Labels of a pod that the binding of its namespace selects. Bindings of others have other selectors, for all of them count."""
    return {"app": "app", "aadpodidbinding": space.name, **more}


def names(made):
    return [each["name"] for each in [*made["spec"].get("initContainers", []), *made["spec"]["containers"]]]


def test_six_kinds_of_workloads_get_tokens_without_a_changed_manifest(space, make_space, webhook):
    """As charts of pod-managed identity have them; nothing of wisp is in any manifest."""
    zoo = make_space()
    zoo.apply(*bound("animals", space.second_id, f"{space.name}-zoo"))
    registration = identity("robot", space.second_id, type=1, tenantID=TENANT, clientPassword={"name": "absent", "namespace": space.name})
    registration["spec"].pop("resourceID")
    keeps_to_itself = identity("nightly", space.client_id)
    keeps_to_itself["metadata"]["annotations"] = {"aadpodidentity.k8s.io/Behavior": "namespaced"}
    space.apply(
        *bound("orders", space.client_id, space.name),
        *[binding("both-1", f"{space.name}-both", "orders"), identity("second", space.second_id), binding("both-2", f"{space.name}-both", "second")],
        *[registration, binding("robot", f"{space.name}-robot")],
        *[keeps_to_itself, binding("nightly", f"{space.name}-nightly")],
        exception("except", {"tier": "raw"}),
    )
    before = webhook.adoptions()
    kind = lambda name, **more: by(space, **more) | {"aadpodidbinding": f"{space.name}-{name}"}
    looping = [container(command="sleep 1; " + WHO)]
    stateful, daemon = deployment(labels=kind("both", set="stateful")), deployment(labels=kind("zoo", set="daemon"))
    for each, name, what in [(stateful, "stateful", "StatefulSet"), (daemon, "daemon", "DaemonSet")]:
        each |= {"kind": what, "metadata": {"name": name}}
        each["spec"]["selector"]["matchLabels"] = {"set": name}
    stateful["spec"]["serviceName"] = "stateful"
    daemon["spec"].pop("replicas")
    space.apply(
        deployment(labels=by(space)),
        stateful,
        daemon,
        job(*looping, name="job", labels=kind("robot")),
        cron_job(*looping, name="cron", labels=kind("nightly")),
        pod(name="bare", labels=by(space)),
        pod(name="excepted", labels=by(space, tier="Raw")),
    )
    space.kubectl("create", "job", "nightly", "--from=cronjob/cron")
    space.wait_rolled_out("app")
    for each in ["statefulset/stateful", "daemonset/daemon"]:
        space.kubectl("rollout", "status", each, "--timeout=90s")
    bare, excepted = [each for each in space.pods() if each.name in ["bare", "excepted"]]
    assert whose(next(each for each in space.pods() if each.name.startswith("app-"))) == space.client_id
    assert whose(bare.wait_ready()) == space.client_id
    both = space.only_pod("set=stateful")
    assert (whose(both), whose(both, f"&client_id={space.second_id.upper()}")) == (space.client_id, space.second_id)
    resource = "/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/second"
    assert whose(both, f"&msi_res_id={resource}") == space.second_id
    assert whose(space.only_pod("set=daemon")) == space.second_id
    for name, client_id in [("job", space.second_id), ("nightly", space.client_id)]:
        space.kubectl("wait", "--for=condition=Complete", f"job/{name}", "--timeout=90s")
        until(lambda: client_id in space.kubectl("logs", f"job/{name}", "--container=app"), name)
    assert excepted.wait_ready().names() == ["app"]
    assert excepted.execute(NODE)[0] == 0, "it asks the node as before"
    after = webhook.adoptions()
    came_to = {result: after[result] - before.get(result, 0) for result in after}
    assert came_to["adopted"] >= 6 and came_to["excepted"] >= 1, came_to
    adopted = f"{space.name}/orders,{space.name}/second"
    logged = until(lambda: [line for line in webhook.logs() if line.get("adopted") == adopted], webhook.describe)
    assert logged[0]["namespace"] == space.name


def test_the_rule_of_nmi_on_the_node_does_not_win(space, webhook):
    """NMI still runs beside: what adopted pods ask never leaves them, and what others ask goes to NMI."""
    space.apply(*bound("orders", space.client_id, space.name))
    with Nmi() as nmi:
        space.apply(pod(name="adopted", labels=by(space)), pod(name="other"))
        adopted, other = [next(each for each in space.pods() if each.name == name).wait_ready() for name in ["adopted", "other"]]
        assert whose(adopted) == space.client_id
        address = adopted.address()
        assert [each for each in nmi.asked if each[0] == address] == []
        assert other.execute(ASK)[0] != 0, "NMI answers 404"
        assert [path for who, path in nmi.asked if who == other.address()], "the rule is there"


def test_warnings_name_what_has_to_be_there(space, webhook):
    space.apply(*bound("orders", space.client_id, space.name))
    code, said, made = dry_run(space, pod(labels=by(space)))
    assert code == 0 and names(made) == [INIT, WISP, "app"], said
    assert f"subject `system:serviceaccount:{space.name}:app`" in said, said
    warnings = [line for line in said.splitlines() if line.startswith("Warning: ")]
    assert warnings and all(len(line) <= len("Warning: ") + 120 for line in warnings), warnings
    _, said, _ = dry_run(space, pod(labels=by(space), serviceAccountName="default"))
    assert "runs as `default`" in said and f"`system:serviceaccount:{space.name}:default`" in said, said


def test_a_binding_may_come_after_the_deployment(space, webhook):
    """As Helm installs the objects of one chart: kinds that it does not know are the last."""
    space.apply(deployment(labels=by(space)))
    until(lambda: "no AzureIdentityBinding selects that" in space.events(), space.events)
    space.apply(*bound("orders", space.client_id, space.name))
    space.wait_rolled_out("app")
    assert whose(space.only_pod("app=app")) == space.client_id


def test_labels_decide_who_is_adopted(make, webhook):
    space = make({})
    space.apply(*bound("orders", space.client_id, space.name))
    assert names(dry_run(space, pod(labels=by(space)))[2]) == ["app"], "nobody asked for it"
    assert names(dry_run(space, pod(labels={**by(space), **ADOPTS}))[2]) == [INIT, WISP, "app"], "the pod asks by itself"
    adopting = make()
    for labels in [{**by(space), "wisp/adopt": "false"}, {**by(space), "wisp/inject": "false"}, {"aadpodidbinding": ""}, {}]:
        assert names(dry_run(adopting, pod(labels=labels))[2]) == ["app"], labels
    code, said, _ = dry_run(adopting, pod(labels={**by(space), "wisp/adopt": "yes"}))
    assert code == 1 and "label `wisp/adopt` cannot be `yes`" in said, said
    # With wisp's own label and without adoption, the service account names the identity.
    code, said, made = dry_run(space, pod(labels={**by(space), **ASKS}))
    assert code == 0 and space.client_id in json.dumps(made["spec"]) and "left over" in said, said


def test_a_pod_that_is_made_anew_from_an_adopted_one_stays_as_it_is(space, webhook):
    space.apply(*bound("orders", space.client_id, space.name))
    _, _, made = dry_run(space, pod(labels=by(space)))
    for field in ["uid", "creationTimestamp", "resourceVersion", "generation", "managedFields"]:
        made["metadata"].pop(field, None)
    code, said, again = dry_run(space, made)
    assert code == 0 and again["spec"] == made["spec"], said


def test_within_namespaces_bindings_of_others_count_for_nothing(space, make_space, webhook):
    zoo = make_space()
    selector = f"{space.name}-zoo"
    zoo.apply(*bound("animals", space.client_id, selector))
    manifest = pod(labels={"aadpodidbinding": selector})
    code, said, _ = dry_run(space, manifest)
    assert code == 0 and f"AzureIdentity `{zoo.name}/animals` is of another namespace" in said, said
    with webhook.matching("managed"):
        code, said, _ = dry_run(space, manifest)
        assert code == 1 and "no AzureIdentityBinding of the pod's own namespace selects that" in said, said
        space.apply(*bound("own", space.client_id, selector))
        until_adopted(space, manifest, webhook)


def test_a_service_account_that_names_another_identity_is_warned_of(make, webhook):
    space = make()
    space.apply(*bound("orders", space.second_id, space.name))
    code, said, made = dry_run(space, pod(labels=by(space)))
    assert code == 0 and f"The client id is `{space.second_id}`" in said, said


def test_what_is_malformed_is_named(space, webhook):
    """The API server's schema lets much of it in."""
    space.apply(binding("orders", space.name))
    until_refused(space, pod(labels=by(space)), "names AzureIdentity", webhook)
    space.apply(identity("orders", "orders"))
    until_refused(space, pod(labels=by(space)), "`clientID` cannot be `orders`: expected a GUID", webhook)
    space.apply(identity("orders", space.client_id, type=7))
    until_refused(space, pod(labels=by(space)), "`type` cannot be `7`", webhook)
    space.apply(identity("orders", space.client_id, type=1))
    until_refused(space, pod(labels=by(space)), "it has no `tenantID`", webhook)
    space.apply(identity("orders", f" {space.client_id.upper()} "))
    until_adopted(space, pod(labels=by(space)), webhook)
    space.apply(identity("orders", space.client_id, resourceID="somewhere"))
    until(lambda: "`resourceID` cannot be `somewhere`" in dry_run(space, pod(labels=by(space)))[1], webhook.describe, patience=20)
    until_refused(space, pod(labels={"aadpodidbinding": space.name.upper()}), "selectors are compared to the letter", webhook)


def test_fields_in_other_capitals(space, webhook):
    """Today's schema drops them without a word; one from before keeps them, and they are read."""
    old = thing("AzureIdentity", "old", {"type": 0, "ClientID": space.client_id})
    space.try_kubectl("create", "--validate=false", "--filename=-", stdin=json.dumps(old))
    space.apply(binding("old", space.name))
    until_refused(space, pod(labels=by(space)), "API servers drop fields that are capitalised otherwise", webhook)
    schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-preserve-unknown-fields"
    crds = [f"crd/{each}.aadpodidentity.k8s.io" for each in ["azureidentities", "azureidentitybindings"]]
    for each in crds:
        space.kubectl("patch", each, "--type=json", "--patch", json.dumps([{"op": "add", "path": schema, "value": True}]))
    try:
        binding_before = thing("AzureIdentityBinding", "before", {"AzureIdentity": "before", "Selector": f"{space.name}-before"})
        before = thing("AzureIdentity", "before", {"Type": 0, "ClientID": space.client_id, "ResourceID": "subscriptions/s/resourcegroups/g/providers/microsoft.managedidentity/userassignedidentities/before"})  # fmt: skip

        def is_kept(each, field):
            """The schema of a moment ago may still be in force."""
            space.try_kubectl("delete", "--ignore-not-found", each["kind"], "before")
            space.try_kubectl("create", "--validate=false", "--filename=-", stdin=json.dumps(each))
            return field in json.loads(space.kubectl("get", each["kind"], "before", "--output=json"))["spec"]

        until(lambda: is_kept(before, "ClientID") and is_kept(binding_before, "Selector"), webhook.describe)
        manifest = pod(labels={"aadpodidbinding": f"{space.name}-before"})
        until_adopted(space, manifest, webhook)
        assert "/subscriptions/s/resourcegroups/g/" in json.dumps(dry_run(space, manifest)[2]["spec"])
    finally:
        for each in crds:
            space.kubectl("patch", each, "--type=json", "--patch", json.dumps([{"op": "remove", "path": schema}]))


def test_thousands_of_bindings_are_read(space, webhook):
    """In pages, within the time that an API server gives a webhook."""
    many = [each for number in range(700) for each in bound(f"n{number}", f"44444444-4444-4444-4444-{number + 1:012}", "other")]
    # Large ones among them, which no page has room for.
    for number in range(10):
        large = identity(f"large{number}", space.client_id)
        large["metadata"]["annotations"] = {"example/notes": "x" * 200_000}
        space.kubectl("create", "--filename=-", stdin=json.dumps(large))
    space.kubectl("create", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": many}))
    space.apply(*bound("orders", space.client_id, space.name))
    until_adopted(space, pod(labels=by(space)), webhook)
    time.sleep(6)
    start = time.monotonic()
    assert dry_run(space, pod(labels=by(space)))[0] == 0
    took = time.monotonic() - start
    print(f"{took:.2f} s with 1400 objects, kubectl and the API server included")
    assert took < 5


def test_rights_and_kinds_that_are_missing_are_named(space, webhook, cluster):
    space.apply(*bound("orders", space.client_id, space.name))
    until_adopted(space, pod(labels=by(space)), webhook)
    with webhook.without_rights():
        fix = "give its service account a ClusterRole that allows `list` on `azureidentities`"
        until_refused(space, pod(labels=by(space)), fix, webhook)
        assert dry_run(space, pod())[0] == 0, "who has no label is not concerned"
    until_adopted(space, pod(labels=by(space)), webhook)
    uninstall(cluster)
    try:
        until_refused(space, pod(labels=by(space)), "pod-managed identity is not installed", webhook)
    finally:
        install(cluster)
    counted = webhook.adoptions()
    assert counted["unlisted"] >= 1 and counted["unbound"] >= 1, counted


def test_without_the_flag_nobody_is_adopted_silently(space, webhook):
    space.apply(*bound("orders", space.client_id, space.name))
    with webhook.changed(lambda arguments: [each for each in arguments if not each.startswith("--adopt")]):
        code, said, _ = dry_run(space, pod(labels=by(space)))
        assert code == 1 and "start it with `--adopt-pod-identity`" in said, said
