"""Writes deploy/monitoring: rules and monitors as the chart has them, for those who install without it, and the dashboards.

    monitoring.py REPOSITORY
"""

import pathlib
import subprocess
import sys
import textwrap

import yaml

import dashboards

HELM = "target/deploy/bin/1.37/helm"
HEAD = "# `make monitoring` writes this file from deploy/chart."
RULES = ["recording-rules.yaml", "alerts.yaml", "webhook-alerts.yaml"]
EVERYTHING = ["podMonitor.enabled=true", "prometheusRule.enabled=true"]
AZURE = ["podMonitor.enabled=true", "apiGroup=azmonitoring.coreos.com"]


def main(repository):
    for path, text in written(pathlib.Path(repository)).items():
        path.write_text(text)


def written(repository):
    """What the files are to have in them."""
    folder = repository / "deploy/monitoring"
    groups = "".join((repository / "deploy/chart/files" / name).read_text() for name in RULES)
    upstream = rendered(repository, EVERYTHING)
    return {
        folder / "rules.yaml": f"{HEAD}\ngroups:\n{groups}",
        folder / "prometheus-rule.yaml": f"{HEAD}\n{shell(upstream['PrometheusRule'])}spec:\n  groups:\n{textwrap.indent(groups, '  ')}",
        folder / "pod-monitor.yaml": f"{HEAD}\n{whole(upstream['PodMonitor'])}",
        folder / "pod-monitor-azure.yaml": f"{HEAD}\n{whole(rendered(repository, AZURE)['PodMonitor'])}",
        **{folder / f"{name}.json": text for name, text in dashboards.written().items()},
    }


def rendered(repository, settings):
    """The chart's objects of monitoring, by kind, without what only a release has."""
    values = [f"--set=monitoring.{setting}" for setting in settings]
    # Its own least values; the image goes into none of these objects.
    least = repository / "deploy/chart/ci/webhook-values.yaml"
    command = [repository / HELM, "template", "wisp", repository / "deploy/chart", "--namespace=wisp-system", f"--values={least}", *values]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    objects = {thing["kind"]: thing for thing in yaml.load_all(text, yaml.CSafeLoader) if thing and "monitoring" in thing["apiVersion"]}
    for thing in objects.values():
        thing["metadata"] = {"name": thing["metadata"]["name"], "labels": {"app.kubernetes.io/name": "wisp"}}
    return objects


def shell(thing):
    """An object without what it is about."""
    return whole({key: value for key, value in thing.items() if key != "spec"})


def whole(thing):
    return yaml.safe_dump(thing, sort_keys=False, default_flow_style=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
