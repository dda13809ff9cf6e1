"""Draws the dashboard of the fleet as Grafana lays it out, from what Prometheus read of real sidecars.

    picture.py FILE
"""

import html
import pathlib
import sys
import tempfile
import time

from panels import DASHBOARDS, filled, legend
from places import PROMETHEUS
from prometheus import Prometheus
from suite import emulator as entra
from suite.sidecar import Sidecar
from world import World

NAME = "dashboard-fleet"
SECONDS, STEP, WINDOW = 120, 2, "20s"
COLUMN, ROW, GAP = 50, 30, 8
COLOURS = ["#2f7d4f", "#c4622d", "#33658a", "#8c4a86", "#b8960c", "#54747c", "#a33b3b", "#6b7a2c"]
LEVELS = {"green": "#2f7d4f", "orange": "#b3610f", "red": "#a32222"}
STYLE = """
text { font-family: sans-serif; font-size: 12px; fill: #24292f }
.title { font-weight: bold } .row { font-size: 15px; font-weight: bold } .number { font-size: 34px } .small { font-size: 10px; fill: #57606a }
.panel { fill: #ffffff; stroke: #d0d7de } .axis { stroke: #d0d7de } .line { fill: none; stroke-width: 1.5 }
"""


def main(file):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(file).write_text(drawn(pathlib.Path(folder)))


def drawn(folder):
    """Two minutes of a small fleet, in the second of which Entra refuses, throttles and is away for some resources."""
    running = []

    def start_wisp(**settings):
        running.append(Sidecar(emulator, folder / f"{len(running)}.log", settings))
        return running[-1]

    def start_prometheus(jobs, rules):
        running.append(Prometheus(PROMETHEUS, folder, jobs, rules))
        return running[-1]

    (folder / "emulator").mkdir()
    emulator = entra.start(folder / "emulator")
    try:
        world = World(emulator, start_wisp, start_prometheus)
        with world.busy():
            time.sleep(SECONDS / 2)
            world.trouble()
            time.sleep(SECONDS / 2)
            return picture(world.prometheus)
    finally:
        for each in [*reversed(running), emulator]:
            each.end()


def picture(prometheus):
    found = DASHBOARDS[NAME]["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in found) * ROW
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * COLUMN} {height}"><style>{STYLE}</style>']
    parts.append(f'<rect width="{24 * COLUMN}" height="{height}" fill="#f6f8fa"/>')
    end = time.time()
    for panel in found:
        at = panel["gridPos"]
        x, y, width, high = at["x"] * COLUMN, at["y"] * ROW, at["w"] * COLUMN - GAP, at["h"] * ROW - GAP
        inside = row(panel) if panel["type"] == "row" else frame(panel, width, high) + SHAPES[panel["type"]](panel, prometheus, end, width, high)
        parts.append(f'<g transform="translate({x + GAP / 2:g} {y + GAP / 2:g})">{inside}</g>')
    return "\n".join([*parts, "</svg>", ""])


def text(x, y, words, kind="", more=""):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x:g}" y="{y:g}"{more}>{html.escape(words, quote=False)}</text>'


def row(panel):
    return text(4, 18, panel["title"], "row")


def frame(panel, width, height):
    return f'<rect class="panel" width="{width}" height="{height}" rx="3"/>' + text(10, 20, panel["title"], "title")


def shown(value, unit):
    """A number as a person reads it."""
    if unit == "s" and value >= 3600:
        return f"{value / 3600:.3g} h"
    if unit == "s" and value >= 60:
        return f"{value / 60:.3g} min"
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    suffix = {"s": " s", "percentunit": "%", "ops": "/s", "reqps": "/s", "cps": "/s"}.get(unit, "")
    return f"{value * (100 if unit == 'percentunit' else 1):.3g}{suffix}"


def defaults(panel):
    return panel["fieldConfig"]["defaults"]


def asked(target):
    return filled(target["expr"], WINDOW, ".*", ".*")


def stat(panel, prometheus, _, width, height):
    ((_, value),) = prometheus.now(asked(panel["targets"][0]))
    steps = defaults(panel)["thresholds"]["steps"]
    colour = LEVELS[[step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]]
    return text(width / 2, height / 2 + 22, shown(value, defaults(panel)["unit"]), "number", f' text-anchor="middle" style="fill: {colour}"')


def table(panel, prometheus, _, width, height):
    found = prometheus.now(asked(panel["targets"][0]))
    names = sorted({name for labels, _ in found for name in labels})
    column = (width - 20) / (len(names) + 1)
    lines = [[*names, "value"], *([*(labels.get(name, "") for name in names), shown(value, defaults(panel)["unit"])] for labels, value in found)]
    return "".join(
        text(10 + place * column, 44 + number * 18, cell[: int(column / 7)], "" if number else "small")
        for number, line in enumerate(lines[: int((height - 40) / 18)]) for place, cell in enumerate(line)
    )  # fmt: skip


def timeseries(panel, prometheus, end, width, height):
    found = [
        (legend(target, labels) or "value", points)
        for target in panel["targets"]
        for labels, points in prometheus.between(asked(target), end - SECONDS, end, STEP)
    ]
    left, top, right, bottom = 60, 34, width - 12, height - 44
    points = [[(when, value) for when, value in each if value == value] for _, each in found]
    most = max((value for each in points for _, value in each), default=1) or 1
    place = lambda when, value: f"{left + (when - end + SECONDS) / SECONDS * (right - left):.1f},{bottom - value / most * (bottom - top):.1f}"
    parts = [f'<path class="axis" d="M{left} {bottom}H{right}M{left} {top}H{right}"/>']
    parts += [text(left - 6, y + 4, shown(value, defaults(panel)["unit"]), "small", ' text-anchor="end"') for y, value in [(bottom, 0), (top, most)]]
    parts += [text(left, bottom + 14, f"{SECONDS} s ago", "small"), text(right, bottom + 14, "now", "small", ' text-anchor="end"')]
    x = left
    for number, ((name, _), each) in enumerate(zip(found, points)):
        colour = COLOURS[number % len(COLOURS)]
        drawn = " ".join(place(when, value) for when, value in each)
        parts.append(f'<polyline class="line" stroke="{colour}" points="{drawn}"/>')
        parts.append(f'<rect x="{x}" y="{height - 20}" width="10" height="3" fill="{colour}"/>' + text(x + 14, height - 14, name, "small"))
        x += 24 + 6 * len(name)
    return "".join(parts)


SHAPES = {"stat": stat, "table": table, "timeseries": timeseries}

if __name__ == "__main__":
    main(*sys.argv[1:])
