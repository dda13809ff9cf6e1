"""A fleet of forty workloads, on its way off pod-managed identity: each has a token before and after each step."""

import pytest

from fleet.commands import Commands
from fleet.crew import Crew
from fleet.entra import Entra
from fleet.nmi import Mic, Nmi
from fleet.roster import FLEET, MATCHING
from kit.pod_identity import install, uninstall

# As test_adopt.py: the objects of pod-managed identity count for the whole cluster.
pytestmark = pytest.mark.xdist_group("pod-identity")


@pytest.fixture(scope="module")
def crew(cluster):
    install(cluster)
    crew = Crew(cluster)
    crew.come()
    yield crew
    crew.go()
    uninstall(cluster)


@pytest.fixture(scope="module")
def commands(cluster, tmp_path_factory):
    return Commands(cluster, tmp_path_factory.mktemp("migration"))


@pytest.fixture(scope="module")
def plans(crew, commands):
    return commands.read("plan")


@pytest.fixture(scope="module")
def entra(cluster, plans):
    entra = Entra(cluster.folder / "fleet-entra", cluster.folder / "keys.json", plans.values())
    yield entra
    entra.end()


@pytest.fixture(scope="module")
def nmi(cluster, crew, entra):
    mic, nmi = Mic(cluster.api), Nmi(cluster.api, entra, cluster.folder / "metadata.log")
    yield nmi
    mic.end()
    nmi.end()


def test_before_a_migration_all_have_tokens_by_nmi(crew, commands, plans, nmi):
    inventories = commands.read("inventory")
    seen = {(name, each["kind"].split(".")[0], each["name"]) for name, found in inventories.items() for each in found["workloads"]}
    assert seen == {(each.namespace, each.kind, each.name) for each in FLEET}
    assert {name: (found["unread"], found["otherWorkloads"]) for name, found in inventories.items()} == dict.fromkeys(MATCHING, ([], 0))
    assert crew.tokens() == {}
    given = {namespace for namespace, _ in nmi.given}
    assert given == set(MATCHING)
