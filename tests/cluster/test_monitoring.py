"""Alerts that fire: real Prometheus reads real pods and the API server, as a PodMonitor says, while things go wrong."""

import sys

import pytest
import yaml

from kit.client import Client
from kit.manifests import pod
from kit.places import NODE, ROOT
from kit.pod import WISP
from kit.policies import Policies
from kit.questions import PATH, STORAGE, VAULT
from suite.namespace import IMDS
from suite.wait import until

sys.path.append(str(ROOT / "tests/monitoring"))

import places  # noqa: E402
from prometheus import Prometheus, with_short_patience  # noqa: E402
from relabelling import Discovery, scrape_config  # noqa: E402

AWAY = "https://127.0.0.1:9/"
"""Where nobody answers."""
INTERVAL, SELDOM = "1s", "5s"
"""How often pods are read, and the API server, which has more to say."""


@pytest.fixture
def prometheus(cluster, tmp_path):
    monitor = yaml.safe_load((places.DEPLOY / "pod-monitor.yaml").read_text())
    targets = tmp_path / "targets.json"
    jobs = [scrape_config(monitor, targets, INTERVAL), api_server(cluster)]
    with Discovery(lambda: cluster.api.ask("GET", "/api/v1/pods")[2]["items"], targets):
        running = Prometheus(places.PROMETHEUS, tmp_path, jobs, with_short_patience(places.groups()))
        yield running
        running.end()


def api_server(cluster):
    """The job that reads its metrics."""
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    user, server = config["users"][0]["user"], config["clusters"][0]["cluster"]
    tls = {"ca_file": server["certificate-authority"], "cert_file": user["client-certificate"], "key_file": user["client-key"]}
    return {
        "job_name": "apiserver", "scheme": "https", "scrape_interval": SELDOM, "tls_config": tls,
        "static_configs": [{"targets": [f"{NODE}:6443"]}],
    }  # fmt: skip


def fetch(resource, *headers):
    """A command line that asks, whatever the answer."""
    given = " ".join(f"--header '{each}'" for each in ("Metadata: true", *headers))
    return f"wget -q -O - {given} 'http://{IMDS}{PATH}{resource}' || true"


def unanswered_webhook(space):
    """A webhook for the pods of the namespace that nobody answers; called as wisp's own are."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": f"away-{space.name}"},
        "webhooks": [
            {
                "name": "pods.monitoring.wisp",
                "clientConfig": {"url": AWAY},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space.name}},
                "objectSelector": {"matchLabels": {"away": "true"}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 1,
            }
        ],
    }


@pytest.mark.alone
def test_alerts_fire(cluster, make_space, prometheus):
    space, other, third = make_space(), make_space(), make_space()
    seen = set()

    def fire(*wanted, labels, again=lambda: None):
        """Waits until these alerts fire, with these labels, doing something again and again."""

        def they_do():
            again()
            seen.update(name for name, _ in prometheus.firing())
            return set(wanted) <= {name for name, found in prometheus.firing() if labels.items() <= found.items()}

        until(they_do, lambda: f"{wanted} of {labels} in {prometheus.firing()}, {prometheus.targets()}", patience=90)

    app = space.run(pod())
    of_app = {"namespace": space.name, "pod": "app"}
    readable = lambda: [found for found, _ in prometheus.now('up{container="wisp"} == 1') if of_app.items() <= found.items()]
    until(readable, lambda: f"{prometheus.targets()}")
    app.token()
    assert prometheus.firing() == []
    until(lambda: prometheus.now('up{job="apiserver"} == 1'), lambda: f"{prometheus.targets()}")

    # The application, and somebody who makes it ask.
    fire("WispRequestsRefused", labels={**of_app, "reason": "resource_missing"}, again=lambda: app.execute(fetch("")))
    fire("WispForgedRequests", labels={**of_app, "reason": "proxy_or_browser"}, again=lambda: app.execute(fetch(VAULT, "X-Forwarded-For: 192.0.2.1")))

    # Entra, for this identity alone.
    with space.entra_goes_wrong({"aadsts": 700213}):
        fire("WispRefused", "WispFederatedCredential", labels={"namespace": space.name, "service_account": "app"},
             again=lambda: app.execute(fetch(STORAGE)))  # fmt: skip
    with space.entra_goes_wrong({"throttle": {"retry_after_seconds": 1}}):
        fire("WispThrottled", labels=of_app, again=lambda: app.execute(fetch("https://management.azure.com")))
    with space.entra_goes_wrong({"unavailable": {}}):
        fire("WispExchangesFail", labels={**of_app, "category": "service"}, again=lambda: app.execute(fetch("https://management.azure.com")))
        fire("WispTokensRunOut", labels=of_app, again=lambda: app.execute(fetch(f"{VAULT}&bypass_cache=true")))

    # The same in three pods at once.
    apps = [app, other.run(pod()), third.run(pod())]
    clients = [Client(each) for each in apps]

    def all_ask():
        for client in clients:
            client.ask(STORAGE)

    with space.entra_goes_wrong({"unavailable": {}}), other.entra_goes_wrong({"unavailable": {}}), third.entra_goes_wrong({"unavailable": {}}):
        fire("WispFleetFails", labels={"severity": "critical"}, again=all_ask)

    # A pod without a token, and one whose wisp hangs.
    lost = other.inject(pod(name="lost"))
    for container in lost["spec"]["initContainers"]:
        for variable in container.get("env", []):
            if variable["name"] == "AZURE_FEDERATED_TOKEN_FILE":
                variable["value"] = "/var/run/secrets/nowhere"
    other.apply(lost)
    fire("WispAssertionExpired", labels={"namespace": other.name, "pod": "lost"})
    app.pause(WISP)
    try:
        fire("WispUnreachable", labels=of_app)
    finally:
        app.resume(WISP)

    # What the API server says.
    policies = Policies(third).guard("default-account")
    refused = pod(name="refused", labels={"azure.workload.identity/use": "true"}, serviceAccountName="default")
    cluster.kubectl("apply", "--filename=-", stdin=yaml.safe_dump(unanswered_webhook(third)))
    try:
        fire("WispPodsDenied", labels={"policy": f"wisp-{third.name}-default-account"}, again=lambda: policies.refusal(refused))
        fire("WispWebhookUnreached", labels={"name": "pods.monitoring.wisp"}, again=lambda: policies.refusal(pod(name="x", labels={"away": "true"})))
    finally:
        policies.remove()
        cluster.kubectl("delete", "mutatingwebhookconfiguration", f"away-{third.name}")
    assert len(seen) >= 12, seen
