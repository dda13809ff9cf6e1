"""Who sails: forty workloads over four namespaces, and the identities that they have."""

import dataclasses

SHOP, BANK, MILL, PORT = "fleet-shop", "fleet-bank", "fleet-mill", "fleet-port"
STANDARD, MANAGED = "standard", "namespaced"
MATCHING = {SHOP: STANDARD, BANK: STANDARD, MILL: MANAGED, PORT: MANAGED}
"""The namespaces, and where NMI looks for the bindings of their pods: everywhere, or in the pod's own."""

BASELINE = {MILL}
"""Whose Pod Security level forbids wisp's redirect."""
ROADS = {PORT: "webhook"}
"""Those whose road the user decides."""
POLICIES = {SHOP: "redirect", MILL: "env"}
"""Those that have an admission policy, and its mode."""


@dataclasses.dataclass(frozen=True)
class Workload:
    namespace: str
    kind: str
    name: str
    label: str
    """The value of `aadpodidbinding`."""
    account: str
    several: tuple = ()
    """Its AzureIdentities, where they are not called as the label."""
    bound_in: str = ""
    """The namespace of its identities and bindings, where it is not its own."""
    containers: int = 1
    replicas: int = 1
    is_suspended: bool = False
    has_node_network: bool = False
    is_registration: bool = False
    """Whether its identity is an app registration with a secret."""
    is_excepted: bool = False
    """Whether an exception has it ask the node; it has no label then."""
    road: str = ""
    """The road that the user decides, where that is not the namespace's."""
    is_annotated: bool = False
    """Whether its account names its identity already."""

    @property
    def identities(self):
        return [] if self.is_excepted else list(self.several or [self.label])

    @property
    def asks_node(self):
        """Whether it had its tokens from the node itself: NMI's rule does not meet who has the node's network."""
        return self.is_excepted or self.has_node_network

    @property
    def is_by_itself(self):
        """Whether its pods are made by hand, and not by a controller of Kubernetes that makes them anew."""
        return self.kind in ("Pod", "Job", "Widget")

    @property
    def is_idle(self):
        """Whether it has no pod as long as nobody starts one."""
        return self.replicas == 0 or self.kind == "CronJob"

    def __str__(self):
        return f"{self.kind} {self.namespace}/{self.name}"


def row(namespace, kind, name, account=None, label=None, **traits):
    """Most are called as their account and their label."""
    return Workload(namespace, kind, name, name if label is None else label, account or name, **traits)


FLEET = [
    row(SHOP, "Deployment", "orders"),
    row(SHOP, "Deployment", "bills", containers=2),
    row(SHOP, "Deployment", "both", several=("both-first", "both-second")),
    row(SHOP, "StatefulSet", "ledger", road="native"),
    row(SHOP, "DaemonSet", "agent", road="policy"),
    row(SHOP, "ReplicaSet", "mirror"),
    row(SHOP, "CronJob", "nightly", is_suspended=True),
    row(SHOP, "CronJob", "hourly"),
    row(SHOP, "Job", "imports"),
    row(SHOP, "Pod", "shell"),
    row(BANK, "Deployment", "idle", replicas=0),
    row(BANK, "Deployment", "web", account="default", bound_in=SHOP),
    row(BANK, "Deployment", "api", account="default", bound_in=SHOP),
    row(BANK, "Deployment", "teller", account="shared"),
    row(BANK, "StatefulSet", "vault", account="shared"),
    row(BANK, "DaemonSet", "node", has_node_network=True),
    row(BANK, "Widget", "robot"),
    row(BANK, "Deployment", "broker", is_registration=True, road="adopt"),
    row(BANK, "Deployment", "probe", label="", is_excepted=True),
    row(BANK, "Deployment", "named", is_annotated=True),
    row(MILL, "Deployment", "loom", road="policy"),
    row(MILL, "Deployment", "weave", containers=2),
    row(MILL, "Deployment", "spare", replicas=0),
    row(MILL, "StatefulSet", "yarn"),
    row(MILL, "DaemonSet", "dust"),
    row(MILL, "ReplicaSet", "twin"),
    row(MILL, "CronJob", "weekly", is_suspended=True),
    row(MILL, "CronJob", "daily", road="policy"),
    row(MILL, "Job", "spin"),
    row(MILL, "Pod", "bobbin"),
    row(PORT, "Deployment", "crane", road="adopt"),
    row(PORT, "Deployment", "pier", account="default"),
    row(PORT, "Deployment", "cargo", several=("cargo-first", "cargo-second")),
    row(PORT, "StatefulSet", "dock", account="quay", label="quay"),
    row(PORT, "StatefulSet", "harbour", replicas=0),
    row(PORT, "DaemonSet", "buoy", account="quay", label="quay"),
    row(PORT, "ReplicaSet", "pilot"),
    row(PORT, "CronJob", "tide", is_suspended=True),
    row(PORT, "CronJob", "ferry", road="native"),
    row(PORT, "Widget", "tug"),
]
assert len(FLEET) == 40

IDENTITIES = sorted({identity for each in FLEET for identity in each.identities})


def of(namespace):
    return [each for each in FLEET if each.namespace == namespace]


def client_id(identity):
    return f"44444444-dddd-4ddd-8ddd-{IDENTITIES.index(identity):012}"


def object_id(identity):
    return client_id(identity).replace("d", "e").replace("4", "5", 8)


def resource_id(identity):
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/fleet/providers"
    return f"{group}/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}"
