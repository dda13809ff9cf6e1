"""A stub of Azure SQL Database: takes the token of a real driver, as the service would.

    stub = TdsStub(listener, certificate.context)
    ...                                     # log in at stub.address, with `Encrypt=strict`
    stub.tokens                             # the tokens that came, oldest first
    stub.close()

It knows as much of TDS 8.0 (MS-TDS) as a login with a token of Entra needs: TLS first, then the messages below, in this order.
"""

import struct

from suite.stub import Stub

PROTOCOL = "tds/8.0"
RESOURCE = "https://database.windows.net/"
AUTHORITY = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111"

# Messages, by their type.
PRELOGIN, LOGIN, TOKEN, ANSWER = 0x12, 0x10, 0x08, 0x04
LAST = 0x01
HEAD = struct.Struct(">BBHHBB")

# Tokens of an answer's stream.
ENVIRONMENT, LOGIN_ACK, FEATURES_ACK, LOGIN_WITH_ENTRA, DONE = 0xE3, 0xAD, 0xAE, 0xEE, 0xFD
FEDERATED = 0x02


class _Conversation:
    """One connection, as `socketserver` handles it."""

    def __init__(self, connection, address, server):
        self.stream = connection.makefile("rwb")
        stub = server.stub
        if not self._receive(PRELOGIN):
            return
        self._send(prelogin())
        self._receive(LOGIN)
        self._send(login_with_entra())
        if token := self._receive(TOKEN):
            stub.tokens.append(token[8:].decode("utf-16-le"))
            self._send(logged_in())
        # Until the driver goes away.
        self.stream.read(1)

    def _receive(self, kind):
        message, status = b"", 0
        while not status & LAST:
            head = self.stream.read(HEAD.size)
            if len(head) < HEAD.size:
                return b""
            got, status, length, *_ = HEAD.unpack(head)
            message += self.stream.read(length - HEAD.size)
            assert got == kind, f"a message of type {got:#x} in the place of {kind:#x}"
        return message

    def _send(self, message):
        self.stream.write(HEAD.pack(ANSWER, LAST, HEAD.size + len(message), 0, 1, 0) + message)
        self.stream.flush()


def prelogin():
    """Its version, encryption as there is already, and that a token is wanted."""
    options = {0: bytes([16, 0, 0x10, 0, 0, 0]), 1: b"\x02", 6: b"\x01"}
    table, data = b"", b""
    for number, value in options.items():
        table += struct.pack(">BHH", number, 5 * len(options) + 1 + len(data), len(value))
        data += value
    return table + b"\xff" + data


def login_with_entra():
    """For whom the token is to be, and who issues it."""
    table, data = b"", b""
    values = {1: AUTHORITY, 2: RESOURCE}
    for number, value in values.items():
        encoded = value.encode("utf-16-le")
        table += struct.pack("<BII", number, len(encoded), 4 + 9 * len(values) + len(data))
        data += encoded
    body = struct.pack("<I", len(values)) + table + data
    return struct.pack("<BI", LOGIN_WITH_ENTRA, len(body)) + body


def logged_in():
    def text(value):
        return bytes([len(value)]) + value.encode("utf-16-le")

    def framed(token, body):
        return struct.pack("<BH", token, len(body)) + body

    acknowledged = b"\x01" + b"\x08\x00\x00\x00" + text("stub") + bytes([16, 0, 0x10, 0])
    return (
        framed(ENVIRONMENT, b"\x01" + text("master") + text(""))
        + framed(LOGIN_ACK, acknowledged)
        + struct.pack("<BBI", FEATURES_ACK, FEDERATED, 0)
        + b"\xff"
        + struct.pack("<BHHQ", DONE, 0, 0, 0)
    )


class TdsStub(Stub):
    handler = _Conversation
    tokens = None

    def __init__(self, listener, context):
        self.tokens = []
        context.set_alpn_protocols([PROTOCOL])
        super().__init__(listener, context)
