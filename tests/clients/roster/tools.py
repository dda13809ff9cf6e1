"""Command line tools, and msrestazure, on which the old ones in Python stand."""

import dataclasses
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from suite.client import APP_SERVICE, APP_SERVICE_2017, AS_TOLD, CLOUD_SHELL, NOTHING, REDIRECT, STATUS, TEXT, Client, Wait
from tools.arm_stub import INTERFACE_ID, SUBSCRIPTION
from tools.services import ACCOUNT, DEBIAN, blob_storage, resource_manager

from roster.az import PYTHON

SECONDS = 60


def finish(tool, command, environment):
    return subprocess.run(tool.command(command), env=environment, capture_output=True, text=True, timeout=SECONDS)


# curl, as people write it into scripts.

CURL = shutil.which("curl")
CURL_VERSION = subprocess.run([CURL, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
IMDS_ADDRESS = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
CURL_OPTIONS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}


def chosen(identity):
    return "".join(f"&{CURL_OPTIONS[name]}={value}" for name, value in (identity or {}).items())


def curl(tool, *arguments):
    done = finish(tool, [CURL, *arguments], tool.environment)
    if done.returncode:
        return None, done.stderr
    answer = json.loads(done.stdout)
    return answer.get("access_token"), None if "access_token" in answer else done.stdout


def curl_imds(tool, resource, identity):
    return curl(tool, "-sS", "-H", "Metadata: true", f"{IMDS_ADDRESS}&resource={resource}{chosen(identity)}")


def curl_patient(tool, resource, identity):
    url = f"{IMDS_ADDRESS}&resource={resource}{chosen(identity)}"
    return curl(tool, "-fsS", "--retry", "5", "--retry-connrefused", "-H", "Metadata:true", url)


def curl_app_service(tool, resource, identity):
    endpoint, secret = tool.environment["IDENTITY_ENDPOINT"], tool.environment["IDENTITY_HEADER"]
    url = f"{endpoint}?resource={resource}&api-version=2019-08-01{chosen(identity).replace('msi_res_id', 'mi_res_id')}"
    return curl(tool, "-sS", url, "-H", f"X-IDENTITY-HEADER: {secret}")


def curl_cloud_shell(tool, resource, identity):
    return curl(tool, "-sS", "-H", "Metadata:true", "--data", f"resource={resource}", tool.environment["MSI_ENDPOINT"])


PLAIN = Client(
    name="curl",
    language="Command line",
    version=CURL_VERSION,
    way=REDIRECT,
    run=curl_imds,
    env=None,
    caches=False,
    concurrent=20,
)
PATIENT = dataclasses.replace(
    PLAIN, name="curl --fail --retry", run=curl_patient, permanent=STATUS, outage=AS_TOLD, throttled=AS_TOLD, refused=True
)


# rclone, which asks for its token when it starts, and copies a file.

RCLONE_PROGRAM = str(DEBIAN / "usr/bin/rclone")
CONTENT = b"what a real blob would hold\n"
RCLONE_OPTIONS = {
    "client_id": "--azureblob-msi-client-id",
    "object_id": "--azureblob-msi-object-id",
    "resource_id": "--azureblob-msi-mi-res-id",
}


def rclone(tool, resource, identity):
    """Lists a container and copies its only blob."""
    options = [word for name, value in (identity or {}).items() for word in (RCLONE_OPTIONS[name], value)]
    with blob_storage(tool.make_socket) as (stub, variables), tempfile.TemporaryDirectory() as folder:
        stub.blobs["folder/file.txt"] = CONTENT
        remote = f":azureblob,use_msi,account={ACCOUNT}:container"
        command = [RCLONE_PROGRAM, "copy", remote, folder, "--config", "", *options]
        done = finish(tool, command, tool.environment | variables)
        if done.returncode:
            return None, done.stderr
        assert pathlib.Path(folder, "folder/file.txt").read_bytes() == CONTENT
        return stub.tokens[-1], None


RCLONE = Client(
    name="rclone",
    language="Command line",
    version="1.60.1",
    way=REDIRECT,
    run=rclone,
    resources=["https://storage.azure.com"],
    caches=False,
    asks=2,
    asks_near_end=2,
    refused=True,
    concurrent=0,
    outage=Wait(),
    throttled=Wait(),
    env=None,
)


# Prometheus, whose discovery asks Azure Resource Manager for the machines.

# The proxy is for Azure Resource Manager: the question for a token does not heed it.
PROMETHEUS_CONFIGURATION = """
scrape_configs:
- job_name: azure
  azure_sd_configs:
  - authentication_method: ManagedIdentity
    subscription_id: {subscription}
    refresh_interval: 1h
    proxy_url: {HTTPS_PROXY}
    tls_config: {{ca_file: {SSL_CERT_FILE}}}
"""
POLL_SECONDS = 0.05
LISTENING = re.compile(r'msg="Listening on" address=127\.0\.0\.1:(\d+)')
FAILED = re.compile(r'msg="Unable to refresh target groups" err="(.*)"')


def prometheus(tool, resource, identity):
    """Runs it until it has asked for all of the machine, or could not ask."""
    return discover(tool, lambda stub, log: any(INTERFACE_ID in target for _, target, _ in stub.requests))


def discover(tool, done):
    """Runs it until `done` of the stub and the log, or until it tells that it failed."""
    with resource_manager(tool.make_socket) as (stub, variables), tempfile.TemporaryDirectory() as folder:
        configuration, log = pathlib.Path(folder, "prometheus.yml"), pathlib.Path(folder, "log")
        configuration.write_text(PROMETHEUS_CONFIGURATION.format(subscription=SUBSCRIPTION, **variables))
        command = [str(DEBIAN / "usr/bin/prometheus"), f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data"]
        command += ["--web.listen-address=127.0.0.1:0"]
        with log.open("w") as stderr:
            process = subprocess.Popen(tool.command(command), env=tool.environment, stderr=stderr)
        try:
            deadline = time.monotonic() + SECONDS
            while time.monotonic() < deadline and process.poll() is None:
                if failed := FAILED.search(log.read_text()):
                    return None, failed[1]
                if done(stub, log.read_text()):
                    return stub.tokens[-1], None
                time.sleep(POLL_SECONDS)
            return None, f"it did not end: {log.read_text()}"
        finally:
            process.kill()
            process.wait()


def targets(tool, log):
    """Its targets, by its own API."""
    if not (listening := LISTENING.search(log)):
        return []
    port = int(listening[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.sock = tool.make_socket()
    connection.sock.connect(("127.0.0.1", port))
    connection.request("GET", "/api/v1/targets")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    # It listens before it has read its own storage.
    found = json.loads(body)["data"]["activeTargets"] if answer.status == http.HTTPStatus.OK else []
    return [target["discoveredLabels"] for target in found]


PROMETHEUS = Client(
    name="prometheus (Azure discovery)",
    language="Command line",
    version="2.42.0",
    way=REDIRECT,
    run=prometheus,
    identities=[],
    resources=["https://management.azure.com/"],
    caches=False,
    # One for each of its requests to Azure Resource Manager.
    asks_near_end=3,
    concurrent=0,
    outage=Wait(at_least=1.0),
    throttled=Wait(at_least=1.0),
    refused=True,
    env=APP_SERVICE_2017.dialect,
)
# Go sends nothing to a proxy that is for loopback.
PROMETHEUS_APP_SERVICE = dataclasses.replace(PROMETHEUS, way=APP_SERVICE_2017, proxied=False)
PROMETHEUS_CLOUD_SHELL = dataclasses.replace(
    PROMETHEUS,
    way=CLOUD_SHELL,
    proxied=False,
    forgets=True,
    outage=None,
    throttled=None,
)


# msrestazure: the managed-identity client of the Azure SDKs for Python before azure-identity.

MSRESTAZURE = Client(
    name="msrestazure",
    language="Python",
    version="0.6.4",
    way=REDIRECT,
    command=("/usr/bin/python3", str(pathlib.Path(__file__).resolve().parents[1] / "tools/msrestazure_driver.py")),
    environment=PYTHON,
    permanent=NOTHING,
    outage=Wait(),
    throttled=Wait(),
    env=CLOUD_SHELL.dialect,
)
# Asked by POST or on App Service, it neither retries nor keeps a token.
ELSEWHERE = dataclasses.replace(MSRESTAZURE, caches=False, outage=None, throttled=None)
MSRESTAZURE_CLOUD_SHELL = dataclasses.replace(ELSEWHERE, way=CLOUD_SHELL, permanent=STATUS)
MSRESTAZURE_APP_SERVICE = dataclasses.replace(
    ELSEWHERE,
    way=APP_SERVICE_2017,
    environment=PYTHON | {"APPSETTING_WEBSITE_SITE_NAME": "site"},
    identities=["client_id"],
    permanent=TEXT,
)

CLIENTS = [
    PLAIN,
    PATIENT,
    dataclasses.replace(PLAIN, way=APP_SERVICE, run=curl_app_service),
    dataclasses.replace(PLAIN, way=CLOUD_SHELL, run=curl_cloud_shell, identities=[]),
    RCLONE,
    PROMETHEUS,
    PROMETHEUS_APP_SERVICE,
    PROMETHEUS_CLOUD_SHELL,
    MSRESTAZURE,
    MSRESTAZURE_CLOUD_SHELL,
    MSRESTAZURE_APP_SERVICE,
]
