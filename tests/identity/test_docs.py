"""Pages from top to bottom: files are written, commands run, and what they print has to stand below them.

With WISP_UPDATE_DOCS=1 it is written there instead.
"""

import json
import os
import re
import shlex
import subprocess

import kit
import pytest

# The pages, and how many commands of the Azure CLI each has that nothing here runs.
PAGES = {"identity": 4, "static-secrets": 5}
AZ = re.compile(r"(?:^|[(|;] ?|  )(az [a-z][^|;>)\n]*)", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^\$ .*(?:\\\n.*)*\n", re.MULTILINE)


def environment(folder):
    """wispctl, and an Azure that has nothing."""
    tools = folder / ".tools"
    tools.mkdir()
    stand_in = f'#!/bin/sh\nexec {kit.AZ_PYTHON} {kit.ROOT}/tests/identity/stand_in.py "$@"\n'
    for name, text in {"az": stand_in, "sleep": "#!/bin/sh\n", "wispctl": f'#!/bin/sh\nexec {kit.WISPCTL} "$@"\n'}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    for name, content in {"azure.json": {"identities": [], "applications": {kit.APPLICATION: []}, "roles": []}, "refusals.json": []}.items():
        (tools / name).write_text(json.dumps(content))
    return {"PATH": f"{tools}:/usr/bin:/bin", "STAND_IN": str(tools)}


@pytest.mark.parametrize("name", PAGES)
def test_page(name, tmp_path):
    page = kit.ROOT / f"docs/{name}.md"
    variables = environment(tmp_path)
    count = 0

    def block(match):
        nonlocal count
        language, body = match.groups()
        if named := re.match(r"# ([\w.-]+)\n", body):
            (tmp_path / named[1]).write_text(body)
        if language != "console":
            return match[0]
        text = ""
        for command in COMMANDS.findall(body):
            line = command.removeprefix("$ ")
            done = subprocess.run(
                ["bash", "-c", line], cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            text += command + done.stdout
            count += 1
        return f"```console\n{text}```"

    written = page.read_text()
    found = FENCE.sub(block, written)
    assert count > 5
    if os.environ.get("WISP_UPDATE_DOCS"):
        page.write_text(found)
    else:
        assert found == written


@pytest.mark.parametrize("name", PAGES)
def test_the_azure_cli_takes_its_commands(name, tmp_path):
    page = kit.ROOT / f"docs/{name}.md"
    blocks = [body for language, body in FENCE.findall(page.read_text()) if language == "sh"]
    commands = [shlex.split(command)[1:] for body in blocks for command in AZ.findall(body)]
    assert len(commands) == PAGES[name]
    assert [answer for answer in kit.parsed_by_az(commands, tmp_path) if "error" in answer] == []
