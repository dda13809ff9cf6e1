"""Admission policies for a namespace each: pods with the label that asks get wisp of its mode, with the identity that they name."""

import json
import subprocess

from fleet.entra import AUTHORITY
from fleet.roster import FLEET, POLICIES, client_id
from kit import images
from kit.entra import TENANT
from kit.manifests import pod
from kit.places import WISPCTL
from kit.policies import INJECT
from suite.wait import until

CHOICES = ["--image", images.WISP, "--authority", AUTHORITY, "--file", "WISP_CA_FILE=configmap/entra/ca.pem"]
TRIED = {"wisp/client-id": client_id(FLEET[0].label), "wisp/tenant-id": TENANT}


class FleetPolicies:
    def __init__(self, cluster):
        self.cluster = cluster
        self.printed = "---\n".join(printed(mode, namespace) for namespace, mode in POLICIES.items())
        self.last = None
        # A policy with conditions and variables may be refused once (kubernetes#134808).
        until(self.is_applied, lambda: self.last, patience=20)

    def is_applied(self):
        done = self.cluster.try_kubectl("apply", "--server-side", "--validate=strict", "--filename=-", stdin=self.printed)
        self.last = done.stderr
        return done.returncode == 0

    def wait_in_force(self):
        for namespace in POLICIES:
            until(lambda: self.is_in_force(namespace), lambda: self.last)

    def is_in_force(self, namespace):
        """Whether it, and not the webhook, puts wisp into a pod that is only tried."""
        tried = pod(labels=INJECT, annotations=TRIED, serviceAccountName="default")
        status, _, self.last = self.cluster.api.create(tried, namespace, "?dryRun=All")
        return status == 201 and is_by_policy(self.last)

    def end(self):
        self.cluster.kubectl("delete", "--wait=false", "--filename=-", stdin=self.printed)


def printed(mode, namespace):
    of = ["--name", f"wisp-{namespace}", "--mode", mode, "--namespaces", f"kubernetes.io/metadata.name in ({namespace})"]
    return subprocess.run([WISPCTL, "policy", *of, *CHOICES], check=True, stdout=subprocess.PIPE, text=True).stdout


def is_by_policy(thing):
    """A policy cannot make the digest of what was written."""
    record = thing["metadata"].get("annotations", {}).get("wisp/injected")
    return record is not None and "written" not in json.loads(record)
