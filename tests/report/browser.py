"""A real browser without a window, driven by its DevTools protocol."""

import base64
import json
import os
import re
import signal
import subprocess
import tempfile
import urllib.request

import websocket

PROGRAM = "chromium-headless-shell"
# The sandbox needs a user that is not root, and the pages are our own.
FLAGS = ["--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--remote-allow-origins=*", "--hide-scrollbars"]
# A browser that does not answer has to end the test.
TIMEOUT = 60
HEIGHT = 900


class Browser:
    """One window. What happens in it is in `events`."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory()
        command = [PROGRAM, *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"]
        # Debian's program is a script that starts the browser: both, and what they start, are one group.
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        found = (re.search(r"ws://([^/]+)/", line) for line in self.process.stderr)
        address = next(match for match in found if match).group(1)
        with urllib.request.urlopen(f"http://{address}/json", timeout=TIMEOUT) as answer:
            window = next(entry for entry in json.load(answer) if entry["type"] == "page")
        self.socket = websocket.create_connection(window["webSocketDebuggerUrl"], timeout=TIMEOUT)
        self.number, self.events = 0, []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def close(self):
        self.socket.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        # The first process is not the last that writes into the profile: what all of them hold is the pipe.
        self.process.communicate(timeout=TIMEOUT)
        self.profile.cleanup()

    def receive(self):
        message = json.loads(self.socket.recv())
        if "method" in message:
            self.events.append(message)
        return message

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = self.receive()
            if message.get("id") == self.number:
                assert "error" not in message, (method, message["error"])
                return message["result"]

    def open(self, path, width=1280, media="screen", scheme="light"):
        """Shows a file, and waits until it is loaded."""
        phone = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=phone)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.receive()

    def run(self, script):
        """What a script says. The page's own policy is not asked."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, height=2000):
        """The top of the page, as PNG."""
        width = self.run("innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"])

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def requests(self):
        """What it asked for since it was opened."""
        sent = (event for event in self.events if event["method"] == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in sent]

    def errors(self):
        """What it has to say against the page: violations of its policy, above all."""
        entries = (event["params"] for event in self.events if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown"))
        return list(entries)
