"""The files of `wispctl migrate write` for the fleet, given to the API server, and its scripts run for one namespace."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import yaml

from fleet import objects
from fleet.crew import path
from fleet.roster import MATCHING, of
from kit import images
from kit.places import WISPCTL

MADE_ANEW = ("Job", "Pod")
"""What Kubernetes lets nobody change."""
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
TIMES = ("parallel", "cut-over")
LONGEST = 300


class Written:
    def __init__(self, crew, commands, folder):
        self.crew, self.folder = crew, folder
        with ThreadPoolExecutor(len(MATCHING)) as pool:
            write = lambda name: commands.run("write", name, f"--output-dir={folder / name}", f"--image={images.WISP}")
            self.done = dict(zip(MATCHING, pool.map(write, MATCHING)))
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name, command in {"kubectl": crew.cluster.kubectl_command(), "wispctl": [WISPCTL]}.items():
            (self.tools / name).write_text(f'#!/bin/sh\nexec {" ".join(map(str, command))} "$@"\n')
            (self.tools / name).chmod(0o755)

    def unwritten(self):
        """What it says that it could not write."""
        assert all(one.returncode in (0, 1) for one in self.done.values()), self.done
        return {line for one in self.done.values() for line in one.stderr.splitlines() if line.startswith("error: ")}

    def apply_accounts(self, namespace):
        """As the README says it; nothing comes of it."""
        file = self.folder / namespace / f"prepared/{namespace}/service-accounts.yaml"
        said = self.kubectl("apply", "--server-side", "--field-manager=wispctl", "--filename", file)
        assert all(line.endswith(" serverside-applied (server dry run)") for line in said.splitlines()), said

    def apply_components(self, namespace):
        """The workloads as a user's Kustomization has them, with the components: what the API server makes of each."""
        workloads = [each for each in of(namespace) if each.kind != "Widget"]
        target = self.folder / namespace / "overlay"
        target.mkdir()
        (target / "base.yaml").write_text(yaml.safe_dump_all(objects.workload(each) for each in workloads))
        components = [f"../{time}/namespaces/{namespace}" for time in TIMES]
        (target / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["base.yaml"], "components": components}))
        built = list(yaml.safe_load_all(self.crew.cluster.kubectl("kustomize", target)))
        for each in built:
            if each["kind"] in MADE_ANEW:
                each["metadata"]["name"] += "-anew"
        made = self.kubectl("apply", "--output=json", "--filename=-", stdin=yaml.safe_dump_all(built))
        found = {(each["kind"], each["metadata"]["name"].removesuffix("-anew")): each for each in json.loads(made)["items"]}
        return {each: found[each.kind, each.name] for each in workloads}

    def patch(self, namespace):
        """The JSON Patches for what runs: what the API server makes of each."""
        folder = self.folder / namespace / f"parallel/namespaces/{namespace}"
        patched = {}
        for each in of(namespace):
            file = folder / f"{each.kind.lower()}-{each.name}.json"
            if file.exists() and each.kind not in MADE_ANEW:
                where = path(each.kind, namespace, each.name) + "?dryRun=All"
                status, _, found = self.crew.cluster.api.ask("PATCH", where, file.read_text(), JSON_PATCH)
                assert status == 200, (file, found)
                patched[each] = found
        return patched

    def script(self, name, *arguments):
        """Runs one of a namespace's scripts: its exit code, and what it says."""
        namespace = arguments[-1]
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "HOME": str(self.folder)}
        command = ["bash", self.folder / namespace / name, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST)
        return done.returncode, done.stderr.splitlines()

    def kubectl(self, *arguments, **more):
        return self.crew.cluster.kubectl(*arguments, "--dry-run=server", **more)


def template(thing):
    """The pod template of an object."""
    spec = thing["spec"]
    return thing if thing["kind"] == "Pod" else spec.get("jobTemplate", {"spec": spec})["spec"]["template"]
