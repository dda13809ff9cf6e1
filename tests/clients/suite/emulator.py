"""A running `wispctl emulator`: Microsoft Entra, as far as wisp can tell."""

import json
import os
import pathlib
import re
import ssl
import subprocess
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
WISPCTL = os.environ.get("WISPCTL_BIN", str(ROOT / "target/debug/wispctl"))

# A second identity, told from the default one by each kind of id, and one whose tokens end before a client trusts them.
OTHER = {
    "client_id": "66666666-ffff-4fff-8fff-666666666666",
    "object_id": "77777777-ffff-4fff-8fff-777777777777",
    "resource_id": "/subscriptions/44444444-dddd-4ddd-8ddd-444444444444/resourcegroups/example/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/other-identity",
}
BRIEF = {"client_id": "88888888-ffff-4fff-8fff-888888888888"}
BRIEF_SECONDS = 40

# Resources, so many that each test can have one that no client's cache knows.
RESOURCES = [f"https://r{number}.wisp.example" for number in range(400)]

IDENTITY = """
[[tenants.identities]]
name = "{name}"
client_id = "{client_id}"
{more}

[[tenants.identities.federated_credentials]]
name = "{name}-default-app"
issuer = "cluster"
subject = "system:serviceaccount:default:app"
"""

RESOURCE = """
[[tenants.resources]]
name = "Conformance"
app_id = "99999999-ffff-4fff-8fff-999999999999"
identifier_uris = {uris}
"""


def configuration(host, names=()):
    built_in = subprocess.run([WISPCTL, "emulator", "--print-config"], check=True, capture_output=True, text=True).stdout
    built_in = built_in.replace('host = "localhost"', f'host = "{host}"')
    built_in = built_in.replace("tls_names = []", f"tls_names = {json.dumps(list(names))}")
    ids = 'object_id = "{object_id}"\nresource_id = "{resource_id}"'.format(**OTHER)
    brief = f'object_id = "88888888-aaaa-4aaa-8aaa-888888888888"\nkind = "app"\ntoken_lifetime_seconds = {BRIEF_SECONDS}'
    return "".join(
        [
            built_in,
            IDENTITY.format(name="other-identity", more=ids, client_id=OTHER["client_id"]),
            IDENTITY.format(name="brief-identity", more=brief, client_id=BRIEF["client_id"]),
            RESOURCE.format(uris=json.dumps(RESOURCES)),
        ]
    )


class Emulator:
    def __init__(self, process, environment):
        self.process = process
        self.environment = environment
        self.authority = environment["AZURE_AUTHORITY_HOST"].rstrip("/")
        self.tenant = environment["AZURE_TENANT_ID"]
        self.client_id = environment["AZURE_CLIENT_ID"]
        self.token_file = environment.get("AZURE_FEDERATED_TOKEN_FILE")
        self.ca = environment["SSL_CERT_FILE"]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.authority}/_emulator/{path}", data, method=method)
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.ca)) as answer:
            return json.load(answer)

    def fresh(self):
        """No faults, an empty request log, a new token."""
        self.control("DELETE", "faults")
        self.control("POST", "rotate-token")
        self.control("DELETE", "requests")

    def fault(self, fault, **limits):
        """Lets requests meet one fault; without limits, every request."""
        self.control("PUT", "faults", [{"fault": fault, **limits}])

    def token_requests(self):
        requests = self.control("GET", "requests")["requests"]
        return [request for request in requests if request["path"].endswith("/oauth2/v2.0/token")]

    def end(self):
        self.process.terminate()
        assert self.process.wait(timeout=5) == 0


def start(state, *arguments, host="localhost", names=(), command=list, configured=None):
    """`host` is where clients find it, `names` are more for its certificate; `command` makes the command line that runs another
    where that is. A whole configuration, `configured`, takes the place of the conformance suite's."""
    config = state / "conformance.toml"
    config.write_text(configured or configuration(host, names))
    process = subprocess.Popen(
        command([WISPCTL, "emulator", "--state-dir", str(state), "--config", str(config), *arguments]),
        stdout=subprocess.PIPE,
        stderr=(state / "requests.log").open("w"),
        text=True,
    )
    environment = {}
    for line in process.stdout:
        if export := re.fullmatch(r"export (\w+)='(.*)'\n", line):
            environment[export[1]] = export[2]
        if "NODE_EXTRA_CA_CERTS" in environment:
            return Emulator(process, environment)
    raise AssertionError(f"the emulator ended with {process.wait()}: {(state / 'requests.log').read_text()}")
