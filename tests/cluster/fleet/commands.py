"""`wispctl migrate` for the fleet: what reads, namespace by namespace; what changes, too."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import yaml

from fleet.entra import AUTHORITY
from fleet.roster import FLEET, MATCHING, ROADS, client_id
from kit import images
from kit.entra import TENANT
from kit.places import ISSUER, WISPCTL
from kit.questions import VAULT

LONGEST = 300
PATIENCE = 150
AT_ONCE = ["--recreate", "--at-a-time=20"]
"""All workloads of a namespace roll out at the same time, and what cannot be changed is made anew."""


class Commands:
    """What is run, with what every command needs to know."""

    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.decisions = folder / "decisions.yaml"
        self.decisions.write_text(yaml.safe_dump(decided()))

    def read(self, name):
        """The JSON of `inventory` or `plan` of each namespace, which find nothing wrong."""
        done = self.each_namespace(name, "--output=json")
        assert not any(one.returncode for one in done.values()), failed(done)
        return {namespace: json.loads(one.stdout) for namespace, one in done.items()}

    def verify(self, entra, stage, *arguments):
        """What is wrong of each namespace, if anything is."""
        of_entra = [f"--authority={AUTHORITY}", f"--ca-file={entra.ca}", f"--resource={VAULT}", "--timeout=20s"]
        return failed(self.each_namespace("verify", f"--stage={stage}", *of_entra, *arguments))

    def change(self, name, *arguments):
        """What a command that changes a cluster says it could not do. Each change that was tried has a line in the audit."""
        done = self.each_namespace(name, "--yes", f"--timeout={PATIENCE}s", *arguments)
        for namespace, one in done.items():
            tried = [json.loads(line) for line in one.stdout.splitlines()]
            assert all(each["result"] == "done" for each in tried), (namespace, tried)
        errors = [line for one in done.values() for line in one.stderr.splitlines() if line.startswith("error: ")]
        codes = {one.returncode for one in done.values()}
        assert codes <= ({0, 1} if errors else {0}), failed(done)
        return errors

    def apply(self, state):
        wisp = ["--image", images.WISP, "--authority", AUTHORITY, "--file", "WISP_CA_FILE=configmap/entra/ca.pem"]
        return self.change("apply", f"--to={state}", *AT_ONCE, *wisp)

    def roll_back(self, state):
        return self.change("rollback", f"--to={state}", *AT_ONCE)

    def each_namespace(self, name, *arguments):
        with ThreadPoolExecutor(len(MATCHING)) as pool:
            return dict(zip(MATCHING, pool.map(lambda namespace: self.run(name, [namespace], *arguments), MATCHING)))

    def run(self, name, namespaces, *arguments):
        known = [f"--kubeconfig={self.cluster.kubeconfig}", f"--matching={MATCHING[namespaces[0]]}"]
        if name != "inventory":
            known += [f"--decisions={self.decisions}", f"--issuer={ISSUER}", f"--tenant={TENANT}"]
        where = [f"--namespace={each}" for each in namespaces]
        return subprocess.run([WISPCTL, "migrate", name, *known, *where, *arguments], capture_output=True, text=True, timeout=LONGEST)


def failed(done):
    return {namespace: one.stderr + one.stdout for namespace, one in done.items() if one.returncode != 0}


def decided():
    """What only the owner of the fleet can know."""
    workloads = []
    for each in FLEET:
        decisions = {"road": each.road} if each.road else {}
        if len(each.identities) > 1:
            decisions["clientId"] = client_id(each.identities[0])
        if decisions:
            workloads.append({"namespace": each.namespace, "kind": each.kind, "name": each.name, **decisions})
    namespaces = [{"name": name, "road": road} for name, road in ROADS.items()]
    return {"apiVersion": "wisp/v1", "kind": "MigrationDecisions", "namespaces": namespaces, "workloads": workloads}
