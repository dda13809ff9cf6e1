"""Plays a Python client: see the README of the suite."""

import asyncio
import concurrent.futures
import json
import sys
import time

import msal
import requests
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential


def arguments(identity):
    """As azure-identity wants an identity to be named."""
    if not identity:
        return {}
    if "client_id" in identity:
        return {"client_id": identity["client_id"]}
    return {"identity_config": identity if "object_id" in identity else {"resource_id": identity["resource_id"]}}


class Sync:
    def create(self, kind, identity):
        if kind == "chain":
            return DefaultAzureCredential()
        return ManagedIdentityCredential(**arguments(identity))

    def get(self, credential, resource):
        token = credential.get_token(resource + "/.default")
        return {"token": token.token, "expires_on": token.expires_on}

    def all(self, credential, resource, calls):
        with concurrent.futures.ThreadPoolExecutor(calls) as threads:
            return list(threads.map(lambda _: self.timed(credential, resource), range(calls)))

    def timed(self, credential, resource):
        started = time.monotonic()
        try:
            result = self.get(credential, resource)
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        return {**result, "seconds": time.monotonic() - started}


class Async:
    def __init__(self):
        self.loop = asyncio.new_event_loop()

    def create(self, kind, identity):
        if kind == "chain":
            return AsyncDefaultAzureCredential()
        return AsyncManagedIdentityCredential(**arguments(identity))

    def all(self, credential, resource, calls):
        async def gathered():
            return await asyncio.gather(*(self.timed(credential, resource) for _ in range(calls)))

        return self.loop.run_until_complete(gathered())

    async def timed(self, credential, resource):
        started = time.monotonic()
        try:
            token = await credential.get_token(resource + "/.default")
            result = {"token": token.token, "expires_on": token.expires_on}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        return {**result, "seconds": time.monotonic() - started}


class Msal(Sync):
    def create(self, kind, identity):
        return msal.ManagedIdentityClient(self.chosen(identity or {}), http_client=requests.Session())

    def chosen(self, identity):
        if not identity:
            return msal.SystemAssignedManagedIdentity()
        return msal.UserAssignedManagedIdentity(**identity)

    def get(self, credential, resource):
        answer = credential.acquire_token_for_client(resource=resource)
        if "access_token" in answer:
            return {"token": answer["access_token"]}
        return {"error": json.dumps(answer)}


PLAYERS = {"azure-identity": Sync, "azure-identity (async)": Async, "msal": Msal}


def main(player):
    credentials = {}
    for line in sys.stdin:
        question = json.loads(line)
        name = question["credential"]
        if name not in credentials:
            credentials[name] = player.create(question["kind"], question["identity"])
        results = player.all(credentials[name], question["resource"], question["calls"])
        print(json.dumps({"results": results}), flush=True)


if __name__ == "__main__":
    main(PLAYERS[sys.argv[1]]())
