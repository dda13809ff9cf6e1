"""A fleet of forty workloads, on its way off pod-managed identity and back: each has a token before and after each step."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet.commands import Commands
from fleet.compared import differences, left_over, snapshot
from fleet.crew import Crew
from fleet.entra import Entra
from fleet.nmi import Mic, Nmi
from fleet.roster import FLEET, MATCHING
from fleet.tokens import BUSY, wrong_tokens
from fleet.webhook import FleetWebhook
from kit.pod_identity import install

# As test_adopt.py: the objects of pod-managed identity count for the whole cluster.
pytestmark = pytest.mark.xdist_group("pod-identity")


UNKNOWN = "nobody here knows where objects of kind Widget.fleet.example are served"
BY_HAND = [f"error: by hand: Widget.fleet.example {each.name} in {each.namespace}: {UNKNOWN}" for each in FLEET if each.kind == "Widget"]


@pytest.fixture(scope="module")
def crew(cluster):
    install(cluster)
    crew = Crew(cluster)
    with ThreadPoolExecutor(1) as beside:
        webhook = beside.submit(FleetWebhook, cluster)
        crew.come()
    yield crew
    # The kinds stay, for the tests that follow; nobody waits for the rest to be gone.
    crew.go()
    webhook.result().end()


@pytest.fixture(scope="module")
def commands(cluster, tmp_path_factory):
    return Commands(cluster, tmp_path_factory.mktemp("migration"))


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
def before(crew, nmi):
    return snapshot(crew)


def test_before_a_migration_all_have_tokens_by_nmi(crew, commands, nmi, before):
    inventories = commands.read("inventory")
    seen = {(name, each["kind"].split(".")[0], each["name"]) for name, found in inventories.items() for each in found["workloads"]}
    assert seen == {(each.namespace, each.kind, each.name) for each in FLEET}
    assert {name: (found["unread"], found["otherWorkloads"]) for name, found in inventories.items()} == dict.fromkeys(MATCHING, ([], 0))
    assert wrong_tokens(crew) == {}
    assert {namespace for namespace, _ in nmi.given} == set(MATCHING)


def test_the_whole_way_there(crew, commands, entra, nmi, before):
    assert commands.apply("prepared") == []
    entra.make_credentials()
    assert commands.verify(entra, "before") == {}
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.apply("parallel") == BY_HAND
    crew.change_widgets(has_wisp=True, has_label=True)
    nmi.given.clear()
    assert wrong_tokens(crew) == {}
    assert nmi.given == [], "wisp answers before NMI is reached"
    assert commands.apply("cut-over") == BY_HAND
    crew.change_widgets(has_wisp=True, has_label=False)
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.change("cleanup") == []
    assert wrong_tokens(crew) == {}
    assert left_over(crew) == ["azurepodidentityexceptions fleet-bank/probe"], "NMI would answer it"
    nmi.uninstall()
    assert commands.change("cleanup") == []
    assert commands.verify(entra, "after") == {}
    assert wrong_tokens(crew, BUSY) == {}
    assert left_over(crew) == []


def test_and_back_again(crew, commands, nmi, before):
    """From each state to the one before."""
    nmi.install()
    assert commands.roll_back("cut-over") == []
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.roll_back("parallel") == []
    crew.change_widgets(has_wisp=True, has_label=True)
    assert wrong_tokens(crew, BUSY) == {}
    assert commands.roll_back("prepared") == []
    crew.change_widgets(has_wisp=False, has_label=True)
    nmi.given.clear()
    assert wrong_tokens(crew) == {}
    assert len(set(nmi.given)) == len([each for each in FLEET if not each.asks_node]), "NMI answers all that it did before"
    assert commands.roll_back("not-started") == []
    assert wrong_tokens(crew, BUSY) == {}
    assert differences(before, snapshot(crew)) == {}
