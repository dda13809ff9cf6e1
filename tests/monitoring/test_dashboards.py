"""Dashboards: Grafana's schema has all that is in them, and each query has data when Prometheus reads real sidecars."""

import json
import re

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from panels import DASHBOARDS, filled, panels, queries
from places import REPOSITORY
from prometheus import wait_for
from test_rules import documented
from world import World

WINDOW = "2m"
ALL = [(name, *query) for name in DASHBOARDS for query in queries(name)]


@pytest.fixture(scope="module")
def world(emulator, start_wisp, start_prometheus):
    made = World(emulator, start_wisp, start_prometheus)
    made.trouble()
    with made.busy():
        yield made


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_reads_it_whole(name):
    """What its types read and write again is the same: nothing in it is unknown to Grafana's schema."""
    register_default_plugins()
    read = Dashboard.from_json(DASHBOARDS[name])
    assert json.loads(JSONEncoder(sort_keys=True).encode(read)) == DASHBOARDS[name]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_each_panel_says_what_it_is(name):
    titles = [panel["title"] for panel in panels(name)]
    assert len(set(titles)) == len(titles) > 12
    assert all(panel["description"] and panel["targets"] for panel in panels(name))
    assert all(target["datasource"]["uid"] == "${datasource}" for _, target, _ in queries(name))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_metrics_of_panels_are_there(name):
    asked = {metric.removesuffix("_bucket") for _, _, query in queries(name) for metric in re.findall(r"\b(?:wisp|azure)_\w+(?=[{\[])", query)}
    assert asked and asked <= documented()


@pytest.mark.parametrize(("name", "panel", "target", "query"), ALL, ids=[f"{name}: {panel['title']}: {target.get('legendFormat', '')}" for name, panel, target, _ in ALL])
def test_each_query_has_data(name, panel, target, query, world):
    """Of the pod in which things go wrong; with all that a panel has to say at the same time."""
    expression = filled(query, WINDOW, "shop", "till-1")
    found = wait_for(lambda: world.prometheus.now(expression), 60, lambda: f"{expression} has no data")
    assert all(value == value for _, value in found), f"{expression} is no number: {found}"


def test_alerts_fire_on_what_is_read(world):
    """Those whose faults are provoked here, and none of the others; with labels of a PodMonitor."""
    wanted = {"WispRefused", "WispFederatedCredential", "WispExchangesFail", "WispThrottled", "WispRequestsRefused", "WispForgedRequests"}
    wait_for(lambda: wanted <= {name for name, _ in world.prometheus.firing()}, 90, lambda: str(world.prometheus.firing()))
    firing = world.prometheus.firing()
    assert {name for name, _ in firing} == wanted
    for name, labels in firing:
        assert labels["namespace"] == "shop" and labels.get("pod", "till-1") == "till-1", (name, labels)


def test_the_picture_has_each_panel():
    """Drawn anew by `make monitoring-picture`."""
    picture = (REPOSITORY / "docs/pictures/dashboard.svg").read_text()
    assert re.findall(r'class="title"[^>]*>([^<]*)<', picture) == [panel["title"] for panel in panels("dashboard-fleet")]
