"""What passes between a client and wisp, noted: a relay of bytes that reads along.

The client is sent to the relay instead of to wisp. Bytes go through unchanged and at once, in both directions; from the
copies the relay reads which requests were made, when, and how they were answered.
"""

import dataclasses
import socket
import threading
import time
import urllib.parse

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
    def host(self):
        """Whom it is for, if it came through a proxy too."""
        whole = urllib.parse.urlsplit(self.target)
        return whole.netloc or self.headers["host"]

    @property
    def asks(self):
        """Whether it asks for a token. SDKs also look whether anybody is there, without what proves good intent, and where."""
        guarded = any(name in self.headers for name in ("metadata", "x-identity-header", "secret"))
        return (guarded and "/metadata/instance" not in self.target) or self.method == "POST"


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
        return f"http://{self.authority}"

    @property
    def authority(self):
        return f"{self.address}:{self.port}" if self.port != 80 else self.address

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

    def lead_to(self, upstream):
        """Another wisp from now on: no connection to the one before is left to a client that would keep it."""
        self.upstream = upstream
        self.hang_up()

    def asked(self):
        """The requests for a token, in their order."""
        return [request for request in self.requests if request.asks]

    def probes(self):
        """The others: whether there is an endpoint, of what kind, and where."""
        return [request for request in self.requests if not request.asks]

    def probes_before(self):
        """Those that came before the first request for a token."""
        first, *_ = self.asked()
        return [request for request in self.probes() if request.at <= first.at]

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
        back = threading.Thread(target=pump_and_end, args=[server, client, notes.answered], daemon=True)
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
        self.last = False
        self.answer = b""

    def asked(self, data):
        while data:
            if self.missing:
                part, data = data[: self.missing], data[self.missing :]
                self.missing -= len(part)
                self.waiting[-1].body += part
                continue
            head, found, rest = (self.question + data).partition(b"\r\n" if self.chunked else b"\r\n\r\n")
            if not found:
                self.question = head
                return
            self.question, data = b"", rest
            if self.chunked:
                self._chunk(head)
                continue
            request = read(head)
            self.chunked = request.headers.get("transfer-encoding") == "chunked"
            self.last = False
            self.missing = int(request.headers.get("content-length", 0))
            self.waiting.append(request)
            self.requests.append(request)
            self.answer = b""

    def _chunk(self, line):
        """A line between the pieces of a body; after the last piece, trailers end with an empty one."""
        if self.last:
            self.chunked = bool(line)
        elif line:
            self.missing = int(line.split(b";")[0], 16)
            self.last = not self.missing

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


def pump_and_end(server, client, note):
    """A server that has gone reads nothing more: what a client writes to it after all has not been asked."""
    pump(server, client, note)
    end(client)


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
