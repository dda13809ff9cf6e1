"""Java: azure-identity, the MSAL that it stands on, and clients that are older or go their own way."""

import functools
import pathlib
import shutil
import xml.etree.ElementTree
from urllib.parse import urlsplit

from suite.client import (
    APP_SERVICE,
    APP_SERVICE_2017,
    AS_TOLD,
    CLOUD_SHELL,
    ENDS,
    GOES_ON,
    NOTHING,
    POD_HOST,
    REDIRECT,
    STATUS,
    Chain,
    Client,
    Wait,
    Way,
    proxy_variables,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]
POM = ROOT / "tests/clients/java/pom.xml"
BUILT = ROOT / "target/clients/java"

# What a JVM costs is its start: little is compiled, and one thread collects.
JAVA = [
    shutil.which("java") or "java",
    *("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"),
    *("-cp", f"{BUILT}/classes:{BUILT}/lib/*", "Driver"),
]


def pinned():
    """Versions by artifact."""
    space = {"pom": "http://maven.apache.org/POM/4.0.0"}
    found = xml.etree.ElementTree.parse(POM).iterfind("pom:dependencies/pom:dependency", space)
    return {each.findtext("pom:artifactId", None, space): each.findtext("pom:version", None, space) for each in found}


VERSIONS = pinned()


def tell_jvm(url, no_proxy):
    """A JVM is told of a proxy by its properties; the variables that others read are there too, and are to change nothing."""
    proxy = urlsplit(url)
    options = [f"-Dhttp.proxyHost={proxy.hostname}", f"-Dhttp.proxyPort={proxy.port}"]
    if no_proxy:
        options.append("-Dhttp.nonProxyHosts=169.254.169.254|127.*|localhost")
    return proxy_variables(url, no_proxy=False) | {"JAVA_TOOL_OPTIONS": " ".join(options)}


PROXY = (
    "The JVM reads no such variables but `-Dhttp.proxyHost`. With that it asks wisp at loopback directly, "
    "at 169.254.169.254 with `-Dhttp.nonProxyHosts=169.254.169.254`."
)
TUNNEL = (
    "The SDK reads no such variables but `-Dhttp.proxyHost`. With that it asks through a tunnel (`CONNECT`) even at loopback, "
    "directly with `-Dhttp.nonProxyHosts=169.254.169.254|127.*`."
)
SILENT = "Its error leaves out what wisp answered; that of `ManagedIdentityCredential` has it."
BY_LOT = (
    "It asks up to 20 times and draws each wait by lot, from none up to minutes: "
    "a few calls fail after less than two seconds, a few last for minutes."
)


def client(group, artifact, way, plays=None, **described):
    return Client(
        name=f"{group}:{artifact}",
        language="Java",
        by_http_proxy=False,
        version=VERSIONS[artifact],
        command=[*JAVA, plays or artifact],
        way=way,
        **described,
    )


def plain(group, artifact, way, plays=None, **described):
    """A client that asks with what the JVM brings along."""
    away = way.address == "169.254.169.254"
    return client(group, artifact, way, plays, proxied=away, proxy=tell_jvm, **{"notes": {"proxy": PROXY}, **described})


def ways(make, *each, **described):
    """A client by each way, which comes with what is different on it."""
    return [make(way=way, **{**described, **different}) for way, different in each]


CHAIN = {
    "chain": Chain(later="AzureCliCredential", after_400=GOES_ON, absent=GOES_ON, probes=1, tells=False),
    "notes": {"proxy": TUNNEL, "chain": SILENT},
}
# What is told by variables of the platform counts as there, whatever it answers.
CERTAIN = {"chain": Chain(later="AzureCliCredential", after_400=ENDS, absent=ENDS, probes=0), "notes": {"proxy": TUNNEL}}
# The tunnel is looked at on one way only: the SDK tries for half a minute on the others.
TUNNELLED = {"proxied": True, "proxy": tell_jvm}

# MSAL waits 2 s and then 4 s at IMDS, a second each time elsewhere.
EACH_SECOND = {"outage": Wait(at_least=1.0), "throttled": Wait(at_least=1.0)}
SOME_SECONDS = {"outage": Wait(at_least=2.0), "throttled": Wait(at_least=2.0)}

# Its application says where it runs by the class or the constructor that it uses.
OLD = ("com.microsoft.azure", "azure-client-authentication")
VM_EXTENSION = Way(dialect="VM extension", point="`WISP_LISTEN_VM_EXTENSION`", namespaced=True, port=50342)
# The driver makes the property of this variable.
SITE = Way(
    dialect="IMDS",
    point="`fs.azure.account.oauth2.msi.endpoint`",
    environment=lambda url: {"FS_AZURE_ACCOUNT_OAUTH2_MSI_ENDPOINT": f"{url}/metadata/identity/oauth2/token"},
)

CLIENTS = [
    *ways(
        functools.partial(client, "com.azure", "azure-identity"),
        (POD_HOST, CHAIN),
        (REDIRECT, CHAIN),
        (APP_SERVICE, CERTAIN | TUNNELLED),
        (CLOUD_SHELL, CERTAIN | {"identities": []}),
        outage=AS_TOLD,
        throttled=AS_TOLD,
        refused=True,
        proxied=False,
    ),
    *ways(
        functools.partial(plain, "com.microsoft.azure", "msal4j"),
        (POD_HOST, SOME_SECONDS),
        (REDIRECT, SOME_SECONDS),
        (APP_SERVICE, EACH_SECOND),
        (CLOUD_SHELL, EACH_SECOND | {"identities": []}),
    ),
    plain(*OLD, REDIRECT, "MSICredentials", permanent=STATUS, env=None, **EACH_SECOND),
    plain(*OLD, VM_EXTENSION, "MSICredentials (VM extension)", permanent=STATUS, caches=False),
    plain(*OLD, APP_SERVICE_2017, "AppServiceMSICredentials", permanent=STATUS, caches=False, identities=["client_id"]),
    *ways(
        functools.partial(plain, "com.microsoft.sqlserver", "mssql-jdbc"),
        (
            REDIRECT,
            {
                "outage": Wait(by_lot=True),
                "throttled": Wait(by_lot=True),
                "notes": {"proxy": PROXY, "outage": BY_LOT, "throttled": BY_LOT},
            },
        ),
        (APP_SERVICE, {}),
        (APP_SERVICE_2017, {}),
        permanent=NOTHING,
        caches=False,
        identities=["client_id"],
    ),
    *ways(
        functools.partial(plain, "org.apache.hadoop", "hadoop-azure"),
        (REDIRECT, {}),
        (SITE, {}),
        identities=["client_id"],
        resources=["https://storage.azure.com/"],
        env=None,
    ),
]
