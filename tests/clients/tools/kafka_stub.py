"""A stub of a Kafka broker: takes the token of a real client, as a broker that trusts Entra would.

    stub = KafkaStub(listener)
    ...                                     # run the client on stub.address
    stub.tokens                             # the bearer tokens that came, oldest first
    stub.close()

It knows as much of the protocol as a client needs to log in by OAUTHBEARER (RFC 7628) and to list the topics, of which there
are none. It speaks the versions that it announces (https://kafka.apache.org/protocol.html).
"""

import socketserver
import struct
import threading

# What is asked for, by its number, and the highest version that is known here.
METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
KNOWN = {METADATA: 1, HANDSHAKE: 1, VERSIONS: 0, AUTHENTICATE: 0}

UNSUPPORTED_VERSION = 35
NO_TEXT = struct.pack(">h", -1)


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class _Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        while size := self.rfile.read(4):
            request = self.rfile.read(struct.unpack(">i", size)[0])
            kind, version, number, length = struct.unpack_from(">hhih", request)
            answer = self._answer(kind, version, request[10 + max(length, 0) :])
            self.wfile.write(struct.pack(">ii", len(answer) + 4, number) + answer)

    def _answer(self, kind, version, body):
        if kind == VERSIONS:
            known = b"".join(struct.pack(">hhh", number, 0, highest) for number, highest in KNOWN.items())
            error = 0 if version <= KNOWN[VERSIONS] else UNSUPPORTED_VERSION
            return struct.pack(">hi", error, len(KNOWN)) + known
        if kind == HANDSHAKE:
            return struct.pack(">hi", 0, 1) + text("OAUTHBEARER")
        if kind == AUTHENTICATE:
            # n,,^Aauth=Bearer TOKEN^A^A
            self.server.stub.tokens.append(body[4:].split(b"auth=Bearer ")[1].split(b"\x01")[0].decode())
            return struct.pack(">h", 0) + NO_TEXT + struct.pack(">i", 0)
        host, port = self.server.stub.address
        broker = struct.pack(">i", 1) + text(host) + struct.pack(">i", port) + NO_TEXT
        return struct.pack(">i", 1) + broker + struct.pack(">ii", 1, 0)


class KafkaStub:
    def __init__(self, listener):
        self.tokens = []
        self.address = listener.getsockname()[:2]
        self._server = socketserver.ThreadingTCPServer(self.address, _Handler, bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.socket.close()
        self._server.socket, self._server.stub = listener, self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
