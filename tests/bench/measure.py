"""The measurements. Each returns plain numbers; `report.py` knows what they mean."""

import re
import subprocess
import time

from processes import LOOPBACK, TARGET, connect, read_answer, request

# Server and client each have a processor, so that neither takes time from the other.
SERVER_CPU, CLIENT_CPU = 0, 1
CONNECTIONS = (1, 16, 64)
NAMES = ("wisp", "bare")
# Long enough for allocators and blocking threads to come to rest, in seconds.
REST = 1.0
# Bursts of load of one second, in a round and for each number of connections.
BURSTS = 2
# Requests of the two runs under callgrind; what is not a request cancels out.
FEW, MANY = 500, 4500


def load(bench, rounds):
    """Keep-alive load: for each program and number of connections a list of results, paired with the other program's."""
    results = {name: {connections: [] for connections in CONNECTIONS} for name in NAMES}
    memory = {name: [] for name in NAMES}
    for _ in range(rounds):
        with bench.start("wisp") as wisp, bench.start("bare") as bare:
            servers = [wisp, bare]
            moments = {server.name: [] for server in servers}

            def rest():
                time.sleep(REST)
                for server in servers:
                    moments[server.name].append(server.memory())

            for server in servers:
                server.pin(SERVER_CPU)
                server.wait(server.admin, "/livez")
            rest()
            for server in servers:
                server.token()
            rest()
            for server in servers:
                # Buffers and branch predictors of both sides, before anything counts.
                wrk(server, 16)
            for connections in CONNECTIONS:
                for _ in range(BURSTS):
                    for server in servers:
                        results[server.name][connections].append(wrk(server, connections))
                    servers.reverse()
            rest()
            for name in NAMES:
                memory[name].append(moments[name])
    return results, memory


def wrk(server, connections):
    """Requests a second, latency in µs at p50 and p99, and CPU µs of the server for each answer."""
    command = ["taskset", "-c", str(CLIENT_CPU), "wrk", "--threads", "1", "--connections", str(connections)]
    command += ["--duration", "1s", "--latency", "--header", "Metadata: true"]
    before = server.cpu_ns()
    output = subprocess.run(
        [*command, f"http://{LOOPBACK}:{server.port}{TARGET}"], check=True, capture_output=True, text=True
    ).stdout
    used = server.cpu_ns() - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{server.name} failed under load:\n{output}")
    answers = int(re.search(r"(\d+) requests in", output)[1])
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "p50": micros(re.search(r"50%\s+(\S+)", output)[1]),
        "p99": micros(re.search(r"99%\s+(\S+)", output)[1]),
        "cpu": used / 1000 / answers,
    }


def micros(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def instructions(bench):
    """Instructions outside the kernel for each answer: repeated within a second, and rendered anew."""
    same = lambda port: [request(TARGET, port)]
    # More different targets than there is room for rendered answers, so none is ever met again.
    different = lambda port: [request(f"{TARGET}&n={n}", port) for n in range(1000)]
    counted = {"bare": counted_per_answer(bench, "bare", same), "wisp": counted_per_answer(bench, "wisp", same)}
    counted["rendered"] = counted_per_answer(bench, "wisp", different)
    return counted


def counted_per_answer(bench, name, requests):
    few, many = (counted_in_all(bench, name, requests, count) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def counted_in_all(bench, name, requests, count):
    out = bench.folder / "callgrind.out"
    log = bench.folder / "callgrind.log"
    wrapper = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--log-file={log}")
    with bench.start(name, wrapper) as server:
        server.wait(server.admin, "/livez")
        server.token()
        ask(server.port, requests(server.port), count)
    return int(re.search(r"Collected : (\d+)", log.read_text())[1])


def ask(port, requests, count):
    """Sends `count` requests over one connection, each after the answer to the one before."""
    with connect(port) as stream:
        for n in range(count):
            stream.sendall(requests[n % len(requests)])
            status, _ = read_answer(stream)
            assert status == 200, status


def starts(bench, count):
    """Seconds from before the process is made to the first 200, and from there on to the first token."""
    taken = {"bare": [], "livez": [], "token": []}
    for _ in range(count):
        with bench.start("bare") as server:
            taken["bare"].append(server.wait(server.port, TARGET))
        with bench.start("wisp") as server:
            taken["livez"].append(server.wait(server.admin, "/livez"))
        with bench.start("wisp") as server:
            taken["token"].append(server.wait(server.port, TARGET))
    return taken

