"""`wispctl migrate` for the fleet, namespace by namespace."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import yaml

from fleet.roster import FLEET, MATCHING, ROADS, client_id
from kit.entra import TENANT
from kit.places import ISSUER, WISPCTL


class Commands:
    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.decisions = folder / "decisions.yaml"
        several = [each for each in FLEET if len(each.identities) > 1]
        fields = {
            "apiVersion": "wisp/v1",
            "kind": "MigrationDecisions",
            "namespaces": [{"name": name, "road": road} for name, road in ROADS.items()],
            "workloads": [
                {"namespace": each.namespace, "kind": each.kind, "name": each.name, "clientId": client_id(each.identities[0])}
                for each in several
            ],
        }
        self.decisions.write_text(yaml.safe_dump(fields))

    def run(self, name, namespace, *arguments, reads=True):
        """What a command does for a namespace."""
        command = [WISPCTL, "migrate", name, f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={namespace}", *arguments]
        command.append(f"--matching={MATCHING[namespace]}")
        if name != "inventory":
            command += [f"--decisions={self.decisions}", f"--issuer={ISSUER}", f"--tenant={TENANT}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def each(self, name, *arguments):
        """For all of them at the same time."""
        with ThreadPoolExecutor(len(MATCHING)) as pool:
            return dict(zip(MATCHING, pool.map(lambda namespace: self.run(name, namespace, *arguments), MATCHING)))

    def read(self, name):
        """The JSON of `inventory` or `plan`, which find nothing wrong."""
        done = self.each(name, "--output=json")
        for namespace, one in done.items():
            assert one.returncode == 0, f"{namespace}: {one.stderr}"
        return {namespace: json.loads(one.stdout) for namespace, one in done.items()}
