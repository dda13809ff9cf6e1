"""The page docs/identity.md from top to bottom: files are written, commands run, and what they print has to stand below them.

With WISP_UPDATE_DOCS=1 it is written there instead.
"""

import json
import os
import re
import shlex
import subprocess

import kit

PAGE = kit.ROOT / "docs/identity.md"
AZ = re.compile(r"(?:^|[(|;] ?|  )(az (?:identity|role|aks) [^|;>)\n]*)", re.MULTILINE)
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
    for name, content in {"azure.json": {"identities": [], "applications": {}, "roles": []}, "refusals.json": []}.items():
        (tools / name).write_text(json.dumps(content))
    return {"PATH": f"{tools}:/usr/bin:/bin", "STAND_IN": str(tools)}


def test_page(tmp_path):
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

    written = PAGE.read_text()
    found = FENCE.sub(block, written)
    assert count > 10
    if os.environ.get("WISP_UPDATE_DOCS"):
        PAGE.write_text(found)
    else:
        assert found == written


def test_the_azure_cli_takes_its_commands(tmp_path):
    blocks = [body for language, body in FENCE.findall(PAGE.read_text()) if language == "sh"]
    commands = [shlex.split(command)[1:] for body in blocks for command in AZ.findall(body)]
    assert len(commands) == 4
    assert [answer for answer in kit.parsed_by_az(commands, tmp_path) if "error" in answer] == []
