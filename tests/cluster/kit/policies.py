"""Admission policies of a test, for its namespaces alone and no longer than the test."""

import copy
import json
import re
import subprocess

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
        # Whatever the policy was told, one of these says the rest, so that nothing else is wrong with it.
        own = {"azure.workload.identity/client-id": self.space.client_id}
        all_of_it = {"wisp/client-id": self.space.client_id, "wisp/tenant-id": self.space.tenant}
        refusals = [self.refusal(pod(labels=INJECT, annotations=each)) for each in ({}, own, all_of_it)]
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
        query = "?dryRun=All&fieldValidation=Ignore"
        status, headers, found = self.space.cluster.api.create(manifest, namespace or self.space.name, query)
        if status >= 300:
            return status, found["message"], None
        return status, "\n".join(text for name, text in headers if name.lower() == "warning"), found

    def remove(self):
        for kind, name in reversed(self.names):
            self.space.cluster.try_kubectl("delete", kind, name, "--ignore-not-found")


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
