"""The Grafana dashboards: one of all pods, one of a single pod. Built with Grafana's own types, so that its schema holds."""

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    FieldTextAlignment,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
FLEET = 'namespace=~"$namespace"'
POD = 'namespace="$namespace", pod="$pod"'
RATE = "[$__rate_interval]"
GOOD, ODD, BAD = "green", "orange", "red"


def written():
    """Their JSON, by name of the file."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {name: encoder.encode(each.build()) + "\n" for name, each in {"dashboard-fleet": fleet(), "dashboard-pod": pod()}.items()}


def query(expression, legend="", instant=False):
    asked = prometheus.Dataquery().datasource(SOURCE).expr(expression).legend_format(legend)
    return asked.instant().format(PromQueryFormat.TABLE) if instant else asked.range()


def levels(*steps):
    """Colours from a number on; the first has none."""
    thresholds = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(thresholds)


def number(title, about, expression, unit="short", steps=((None, GOOD),)):
    """A single number."""
    asked = prometheus.Dataquery().datasource(SOURCE).expr(expression).instant()
    panel = stat.Panel().title(title).description(about).datasource(SOURCE).with_target(asked)
    return panel.unit(unit).thresholds(levels(*steps)).height(4).span(4)


def lines(title, about, *queries, unit="short", stacked=False, span=12):
    """Lines over time."""
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)
    panel = timeseries.Panel().title(title).description(about).datasource(SOURCE).unit(unit).min(0).legend(legend)
    panel = panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)).fill_opacity(20 if stacked else 0)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    for each in queries:
        panel = panel.with_target(each)
    return panel.height(8).span(span)


def rows(title, about, expression, unit="short", span=12):
    """A table of what holds now."""
    panel = table.Panel().title(title).description(about).datasource(SOURCE).unit(unit).align(FieldTextAlignment.AUTO)
    return panel.with_target(query(expression, instant=True)).height(8).span(span)


def variable(name, of, several):
    """Values to choose from, as the labels of metrics are."""
    made = dashboard.QueryVariable(name).datasource(SOURCE).query(of).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    return made.multi(True).include_all(True).all_value(".*") if several else made


def blank(title, uid, about):
    made = dashboard.Dashboard(title).uid(uid).description(about).tags(["wisp", "workload-identity"]).readonly()
    made = made.refresh("1m").time("now-6h", "now").timezone("browser").tooltip(1)
    return made.with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))


def fleet():
    """All pods of the namespaces that are chosen."""
    fails = f"azure_identity_token_acquisition_failure_total{{{FLEET}}}"
    made = blank("wisp: fleet", "wisp-fleet", "All sidecars of the namespaces that are chosen")
    made = made.with_variable(variable("namespace", "label_values(wisp_build_info, namespace)", several=True))
    for panel in [
        number("Pods with wisp", "Sidecars whose metrics are read", f"count(wisp_build_info{{{FLEET}}})"),
        number(
            "Failing pods", "Pods in which an exchange failed in the last 15 minutes",
            f"count(sum by (namespace, pod) (increase({fails}[15m])) > 0) or vector(0)", steps=[(None, GOOD), (1, ODD)],
        ),
        number(
            "Exchanges that fail", "Share of all exchanges in the last 10 minutes",
            f"sum(rate({fails}[10m])) / (sum(rate({fails}[10m])) + sum(rate(azure_identity_token_acquisition_success_total{{{FLEET}}}[10m])) > 0) or vector(0)",
            "percentunit", [(None, GOOD), (0.05, ODD), (0.5, BAD)],
        ),
        number(
            "Next token to end", "Of pods in which exchanges fail; tokens elsewhere are renewed, or end because nobody asks for them",
            f"min(azure_identity_token_expiration_seconds{{{FLEET}}} and on (namespace, pod) sum by (namespace, pod) (increase({fails}[15m])) > 0) or vector(86400)",
            "s", [(None, BAD), (300, ODD), (900, GOOD)],
        ),
        number(
            "Oldest projected token", "What is left of the one that ends first", f"min(wisp_assertion_remaining_seconds{{{FLEET}}})", "s",
            [(None, BAD), (60, ODD), (120, GOOD)],
        ),
        number("Versions", "More than one while an update goes on", f"count(count by (version) (wisp_build_info{{{FLEET}}}))", steps=[(None, GOOD), (2, ODD)]),
    ]:  # fmt: skip
        made = made.with_panel(panel)
    made = made.with_row(dashboard.Row("Exchanges with Entra"))
    for panel in [
        lines(
            "Exchanges", "By what came of them", query(f"sum(rate(azure_identity_token_acquisition_success_total{{{FLEET}}}{RATE}))", "success"),
            query(f"sum by (category) (rate({fails}{RATE})) > 0", "{{category}}"), unit="ops", stacked=True,
        ),
        lines("How long they take", "Failed ones included", *quantiles(FLEET), unit="s"),
        rows("Failures of the last hour", "The number leads into docs/troubleshooting.md",
             f"sort_desc(sum by (namespace, service_account, category, aadsts) (increase({fails}[1h])) > 0)"),
        rows("Tokens that end first", "Of all pods", f"bottomk(20, min by (namespace, pod, client_id, resource) (azure_identity_token_expiration_seconds{{{FLEET}}}))", "s"),
    ]:  # fmt: skip
        made = made.with_panel(panel)
    made = made.with_row(dashboard.Row("Requests of applications"))
    for panel in [
        lines("Requests", "By status", query(f"sum by (status) (rate(wisp_requests_total{{{FLEET}}}{RATE})) > 0", "{{status}}"), unit="reqps", stacked=True),
        lines("Where answers come from", "Stale: no newer token was to be had", query(f"sum by (cache) (rate(wisp_requests_total{{{FLEET}}}{RATE})) > 0", "{{cache}}"), unit="reqps", stacked=True),
        lines("Refused by wisp", "By reason", query(f"sum by (reason) (rate(wisp_refused_requests_total{{{FLEET}}}{RATE})) > 0", "{{reason}}"), unit="reqps", stacked=True),
        rows("Pods by version", "In each namespace", f"count by (version, namespace) (wisp_build_info{{{FLEET}}})"),
    ]:  # fmt: skip
        made = made.with_panel(panel)
    return made


def quantiles(selector):
    bucket = f"sum by (le) (rate(azure_identity_token_acquisition_latency_seconds_bucket{{{selector}}}{RATE}))"
    return [query(f"histogram_quantile({share}, {bucket})", f"{share * 100:g} of 100") for share in (0.5, 0.99)]


def pod():
    """One pod."""
    fails = f"azure_identity_token_acquisition_failure_total{{{POD}}}"
    made = blank("wisp: pod", "wisp-pod", "The sidecar of one pod")
    made = made.with_variable(variable("namespace", "label_values(wisp_build_info, namespace)", several=False))
    made = made.with_variable(variable("pod", 'label_values(wisp_build_info{namespace="$namespace"}, pod)', several=False))
    for panel in [
        number("Metrics are read", "0: wisp is down, or something is in the way", f'max(up{{{POD}, container="wisp"}})', steps=[(None, BAD), (1, GOOD)]),
        number("Since the last success", "Of the identity that has waited longest; it is long where tokens live long", f"max(time() - wisp_last_success_timestamp_seconds{{{POD}}})", "s"),
        number("Projected token ends in", "Of the one that wisp reads", f"min(wisp_assertion_remaining_seconds{{{POD}}})", "s", [(None, BAD), (60, ODD), (120, GOOD)]),
        number("Failed lately", "Exchanges of the last 15 minutes that failed", f"sum(increase({fails}[15m]))", steps=[(None, GOOD), (1, ODD)]),
        number("Refused lately", "Requests of the last 15 minutes that wisp refused", f"sum(increase(wisp_refused_requests_total{{{POD}}}[15m]))", steps=[(None, GOOD), (1, ODD)]),
        number("Open connections", "To the token listeners", f"max(wisp_connections_open{{{POD}}})"),
    ]:  # fmt: skip
        made = made.with_panel(panel)
    for panel in [
        lines("Tokens", "How long each stays valid", query(f"azure_identity_token_expiration_seconds{{{POD}}}", "{{resource}} {{client_id}}"), unit="s"),
        lines("Projected token", "It jumps up when the kubelet replaces it", query(f"wisp_assertion_remaining_seconds{{{POD}}}", "left"), unit="s"),
        lines("Exchanges", "By what came of them",
              query(f"sum(rate(azure_identity_token_acquisition_success_total{{{POD}}}{RATE}))", "success"),
              query(f"sum by (category, aadsts) (rate({fails}{RATE})) > 0", "{{category}} {{aadsts}}"), unit="ops", stacked=True),
        lines("How long they take", "Failed ones included", *quantiles(POD), unit="s"),
        lines("Requests", "By dialect and status", query(f"sum by (dialect, status) (rate(wisp_requests_total{{{POD}}}{RATE})) > 0", "{{dialect}} {{status}}"), unit="reqps", stacked=True),
        lines("Where answers come from", "Stale: no newer token was to be had", query(f"sum by (cache) (rate(wisp_requests_total{{{POD}}}{RATE})) > 0", "{{cache}}"), unit="reqps", stacked=True),
        rows("Refused by wisp", "Since it started, by reason", f"sort_desc(sum by (reason) (wisp_refused_requests_total{{{POD}}}) > 0)"),
        rows("Last failure of each identity", "None where its last exchange succeeded", f"max by (client_id, class, category, aadsts) (wisp_last_failure_info{{{POD}}})"),
        rows("Failures", "Since it started; the number leads into docs/troubleshooting.md", f"sort_desc(sum by (category, aadsts) ({fails}) > 0)"),
        lines("Connections", "And what came of them",
              query(f"rate(wisp_connections_total{{{POD}}}{RATE})", "accepted"),
              *(query(f"rate(wisp_connections_{kind}_total{{{POD}}}{RATE})", kind) for kind in ("malformed", "idled", "evicted")), unit="cps"),
        lines("Log lines", "Lost, or left out because there were too many of their kind",
              *(query(f"rate(wisp_log_lines_{kind}_total{{{POD}}}{RATE})", kind) for kind in ("dropped", "suppressed")), unit="cps"),
    ]:  # fmt: skip
        made = made.with_panel(panel)
    return made
