"""NMI and MIC: pods with the label get tokens at the metadata service's address, by bindings that the API server has."""

import json
import socket
import subprocess
import threading
import time
import urllib.parse

from fleet.objects import LABEL
from fleet.roster import MATCHING, STANDARD
from kit.metadata import ON_PURPOSE, NotedAnswers
from kit.pod_identity import API_VERSION, IMDS, NODE, PODS
from suite.metadata import MetadataService

PORT = 2580
PAUSE, PATIENCE = 0.5, 10
TOKEN_PATH = "/metadata/identity/oauth2/token"
OBJECTS = f"/apis/{API_VERSION}"
ASSIGNED = f"{OBJECTS}/namespaces/default/azureassignedidentities"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
NOWHERE = {"nodeSelector": {"fleet.example/nowhere": "true"}}
CONTAINER = {"name": "nmi", "image": "mcr.microsoft.com/oss/azure/aad-pod-identity/nmi:v1.8.17"}
DAEMON_SET = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "nmi"},
    "spec": {
        "selector": {"matchLabels": {"app": "nmi"}},
        "template": {"metadata": {"labels": {"app": "nmi"}}, "spec": {"containers": [CONTAINER], **NOWHERE}},
    },
}
"""That by which a cluster shows that there is NMI. What it would do is done here."""


class PodIdentity:
    """The objects of pod-managed identity, as its programs read them."""

    def __init__(self, api):
        self.api = api

    def items(self, path):
        status, _, found = self.api.ask("GET", path)
        assert status in (200, 404), found
        return found.get("items", []) if status == 200 else []

    def pods(self, selector=""):
        found = self.items(f"/api/v1/pods?{selector}")
        return [each for each in found if each["metadata"]["namespace"] in MATCHING]

    def identities_of(self, pod):
        """The bindings that select a pod, in the order of their names, each with its AzureIdentity."""
        own = pod["metadata"]["namespace"]
        label = pod["metadata"].get("labels", {}).get(LABEL)
        identities = {place(each): each for each in self.items(f"{OBJECTS}/azureidentities")}
        for binding in sorted(self.items(f"{OBJECTS}/azureidentitybindings"), key=place):
            namespace = binding["metadata"]["namespace"]
            of = identities.get((namespace, binding["spec"]["azureIdentity"]))
            if of and binding["spec"]["selector"] == label and (namespace == own or MATCHING[own] == STANDARD):
                yield binding, of

    def is_excepted(self, pod):
        """One label of an exception is enough, in any capitals."""
        labels = pod["metadata"].get("labels", {})
        for each in self.items(f"{OBJECTS}/namespaces/{pod['metadata']['namespace']}/azurepodidentityexceptions"):
            if any(labels.get(name, "").lower() == value.lower() for name, value in each["spec"]["podLabels"].items()):
                return True
        return False


class Mic(PodIdentity):
    """Writes in standard mode which pod has which identity, twice a second, and takes it away once it has not any more."""

    def __init__(self, api):
        super().__init__(api)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(PAUSE):
            self.assign()

    def assign(self):
        there = {each["metadata"]["name"] for each in self.items(ASSIGNED)}
        wanted = {}
        for pod in self.pods(f"labelSelector={LABEL}"):
            if MATCHING[pod["metadata"]["namespace"]] == STANDARD and "podIP" in pod["status"] and not self.is_excepted(pod):
                wanted |= {name: each for name, each in self.assigned(pod)}
        for name in there - wanted.keys():
            self.api.ask("DELETE", f"{ASSIGNED}/{name}")
        for name in wanted.keys() - there:
            self.api.ask("POST", ASSIGNED, json.dumps(wanted[name]), {"Content-Type": "application/json"})

    def assigned(self, pod):
        namespace, name = place(pod)
        for binding, identity in self.identities_of(pod):
            of = f"{name}-{namespace}-{identity['metadata']['name']}"
            refs = {"azureIdentityRef": stripped(identity), "azureBindingRef": stripped(binding)}
            spec = {**refs, "pod": name, "podNamespace": namespace, "nodename": pod["spec"]["nodeName"]}
            metadata = {"name": of, "namespace": "default"}
            yield of, {
                "apiVersion": API_VERSION, "kind": "AzureAssignedIdentity", "metadata": metadata, "spec": spec,
                "status": {"status": "Assigned"},
            }  # fmt: skip

    def end(self):
        self.over.set()
        self.thread.join()


class NmiAnswers(NotedAnswers):
    """To pods of the fleet it answers as NMI does; others reach the node's metadata service, as if there were no NMI."""

    def do_GET(self):
        nmi = self.server.stub
        pod = nmi.pod(self.client_address[0])
        if pod is None or not self.path.startswith(TOKEN_PATH):
            super().do_GET()
            return
        if self.headers["Metadata"] != "true":
            self.answer(400, {"error": "invalid_request", "error_description": "Required metadata header not specified"})
        elif nmi.pod_identity.is_excepted(pod):
            assert ON_PURPOSE in self.path, "the node itself is asked by those alone who are to"
            super().do_GET()
        else:
            query = {name: values[0] for name, values in urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).items()}
            self.answer(*nmi.token(pod, query))

    def answer(self, status, what):
        """As NMI does: errors are texts, and tokens JSON whose values are texts all."""
        body = (what if isinstance(what, str) else json.dumps(what)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Nmi(MetadataService):
    """What pods send to the metadata service comes to it, by a rule of the node; `given` says whom it gave tokens."""

    handler = NmiAnswers

    def __init__(self, api, entra, notes):
        self.pod_identity = PodIdentity(api)
        self.entra = entra
        self.notes = notes
        self.given = []
        super().__init__(socket.create_server((NODE, PORT)))
        self.install()

    def install(self):
        self.installed = True
        self.change_rule("-A")
        self.pod_identity.api.ask("POST", DAEMON_SETS, json.dumps(DAEMON_SET), {"Content-Type": "application/json"})

    def uninstall(self):
        self.installed = False
        self.change_rule("-D")
        self.pod_identity.api.ask("DELETE", f"{DAEMON_SETS}/nmi")

    def change_rule(self, what):
        rule = f"-s {PODS} -d {IMDS} -p tcp --dport 80 -j DNAT --to-destination {NODE}:{PORT}"
        subprocess.run(["iptables", "-w", "-t", "nat", what, "PREROUTING", *rule.split()], check=True)

    def end(self):
        if self.installed:
            self.uninstall()
        self.close()

    def pod(self, address):
        """The fleet's pod with this address. As NMI it tries again: the API server hears of a new pod's address a little later."""
        path = f"/api/v1/pods?fieldSelector=status.podIP={address}"
        end = time.monotonic() + PATIENCE
        while not (found := self.pod_identity.items(path)) and time.monotonic() < end:
            time.sleep(PAUSE)
        own = [each for each in found if each["metadata"]["namespace"] in MATCHING and "deletionTimestamp" not in each["metadata"]]
        return own[0] if own else None

    def token(self, pod, query):
        namespace, name = place(pod)
        asked = query.get("client_id")
        end = time.monotonic() + PATIENCE
        while (chosen := self.chosen(pod, asked)) is None and MATCHING[namespace] == STANDARD and time.monotonic() < end:
            # MIC has not seen the pod yet.
            time.sleep(PAUSE)
        if chosen is None and MATCHING[namespace] == STANDARD:
            why = "failed after 20 attempts, retry duration [5]s, error: <nil>. Check MIC pod logs for identity assignment errors"
            return 404, f"getting assigned identities for pod {namespace}/{name} in ASSIGNED state {why}\n"
        if chosen is None:
            return 404, f"no azure identity found for request clientID {asked or ''}\n"
        token = self.entra.exchange(self.entra.assertion.read_text(), chosen, query["resource"])
        self.given.append(place(pod))
        return 200, {"access_token": token, "refresh_token": "", "resource": query["resource"], "token_type": "Bearer"}

    def chosen(self, pod, asked):
        """The client id of the identity whose token it gets, if any."""
        found = [each["spec"]["clientID"] for each in self.identities(pod)]
        return next((each for each in found if asked in (None, each)), None)

    def identities(self, pod):
        """In standard mode those that MIC has assigned."""
        namespace, name = place(pod)
        if MATCHING[namespace] == STANDARD:
            assigned = [each["spec"] for each in self.pod_identity.items(f"{OBJECTS}/azureassignedidentities")]
            return [each["azureIdentityRef"] for each in assigned if (each["podNamespace"], each["pod"]) == (namespace, name)]
        return [identity for _, identity in self.pod_identity.identities_of(pod)]


def place(thing):
    return thing["metadata"]["namespace"], thing["metadata"]["name"]


def stripped(thing):
    metadata = {name: thing["metadata"][name] for name in ("name", "namespace")}
    return {"apiVersion": API_VERSION, "kind": thing["kind"], "metadata": metadata, "spec": thing["spec"]}
