"""The pages that are meant to be typed in, from top to bottom, each in a network of its own: its ports are the usual ones."""

import json
import os
import re
import signal
import subprocess

import pages

BUILT = pages.ROOT / "target/debug"
MINUTES = 60


def play(script, folder):
    """What it prints. Whatever it has started ends with it."""
    script = f"set -em\nip link set lo up\n{script}\nkill $(jobs -p) 2>/dev/null || true\nwait\n"
    environment = {"PATH": f"{BUILT}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        ["unshare", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", script],
        cwd=pages.ROOT,
        env=environment,
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


def test_the_readme(tmp_path):
    tour = "".join(pages.blocks(pages.section(pages.ROOT / "README.md", "## Five-minute tour"), "sh"))
    # The programs are built; a key of the emulator takes longer than it says on a machine that has much to do.
    tour = tour.replace("cargo build --bins\n", "").replace("/tmp/wisp-tour", str(tmp_path))
    tour = tour.replace("sleep 5\n", f"until [ -e {tmp_path}/env ]; do sleep 0.1; done\n")
    output = play(tour, tmp_path)
    token = json.loads(re.search(r'^\{"access_token"[^}]*\}', output, re.MULTILINE)[0])
    promised = "access_token client_id expires_in expires_on ext_expires_in not_before resource token_type"
    assert sorted(token) == promised.split() and all(isinstance(value, str) for value in token.values())
    assert "AADSTS500011" in output and "Fix:" in output
    assert re.search(r"^wisp_requests_total\{", output, re.MULTILINE)
    assert re.search(r"request_budget\s*=?.*8s", output)


def test_the_emulator(tmp_path):
    page = pages.ROOT / "docs/emulator.md"
    tour = "\n".join(command for block in pages.blocks(page.read_text(), "console") for command in pages.commands(block))
    output = play(tour.replace("/tmp/entra", str(tmp_path)), tmp_path)
    assert '"token_type":"Bearer"' in output
    assert '[{"fault":{"aadsts":700213},"requests":1,' in output
