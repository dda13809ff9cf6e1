"""Entra for the fleet: an emulator of its own, whose federated credentials are those of plans."""

import itertools
import json
import ssl
import urllib.parse
import urllib.request

from fleet.roster import IDENTITIES, client_id, object_id
from kit.entra import CONFIGURATION, TENANT
from kit.places import ISSUER, NODE
from suite import emulator

PORT = 8444
AUTHORITY = f"https://{NODE}:{PORT}"
NMI = "nmi"
"""Whose projected token gets tokens of all identities, as if the node had them."""

OWN_ISSUER = """
[[issuers]]
name = "azure"

[[projections]]
name = "{nmi}"
issuer = "azure"
namespace = "kube-system"
service_account = "{nmi}"
"""

IDENTITY = """
[[tenants.identities]]
name = "{name}"
client_id = "{client_id}"
object_id = "{object_id}"

[[tenants.identities.federated_credentials]]
name = "{nmi}"
issuer = "azure"
subject = "system:serviceaccount:kube-system:{nmi}"
"""

CREDENTIAL = """
[[tenants.identities.federated_credentials]]
name = "{name}"
issuer = "{issuer}"
subject = "{subject}"
audience = "{audience}"
"""

EXCHANGE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNSEEN = """
[[faults]]
fault = {{ propagation = {{ credential = "{name}", seconds = 86400, aadsts = 700213 }} }}
"""


class Entra:
    """It has the credentials of these plans from the start, and shows them once they are made."""

    def __init__(self, folder, keys, plans):
        folder.mkdir(exist_ok=True)
        self.emulator = emulator.start(folder, "--listen", f"{NODE}:{PORT}", configured=configuration(keys, plans))
        self.authority = AUTHORITY
        self.assertion = folder / f"projections/{NMI}/token"
        self.ca = folder / "ca.pem"
        self.context = ssl.create_default_context(cafile=self.ca)

    def make_credentials(self):
        """As the scripts do that come of a plan."""
        self.emulator.control("DELETE", "faults")

    def exchange(self, assertion, client_id, resource):
        """The access token of an identity for a token of somebody who may be it."""
        fields = {
            "grant_type": "client_credentials", "client_id": client_id, "scope": f"{resource}/.default",
            "client_assertion_type": EXCHANGE, "client_assertion": assertion,
        }  # fmt: skip
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{self.authority}/{TENANT}/oauth2/v2.0/token", body, context=self.context) as answer:
            return json.load(answer)["access_token"]

    def end(self):
        self.emulator.end()


def configuration(keys, plans):
    credentials = [(each["clientId"], one) for plan in plans for each in plan["identities"] for one in each["credentials"]]
    parts = [CONFIGURATION.format(host=NODE, issuer=ISSUER, keys=keys, tenant=TENANT)]
    for name in IDENTITIES:
        parts.append(IDENTITY.format(name=name, client_id=client_id(name), object_id=object_id(name), nmi=NMI))
        parts += [CREDENTIAL.format(**one) for of, one in credentials if of == client_id(name)]
    unseen = [UNSEEN.format(**one) for _, one in credentials]
    return "".join(itertools.chain(parts, [OWN_ISSUER.format(nmi=NMI)], unseen))
