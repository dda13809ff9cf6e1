"""The pages that are meant to be typed in, from top to bottom, each in a network of its own: its ports are the usual ones."""

import json
import os
import re
import signal
import subprocess

import pages

BUILT = pages.ROOT / "target/debug"
MINUTES = 60


# What a shell may keep of a tour: its variables as they were, no jobs, and no file anywhere but what the page says.
UNCHANGED = """
wait
test -z "$(jobs -p)"
export -p | diff "$HOME/before" -
test -z "$(ls "$TMPDIR")"
"""


def play(script, folder):
    """What it prints. Whatever it has started has to end with it, and it has to leave the shell as it was."""
    script = f'set -em\nip link set lo up\nexport -p >"$HOME/before"\n{script}\n{UNCHANGED}'
    (folder / "tmp").mkdir()
    environment = {
        "PATH": f"{BUILT}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        ["unshare", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", script],
        cwd=pages.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=2 * MINUTES)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output
    return output


def test_what_the_readme_shows_of_the_demo():
    """In its order; `…` is what differs from run to run, on a line of its own what is left out."""
    shown = re.search(r"^```console\n\$ make demo\n(.*?)^```$", (pages.ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else rf"{re.escape(line)}\n".replace("…", ".*") for line in shown.splitlines())
    done = subprocess.run([BUILT / "wispctl", "demo", "--once"], capture_output=True, text=True, timeout=MINUTES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(f"^{pattern}", done.stdout, re.MULTILINE), done.stdout


def test_the_readme(tmp_path):
    tour = "".join(pages.blocks(pages.section(pages.ROOT / "README.md", "## Five-minute tour"), "sh"))
    # The programs are built.
    output = play(tour.replace("cargo build --bins\n", ""), tmp_path)
    token = json.loads(re.search(r'^\{"access_token"[^}]*\}', output, re.MULTILINE)[0])
    promised = "access_token client_id expires_in expires_on ext_expires_in not_before resource token_type"
    assert sorted(token) == promised.split() and all(isinstance(value, str) for value in token.values())
    assert "AADSTS500011" in output and "Fix:" in output
    assert re.search(r"^wisp_requests_total\{", output, re.MULTILINE)
    assert re.search(r"request_budget\s*=?.*8s", output)
    assert re.search(r"client_id\s*=?.*22222222-bbbb.*AZURE_CLIENT_ID", output)


def test_the_emulator(tmp_path):
    page = pages.ROOT / "docs/emulator.md"
    shell, *typed = [command for block in pages.blocks(page.read_text(), "console") for command in pages.commands(block)]
    assert shell == "wispctl emulator -- bash"
    typed = "\n".join(typed).replace("/tmp/entra", str(tmp_path / "entra"))
    output = play(f"{shell} -em <<'TYPED'\n{typed}\nwait\nTYPED", tmp_path)
    assert '"token_type":"Bearer"' in output
    assert '{"counts":[],"requests":[]}' in output
    assert '[{"fault":{"aadsts":700213},"requests":1,' in output
    assert not (tmp_path / "entra/env").exists()
