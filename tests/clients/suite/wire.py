"""What passes between a client and wisp, noted: a relay of bytes that reads along.

The client is sent to the relay instead of to wisp. Bytes go through unchanged and at once, in both directions; from the
copies the relay reads which requests were made, when, and how they were answered.
"""

import dataclasses
import socket
import threading
import time

CHUNK = 65536


@dataclasses.dataclass
class Request:
    at: float
    """When its head had arrived, by the monotonic clock, in seconds."""
    method: str
    target: str
    headers: dict
    """By name in lower case."""
    body: bytes = b""
    status: int | None = None
    """Of the answer, once that has begun."""

    @property
    def asks(self):
        """Whether it asks for a token; SDKs also look whether anybody is there, without what proves good intent."""
        return any(name in self.headers for name in ("metadata", "x-identity-header", "secret")) or self.method == "POST"


class Wire:
    """Listens where a client asks, passes everything on to where wisp listens."""

    def __init__(self, make_socket=socket.socket, address="127.0.0.1", port=0):
        self.make_socket = make_socket
        self.upstream = None
        self.requests = []
        self.listener = None
        self.connections = set()
        self.address = address
        self.port = port
        self.open()

    @property
    def url(self):
        return f"http://{self.address}:{self.port}" if self.port != 80 else f"http://{self.address}"

    def open(self):
        """Listens, at the same port as before."""
        if self.listener:
            return
        listener = self.make_socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def close(self):
        """Nobody listens any more: connections are refused, open ones end."""
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        self.hang_up()

    def hang_up(self):
        """Ends the connections that are open, as happens when wisp restarts."""
        for connection in list(self.connections):
            end(connection)

    def asked(self):
        """The requests for a token, in their order."""
        return [request for request in self.requests if request.asks]

    def probes(self):
        return [request for request in self.requests if not request.asks]

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=[client], daemon=True).start()

    def _relay(self, client):
        try:
            server = socket.create_connection(self.upstream, timeout=5)
        except (OSError, TypeError):
            client.close()
            return
        server.settimeout(None)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections |= {client, server}
        notes = Notes(self.requests)
        back = threading.Thread(target=pump, args=[server, client, notes.answered], daemon=True)
        back.start()
        pump(client, server, notes.asked)
        back.join()
        self.connections -= {client, server}
        client.close()
        server.close()


class Notes:
    """What is read along on one connection. HTTP/1.1 without pipelining: answers come in the order of the requests."""

    def __init__(self, requests):
        self.requests = requests
        self.waiting = []
        self.question = b""
        self.missing = 0
        self.chunked = False
        self.answer = b""

    def asked(self, data):
        while data:
            if self.chunked:
                data = self._chunk(data)
                continue
            if self.missing:
                part, data = data[: self.missing], data[self.missing :]
                self.missing -= len(part)
                self.waiting[-1].body += part
                continue
            head, found, rest = (self.question + data).partition(b"\r\n\r\n")
            if not found:
                self.question = head
                return
            self.question, data = b"", rest
            request = read(head)
            self.missing = int(request.headers.get("content-length", 0))
            self.chunked = request.headers.get("transfer-encoding") == "chunked"
            self.waiting.append(request)
            self.requests.append(request)
            self.answer = b""

    def _chunk(self, data):
        """What comes after the next chunk, once that is whole; the empty chunk is the last."""
        self.question += data
        size, _, rest = self.question.partition(b"\r\n")
        if b"\r\n" not in self.question or len(rest) < int(size, 16) + 2:
            return b""
        length, self.question = int(size, 16), b""
        self.waiting[-1].body += rest[:length]
        self.chunked = length > 0
        return rest[length + 2 :]

    def answered(self, data):
        """Only the status line is of interest; it is there before the next request is made."""
        if not self.waiting or self.waiting[-1].status:
            return
        self.answer += data
        words = self.answer.split(b" ", 2)
        if len(words) == 3:
            self.waiting[-1].status = int(words[1])


def read(head):
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(time.monotonic(), method, target, headers)


def pump(source, sink, note):
    try:
        while data := source.recv(CHUNK):
            note(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        end(source)
        end(sink)


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
