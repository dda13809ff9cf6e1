"""A client at work: a program that is asked for tokens, or a tool that is run for each."""

import dataclasses
import itertools
import json
import queue
import subprocess
import threading
import time

# Longest time that any client may take for one answer, its own retries included. Reached only by mistakes.
PATIENCE = 120

names = itertools.count()


@dataclasses.dataclass
class Result:
    seconds: float
    """How long the client took."""
    token: str | None = dataclasses.field(default=None, repr=False)
    expires_on: int | None = None
    """As the client tells it; not every client does."""
    error: str | None = None
    """What a user of the client would read."""


class Driver:
    """A program that reads requests and writes results, one JSON object a line; see the README."""

    def __init__(self, command, environment, log):
        self.log = log
        self.stderr = log.open("a")
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, text=True
        )
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, *arguments, calls=1, **more):
        """Results of `calls` calls at once."""
        self.tell(*arguments, calls=calls, **more)
        answer = self.answers.get(timeout=PATIENCE)
        assert answer is not None, f"the driver ended: {self.log.read_text()}"
        results = [Result(**result) for result in json.loads(answer)["results"]]
        assert len(results) == calls
        return results

    def tell(self, resource, identity=None, kind="managed_identity", credential=None, calls=1, **more):
        """Has it make the calls. `credential` names the object to ask; None makes a new one."""
        question = {
            "credential": credential or f"c{next(names)}",
            "kind": kind,
            "identity": identity,
            "resource": resource,
            "calls": calls,
            **more,
        }
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stderr.close()

    def _read(self):
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put(None)


class Tool:
    """A command line tool: `run(tool, resource, identity)` runs it once and returns token and error, one of them None.

    `command` makes the command line that runs another where the client belongs, in its namespace if it has one;
    `make_socket` a socket there, for a stub of the service that the tool calls.
    """

    def __init__(self, run, environment, command, make_socket):
        self.run = run
        self.environment = environment
        self.command = command
        self.make_socket = make_socket

    def ask(self, resource, identity=None, kind="managed_identity", credential=None, calls=1):
        results = [None] * calls

        def one(number):
            started = time.monotonic()
            token, error = self.run(self, resource, identity)
            results[number] = Result(time.monotonic() - started, token=token, error=error)

        threads = [threading.Thread(target=one, args=[number]) for number in range(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def close(self):
        pass
