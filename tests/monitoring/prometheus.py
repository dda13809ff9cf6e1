"""A running Prometheus: what it reads, what it makes of it, and what fires."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

START_SECONDS = 60


class Prometheus:
    """One on loopback, which ends with the test. `jobs` are its scrape_configs, `rules` a rule file's content."""

    def __init__(self, program, folder, jobs, rules, command=()):
        (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
        (folder / "prometheus.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "scrape_configs": jobs}))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "prometheus.log"
        arguments = [f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*command, program, *arguments], stderr=log, stdout=log, cwd=folder)
        wait_for(self.is_ready, START_SECONDS, lambda: f"Prometheus does not start: {self.log.read_text()[-2000:]}")

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.HTTPError):
            return False

    def ask(self, path, **query):
        """What its API answers; an expression that it does not take is an error with its words."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from None

    def now(self, expression):
        """The series of an expression: labels and number."""
        return [(each["metric"], float(each["value"][1])) for each in self.ask("query", query=expression)["result"]]

    def between(self, expression, start, end, step):
        """The same over a time: labels and (time, number)s."""
        found = self.ask("query_range", query=expression, start=start, end=end, step=step)["result"]
        return [(each["metric"], [(float(when), float(value)) for when, value in each["values"]]) for each in found]

    def firing(self):
        """The alerts that fire: name and labels."""
        alerts = self.ask("alerts")["alerts"]
        return [(each["labels"]["alertname"], each["labels"]) for each in alerts if each["state"] == "firing"]

    def targets(self):
        return self.ask("targets", state="active")["activeTargets"]

    def end(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0


def wait_for(condition, seconds, otherwise=lambda: "it did not come to that"):
    """Until it holds; gives what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.2)
    return found


def static(name, address, interval="1s", **labels):
    """A job with one target and the labels that a PodMonitor would give it."""
    return {"job_name": name, "scrape_interval": interval, "static_configs": [{"targets": [address], "labels": labels}]}


def with_short_patience(groups, longest=3):
    """The same rules for a test that cannot wait: only `for` is shorter, and they are evaluated each second."""
    return {
        "groups": [
            {**group, "interval": "1s", "rules": [{**rule, "for": f"{longest}s"} if "for" in rule else rule for rule in group["rules"]]}
            for group in groups
        ]
    }
