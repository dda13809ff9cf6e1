"""The fleet in the cluster: its objects, and its pods."""

import contextlib
import json

import yaml

from fleet import objects
from fleet.policies import is_by_policy
from fleet.roster import FLEET, MATCHING
from kit.api_server import JSON
from kit.azwi import VOLUME
from kit.webhook import ASKS
from suite.wait import until

APPS, BATCH, CORE, OWN = "apis/apps/v1", "apis/batch/v1", "api/v1", "apis/fleet.example/v1"
PATHS = {
    "CronJob": (BATCH, "cronjobs"), "DaemonSet": (APPS, "daemonsets"), "Deployment": (APPS, "deployments"), "Job": (BATCH, "jobs"),
    "Pod": (CORE, "pods"), "ReplicaSet": (APPS, "replicasets"), "ServiceAccount": (CORE, "serviceaccounts"),
    "StatefulSet": (APPS, "statefulsets"), "Widget": (OWN, "widgets"),
}  # fmt: skip
MERGE = {"Content-Type": "application/merge-patch+json"}


class Crew:
    def __init__(self, cluster):
        self.cluster = cluster
        self.entra = None
        self.widgets = {each: objects.template(each) for each in FLEET if each.kind == "Widget"}
        """What the controller of Widgets, which the tests play, makes pods from."""

    def come(self):
        """Makes all objects, and waits for the pods."""
        until(self.is_gone, "the namespaces of an earlier fleet are gone", patience=90)
        self.apply(objects.WIDGET)
        self.cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/widgets.fleet.example")
        self.apply(*(each for name in MATCHING for each in objects.namespace(name)))
        self.apply(*(objects.workload(each) for each in FLEET))
        for each in self.widgets:
            self.make_widget_pod(each)
        self.wait_running()

    def trust(self, entra):
        """Gives the namespaces what wisp trusts Entra by."""
        self.entra = entra
        data = {"ca.pem": entra.ca.read_text()}
        named = [{"name": "entra", "namespace": name} for name in MATCHING]
        self.apply(*({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data} for metadata in named))

    def go(self):
        """Its pods may end later."""
        self.cluster.kubectl("delete", "namespace", *MATCHING, "--wait=false")
        self.cluster.kubectl("delete", "crd/widgets.fleet.example", "--wait=false")

    def is_gone(self):
        return not any(self.cluster.api.find("namespace", name) for name in MATCHING)

    def apply(self, *manifests):
        self.cluster.kubectl("apply", "--filename=-", stdin=yaml.safe_dump_all(manifests))

    def ask(self, method, path, body=None, headers=JSON):
        status, _, found = self.cluster.api.ask(method, path, body and json.dumps(body), headers)
        assert status < 300, f"{method} {path}: {status} {found}"
        return found

    def live(self, kind):
        """All objects of a kind in the fleet's namespaces."""
        found = [self.ask("GET", path(kind, name))["items"] for name in MATCHING]
        return [each for some in found for each in some]

    def make_widget_pod(self, each):
        """As the controller of Widgets does when a Widget or its template has changed."""
        owner = self.ask("GET", path("Widget", each.namespace, each.name))["metadata"]
        self.cluster.api.ask("DELETE", path("Pod", each.namespace, each.name) + "?gracePeriodSeconds=0")
        until(lambda: not self.cluster.api.find("pod", each.name, each.namespace), f"the pod of {each} is gone")
        reference = {"apiVersion": "fleet.example/v1", "kind": "Widget", "name": each.name, "uid": owner["uid"], "controller": True}
        metadata = self.widgets[each]["metadata"] | {"name": each.name, "ownerReferences": [reference]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": self.widgets[each]["spec"]}
        self.ask("POST", path("Pod", each.namespace), pod)

    def change_widgets(self, state, namespaces=MATCHING):
        """What their owner does by hand, as a plan says it: the webhook puts wisp into their pods."""
        has_wisp, has_label = state in ("parallel", "cut-over"), state != "cut-over"
        for each in [each for each in self.widgets if each.namespace in namespaces]:
            template = objects.template(each)
            if has_wisp:
                template["metadata"]["labels"] |= ASKS
                template["metadata"]["annotations"] = {"wisp/mode": "redirect"}
            if not has_label:
                template["metadata"]["labels"].pop(objects.LABEL)
            self.widgets[each] = template
            self.make_widget_pod(each)

    def make_anew(self, workloads):
        """As their owner wrote them."""
        things = yaml.safe_dump_all(objects.workload(each) for each in workloads)
        self.cluster.kubectl("replace", "--force", "--filename=-", stdin=things)

    def replace_pods(self, workloads):
        """Deletes those of each; who owns them makes new ones."""
        pods = self.pods()
        for pod in [pod for each in workloads for pod in pods[each.namespace, each.name]]:
            self.ask("DELETE", path("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"]))

    def ways(self, workloads):
        """By what the pods of each have their tokens, as far as a pod shows it."""
        pods = self.pods()
        return {each: way(*pods[each.namespace, each.name]) for each in workloads}

    def wait_running(self, workloads=tuple(each for each in FLEET if not each.is_idle)):
        """Until each has one pod, which is ready."""
        until(lambda: not self.missing(workloads), lambda: self.describe(self.missing(workloads)), patience=120, pause=0.3)

    def missing(self, workloads):
        pods = self.pods()
        return [each for each in workloads if len(pods.get((each.namespace, each.name), [])) != 1]

    def describe(self, missing):
        pods = self.pods()
        return "\n".join(f"{each}: {[pod['status'] for pod in pods.get((each.namespace, each.name), [])]}" for each in missing)

    def pods(self):
        """Those of each workload, by its namespace and name. One that is not ready yet, or is ending, counts as two."""
        found = {}
        for pod in self.live("Pod"):
            of = pod["metadata"]["namespace"], pod["metadata"].get("labels", {}).get("app")
            conditions = pod["status"].get("conditions", [])
            is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
            is_settled = is_ready and "deletionTimestamp" not in pod["metadata"]
            found.setdefault(of, []).extend([pod] if is_settled else [pod, pod])
        return found

    @contextlib.contextmanager
    def awake(self, idle):
        """Workloads that have no pod have one meanwhile."""
        for each in idle:
            self.wake(each)
        try:
            yield
        finally:
            for each in idle:
                self.put_to_sleep(each)
            until(lambda: not any(self.pods().get((each.namespace, each.name)) for each in idle), "the idle are idle", pause=0.3)

    def wake(self, each):
        if each.kind != "CronJob":
            self.scale(each, 1)
            return
        cron_job = self.ask("GET", path("CronJob", each.namespace, each.name))
        spec = cron_job["spec"]["jobTemplate"]["spec"]
        # As its controller does at its time.
        owner = {"apiVersion": "batch/v1", "kind": each.kind, "name": each.name, "uid": cron_job["metadata"]["uid"], "controller": True}
        metadata = {"name": each.name, "ownerReferences": [owner]}
        self.ask("POST", path("Job", each.namespace), {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec})

    def put_to_sleep(self, each):
        if each.kind != "CronJob":
            self.scale(each, 0)
            return
        self.ask("DELETE", path("Job", each.namespace, each.name) + "?propagationPolicy=Background")

    def scale(self, each, replicas):
        self.ask("PATCH", path(each.kind, each.namespace, each.name) + "/scale", {"spec": {"replicas": replicas}}, MERGE)


def way(pod):
    if "wisp/injected" in pod["metadata"].get("annotations", {}):
        return "policy" if is_by_policy(pod) else "wisp"
    has_token = any(each["name"].startswith(VOLUME) for each in pod["spec"]["volumes"])
    return "native" if has_token else None


def path(kind, namespace, name=None):
    group, plural = PATHS[kind]
    return f"/{group}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")
