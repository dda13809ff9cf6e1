"""Everything that a scenario plays on: the client, what lies between, wisp, and Entra."""

import base64
import contextlib
import itertools
import json
import pathlib
import socket
import threading

from suite import emulator as entra
from suite.client import SECRET
from suite.driver import Driver, Tool
from suite.namespace import Namespace
from suite.proxy import Proxy
from suite.sidecar import Sidecar
from suite.wire import Wire

SETTINGS = {
    "WISP_IDENTITY_HEADER": SECRET,
    "WISP_IDENTITIES": json.dumps(
        {
            "app": {
                "client_id": "22222222-bbbb-4bbb-8bbb-222222222222",
                "object_id": "33333333-cccc-4ccc-8ccc-333333333333",
            },
            "other": entra.OTHER,
            "brief": entra.BRIEF,
        }
    ),
}


# The longest time of a client from its first request to the one for a token. Alone on a machine none takes two seconds; this
# suite leaves little of it to each.
TOKEN_SECONDS = 5


class Place:
    """Where one client runs, kept for all its scenarios: its network and, if it is a program, the program."""

    def __init__(self, client, folder):
        self.client = client
        self.folder = folder
        self.namespace = Namespace() if client.way.namespaced else None
        self.make_socket = self.namespace.socket if self.namespace else socket.socket
        self.command = self.namespace.command if self.namespace else list
        self.wire = Wire(self.make_socket, client.way.address, client.way.port)
        self.second = None
        self.open = []
        self.usual = None

    def start(self, **more):
        """The client with more in its environment."""
        home = self.folder / f"home-{len(self.open)}"
        home.mkdir()
        # An empty PATH: no SDK finds the Azure CLI of this machine.
        plain = {"HOME": str(home), "PATH": str(home), "LANG": "C.UTF-8"}
        environment = plain | dict(self.client.environment) | self.client.way.environment(self.wire.url) | more
        if self.client.run:
            started = Tool(self.client.run, environment, self.command, self.make_socket)
        else:
            started = Driver(self.command(list(self.client.command)), environment, self.folder / f"{home.name}.log")
        self.open.append(started)
        return started

    def driver(self):
        self.usual = self.usual or self.start()
        return self.usual

    def wire_at_loopback(self):
        """A second way to the same wisp, for those who would find it elsewhere than at the built-in address."""
        self.second = self.second or Wire(self.make_socket)
        self.second.upstream = self.wire.upstream
        self.second.requests.clear()
        return self.second

    def close(self):
        for started in self.open:
            started.close()
        for wire in filter(None, [self.wire, self.second]):
            wire.close()
        if self.namespace:
            self.namespace.close()


class Stage:
    """One scenario's: a place, with a wisp that has met nobody yet and an Entra without faults."""

    resources = itertools.count()

    def __init__(self, place, emulator, folder):
        emulator.fresh()
        self.place = place
        self.client = place.client
        self.emulator = emulator
        self.folder = folder
        self.wire = place.wire
        self.wire.requests.clear()
        self.wire.open()
        self.sidecars = []
        self.proxies = []
        with contextlib.ExitStack() as undone:
            # Nobody else has it before it is complete.
            undone.callback(self.close)
            self.begin()
            if not self.client.run and not place.usual:
                self.warm_up()
            undone.pop_all()

    def warm_up(self):
        """What a program loads at its first question is none of the time that a scenario takes."""
        self.ask()
        self.emulator.fresh()
        self.wire.requests.clear()
        self.begin()

    def begin(self, **settings):
        """A new wisp, the one that the client reaches from now on."""
        self.wire.hang_up()
        log = self.folder / f"wisp-{len(self.sidecars)}.log"
        self.sidecars.append(Sidecar(self.emulator, log, SETTINGS | settings))
        host, port = self.sidecars[-1].url.removeprefix("http://").split(":")
        self.wire.lead_to((host, int(port)))

    @property
    def wisp(self):
        return self.sidecars[-1]

    def resource(self):
        """One that nobody has a token for."""
        if self.client.resources:
            return self.client.resources[0]
        return entra.RESOURCES[next(self.resources)]

    def ask(self, resource=None, identity=None, **more):
        """The result of one call."""
        return self.ask_all(resource or self.resource(), identity, **more)[0]

    def ask_all(self, *arguments, driver=None, **more):
        return (driver or self.place.driver()).ask(*arguments, **more)

    def with_proxy(self, url, no_proxy):
        """The client, told of a proxy."""
        return self.place.start(**self.client.proxy(url, no_proxy))

    def company_proxy(self):
        self.proxies.append(Proxy(self.place.make_socket))
        return self.proxies[-1]

    @contextlib.contextmanager
    def not_yet(self, seconds=None):
        """Within, nobody listens where the client asks, or only so many seconds from the beginning."""
        self.wire.close()
        timer = threading.Timer(seconds or threading.TIMEOUT_MAX, self.wire.open)
        timer.start()
        try:
            yield
        finally:
            if not seconds:
                timer.cancel()
                self.wire.open()
            timer.join()

    def seconds_to_question(self):
        """From its very first request to the one that brings a token: what a client asks before shall not keep it long."""
        return next(request.at for request in self.wire.asked() if request.status == 200) - self.wire.requests[0].at

    def exchanges(self):
        """How Entra answered, request by request."""
        return [request["outcome"] for request in self.emulator.token_requests()]

    def close(self):
        for each in self.proxies:
            each.close()
        for sidecar in self.sidecars:
            sidecar.end()


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def new_folder(parent, name) -> pathlib.Path:
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
