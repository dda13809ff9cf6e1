"""How a client is described: where it asks, and what it does when the answer is not a token.

A description is a promise that the scenarios hold the client to, and the source of docs/compatibility.md.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

# The secret that an App Service client finds in its environment.
SECRET = "conformance-secret-0123456789abcdef"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Way:
    """How a client comes to wisp instead of to Azure's own endpoint."""

    dialect: str
    point: str
    """What a user does to point the client, in Markdown."""
    environment: Callable[[str], dict] = lambda url: {}
    """Variables for an endpoint whose base address is `url`."""
    namespaced: bool = False
    """The client asks at an address that is built in: it runs in a network namespace of its own."""
    address: str = "127.0.0.1"
    port: int = 0
    """Where it asks; 0 is any port."""


REDIRECT = Way(dialect="IMDS", point="redirect", namespaced=True, address="169.254.169.254", port=80)
POD_HOST = Way(
    dialect="IMDS",
    point="`AZURE_POD_IDENTITY_AUTHORITY_HOST`",
    environment=lambda url: {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url},
)
APP_SERVICE = Way(
    dialect="App Service 2019-08-01",
    point="`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`",
    environment=lambda url: {"IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": SECRET},
)
APP_SERVICE_2017 = Way(
    dialect="App Service 2017-09-01",
    point="`MSI_ENDPOINT`, `MSI_SECRET`",
    environment=lambda url: {"MSI_ENDPOINT": f"{url}/msi/token", "MSI_SECRET": SECRET},
)
CLOUD_SHELL = Way(
    dialect="Cloud Shell",
    point="`MSI_ENDPOINT`",
    environment=lambda url: {"MSI_ENDPOINT": f"{url}/oauth2/token"},
)

LOCAL = "169.254.169.254,127.0.0.1,localhost"


def proxy_variables(url, no_proxy):
    """How nearly all clients are told of a proxy."""
    told = {"HTTP_PROXY": url, "http_proxy": url}
    return told | ({"NO_PROXY": LOCAL, "no_proxy": LOCAL} if no_proxy else {})


# What an error shows of the answer to a permanent fault.
TEXT = "shows the fix"
STATUS = "shows the status only"
NOTHING = "shows neither"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wait:
    """The client asks again by itself."""

    as_told: bool = False
    """Not before `Retry-After` is over."""
    at_least: float = 0.0
    """Else not before so many seconds."""
    by_lot: bool = False
    """Each wait is drawn by lot, from none up to minutes: a scenario sees how the attempts begin, and no more of them."""
    long_enough: bool = True
    """Asks until the answer is another one; else it may give up before, by chance."""


AS_TOLD = Wait(as_told=True)


# Whether a chain of credentials tries the next one.
GOES_ON = "goes on"
ENDS = "ends"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chain:
    """The SDK's default chain of credentials, of which the managed identity is one."""

    later: str
    """What an error names when the chain went on after the managed identity."""
    after_400: str
    """`GOES_ON` or `ENDS`."""
    absent: str | None
    """The same when nobody listens; None: it tries for longer than a test may last."""
    probes: int
    """Requests without `Metadata` that come before the first question."""
    tells: bool = True
    """Its error has wisp's answer in it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Client:
    name: str
    """As in its package registry."""
    language: str
    version: str
    way: Way
    command: Sequence[str] = ()
    """Starts its driver, or else:"""
    run: Callable | None = None
    """Runs a tool once; see `driver.Tool`."""
    agent: str = ""
    """What its requests call it, where `version` is not that of a package."""
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What it needs besides the way's variables."""

    identities: Sequence[str] = ("client_id", "object_id", "resource_id")
    """By what it can choose an identity."""
    resources: Sequence[str] = ()
    """The only resources it can ask for; empty is any."""
    probes: int = 0
    """Requests that come before the first question and are none, outside of a chain."""
    caches: bool = True
    """Keeps a token in memory until shortly before its end."""
    rests: float = 0.0
    """How many seconds it lets pass before it asks anew for a token that is about to end."""
    asks: int = 1
    """Requests that a call makes when it needs a token."""
    asks_near_end: int = 1
    """The same when the token is too short-lived to be kept."""
    concurrent: int = 50
    """How many calls are made at once; 0 where a user cannot make several."""
    chain: Chain | None = None
    permanent: str = TEXT
    insists: int = 1
    """How often it asks before it believes in a permanent fault."""
    fails_after: float = 0.0
    """How many seconds it keeps a failure to itself."""
    latches: bool = False
    """A credential that was refused once never asks again."""
    hasty: bool = False
    """It takes an endpoint that does not answer its first request within a second for none."""
    outage: Wait | None = None
    """On 503. None: the call fails, and the next one asks again."""
    throttled: Wait | None = None
    """On 429. None as above."""
    forgets: bool = False
    """The second request of a call leaves out what the first one asked for."""
    deaf: bool = False
    """Does not take the token that its second request brings."""
    refused: bool = False
    """Whether a call outlives an endpoint that does not listen yet."""
    proxied: bool | None = True
    """Whether it sends its question to a proxy unless it is told otherwise; None where there is no way to tell it of one."""
    proxy: Callable[[str, bool], dict] = proxy_variables
    """Variables that tell it of a proxy, and of those whom it shall ask directly."""
    env: str | None = APP_SERVICE.dialect
    """The dialect it speaks when it has all the variables of the injection mode env; None: it asks at the built-in address."""
    by_http_proxy: bool = True
    """Whether the variables of the injection mode http-proxy lead it to wisp."""
    only: Sequence[str] = ()
    """The only scenarios it goes through, by the names of their tests: where it takes long, and does in the others as by its
    first way."""
    notes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Footnotes of the compatibility page, by scenario."""

    @property
    def id(self):
        words = f"{self.name} {self.version} {self.way.dialect} {self.way.point}"
        return "".join(letter if letter.isalnum() or letter in ".-_" else "-" for letter in words.lower().replace("`", ""))


def ways(client, *others):
    """The client by each way; a way may come with what is different on it."""
    return [client, *(dataclasses.replace(client, way=way, **different) for way, different in others)]
