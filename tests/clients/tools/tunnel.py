"""A proxy for HTTPS that leads every host to one stub: how a tool reaches a service of Azure by its real name."""

import contextlib
import threading

from suite.wire import end, pump

ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
CHUNK = 4096
LOOPBACK = "127.0.0.1"


class Tunnel:
    """Listens at `url`, for HTTPS_PROXY; `address` is the stub's. Both are where `make_socket` makes its sockets."""

    def __init__(self, make_socket, address, host=LOOPBACK):
        self.make_socket = make_socket
        self.address = address
        self.listener = listener(make_socket, host)
        self.url = "http://{}:{}".format(*self.listener.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        end(self.listener)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=[client], daemon=True).start()

    def _lead(self, client):
        # A tool that ends in the middle has told why.
        with contextlib.suppress(OSError), client, self.make_socket() as server:
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(CHUNK)
                if not received:
                    return
                head += received
            if not head.startswith(b"CONNECT "):
                return
            server.connect(self.address)
            client.sendall(ACCEPTED)
            back = threading.Thread(target=pump, args=[server, client, ignore], daemon=True)
            back.start()
            pump(client, server, ignore)
            back.join()


def ignore(data):
    """Nobody reads along."""


def listener(make_socket, host=LOOPBACK):
    """A listening socket at any port."""
    made = make_socket()
    made.bind((host, 0))
    made.listen()
    return made
