"""A running `wisp serve`, as a test sees it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
WISP = os.environ.get("WISP_BIN", str(ROOT / "target/debug/wisp"))

# A credential that does not match is told at once, and one request makes one exchange: no waiting in tests.
SETTINGS = {
    "WISP_LISTEN": "127.0.0.1:0",
    "WISP_ADMIN_LISTEN": "127.0.0.1:0",
    "WISP_IMDS_LISTEN": "off",
    "WISP_PROPAGATION_GRACE": "0",
    "WISP_REQUEST_BUDGET": "1s",
}

# What the workload identity webhook gives to the sidecar; the application gets none of it.
OF_THE_WEBHOOK = re.compile(r"AZURE_|SSL_CERT_FILE")

START_SECONDS = 10


class Sidecar:
    """wisp beside the test's own process, which plays the application."""

    def __init__(self, emulator, log, settings):
        environment = {name: value for name, value in emulator.environment.items() if OF_THE_WEBHOOK.match(name)}
        self.log = log
        with log.open("w") as stderr:
            self.process = subprocess.Popen([WISP, "serve"], env={**environment, **SETTINGS, **settings}, stderr=stderr)
        try:
            line = self._serving()
            self.url = "http://" + re.search(r"127\.0\.0\.1:\d+", line["listen"])[0]
            self.admin = "http://" + re.search(r"127\.0\.0\.1:\d+", line["admin"])[0]
        except BaseException:
            self._kill()
            raise

    def _serving(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log.read_text().splitlines(keepends=True):
                if line.endswith("}\n") and json.loads(line)["message"] == "wisp is serving":
                    return json.loads(line)
            time.sleep(0.01)
        raise AssertionError(f"wisp does not serve: {self.log.read_text()}")

    def requests(self):
        """How many requests were answered, by status."""
        counts = {}
        for line in self.metrics().splitlines():
            if (found := re.fullmatch(r'wisp_requests_total\{.*status="(\w+)".*\} (\d+)', line)) and int(found[2]):
                counts[int(found[1])] = counts.get(int(found[1]), 0) + int(found[2])
        return counts

    def metrics(self):
        return get(self.admin + "/metrics")[1]

    def end(self):
        """Ends it as Kubernetes does, and checks that it wrote no token."""
        try:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=5) == 0
        finally:
            self._kill()
        assert not re.search(r"eyJ[\w-]{20}", self.log.read_text())

    def _kill(self):
        """Nothing of it stays, whatever went wrong."""
        self.process.kill()
        self.process.wait()


def get(url, **headers):
    """Status and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
