"""A stub of Azure Resource Manager: takes the token of a real tool, as the service would.

    stub = ArmStub(listener, certificate.context)
    ...                                     # run the tool on stub.url
    stub.tokens                             # the bearer tokens that came, oldest first
    stub.close()

It knows one subscription with one virtual machine, which is what `az login` and Prometheus' discovery list.
"""

import http.server
import json
import re
import socketserver
import ssl
import threading
import urllib.parse

# A tool that stops in the middle of a request shall not keep a thread for ever.
IDLE_SECONDS = 30

SUBSCRIPTION = "44444444-dddd-4ddd-8ddd-444444444444"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/example"
MACHINE = "machine-of-a-test"
MACHINE_ADDRESS = "192.0.2.10"
INTERFACE_ID = f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{MACHINE}-nic"

SUBSCRIPTION_ANSWER = {
    "id": f"/subscriptions/{SUBSCRIPTION}",
    "subscriptionId": SUBSCRIPTION,
    "displayName": "Subscription of a test",
    "state": "Enabled",
    "authorizationSource": "RoleBased",
    "managedByTenants": [],
}
MACHINE_ANSWER = {
    "id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{MACHINE}",
    "name": MACHINE,
    "type": "Microsoft.Compute/virtualMachines",
    "location": "westeurope",
    "tags": {"role": "example"},
    "properties": {
        "osProfile": {"computerName": MACHINE},
        "storageProfile": {"osDisk": {"osType": "Linux"}},
        "hardwareProfile": {"vmSize": "Standard_B1s"},
        "networkProfile": {"networkInterfaces": [{"id": INTERFACE_ID, "properties": {"primary": True}}]},
    },
}
INTERFACE_ANSWER = {
    "id": INTERFACE_ID,
    "name": f"{MACHINE}-nic",
    "location": "westeurope",
    "properties": {
        "primary": True,
        "ipConfigurations": [{"name": "first", "properties": {"primary": True, "privateIPAddress": MACHINE_ADDRESS}}],
    },
}

# What is answered, by the path in lower case.
ANSWERS = {
    "/subscriptions": {"value": [SUBSCRIPTION_ANSWER]},
    f"/subscriptions/{SUBSCRIPTION}": SUBSCRIPTION_ANSWER,
    f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.compute/virtualmachines": {"value": [MACHINE_ANSWER]},
    f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.compute/virtualmachinescalesets": {"value": []},
    INTERFACE_ID.lower(): INTERFACE_ANSWER,
}


class ArmStub:
    """A server on `listener`, a listening socket (also one made in another network namespace); TLS if there is a context."""

    def __init__(self, listener, context=None, subscriptions=True):
        """Without subscriptions, none is shown to the token."""
        self.answers = ANSWERS | ({} if subscriptions else {"/subscriptions": {"value": []}})
        self.requests = []  # (method, target, Authorization or None)
        host, port = listener.getsockname()[:2]
        self.url = f"{'https' if context else 'http'}://{host}:{port}"
        self._server = _Server(listener, context, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def tokens(self):
        return [value.removeprefix("Bearer ") for _, _, value in self.requests if value and value.startswith("Bearer ")]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, listener, context, stub):
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
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


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        authorization = self.headers["Authorization"]
        self.server.stub.requests.append((self.command, self.path, authorization))
        if not re.match(r"Bearer \S", authorization or ""):
            return self._answer(401, {"error": {"code": "AuthenticationFailed", "message": "The access token is missing."}})
        path = re.sub("/+", "/", urllib.parse.urlsplit(self.path).path).rstrip("/").lower()
        if answer := self.server.stub.answers.get(path):
            return self._answer(200, answer)
        self._answer(404, {"error": {"code": "NotFound", "message": f"This stub has no {path}."}})

    def _answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
