"""Entra: the emulator on the node, with the cluster as a real issuer, and AKS's token proxy in front of it."""

from kit.places import API, ENTRA_PORT, ISSUER, NODE
from suite import emulator

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
NAMESPACES = 1000
ACCOUNTS = ["app", "backup", "bills", "orders", "spark"]
"""The service accounts that have their namespace's identity: that of the tests, and those of the examples that ship."""

SECOND = "app"
"""The service account that has a second identity of its namespace too."""

UNBOUND, CHOOSY = "22222222-bbbb-4bbb-8bbb-000000009000", "22222222-bbbb-4bbb-8bbb-000000009001"
"""Client ids of an identity that is not bound to the cluster, and of one whose binding allows an account that nobody has."""
TOKEN_PROXY, SNI_NAME = f"https://{NODE}:{ENTRA_PORT}", "token-proxy.example"
"""The token proxy of identity bindings. The other identities are bound to the cluster, which says who may use them."""
PROXY_CA = "entra/token-proxy-ca.pem"
"""The file with its authority, in the cluster's folder."""

CONFIGURATION = """
host = "{host}"

[[issuers]]
name = "cluster"
url = "{issuer}"
jwks_file = "{keys}"

[[tenants]]
id = "{tenant}"
domains = ["example.com"]

[[tenants.resources]]
name = "Azure Key Vault"
app_id = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
identifier_uris = ["https://vault.azure.net"]

[[tenants.resources]]
name = "Azure Storage"
app_id = "e406a681-f3d4-42a8-90b6-c2b029497af1"
identifier_uris = ["https://storage.azure.com"]

[[tenants.resources]]
name = "Azure Resource Manager"
app_id = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
identifier_uris = ["https://management.azure.com"]
"""

IDENTITY = """
[[tenants.identities]]
name = "{namespace}"
client_id = "{client_id}"
object_id = "{object_id}"
"""

CREDENTIAL = """
[[tenants.identities.federated_credentials]]
name = "{account}"
issuer = "cluster"
subject = "system:serviceaccount:{namespace}:{account}"
"""

PROXY = """
[token_proxy]
sni_name = "{name}"
access_reviews = {{ url = "{api}", ca_file = "{ca}", token_file = "{token}" }}
"""

BINDING = """
[[token_proxy.bindings]]
client_id = "{client_id}"
"""


def namespace(number):
    """A name for a test's namespace; its service accounts `ACCOUNTS` may have tokens of the identity `client_id(number)`."""
    return f"test-{number}"


def client_id(number):
    return f"22222222-bbbb-4bbb-8bbb-{number:012}"


def second_id(number):
    """Of another identity that the same namespace's account `SECOND` may have tokens of."""
    return f"22222222-bbbb-4bbb-9bbb-{number:012}"


def start(folder, keys, ca, reviewer):
    """Starts it; `keys` is a file with the cluster's key set, `ca` one with the API server's authority, and `reviewer` one with the
    token of somebody who may review access."""
    folder.mkdir()
    parts = [CONFIGURATION.format(host=NODE, issuer=ISSUER, keys=keys, tenant=TENANT)]
    for number in range(NAMESPACES):
        object_id = f"33333333-cccc-4ccc-8ccc-{number:012}"
        parts.append(IDENTITY.format(namespace=namespace(number), client_id=client_id(number), object_id=object_id))
        parts += [CREDENTIAL.format(namespace=namespace(number), account=account) for account in ACCOUNTS]
        object_id = f"33333333-cccc-4ccc-9ccc-{number:012}"
        parts.append(IDENTITY.format(namespace=f"{namespace(number)}-second", client_id=second_id(number), object_id=object_id))
        parts.append(CREDENTIAL.format(namespace=namespace(number), account=SECOND))
    for name, each in [("unbound", UNBOUND), ("choosy", CHOOSY)]:
        parts.append(IDENTITY.format(namespace=name, client_id=each, object_id=each.replace("2", "3")))
    parts.append(PROXY.format(name=SNI_NAME, api=API, ca=ca, token=reviewer))
    parts += [BINDING.format(client_id=client_id(number)) for number in range(NAMESPACES)]
    parts.append(BINDING.format(client_id=CHOOSY) + 'subject = "system:serviceaccount:elsewhere:app"\n')
    return emulator.start(folder, "--listen", f"{NODE}:{ENTRA_PORT}", configured="".join(parts))
