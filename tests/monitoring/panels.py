"""The dashboards as Grafana would ask for them."""

import json
import re

from places import DEPLOY

DASHBOARDS = {name: json.loads((DEPLOY / f"{name}.json").read_text()) for name in ("dashboard-fleet", "dashboard-pod")}


def panels(name):
    """Its panels, those that are rows left out."""
    return [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]


def queries(name):
    """Panel, query and expression, each variable still in it."""
    return [(panel, target, target["expr"]) for panel in panels(name) for target in panel["targets"]]


def filled(expression, window, namespace, pod):
    """As Grafana sends it."""
    values = {"$__rate_interval": window, "$namespace": namespace, "$pod": pod}
    for variable, value in values.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression, expression
    return expression


def legend(target, labels):
    """What stands beside a line."""
    text = target.get("legendFormat") or ""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), text).strip()
