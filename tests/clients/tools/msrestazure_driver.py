"""Plays msrestazure's MSIAuthentication, the managed-identity client of the Azure SDKs for Python before azure-identity.

See ../README.md for what a driver reads and writes.
"""

import concurrent.futures
import json
import sys
import threading
import time
import traceback

from msrestazure.azure_active_directory import MSIAuthentication

OPTIONS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}


class Credential:
    """Made at the first call, as it asks for a token when it is made."""

    def __init__(self, identity):
        self.identity = {OPTIONS[name]: value for name, value in (identity or {}).items()}
        self.made = None
        self.lock = threading.Lock()

    def token(self, resource):
        with self.lock:
            if not self.made:
                self.made = MSIAuthentication(resource=resource, **self.identity)
                return self.made.token
        self.made.resource = resource
        # What an SDK's client calls before each of its requests.
        self.made.signed_session()
        return self.made.token


def call(credential, resource):
    started = time.monotonic()
    try:
        token = credential.token(resource)
    except Exception as error:
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
        return {"error": text, "seconds": time.monotonic() - started}
    seconds = time.monotonic() - started
    return {"token": token["access_token"], "expires_on": int(token["expires_on"]), "seconds": seconds}


def main():
    credentials = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=64) as pool:
        for line in sys.stdin:
            question = json.loads(line)
            name = question["credential"]
            if name not in credentials:
                credentials[name] = Credential(question["identity"])
            calls = [pool.submit(call, credentials[name], question["resource"]) for _ in range(question["calls"])]
            print(json.dumps({"results": [each.result() for each in calls]}), flush=True)


main()
