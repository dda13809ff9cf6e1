"""What the numbers mean: the bars, and docs/performance.md."""

import platform
import statistics
from dataclasses import dataclass
from pathlib import Path

from measure import BURSTS, CONNECTIONS, FEW, MANY

MIB = 1024.0


@dataclass
class Bar:
    """A measure that must not be exceeded, and one that is aimed for."""

    what: str
    value: float
    bar: float
    aim: float
    form: str
    # Times depend on what else the machine does; the rest is the same on every run and can be insisted on.
    timed: bool

    def met(self):
        return self.value <= self.bar

    def row(self):
        verdict = "missed" if not self.met() else "aim reached" if self.value <= self.aim else "met"
        show = lambda number: self.form.format(number)
        return [self.what, show(self.value), show(self.bar), show(self.aim), verdict]


def bars(found):
    cpu = [ratio(found, connections) for connections in (16, 64)]
    idle, _, loaded = medians_of_memory(found, "wisp")
    starts = found["starts"]
    return [
        Bar("CPU per cached answer, wisp / bare hyper", max(cpu), 1.20, 1.10, "{:.2f}", True),
        Bar("Instructions per cached answer", found["instructions"]["wisp"], 14_000, 12_000, "{:,.0f}", False),
        Bar("Resident memory, idle", idle.all / MIB, 4.5, 3.5, "{:.2f} MiB", False),
        Bar("Resident memory after load with 64 connections", loaded.all / MIB, 7, 5, "{:.2f} MiB", False),
        Bar("Start to first answer of `/livez`, p50", 1e3 * quantile(starts["livez"], 0.5), 2, 2, "{:.2f} ms", True),
        Bar("Start to first token, p50", 1e3 * quantile(starts["token"], 0.5), 6, 6, "{:.2f} ms", True),
        Bar("Binary", found["size"] / MIB / MIB, 5.5, 5.2, "{:.2f} MiB", False),
    ]


def ratio(found, connections):
    """The median of the ratios of neighbours in time: what disturbs one disturbs the other."""
    pairs = zip(found["load"]["wisp"][connections], found["load"]["bare"][connections])
    return statistics.median(wisp["cpu"] / bare["cpu"] for wisp, bare in pairs)


def medians_of_memory(found, name):
    """Idle, after the first token, after load: in each the round with the median of all resident memory."""
    moments = zip(*found["memory"][name])
    return [sorted(moment, key=lambda memory: memory.all)[len(moment) // 2] for moment in moments]


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bars_table(found):
    return table(["measure", "value", "bar", "aim", ""], [bar.row() for bar in bars(found)])


def load_table(found):
    rows = []
    for connections in CONNECTIONS:
        for name, title in (("wisp", "wisp"), ("bare", "bare hyper")):
            results = found["load"][name][connections]
            middle = {key: statistics.median(result[key] for result in results) for key in results[0]}
            rows.append([
                f"{title}, {connections}",
                f"{middle['rate']:,.0f}",
                f"{middle['p50']:.0f}",
                f"{middle['p99']:.0f}",
                f"{middle['cpu']:.2f}",
                f"{ratio(found, connections):.2f}" if name == "wisp" else "1",
            ])
    head = ["program, connections", "answers/s", "p50 µs", "p99 µs", "CPU µs/answer", "CPU ratio"]
    return table(head, rows)


def instructions_table(found):
    counted = found["instructions"]
    rows = [
        [title, f"{counted[name]:,.0f}", f"{counted[name] / counted['bare']:.2f}"]
        for name, title in (
            ("bare", "bare hyper"),
            ("wisp", "wisp, the same request again within a second"),
            ("rendered", "wisp, a token from the cache rendered anew"),
        )
    ]
    return table(["answer", "instructions", "ratio"], rows)


def memory_table(found):
    rows = []
    for name, title in (("wisp", "wisp"), ("bare", "bare hyper")):
        moments = ("idle", "after the first token", "after load with 64 connections")
        for moment, memory in zip(moments, medians_of_memory(found, name)):
            rows.append([
                f"{title}, {moment}",
                f"{memory.all / MIB:.2f}",
                f"{memory.anonymous / MIB:.2f}",
                f"{memory.threads}",
            ])
    return table(["program, moment", "resident MiB", "anonymous MiB", "threads"], rows)


def starts_table(found):
    rows = []
    titles = {"bare": "bare hyper, first answer", "livez": "wisp, `/livez`", "token": "wisp, first token"}
    for name, title in titles.items():
        taken = found["starts"][name]
        rows.append([title, *(f"{1e3 * quantile(taken, share):.2f}" for share in (0.5, 0.99))])
    exchange = statistics.median(found["exchange"])
    rows.append(["of which the emulator, on a connection that is up", f"{1e3 * exchange:.2f}", ""])
    return table(["until", "p50 ms", "p99 ms"], rows)


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def document(found):
    system = f"Linux {'.'.join(platform.release().split('.')[:2])}, {processor()}"
    return PAGE.format(
        bars=bars_table(found),
        load=load_table(found),
        instructions=instructions_table(found),
        memory=memory_table(found),
        starts=starts_table(found),
        system=system,
        rounds=found["rounds"],
        bursts=BURSTS,
        starts_count=len(found["starts"]["livez"]),
        few=FEW,
        many=MANY,
        body=found["body"],
        size=f"{found['size']:,}",
        bare_size=f"{found['bare_size']:,}",
    )


PAGE = """\
# Performance

Written by `make bench`, which builds the binary that ships, measures it against a bare hyper server in the same run, and
writes this page. `tests/bench/bench.py --check` fails when a bar is missed that does not depend on the machine's mood.

{bars}

## How to read this

- **The baseline is measured, not imagined.** The bare server is hyper with the same body and the same headers, on one
  thread, built with the same profile and the same flags; it looks at nothing and knows nothing. A ratio of 1 means that
  asking wisp costs no more than asking a server that always gives the same answer.
- **Ratios hold, times move.** On a shared or virtual machine times move by a tenth from run to run. The programs are
  measured in turns within one run, so what disturbs one disturbs the other: trust the ratios. Instruction counts, memory and
  size hardly move at all, and those bars are the ones that are enforced.
- **Nobody asks a sidecar for tokens a hundred thousand times a second.** The rate is here because it shows what an answer costs.
  What a pod feels is the memory, the start, and that nothing waits.

## Cached answers under load

{load}

Keep-alive connections, wrk with one thread. CPU is the time that all threads of the server ran, in the kernel and outside,
divided by the answers given. With one connection the rate is the latency of two context switches, not the server.

## Instructions per cached answer

{instructions}

Outside the kernel, counted by callgrind. An answer is rendered at most once a second for each request target; what a pod
that asks now and then gets is the last line.

## Memory

{memory}

Most of what is resident are clean pages of the binary, which the kernel can drop and several pods on a node share. Anonymous
memory is what nothing else can use.

## Start

{starts}

From before the process is made to the first 200, connecting again and again without rest. wisp reads the system's root
certificates with the emulator's besides, as in a pod; the token comes over TLS 1.3 from `wispctl emulator` on loopback,
which verifies the assertion and signs the token with RSA.

## Size

The static binary, which is also all that the image holds: {size} bytes. The bare server, built alike: {bare_size} bytes.

## Method

- Build: `make release`; glibc linked statically, position-independent, the profile `release` of `Cargo.toml`.
- {system}; server on one processor, wrk on another.
- Load: {rounds} rounds, each with fresh processes, a warm-up that does not count, and {bursts} bursts of a second for each
  number of connections and program, the programs taking turns. Medians; the ratio is the median of the ratios of
  neighbouring bursts.
- Body: the emulator's token in wisp's answer, {body} bytes, which the bare server repeats.
- Instructions: two runs under callgrind, one with {few} and one with {many} requests on one connection; the difference
  divided by the difference. What start, first token and end cost cancels out.
- Memory: `VmRSS` and `RssAnon` one second after the event; the round with the median.
- Start: {starts_count} starts of each kind, taking turns, ahead of everything else on the machine where the user may do that
  (`SCHED_RR`).
"""
