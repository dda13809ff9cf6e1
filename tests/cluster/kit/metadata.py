"""The metadata service of the node, and its notes of who asked."""

import socket

from suite.metadata import Answers, MetadataService
from suite.namespace import IMDS, ip

ON_PURPOSE = "on-purpose"
"""In the path of a request by which a test shows that the node's service is there."""


class NotedAnswers(Answers):
    def note(self):
        with self.server.stub.notes.open("a") as notes:
            notes.write(f"{self.client_address[0]} {self.path}\n")


class NotedMetadataService(MetadataService):
    """Notes the address and the path of each request as a line of the file `notes`, for processes that are not this one."""

    handler = NotedAnswers

    def __init__(self, notes):
        self.notes = notes
        notes.touch()
        ip("address", "add", f"{IMDS}/32", "dev", "lo")
        super().__init__(socket.create_server((IMDS, 80)))
