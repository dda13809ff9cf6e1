"""docs/compatibility.md, made from what the scenarios saw.

Each scenario leaves a note when it has passed. `python compatibility.py --check` compares the page of these notes with the
committed one; `--write` replaces it. A scenario that suits a client and left no note is an error.
"""

import argparse
import dataclasses
import difflib
import json
import pathlib
import re
import shutil
import sys

from suite import modes as injected
from suite.client import REDIRECT

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/compatibility.md"
NOTES = ROOT / "target/compatibility"

# Column by scenario, in the page's order.
COLUMNS = {
    "token": "Token",
    "identities": "Identity by",
    "two resources": "Two resources",
    "renewal": "Renewal",
    "permanent": "Permanent fault",
    "outage": "Outage",
    "throttled": "Throttled",
    "late start": "Late start",
    "proxy": "`HTTP_PROXY`",
    "at once": "Calls at once",
    "chain": "Chain",
}

# What matters of a request besides its target.
GUARDS = {"metadata": "Metadata", "x-identity-header": "X-IDENTITY-HEADER", "secret": "secret"}

INTRODUCTION = """# Compatibility

Unmodified clients of Azure's managed-identity endpoints against wisp. This page is made from a run of the conformance suite
([tests/clients](../tests/clients/README.md)) and compared with it by `make test`: each cell is what the client did.

- **Pointed by**: what leads the client to wisp. *Redirect*: it asks at 169.254.169.254, which is built in; the pod's network
  must lead it to wisp.
- **Token**: one for the default identity, with one request and one exchange, within seconds of the client's very first request:
  whatever else it asks before.
- **Identity by**: the ids by which it can choose an identity: client id, object id, Azure resource id. An unknown id is
  refused.
- **Renewal**: `in time` keeps a token in memory, and asks anew when it is about to end.
- **Permanent fault**: an identity that Entra does not know. Clients fail within three seconds and after one request, if no note
  says otherwise; the cell says what the error shows.
- **Outage**, **Throttled**: wisp answered 503 or 429 with `Retry-After: 2`. `retries`: the call succeeded all the same;
  `next call`: it failed, and a later one succeeded.
- **Late start**: nobody listened at the first attempt.
- **`HTTP_PROXY`**: with `NO_PROXY=169.254.169.254,127.0.0.1,localhost` every client asks wisp; the cell says what it does
  without.
- **Chain**: whether the SDK's default chain of credentials tries the next one after a permanent fault / when nobody
  listens.
- –: the client has no such thing. *As above*: not run again, as it does not depend on what points the client.

What is a client's own limit reads so: "next call" (it does not retry), "shows the status only", "needs `NO_PROXY`", an id that
is missing under **Identity by**.
"""

MODES = """## Modes of injection

The same clients, each with the variables that `wispctl inject` gives to its container in the modes `env` and `http-proxy`, and
nothing else that leads to wisp: nobody listens at 169.254.169.254. Each had a token, and a new one when that ended; the cell says
the dialect it chose among the variables. `no`: it asks at the address that is built in, and needs the mode `redirect`. How the
modes differ otherwise is in [modes](modes.md).
"""

def note(client, scenario, cell, request=None, resource=None):
    """What a scenario saw of a client, once it has passed."""
    seen = {"cell": cell}
    if request:
        seen["request"] = told(request, resource)
    NOTES.mkdir(parents=True, exist_ok=True)
    (NOTES / f"{client.id}--{scenario}.json".replace(" ", "-")).write_text(json.dumps(seen))


def told(request, resource):
    """A request without what changes from run to run."""
    text = f"{request.method} {request.target}"
    if request.body:
        text += f" {request.body.decode()}"
    for spelling in (resource, resource.replace("/", "%2F"), resource.replace(":", "%3A").replace("/", "%2F")):
        text = text.replace(spelling, spelling.split(resource.split("//")[1].rstrip("/"))[0] + "…")
    guards = [f"`{name}`" for header, name in GUARDS.items() if header in request.headers]
    return f"`{text}`, " + ", ".join(guards or ["no header"])


def page(clients):
    lines = [INTRODUCTION]
    footnotes = []
    missing = []
    for language in dict.fromkeys(client.language for client in clients):
        lines += [f"## {language}", ""]
        lines += row(["Client", "Version", "Dialect", "Pointed by", *COLUMNS.values()])
        lines += row(["---"] * (4 + len(COLUMNS)))
        mine = [client for client in clients if client.language == language]
        for client in mine:
            cells = [cell(client, scenario, footnotes, missing) for scenario in COLUMNS]
            lines += row([f"`{client.name}`", client.version, client.way.dialect, client.way.point, *cells])
        lines += ["", "What they send:", ""]
        lines += [f"- {'; '.join(who)}: {request}" for request, who in requests(mine).items()]
        lines += [""]
    lines += modes(clients, footnotes, missing)
    lines += ["## Notes", "", *(f"{number}. {text}" for number, text in enumerate(footnotes, 1)), ""] if footnotes else []
    return "\n".join(lines), missing


def modes(clients, footnotes, missing):
    """One row for each client, whatever the ways by which it was pointed above."""
    lines = [MODES, *row(["Client", "Version", "`env`", "`http-proxy`"]), *row(["---"] * 4)]
    for client in programs(clients):
        cells = []
        for mode in ("env", "http-proxy"):
            seen = read(dataclasses.replace(client, way=injected.way(mode)), "mode")
            if not seen:
                missing.append(f"{client.id}: mode {mode}")
            cells.append((seen["cell"] if seen else "–") + footnote(client, mode, footnotes))
        lines += row([f"`{client.name}`", client.version, *cells])
    return [*lines, ""]


def programs(clients):
    """Each client once, as it asks without being pointed elsewhere."""
    found = {}
    for client in clients:
        name = client.name.partition(" --")[0], client.version
        if name not in found or (client.way is REDIRECT and found[name].way is not REDIRECT):
            found[name] = client
    return list(found.values())


def row(cells):
    return ["| " + " | ".join(cells) + " |"]


def cell(client, scenario, footnotes, missing):
    seen = read(client, scenario)
    text = seen["cell"] if seen else "–"
    if not seen and applies(client, scenario) and client.only:
        text = "as above"
    elif not seen and applies(client, scenario):
        missing.append(f"{client.id}: {scenario}")
    return text + footnote(client, scenario, footnotes)


def footnote(client, scenario, footnotes):
    if scenario not in client.notes:
        return ""
    if client.notes[scenario] not in footnotes:
        footnotes.append(client.notes[scenario])
    return f" ({footnotes.index(client.notes[scenario]) + 1})"


def applies(client, scenario):
    conditions = {
        "identities": bool(client.identities),
        "two resources": len(client.resources) != 1,
        "proxy": client.proxied is not None,
        "at once": bool(client.concurrent),
        "chain": client.chain is not None,
    }
    return conditions.get(scenario, True)


def requests(clients):
    """Who sends it, by request."""
    found = {}
    for client in clients:
        if seen := read(client, "token"):
            found.setdefault(seen["request"], []).append(f"{client.name} {client.version}, {client.way.point}")
    return found


def read(client, scenario):
    path = NOTES / f"{client.id}--{scenario}.json".replace(" ", "-")
    return json.loads(path.read_text()) if path.exists() else None


def main():
    from roster import CLIENTS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--start", action="store_true", help="forget the notes of the last run")
    action.add_argument("--check", action="store_true", help="fail when the page differs from the run")
    action.add_argument("--write", action="store_true", help="write the page")
    arguments = parser.parse_args()
    if arguments.start:
        shutil.rmtree(NOTES, ignore_errors=True)
        return
    text, missing = page(CLIENTS)
    if missing:
        sys.exit("no scenario passed for\n  " + "\n  ".join(missing))
    if arguments.write:
        PAGE.write_text(text)
        return
    committed = PAGE.read_text() if PAGE.exists() else ""
    if committed != text:
        sys.stdout.writelines(difflib.unified_diff(committed.splitlines(True), text.splitlines(True), "committed", "run"))
        sys.exit(f"{PAGE.relative_to(ROOT)} differs from the run: `make compatibility` writes it anew")
    languages = len({client.language for client in CLIENTS})
    programs = len({re.sub(r" \(.*", "", client.name) + client.version for client in CLIENTS})
    print(f"{PAGE.relative_to(ROOT)} is what the run saw: {programs} clients in {languages} languages")


if __name__ == "__main__":
    main()
