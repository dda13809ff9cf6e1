"""A fleet of forty workloads, on its way off pod-managed identity and back: each has a token before and after each step."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet.azwi import FleetAzwi
from fleet.commands import Commands
from fleet.compared import differences, left_over, snapshot
from fleet.crew import Crew
from fleet.entra import Entra
from fleet.nmi import Mic, Nmi
from fleet.objects import LABEL
from fleet.policies import FleetPolicies
from fleet.rights import Rights
from fleet.roster import BANK, FLEET, MATCHING, MILL, PORT, SHOP, of
from fleet.tokens import BUSY, wrong_tokens
from fleet.webhook import FleetWebhook
from fleet.written import MADE_ANEW, Written, template
from kit.pod_identity import ADOPTS, install
from kit.policies import INJECT

# As test_adopt.py: the objects of pod-managed identity count for the whole cluster. The tests go on from each other.
pytestmark = pytest.mark.xdist_group("pod-identity")


@pytest.fixture(scope="module")
def crew(cluster, tmp_path_factory):
    install(cluster)
    crew = Crew(cluster)
    azwi_folder = tmp_path_factory.mktemp("azwi")
    with ThreadPoolExecutor(2) as beside:
        webhook = beside.submit(FleetWebhook, cluster)
        azwi = beside.submit(FleetAzwi, cluster, azwi_folder)
        policies = FleetPolicies(cluster)
        crew.come()
    azwi.result().wait_ready()
    policies.wait_in_force()
    yield crew
    # The kinds stay, for the tests that follow; nobody waits for the rest to be gone.
    crew.go()
    for each in (policies, azwi.result(), webhook.result()):
        each.end()


@pytest.fixture(scope="module")
def commands(crew, tmp_path_factory):
    folder = tmp_path_factory.mktemp("migration")
    rights = Rights(crew, folder)
    yield Commands(rights, folder)
    rights.end()


@pytest.fixture(scope="module")
def plans(crew, commands):
    return commands.read("plan")


@pytest.fixture(scope="module")
def entra(cluster, crew, plans):
    entra = Entra(cluster.folder / "fleet-entra", cluster.folder / "keys.json", plans.values())
    crew.trust(entra)
    yield entra
    entra.end()


@pytest.fixture(scope="module")
def nmi(cluster, crew, entra):
    mic, nmi = Mic(cluster.api), Nmi(cluster.api, entra, cluster.folder / "metadata.log")
    yield nmi
    mic.end()
    nmi.end()


@pytest.fixture(scope="module")
def written(crew, commands, tmp_path_factory):
    """The files for each namespace as it is before."""
    return Written(crew, commands, tmp_path_factory.mktemp("written"))


@pytest.fixture(scope="module")
def seen():
    """The fleet's objects in each state, once it was there."""
    return {}


def test_before_a_migration_all_have_tokens_by_nmi(crew, commands, nmi, seen):
    seen["not-started"] = snapshot(crew)
    inventories = commands.read("inventory")
    found = {(name, each["kind"].split(".")[0], each["name"]) for name, found in inventories.items() for each in found["workloads"]}
    assert found == {(each.namespace, each.kind, each.name) for each in FLEET}
    assert {name: (found["unread"], found["otherWorkloads"]) for name, found in inventories.items()} == dict.fromkeys(MATCHING, ([], 0))
    assert commands.states() == states("not-started")
    assert wrong_tokens(crew) == {}
    assert {namespace for namespace, _ in nmi.given} == set(MATCHING)


def test_the_api_server_takes_what_is_written(written):
    """All of it: service accounts, components in a user's Kustomization, and patches of what runs."""
    assert written.unwritten() == UNWRITTEN
    with ThreadPoolExecutor(len(MATCHING)) as pool:
        list(pool.map(written.apply_accounts, MATCHING))
        made = pool.map(written.apply_components, MATCHING)
        patched = pool.map(written.patch, MATCHING)
        assert [each for some in made for each in wrong_templates(some, has_label=False)] == []
        assert [each for some in patched for each in wrong_templates(some, has_label=True)] == []


def test_prepared_and_back_and_again(crew, commands, entra, seen):
    assert commands.apply("prepared") == []
    seen["prepared"] = snapshot(crew)
    assert commands.states() == states("prepared")
    assert commands.roll_back("not-started") == []
    assert differences(seen["not-started"], snapshot(crew)) == {}
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.apply("prepared") == []
    assert differences(seen["prepared"], snapshot(crew)) == {}
    entra.make_credentials()
    assert commands.verify(entra, "before") == {}
    assert wrong_tokens(crew, BUSY) == {}


def test_in_parallel_and_back_and_again(crew, commands, entra, nmi, seen):
    """One namespace, with all kinds of Kubernetes, goes back and forth; meanwhile both ways are compared in another."""
    there(crew, commands, "parallel")
    seen["parallel"] = snapshot(crew)
    assert commands.states() == states("parallel")
    nmi.given.clear()
    assert wrong_tokens(crew) == {}
    assert nmi.given == [], "wisp answers before NMI is reached"
    assert crew.ways(BUSY) == {each: way(each) for each in BUSY}
    with ThreadPoolExecutor(1) as beside:
        verified = beside.submit(commands.unproven, entra, [BANK])
        assert commands.roll_back("prepared", [SHOP]) == []
        assert differences(seen["prepared"], snapshot(crew), [SHOP]) == {}
        assert wrong_tokens(crew, busy(SHOP)) == {}
        assert commands.apply("parallel", [SHOP]) == []
        assert differences(seen["parallel"], snapshot(crew), [SHOP]) == {}
    assert wrong_tokens(crew, busy(SHOP)) == {}
    assert verified.result() == {(each.namespace, each.name): unproven(each) for each in of(BANK) if not each.is_excepted}


def test_cut_over_and_back_and_again(crew, commands, written, seen):
    """One namespace goes back to the state before; another all the way, by the scripts that were written."""
    there(crew, commands, "cut-over")
    seen["cut-over"] = snapshot(crew)
    assert commands.states() == states("cut-over")
    assert wrong_tokens(crew, BUSY) == {}
    with ThreadPoolExecutor(1) as beside:
        by_scripts = beside.submit(clean_up_and_go_back, crew, written, seen)
        back(crew, commands, "parallel", [PORT])
        assert differences(seen["parallel"], snapshot(crew), [PORT]) == {}
        assert wrong_tokens(crew, busy(PORT)) == {}
        there(crew, commands, "cut-over", [PORT])
        by_scripts.result()
    # It sees that somebody has gone back meanwhile.
    assert commands.apply("cut-over", [MILL]) == []
    assert differences(seen["cut-over"], snapshot(crew), [MILL, PORT]) == {}
    assert wrong_tokens(crew, busy(MILL) + busy(PORT)) == {}


def clean_up_and_go_back(crew, written, seen):
    code, said = written.script("cleanup.sh", "--dry-run", MILL)
    assert code == 0 and all(line.startswith("would run: ") for line in said), said
    code, said = written.script("cleanup.sh", MILL)
    assert code == 0, said
    assert left_over(crew, [MILL]) == []
    assert wrong_tokens(crew, busy(MILL)) == {}
    code, said = written.script("rollback.sh", MILL)
    assert (code, {line for line in said if line.startswith("by hand: ")}) == (1, BACK_BY_HAND), said
    crew.make_anew([each for each in of(MILL) if each.kind in MADE_ANEW])
    crew.replace_pods([each for each in of(MILL) if each.kind == "ReplicaSet"])
    crew.wait_running(busy(MILL))
    assert crew.ways(busy(MILL)) == dict.fromkeys(busy(MILL))
    assert differences(seen["prepared"], snapshot(crew), [MILL]) == {}
    assert wrong_tokens(crew, busy(MILL)) == {}


def test_cleaned_and_back_and_again(crew, commands, entra, nmi, seen):
    assert commands.change("cleanup") == []
    assert wrong_tokens(crew) == {}
    assert left_over(crew) == ["azurepodidentityexceptions fleet-bank/probe"], "NMI would answer it"
    nmi.uninstall()
    assert commands.change("cleanup") == []
    assert commands.states() == states("cleaned")
    assert commands.verify(entra, "after") == {}
    assert left_over(crew) == []
    assert commands.roll_back("cut-over") == []
    assert differences(seen["cut-over"], snapshot(crew)) == {}
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.change("cleanup") == []
    assert wrong_tokens(crew, BUSY) == {}
    assert left_over(crew) == []


def test_and_all_the_way_back(crew, commands, nmi, seen):
    """From each state to the one before, all namespaces."""
    nmi.install()
    assert commands.roll_back("cut-over") == []
    assert differences(seen["cut-over"], snapshot(crew)) == {}
    back(crew, commands, "parallel")
    assert differences(seen["parallel"], snapshot(crew)) == {}
    assert wrong_tokens(crew, BUSY) == {}
    back(crew, commands, "prepared")
    assert differences(seen["prepared"], snapshot(crew)) == {}
    nmi.given.clear()
    assert wrong_tokens(crew) == {}
    assert len(set(nmi.given)) == len([each for each in FLEET if not each.asks_node]), "NMI answers all that it did before"
    assert commands.roll_back("not-started") == []
    assert commands.states() == states("not-started")
    assert wrong_tokens(crew, BUSY) == {}
    assert differences(seen["not-started"], snapshot(crew)) == {}


ROAD_LABELS = {*ADOPTS, *INJECT, "azure.workload.identity/use"}
UNWRITTEN = {
    f"error: not written: Widget.fleet.example {each.namespace}/{each.name}: its pod template is not known, for only Pod {each.namespace}/"
    f"{each.name} shows its pods; name the template by `--path`, or label the whole namespace"
    for each in FLEET
    if each.kind == "Widget"
}
KEEPS_PODS = "its kind never replaces pods: delete them, so that new ones are made"
UNKNOWN = (
    "nobody here knows where objects of kind Widget.fleet.example are served: change it as the plan says, and run this again, which looks "
    "at its pods"
)
TO_DO = dict.fromkeys(MADE_ANEW, "make it anew from its source as it was") | {"ReplicaSet": KEEPS_PODS}
BACK_BY_HAND = {f"by hand: {each}: {TO_DO[each.kind]}" for each in of(MILL) if each.kind in TO_DO}


def there(crew, commands, state, namespaces=MATCHING):
    """To this state, with what is left to the owners of Widgets; run again, the command sees that they have done it."""
    moved(crew, commands.apply, state, namespaces)


def back(crew, commands, state, namespaces=MATCHING):
    moved(crew, commands.roll_back, state, namespaces)


def moved(crew, command, state, namespaces):
    widgets = [each for each in FLEET if each.kind == "Widget" and each.namespace in namespaces]
    left = [f"error: by hand: Widget.fleet.example {each.name} in {each.namespace}: {UNKNOWN}" for each in widgets]
    assert command(state, namespaces) == left
    crew.change_widgets(state, namespaces)
    assert command(state, [each.namespace for each in widgets]) == []


def states(reached):
    """How far `status` says that each is. What is left alone is nowhere any more once its exception is gone."""
    shown = [each for each in FLEET if not (each.is_excepted and reached == "cleaned")]
    return {(each.namespace, each.kind, each.name): None if each.is_excepted else reached for each in shown}


def busy(namespace):
    return [each for each in BUSY if each.namespace == namespace]


def way(each):
    """By what it has its tokens: what the user has decided, or wisp by whatever else puts it in."""
    if each.is_excepted:
        return None
    return each.road if each.road in ("policy", "native") else "wisp"


def unproven(each):
    """What nobody can look at in a workload without a pod. An adopted one needs no annotation of its account."""
    adopted = {("annotation", "skipped")} if each.road == "adopt" else set()
    return adopted | ({("sidecar", "unchecked")} if each.is_idle else set())


def wrong_templates(made, has_label):
    """Those that have not what their road says."""
    return [str(each) for each, thing in made.items() if not is_right(each, template(thing), has_label)]


def is_right(each, template, has_label):
    metadata, names = template["metadata"], [one["name"] for one in template["spec"].get("initContainers", [])]
    labels = metadata.get("labels", {})
    if each.is_excepted:
        return "wisp" not in names
    keeps_label = has_label or each.road == "adopt"
    return (LABEL in labels) == keeps_label and ("wisp" in names or any(key in labels for key in ROAD_LABELS))
