"""The metadata service of the node: it hands out the node's identity to everybody who asks, and notes who did."""

import socket
import sys

from kit.places import ROOT

sys.path.append(str(ROOT / "tests/clients"))
from suite.namespace import IMDS, ip
from suite.stub import Handler, Stub

TOKEN = "the identity of the node"
ON_PURPOSE = "on-purpose"
"""In the path of a request by which a test shows that the node's service is there."""


class Answers(Handler):
    def do_GET(self):
        with self.server.stub.notes.open("a") as notes:
            notes.write(f"{self.client_address[0]} {self.path}\n")
        body = f'{{"access_token":"{TOKEN}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_HEAD = do_GET


class MetadataService(Stub):
    """Notes the address and the path of each request as a line of the file `notes`."""

    handler = Answers

    def __init__(self, notes):
        self.notes = notes
        notes.touch()
        ip("address", "add", f"{IMDS}/32", "dev", "lo")
        super().__init__(socket.create_server((IMDS, 80)))
