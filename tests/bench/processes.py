"""The programs that are measured, and what the kernel says about them."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
RESOURCE = "https://management.azure.com/"
TARGET = f"/metadata/identity/oauth2/token?api-version=2018-02-01&resource={RESOURCE}"
# How long anything may take to come up, in seconds.
PATIENCE = 30


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def request(target, port, *more):
    lines = [f"GET {target} HTTP/1.1", f"Host: {LOOPBACK}:{port}", "Metadata: true", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_answer(stream):
    """Status and body of one answer with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += stream.recv(65536) or _gone(data)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += stream.recv(65536) or _gone(body)
    return int(head.split(b" ", 2)[1]), body


def _gone(data):
    raise ConnectionError(f"the connection ended after {data!r}")


def connect(port):
    stream = socket.socket()
    try:
        stream.settimeout(PATIENCE)
        stream.connect((LOOPBACK, port))
    except OSError:
        stream.close()
        raise
    return stream


def get(port, target):
    with connect(port) as stream:
        stream.sendall(request(target, port))
        return read_answer(stream)


@dataclass
class Memory:
    """Resident memory in KiB: all of it, and the part that is not pages of the file."""

    all: int
    anonymous: int
    threads: int


class Server:
    """A running server. `with` ends it."""

    def __init__(self, name, command, environment, port, admin, wrapper=()):
        self.name, self.port, self.admin = name, port, admin
        command = [str(word) for word in (*wrapper, *command)]
        quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
        program = shutil.which(command[0])
        self.spawned = time.perf_counter()
        # `subprocess` takes a millisecond that is not the program's.
        self.pid = os.posix_spawn(program, command, environment, file_actions=quiet)
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while not self.ended():
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.005)

    def ended(self):
        if self.status is None and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.status = "ended"
        return self.status is not None

    def wait(self, port, target):
        """Asks again and again, without rest, until there is a 200. Returns the seconds since the process was made."""
        end = self.spawned + PATIENCE
        while True:
            try:
                status, answer = get(port, target)
                if status == 200:
                    return time.perf_counter() - self.spawned
            except OSError as error:
                answer = error
            if time.perf_counter() > end or self.ended():
                raise RuntimeError(f"{self.name} did not answer {target}: {answer}")

    def pin(self, processor):
        os.sched_setaffinity(self.pid, {processor})

    def token(self):
        status, body = get(self.port, TARGET)
        if status != 200:
            raise RuntimeError(f"{self.name} answered {status}: {body!r}")
        return body

    def memory(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        number = lambda name: int(fields[name].split()[0])
        return Memory(number("VmRSS"), number("RssAnon"), number("Threads"))

    def cpu_ns(self):
        """The time that its threads ran, in the kernel and outside."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total


class Bench:
    """What every measurement needs: the programs, and an Entra to get tokens from."""

    def __init__(self, wisp, bare, wispctl, folder):
        self.wisp, self.bare, self.folder = wisp, bare, folder
        self.log = open(folder / "emulator.log", "wb")
        state = folder / "entra"
        self.emulator = subprocess.Popen(
            [wispctl, "emulator", "--state-dir", state], stdout=self.log, stderr=self.log
        )
        ready = state / "env"
        end = time.monotonic() + PATIENCE
        while not ready.exists():
            if time.monotonic() > end or self.emulator.poll() is not None:
                raise RuntimeError("the Entra emulator did not start:\n" + (folder / "emulator.log").read_text())
            time.sleep(0.05)
        exported = (line.removeprefix("export ").partition("=") for line in ready.read_text().splitlines())
        variables = {name: value.strip("'") for name, _, value in exported}
        # As in a pod: the system's roots, here with the emulator's besides.
        self.environment = {name: variables[name] for name in variables if name.startswith("AZURE_")}
        self.environment["WISP_CA_FILE"] = variables["SSL_CERT_FILE"]
        self.body = folder / "body.json"
        with self.start("wisp") as wisp:
            wisp.wait(wisp.admin, "/livez")
            self.body.write_bytes(wisp.token())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.emulator.terminate()
        self.emulator.wait(PATIENCE)
        self.log.close()

    def start(self, name, wrapper=()):
        port, admin = free_port(), free_port()
        if name == "bare":
            return Server(name, [self.bare, f"{LOOPBACK}:{port}", self.body], {}, port, port, wrapper)
        environment = {
            **self.environment,
            "WISP_LISTEN": f"{LOOPBACK}:{port}",
            "WISP_ADMIN_LISTEN": f"{LOOPBACK}:{admin}",
            "WISP_IMDS_LISTEN": "off",
        }
        return Server(name, [self.wisp, "serve"], environment, port, admin, wrapper)

    def exchange_seconds(self, count):
        """How long the emulator takes for a token on a connection that is up: what no sidecar could save."""
        authority = urllib.parse.urlsplit(self.environment["AZURE_AUTHORITY_HOST"])
        trust = ssl.create_default_context(cafile=self.environment["WISP_CA_FILE"])
        form = {
            "client_id": self.environment["AZURE_CLIENT_ID"],
            "scope": f"{RESOURCE}/.default",
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": Path(self.environment["AZURE_FEDERATED_TOKEN_FILE"]).read_text(),
        }
        body = urllib.parse.urlencode(form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/{self.environment['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        connection = http.client.HTTPSConnection(authority.hostname, authority.port, context=trust)
        taken = []
        for _ in range(count):
            begun = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - begun)
            assert answer.status == 200, answer.status
        connection.close()
        return taken
