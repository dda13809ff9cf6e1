"""What applications do for a token, as containers beside wisp, and the look at what they got."""

import json
import pathlib
import sys
import sysconfig

import jwt
from kit.storage import run
from tools.services import ACCOUNT, DEBIAN, blob_storage

QUESTION = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
VAULT, STORAGE = "https://vault.azure.net", "https://storage.azure.com"
REFUSED = 7
"""curl's exit code for a connection refused."""

AZURE_IDENTITY = """
import azure.identity
print(azure.identity.{credential}().get_token("{resource}/.default").token, end="")
"""


def curl(pod, resource=VAULT):
    """Exit code, and the answer or what curl said instead."""
    return pod.run("curl", "--silent", "--show-error", "--max-time", "10", "--header", "Metadata: true", QUESTION + resource)


def token_by_curl(pod):
    code, written = curl(pod)
    answer = json.loads(written) if code == 0 else {}
    assert "access_token" in answer, written
    return checked(pod, answer["access_token"], VAULT)


def token_by_rclone(pod):
    """Lists the containers of a storage account; returns the claims of the token that the service was shown."""
    with blob_storage(pod.network.socket) as (stub, variables):
        ca = pod.folder / "blob-ca.pem"
        ca.write_bytes(pathlib.Path(variables["SSL_CERT_FILE"]).read_bytes())
        remote = f":azureblob,use_msi,account={ACCOUNT}:"
        code, written = pod.run(
            "/client/rclone", "lsd", remote, "--config", "", "--retries", "1",
            variables={"HTTPS_PROXY": variables["HTTPS_PROXY"], "SSL_CERT_FILE": "/client/ca.pem"},
            mounts=[(DEBIAN / "usr/bin/rclone", "/client/rclone"), (ca, "/client/ca.pem")],
        )  # fmt: skip
        assert code == 0 and written.split()[-1] == "container", written
        return checked(pod, stub.tokens[-1], STORAGE)


def token_by_azure_identity(pod, credential):
    """Asks the SDK for Python, from the environment of the tests."""
    code, written = pod.run(
        f"/client/python/bin/python{sys.version_info.major}.{sys.version_info.minor}", "-c",
        AZURE_IDENTITY.format(credential=credential, resource=VAULT),
        variables={
            "PYTHONHOME": "/client/python",
            "PYTHONPATH": "/client/site:/client/platform",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LD_LIBRARY_PATH": "/client/python/lib",
        },
        mounts=[
            (sys.base_prefix, "/client/python"),
            (sysconfig.get_path("purelib"), "/client/site"),
            (sysconfig.get_path("platlib"), "/client/platform"),
        ],
    )  # fmt: skip
    assert code == 0, written
    return checked(pod, written, VAULT)


def checked(pod, token, resource):
    """The claims of a token, once its signature, its issuer's tenant, audience, identity and time are found right."""
    keys = f"{pod.emulator.authority}/{pod.emulator.tenant}/discovery/v2.0/keys"
    published = run(*pod.node.command(["curl", "--silent", "--cacert", pod.emulator.ca, keys]))
    key = jwt.PyJWKSet.from_json(published)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=resource)
    assert (claims["appid"], claims["tid"]) == (pod.emulator.client_id, pod.emulator.tenant)
    return claims
