"""The networks: a node, on which Entra and the real metadata service are, and pods that reach nothing but their node."""

import itertools

from suite.metadata import MetadataService
from suite.namespace import IMDS, Namespace, ip

ENTRA_ADDRESS = "10.77.0.1"
numbers = itertools.count(1)


class Node(Namespace):
    """A node with the metadata service's address, where its own identity would be handed out."""

    def __init__(self):
        super().__init__(addresses=[IMDS, ENTRA_ADDRESS])
        self.metadata_service = MetadataService(self.listener(IMDS, 80))

    def listener(self, address, port):
        listener = self.socket()
        listener.bind((address, port))
        listener.listen()
        return listener

    def close(self):
        self.metadata_service.close()
        super().close()


class PodNetwork(Namespace):
    """A pod's: an address, and a default route over its node."""

    def __init__(self, node):
        super().__init__(addresses=[])
        number = next(numbers)
        self.host_ip, self.pod_ip = f"10.78.{number}.1", f"10.78.{number}.2"
        outside = f"pod{number}"
        ip("-n", self.name, "link", "add", "eth0", "type", "veth", "peer", "name", outside, "netns", node.name)
        for name, device, address in [(self.name, "eth0", self.pod_ip), (node.name, outside, self.host_ip)]:
            ip("-n", name, "address", "add", f"{address}/24", "dev", device)
            ip("-n", name, "link", "set", device, "up")
        ip("-n", self.name, "route", "add", "default", "via", self.host_ip)
