"""The Dockerfile by itself."""

import pathlib
import re
import shutil
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


def test_the_build_stage_has_all_that_make_reads(tmp_path):
    """The build's context leaves nearly everything out, the tests and their part of the Makefile too."""
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            source, copy = ROOT / line[1:], tmp_path / line[1:]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    done = subprocess.run(["make", "--dry-run", "image-root"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "tests").exists()
