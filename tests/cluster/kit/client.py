"""Clients in the network of a pod that need no API server to get there, for times when there is none."""

import contextlib
import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor

from kit.questions import PATH, STORAGE, VAULT
from suite.namespace import IMDS, enter

PATIENCE = 15
PAUSE = 0.2


class Client:
    """What an application of the pod would be told; asked by the node, in the network of the pod's application."""

    def __init__(self, pod):
        self.space = pod.space
        self.pid = pod.process("app")

    def ask(self, resource=VAULT):
        """Status and body of the answer."""
        with ThreadPoolExecutor(1) as alone:
            return alone.submit(self.ask_here, resource).result()

    def ask_here(self, resource):
        enter(f"/proc/{self.pid}/ns/net")
        connection = http.client.HTTPConnection(IMDS, timeout=PATIENCE)
        connection.request("GET", PATH + resource, headers={"Metadata": "true"})
        answer = connection.getresponse()
        return answer.status, json.load(answer)

    def token(self, resource=VAULT):
        """The claims of a token."""
        status, body = self.ask(resource)
        assert status == 200, body
        return self.space.checked(body["access_token"], resource)

    def new_token(self):
        """Those of one that wisp has none of yet, if nobody has called this before."""
        return self.token(STORAGE)

    def is_answered(self):
        """With a token, that is."""
        try:
            return self.ask()[0] == 200
        except OSError:
            return False

    @contextlib.contextmanager
    def never_refused(self):
        """Asks several times a second for a token that wisp has, and ends with the first that is not given."""
        self.token()
        over, given, refused = threading.Event(), [], []

        def ask():
            while not over.wait(PAUSE):
                try:
                    given.append(self.token())
                except (OSError, AssertionError) as error:
                    refused.append(repr(error))

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
        finally:
            over.set()
            asking.join()
        assert not refused, f"{len(refused)} of {len(given) + len(refused)}: {refused[0]}"
        assert given
