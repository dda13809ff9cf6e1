"""Fixtures: the cluster that the tests were started in, and a namespace for each test."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from kit.cluster import Cluster
from kit.metadata import ON_PURPOSE
from kit.space import Space
from kit.webhook import Webhook

TAKE_LONG = ["test_webhook_rotation", "test_fleet", "test_adopt", "test_chart", "test_webhook_certificates", "test_same_pod", "test_webhook"]
"""What takes long, or what one worker has to do, begins first, so that nobody waits for it at the end."""
MEASURE_TIME = {"test_end", "test_faults", "test_probes", "test_start_time"}


@pytest.fixture(scope="session")
def cluster():
    return Cluster.of_environment()


@pytest.fixture(scope="session")
def webhook(cluster):
    """For all that leave it as it is, or put it back: of one group, so that there is one."""
    webhook = Webhook(cluster, "inject")
    yield webhook
    webhook.end()


@pytest.fixture
def make_space(cluster):
    """Makes namespaces, with labels."""
    made = []

    def make(labels=None):
        made.append(Space(cluster, labels))
        return made[-1]

    yield make
    for space in made:
        space.remove()


@pytest.fixture
def space(make_space):
    return make_space()


@pytest.fixture(autouse=True)
def nobody_asked_the_node(cluster):
    """For the node's identity; but those who said in the path that they did so on purpose."""
    yield
    asked = [(who, path) for who, path in cluster.asked_of_node() if ON_PURPOSE not in path]
    assert not asked, f"the node's metadata service was asked: {asked}"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: TAKE_LONG.index(item.path.stem) if item.path.stem in TAKE_LONG else len(TAKE_LONG))
    # What compares times may lose on a machine that is starved for a moment, whatever wisp does: it is tried again.
    for item in items:
        if item.path.stem in MEASURE_TIME:
            item.add_marker(pytest.mark.flaky(reruns=2))
