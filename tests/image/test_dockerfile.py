"""The Dockerfile by itself."""

import pathlib
import re
import subprocess
import sys
import tomllib

from kit.storage import DOCKERFILE, ROOT


def test_it_is_clean():
    hadolint = pathlib.Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert "hadolint ignore" not in DOCKERFILE.read_text()


def test_it_builds_with_the_toolchain_of_the_repository():
    channel = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    text = DOCKERFILE.read_text()
    assert re.findall(r"library/rust:([\d.]+)-", text) == [channel]
    assert re.findall(r"RUSTUP_TOOLCHAIN=([\d.]+)", text) == [channel]


def test_it_names_the_version_of_the_package():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
    assert set(re.findall(r"ARG VERSION=(.*)", DOCKERFILE.read_text())) == {version}


def test_the_last_stage_is_wisp():
    assert re.findall(r"^FROM .* AS (\w+)$", DOCKERFILE.read_text(), re.M)[-1] == "wisp", "what a build without a target makes"
