"""Two sidecars as pods of a cluster would be, Prometheus that reads them, and what goes on in them."""

import contextlib
import itertools
import json
import threading
import urllib.parse

from places import groups
from prometheus import static, wait_for, with_short_patience
from suite import emulator as entra
from suite.sidecar import get

TOKEN = "/metadata/identity/oauth2/token?api-version=2018-02-01"
RESOURCES = ["https://vault.azure.net", "https://storage.azure.com", "https://management.azure.com"]
PODS = [("shop", "cart-1"), ("shop", "till-1")]
TROUBLED = {0: {"aadsts": 700213}, 1: {"throttle": {"retry_after_seconds": 2}}, 2: {"unavailable": {}}}
"""What Entra answers for the resources with these numbers, once it does."""


def resource_of(number):
    """One of the many that the emulator knows."""
    return entra.RESOURCES[number % len(entra.RESOURCES)]


class World:
    """`cart-1` works; `till-1` is refused by Entra once `trouble` is in."""

    def __init__(self, emulator, start_wisp, start_prometheus):
        self.emulator = emulator
        self.wisps = {pod: start_wisp() for _, pod in PODS}
        jobs = [
            static(pod, self.wisps[pod].admin.removeprefix("http://"), namespace=namespace, pod=pod, container="wisp", endpoint="wisp-admin")
            for namespace, pod in PODS
        ]
        self.prometheus = start_prometheus(jobs, with_short_patience(groups()))
        self.ended, self.is_in_trouble = threading.Event(), False
        self.others = itertools.count(len(TROUBLED))
        # What is counted before the first reading is no increase.
        wait_for(lambda: len(self.prometheus.now("up == 1")) == len(PODS), 30)

    def ask(self, pod, resource, **headers):
        query = "&resource=" + urllib.parse.quote(resource, safe=":/=&") if resource else ""
        status, body = get(f"{self.wisps[pod].url}{TOKEN}{query}", **({"Metadata": "true"} | headers))
        return status, json.loads(body)

    def trouble(self):
        """From now on Entra refuses new resources, one for its credential and one for throttling."""
        faults = [{"fault": fault, "scope": f"{resource_of(number)}/.default"} for number, fault in TROUBLED.items()]
        self.emulator.control("PUT", "faults", faults)
        self.is_in_trouble = True

    def goes_on(self):
        """A round of what applications do, some of it wrong."""
        for resource in RESOURCES:
            self.ask("cart-1", resource)
            self.ask("till-1", resource)
        for number in TROUBLED if self.is_in_trouble else ():
            self.ask("till-1", resource_of(number))
        # One that nobody has asked for yet, so that exchanges go on.
        self.ask("cart-1", resource_of(next(self.others)))
        self.ask("till-1", "")
        self.ask("till-1", RESOURCES[0], **{"X-Forwarded-For": "192.0.2.1"})
        self.ask("till-1", f"{RESOURCES[0]}&client_id=99999999-0000-4000-8000-000000000000")

    @contextlib.contextmanager
    def busy(self):
        """In rounds, as long as the block lasts."""

        def rounds():
            while not self.ended.wait(0.5):
                self.goes_on()

        thread = threading.Thread(target=rounds)
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            thread.join()
            self.ended.clear()
