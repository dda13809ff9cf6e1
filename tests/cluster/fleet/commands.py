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
SHOWN = 2000
PATIENCE = 150
WISP = ["--image", images.WISP, "--authority", AUTHORITY, "--file", "WISP_CA_FILE=configmap/entra/ca.pem"]
AT_ONCE = ["--recreate", "--at-a-time=20"]
"""All workloads of a namespace roll out at the same time, and what cannot be changed is made anew."""


class Commands:
    """What is run, with what every command needs to know, and the rights that the guide says. All take the namespaces that are meant."""

    def __init__(self, rights, folder):
        self.rights = rights
        self.decisions = folder / "decisions.yaml"
        self.decisions.write_text(yaml.safe_dump(decided()))

    def read(self, name):
        """The JSON of `inventory`, `plan`, `report` or `status` of each namespace, which find nothing wrong."""
        done = self.each_namespace(name, "--output=json")
        assert not any(one.returncode for one in done.values()), failed(done)
        return {namespace: json.loads(one.stdout) for namespace, one in done.items()}

    def states(self):
        """How far each workload is, as `status` sees it, and the report too."""
        by_status, by_report = (self.states_by(name) for name in ("status", "report"))
        assert by_report == {of: state or "not-moved" for of, state in by_status.items()}
        return by_status

    def states_by(self, name):
        rows = [row for found in self.read(name).values() for row in found["workloads"]]
        return {(row["namespace"], row["kind"].split(".")[0], row["name"]): row["state"] for row in rows}

    def verify(self, entra, stage, *arguments):
        """What is wrong of each namespace, if anything is."""
        return failed(self.each_namespace("verify", f"--stage={stage}", *of_entra(entra), *arguments))

    def unproven(self, entra, namespaces):
        """By workload what `verify` has not proven in parallel, both ways asked. A check that is optional may be left out."""
        asking = ["--stage=parallel", "--old-by-pod", f"--image={images.WISPCTL}", "--output=json"]
        done = self.each_namespace("verify", *asking, *of_entra(entra), namespaces=namespaces)
        workloads = [each for one in done.values() for each in json.loads(one.stdout)["workloads"]]
        return {
            (each["namespace"], each["name"]): {(check["id"], check["outcome"]) for check in each["checks"] if check["outcome"] != "proven"}
            for each in workloads
        }

    def change(self, name, *arguments, namespaces=MATCHING):
        """What a command that changes a cluster says it could not do. Each change that was tried has a line in the audit."""
        done = self.each_namespace(name, "--yes", f"--timeout={PATIENCE}s", *arguments, namespaces=namespaces)
        for namespace, one in done.items():
            tried = [json.loads(line) for line in one.stdout.splitlines()]
            assert all(each["result"] == "done" for each in tried), (namespace, tried)
        errors = [line for one in done.values() for line in one.stderr.splitlines() if line.startswith("error: ")]
        codes = {one.returncode for one in done.values()}
        assert codes <= ({0, 1} if errors else {0}), failed(done)
        return errors

    def apply(self, state, namespaces=MATCHING):
        return self.change("apply", f"--to={state}", *AT_ONCE, *WISP, namespaces=namespaces)

    def roll_back(self, state, namespaces=MATCHING):
        return self.change("rollback", f"--to={state}", *AT_ONCE, namespaces=namespaces)

    def each_namespace(self, name, *arguments, namespaces=MATCHING):
        with ThreadPoolExecutor(len(namespaces)) as pool:
            return dict(zip(namespaces, pool.map(lambda namespace: self.run(name, namespace, *arguments), namespaces)))

    def run(self, name, namespace, *arguments):
        known = [f"--kubeconfig={self.rights.kubeconfig(name)}", f"--matching={MATCHING[namespace]}", f"--namespace={namespace}"]
        if name != "inventory":
            known += [f"--decisions={self.decisions}", f"--issuer={ISSUER}", f"--tenant={TENANT}"]
        return subprocess.run([WISPCTL, "migrate", name, *known, *arguments], capture_output=True, text=True, timeout=LONGEST)


def of_entra(entra):
    return [f"--authority={AUTHORITY}", f"--ca-file={entra.ca}", f"--resource={VAULT}", "--timeout=20s"]


def failed(done):
    """What each that failed has said, the end of it."""
    return {namespace: one.stderr + one.stdout[-SHOWN:] for namespace, one in done.items() if one.returncode != 0}


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
