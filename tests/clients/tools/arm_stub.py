"""A stub of Azure Resource Manager: takes the token of a real tool, as the service would.

    stub = ArmStub(listener, certificate.context)
    ...                                     # run the tool on stub.url
    stub.tokens                             # the bearer tokens that came, oldest first
    stub.close()

It knows one subscription with one virtual machine, which is what `az login` and Prometheus' discovery list.
"""

import json
import re
import urllib.parse

from suite.stub import Handler, Stub

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


class _Handler(Handler):
    def do_GET(self):
        if not re.match(r"Bearer \S", self.note() or ""):
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


class ArmStub(Stub):
    handler = _Handler

    def __init__(self, listener, context=None, subscriptions=True):
        """Without subscriptions, none is shown to the token."""
        self.answers = ANSWERS | ({} if subscriptions else {"/subscriptions": {"value": []}})
        super().__init__(listener, context)
