"""Who runs the commands: service accounts with the ClusterRoles that the guide prints, and no other right."""

import re

import yaml

from kit.places import ROOT

PAGE = ROOT / "docs/migrate.md"
NAMESPACE = "kube-system"
READS = "wisp-inventory"
NEEDED = {
    **dict.fromkeys(("report", "status"), "wisp-migration-status"),
    **dict.fromkeys(("apply", "rollback", "cleanup"), "wisp-migrate"),
    "verify": "wisp-verify",
}
"""What each command needs beside what an inventory does."""
LIFETIME = 7200


class Rights:
    def __init__(self, crew, folder):
        self.crew, self.folder = crew, folder
        roles = roles_of_page()
        self.names = [READS, *sorted(set(NEEDED.values()))]
        objects = [each for name in self.names for each in granted(name, {READS, name})]
        self.objects = [*(roles[name] for name in self.names), *objects]
        crew.apply(*self.objects)
        for name in self.names:
            self.write(name)

    def kubeconfig(self, command):
        """That of who runs the command."""
        return self.folder / f"{NEEDED.get(command, READS)}.kubeconfig"

    def write(self, name):
        wanted = {"spec": {"expirationSeconds": LIFETIME}}
        token = self.crew.ask("POST", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{name}/token", wanted)["status"]["token"]
        config = yaml.safe_load(self.crew.cluster.kubeconfig.read_text())
        (user,) = config["users"]
        user["user"] = {"token": token}
        (self.folder / f"{name}.kubeconfig").write_text(yaml.safe_dump(config))

    def end(self):
        self.crew.cluster.kubectl("delete", "--wait=false", "--filename=-", stdin=yaml.safe_dump_all(self.objects))


def roles_of_page():
    """The ClusterRoles of the guide, by name."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    things = [each for block in blocks if "kind: ClusterRole" in block for each in yaml.safe_load_all(block)]
    return {each["metadata"]["name"]: each for each in things}


def granted(name, roles):
    """The service account, and that it has the roles."""
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}}
    for role in sorted(roles):
        yield {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{name}-{role}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}],
        }
