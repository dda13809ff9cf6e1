"""wisp's webhook for the fleet's namespaces."""

import types

from fleet.entra import AUTHORITY
from fleet.objects import WEBHOOK
from kit.cluster import Cluster
from kit.entra import TENANT
from kit.pod_identity import AdoptingWebhook
from kit.webhook import SYSTEM
from suite.wait import until

(NAME,) = WEBHOOK.values()


class FleetCluster(Cluster):
    """The cluster, to which the fleet's Entra is Entra."""

    emulator = types.SimpleNamespace(authority=AUTHORITY)


class FleetWebhook(AdoptingWebhook):
    def __init__(self, cluster):
        until(lambda: not cluster.api.find("namespace", f"{SYSTEM}-{NAME}"), "that of an earlier fleet is gone", patience=90)
        super().__init__(FleetCluster(cluster.folder), NAME, "--tenant-id", TENANT)

    def end(self):
        """Nobody waits for it."""
        self.cluster.kubectl("delete", "mutatingwebhookconfiguration", self.service)
        self.cluster.kubectl("delete", "namespace", self.name, "--wait=false")
