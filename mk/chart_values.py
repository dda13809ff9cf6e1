"""Writes the chart's values, deploy/chart/values.yaml, and their table in docs/chart.md, from deploy/chart/values.schema.json.

    chart_values.py REPOSITORY
"""

import json
import pathlib
import re
import sys
import textwrap

WIDTH = 110
HEAD = "Values of the chart. `make chart` writes this file from values.schema.json, which refuses what is not in it."
TABLE = re.compile(r"(<!-- values -->\n).*?(<!-- /values -->)", re.DOTALL)


def main(repository):
    for path, text in written(pathlib.Path(repository)).items():
        path.write_text(text)


def written(repository):
    """What the files are to have in them."""
    schema = json.loads((repository / "deploy/chart/values.schema.json").read_text())
    page = repository / "docs/chart.md"
    return {
        repository / "deploy/chart/values.yaml": f"# {HEAD}\n" + "".join(values(schema["properties"], 0)),
        page: TABLE.sub(lambda found: found[1] + table(schema["properties"]) + found[2], page.read_text()),
    }


def values(properties, depth):
    """The lines of a block of values; those of the outermost are set apart."""
    for name, each in properties.items():
        margin = "  " * depth
        if depth == 0:
            yield "\n"
        if name == "global":
            continue
        about = each["description"] + ("." if "properties" in each else choices(each))
        for line in textwrap.wrap(about, WIDTH - len(margin), break_on_hyphens=False, break_long_words=False):
            yield f"{margin}# {line}\n"
        if "properties" in each:
            yield f"{margin}{name}:\n"
            yield from values(each["properties"], depth + 1)
        else:
            yield f"{margin}{name}: {json.dumps(each['default'])}\n"


def choices(each):
    return f". One of {', '.join(each['enum'])}." if "enum" in each else "."


def table(properties):
    rows = [f"| `{name}` | {shown(each['default'])} | {each['description']} |\n" for name, each in leaves(properties)]
    return "| Value | Default | Meaning |\n|---|---|---|\n" + "".join(rows)


def shown(default):
    return "" if default in ("", [], {}) else f"`{json.dumps(default)}`" if isinstance(default, (dict, list)) else f"`{default}`".lower()


def leaves(properties, prefix=""):
    """All values that are no blocks, by their whole names."""
    for name, each in properties.items():
        if "properties" in each:
            yield from leaves(each["properties"], f"{prefix}{name}.")
        elif name != "global":
            yield f"{prefix}{name}", each


if __name__ == "__main__":
    main(*sys.argv[1:])
