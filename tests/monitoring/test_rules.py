"""Rules: promtool takes them, each alert fires and stays silent, and what they name is there."""

import collections
import pathlib
import re

import pytest
import yaml

import monitoring
from places import DEPLOY, REPOSITORY, RULES, alerts, groups, promtool

CASES = yaml.safe_load(pathlib.Path(__file__).with_name("cases.yaml").read_text())
LEVELS = {"critical", "warning", "info"}

OF_OTHERS = {
    "up": "Prometheus itself",
    "kube_pod_labels": "kube-state-metrics",
    "kube_namespace_labels": "kube-state-metrics",
    "kube_pod_status_phase": "kube-state-metrics",
    "kube_pod_(init_)?container_info": "kube-state-metrics",
    "kube_pod_(init_)?container_status_restarts_total": "kube-state-metrics",
    "apiserver_mutating_admission_policy_check_total": "API servers",
    "apiserver_validating_admission_policy_check_total": "API servers",
    "apiserver_admission_webhook_rejection_count": "API servers",
}
"""Metrics that are not wisp's, and whose they are."""


def test_what_is_written_is_what_the_chart_has():
    differing = [path.name for path, text in monitoring.written(REPOSITORY).items() if not path.exists() or path.read_text() != text]
    assert differing == [], "run `make monitoring`"


def test_promtool_takes_the_rules():
    assert "SUCCESS" in promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)


def expected(case):
    """What somebody is told when an alert of a case fires; all but the summary is the rule's own text."""
    fires, rule = case["fires"], alerts()[case["alert"]]
    description = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: fires["labels"][found[1]], rule["annotations"]["description"])
    annotations = {**rule["annotations"], "summary": fires["summary"], "description": description}
    return {"exp_labels": {**fires["labels"], **rule["labels"]}, "exp_annotations": annotations}


def promtool_test(case):
    interval = case.get("every", "30s")
    moments = [{"eval_time": each, "exp_alerts": []} for each in case.get("silent", [])]
    if "fires" in case:
        moments.append({"eval_time": case["fires"]["at"], "exp_alerts": [expected(case)]})
    return {
        "rule_files": [str(RULES)],
        "evaluation_interval": interval,
        "tests": [
            {
                "interval": interval,
                "input_series": [{"series": series, "values": values} for series, values in case["series"].items()],
                "alert_rule_test": [{"alertname": case["alert"], **moment} for moment in moments],
            }
        ],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['alert']}: {case.get('about', 'as ever')}")
def test_alert(case, tmp_path):
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(promtool_test(case)))
    promtool("test", "rules", file)


def test_each_alert_is_seen_firing_and_silent():
    shown = collections.defaultdict(set)
    for case in CASES:
        shown[case["alert"]] |= {key for key in ("fires", "silent") if key in case}
    assert dict(shown) == {alert: {"fires", "silent"} for alert in alerts()}


def test_each_alert_says_what_and_what_to_do():
    page = (REPOSITORY / "docs/runbooks.md").read_text()
    headings = [heading for heading in re.findall(r"^## (.*)$", page, re.MULTILINE) if heading.startswith("Wisp")]
    assert headings == list(alerts()), "a runbook each, in the order of the rules"
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in LEVELS
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
        level = re.search(rf"^## {name}\n\n\*(\w+)\*", page, re.MULTILINE)
        assert level and level[1] == rule["labels"]["severity"], name


NAME = re.compile(r'(?<![\w"$])(?:(?:azure|wisp|kube|apiserver)_\w+|up)(?=[\s{\[)<>=]|$)|(?<=__name__=~")[^"]*')


def named(expression):
    """The metrics that an expression asks for."""
    return {name.removesuffix("_bucket") for name in NAME.findall(expression)}


def documented():
    pages = [(REPOSITORY / "docs" / page).read_text() for page in ("observability.md", "webhook.md")]
    return set(re.findall(r"^\| `(\w+)` \| (?:counter|gauge|histogram) ", "\n".join(pages), re.MULTILINE))


def test_metrics_that_rules_name_are_there():
    asked = set().union(*(named(rule["expr"]) for group in groups() for rule in group["rules"]))
    assert len(asked) > 15 and asked - documented() == set(OF_OTHERS)


def test_each_rule_file_of_the_folder_has_the_same_groups():
    rule = yaml.safe_load((DEPLOY / "prometheus-rule.yaml").read_text())
    assert rule["spec"]["groups"] == groups() and rule["kind"] == "PrometheusRule"


def test_both_groups_of_monitors_ask_for_the_same():
    upstream, azure = (yaml.safe_load((DEPLOY / f"{name}.yaml").read_text()) for name in ("pod-monitor", "pod-monitor-azure"))
    assert [each["apiVersion"] for each in (upstream, azure)] == ["monitoring.coreos.com/v1", "azmonitoring.coreos.com/v1"]
    limits = {"labelLimit": 63, "labelNameLengthLimit": 511, "labelValueLengthLimit": 1023}
    assert azure["spec"] == {**limits, **upstream["spec"]}
