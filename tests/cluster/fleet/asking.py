"""Asking for tokens as the applications of pods would, in their networks and by their variables."""

import http.client
import json
import pathlib
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import jwt

from kit.metadata import ON_PURPOSE
from kit.questions import PATH, VAULT
from suite.namespace import IMDS, enter

FOR_NODE = f"&{ON_PURPOSE}"
"""In requests of those who are to reach the node."""
PATIENCE = 15
FEDERATED = "AZURE_FEDERATED_TOKEN_FILE"
"""What tells an application that its SDK has to go to Entra itself."""


def claims(body):
    """Of the token in an answer; that of the node's identity has none but its name."""
    token = json.loads(body)["access_token"]
    return jwt.decode(token, options={"verify_signature": False}) if "." in token else {"appid": token}


def ask(entra, pid, query=""):
    """What the application with this first process is answered: status and body."""
    variables = environment(pid)
    if FEDERATED in variables:
        return ask_entra(entra, pid, variables, query)
    # A network is a thread's own: this one enters and ends there.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(ask_here, pid, query).result()


def ask_entra(entra, pid, variables, query):
    """As SDKs do that have workload identity of their own: Entra, with the token of the service account."""
    client_id = dict(urllib.parse.parse_qsl(query)).get("client_id", variables["AZURE_CLIENT_ID"])
    assertion = pathlib.Path(f"/proc/{pid}/root{variables[FEDERATED]}").read_text()
    assert variables["AZURE_AUTHORITY_HOST"].rstrip("/") == entra.authority
    return 200, json.dumps({"access_token": entra.exchange(assertion, client_id, VAULT)})


def ask_here(pid, query):
    """As SDKs do: where the variables of App Service say, or else at the metadata service's address."""
    address, path, headers = IMDS, PATH, {"Metadata": "true"}
    variables = environment(pid)
    if has_endpoint(pid):
        url = urllib.parse.urlsplit(variables["IDENTITY_ENDPOINT"])
        address, path = url.netloc, f"{url.path}?api-version=2019-08-01&resource="
        headers = {"X-IDENTITY-HEADER": variables["IDENTITY_HEADER"]}
    enter(f"/proc/{pid}/ns/net")
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    connection.request("GET", path + VAULT + query, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def has_endpoint(pid):
    return "IDENTITY_ENDPOINT" in environment(pid)


def environment(pid):
    words = pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)
