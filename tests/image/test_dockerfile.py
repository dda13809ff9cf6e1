"""The Dockerfile by itself."""

import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

from kit.storage import DOCKERFILE, ROOT, run


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


def test_make_says_the_revision():
    done = run("make", "--dry-run", "image", "IMAGE_TOOL=buildah", cwd=ROOT)
    # Sources without a repository are of an unknown one.
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    assert set(re.findall(r"REVISION=(\S+)", done)) == {revision or "unknown"}


# In the place of the program that builds for minutes: it notes what it would have built, and of which commit.
MAKE = """#!/bin/sh -eu
mkdir -p target/image/wisp target/image/wispctl target/image/sbom
echo "$@ of $WISP_COMMIT" | tee target/image/wisp/made > target/image/wispctl/made
"""


def test_the_build_stage_is_told_the_revision(storage, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/make").write_text(MAKE)
    (tmp_path / "bin/make").chmod(0o755)
    for program in [shutil.which(name) for name in ("sh", "mkdir", "mv", "tee")]:
        shutil.copy(program, tmp_path / "bin")
        for library in re.findall(r"/\S+", run("ldd", program)):
            (tmp_path / library[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, tmp_path / library[1:])
    container = storage.buildah("from", "scratch").strip()
    storage.buildah("add", "--quiet", container, str(tmp_path), "/")
    storage.buildah("config", "--env", "PATH=/bin", container)
    storage.buildah("commit", "--quiet", "--rm", container, re.search(r"^FROM (\S+) AS build$", DOCKERFILE.read_text(), re.M)[1])
    for target in ("wisp", "wispctl"):
        storage.build(target, f"localhost/{target}:told", "--build-arg", "REVISION=abc", built=None)
        with storage.mounted(f"localhost/{target}:told") as mounted:
            assert (mounted / "made").read_text() == "image-root of abc\n"


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
