"""What the stubs of services have in common: a server that takes the token of a real tool, over TLS if the tool wants it."""

import http.server
import socketserver
import ssl
import threading

# A tool that stops in the middle of a request shall not keep a thread for ever.
IDLE_SECONDS = 30


class Stub:
    """A server on `listener`, a listening socket (also one made in another network namespace); TLS if there is a context."""

    handler = None
    """The `Handler` that answers."""

    def __init__(self, listener, context=None):
        self.requests = []  # (method, target, Authorization or None)
        self.address = listener.getsockname()[:2]
        self.url = "{}://{}:{}".format("https" if context else "http", *self.address)
        self._server = _Server(listener, context, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def tokens(self):
        """The bearer tokens that came, oldest first."""
        return [value.removeprefix("Bearer ") for _, _, value in self.requests if value and value.startswith("Bearer ")]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, listener, context, stub):
        super().__init__(listener.getsockname()[:2], stub.handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.context, self.stub = listener, context, stub

    def finish_request(self, request, client_address):
        # In the request's own thread: a handshake that hangs keeps nobody else waiting.
        request.settimeout(IDLE_SECONDS)
        if not self.context:
            return super().finish_request(request, client_address)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request, client_address):
        """A tool that went away, or does not trust the certificate: the test sees it by the tool's own result."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection; `self.server.stub` is its stub."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def log_message(self, *_):
        pass

    def note(self):
        """Notes the request, and tells what authorizes it."""
        authorization = self.headers["Authorization"]
        self.server.stub.requests.append((self.command, self.path, authorization))
        return authorization
