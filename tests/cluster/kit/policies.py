"""Admission policies of a test, for its namespaces alone and no longer than the test."""

import copy
import http.client
import json
import re
import ssl
import subprocess
import urllib.parse

import yaml

from kit.manifests import pod
from kit.places import WISPCTL
from suite.wait import until

INJECT = {"wisp/inject": "true"}
KINDS = "mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,validatingadmissionpolicybindings"
UNKNOWN = {"wisp/no-such-choice": "x"}
"""An annotation that makes every policy that injects refuse the pod, once it is in force."""


class Policies:
    def __init__(self, space):
        self.space = space
        self.names = []
        self.server = Server(space.cluster.kubeconfig)

    def printed(self, *arguments, name, namespaces=()):
        """What `wispctl policy` prints for the test's namespace, and others if it says so."""
        names = ",".join([self.space.name, *namespaces])
        command = [WISPCTL, "policy", "--name", name, "--namespaces", f"kubernetes.io/metadata.name in ({names})", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create(self, text):
        """Puts objects into the cluster. A policy with conditions and variables may be refused once (kubernetes#134808)."""
        self.names += [(each["kind"], each["metadata"]["name"]) for each in yaml.safe_load_all(text)]
        # Those that were in it the first time are there already.
        done = until(lambda: self.applied(text), lambda: self.last, patience=20)
        assert "Warning" not in done.stderr, done.stderr

    def applied(self, text):
        done = self.space.cluster.try_kubectl("apply", "--server-side", "--validate=strict", "--filename=-", stdin=text)
        self.last = done.stderr
        return done if done.returncode == 0 else None

    def inject(self, *choices, identity=True, name=None, **more):
        """Has new pods of the namespace injected, with the choices that `Space.inject` has too."""
        name = name or f"wisp-{self.space.name}"
        self.create(self.printed(*self.space.choices(choices, identity), name=name, **more))
        until(lambda: f"not known; {name} reads" in self.refusal(pod(labels=INJECT, annotations=UNKNOWN)), "the policy refuses")
        until(lambda: self.is_whole(name), "the policy's other half changes pods")
        return self

    def is_whole(self, name):
        """Whether no pod is refused for want of the half that changes pods. They come into force one after the other."""
        own = {"azure.workload.identity/client-id": self.space.client_id}
        refusals = [self.refusal(pod(labels=INJECT, annotations=each)) for each in ({}, own)]
        return not any(f"MutatingAdmissionPolicy `{name}` did not put it in" in each for each in refusals)

    def guard(self, rail, *arguments):
        """Puts up a guard rail."""
        self.create(self.printed(rail, *arguments, name=f"wisp-{self.space.name}"))
        return self

    def admitted(self, manifest):
        """The object as it would be in the cluster."""
        code, said, admitted = self.dry_run(manifest)
        assert code < 300, said
        return admitted

    def refusal(self, manifest):
        """Why it would not be, or with which warning; nothing if it would."""
        return self.dry_run(manifest)[1]

    def dry_run(self, manifest, namespace=None):
        """Status, message and object of a request to make it, which is not kept."""
        return self.server.create(namespace or self.space.name, manifest)

    def remove(self):
        for kind, name in reversed(self.names):
            self.space.cluster.try_kubectl("delete", kind, name, "--ignore-not-found")


class Server:
    """The API server, asked without kubectl, which takes a hundred times as long as the answer."""

    def __init__(self, kubeconfig):
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cafile=cluster["certificate-authority"])
        context.load_cert_chain(user["client-certificate"], user["client-key"])
        self.connection = http.client.HTTPSConnection(urllib.parse.urlsplit(cluster["server"]).netloc, context=context, timeout=60)

    def create(self, namespace, manifest):
        """As `kubectl create --dry-run=server` does."""
        path = f"/api/v1/namespaces/{namespace}/{manifest['kind'].lower()}s?dryRun=All&fieldValidation=Ignore"
        self.connection.request("POST", path, json.dumps(manifest), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        warnings = [text for name, text in answer.getheaders() if name.lower() == "warning"]
        found = json.loads(answer.read())
        if answer.status >= 300:
            return answer.status, found["message"], None
        return answer.status, "\n".join(warnings), found


def alike(pod):
    """What is to be the same of a pod that the policy injected, and of one that `wispctl inject` did: all but what each creation
    makes anew, what nobody sees in a cluster, and the digest of what was written, which a policy cannot make."""
    pod = copy.deepcopy(pod)
    for key in ("uid", "creationTimestamp", "managedFields", "generation"):
        pod["metadata"].pop(key, None)
    record = json.loads(pod["metadata"]["annotations"]["wisp/injected"])
    for key in ("written", "empty", "unset"):
        record.pop(key, None)
    pod["metadata"]["annotations"]["wisp/injected"] = record
    return json.loads(re.sub(r"kube-api-access-\w+", "kube-api-access", json.dumps(pod)))
