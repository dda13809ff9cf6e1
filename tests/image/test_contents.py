"""What is in the images, and that it is the same each time and survives a copy."""

import json
import os
import pathlib
import stat
import tarfile

import pytest
from conftest import WISP, WISPCTL
from kit.registry import Registry
from kit.storage import BUILT, run

FILES = {"etc/ssl/certs/ca-certificates.crt": 0o644}
FOLDERS = {"etc", "etc/ssl", "etc/ssl/certs"}
LARGEST = int(5.75 * 1024 * 1024)
CAPABILITY = "cap_net_admin=p"
LINKS = {"wisp": {"proxy": "wisp"}, "wispctl": {}}
"""By image: what the webhook of Azure workload identity runs leads to the program."""


@pytest.fixture(params=[("wisp", WISP, CAPABILITY), ("wispctl", WISPCTL, None)], ids=["wisp", "wispctl"])
def image(request):
    """Name, tag, and the capability of the program."""
    name, tag, capability = request.param
    request.getfixturevalue(name)
    return name, tag, capability


def files(folder):
    """Everything below a folder by its path there."""
    return {str(path.relative_to(folder)): path.lstat() for path in sorted(folder.rglob("*"))}


def capabilities(folder):
    """By path, of all files that have any."""
    lines = run("getcap", "-r", folder).splitlines()
    return {os.path.relpath(path, folder): value for path, value in (line.split(" ", 1) for line in lines)}


def test_holds_the_program_and_the_roots_and_nothing_else(storage, image):
    name, tag, capability = image
    with storage.mounted(tag) as mounted:
        found = files(mounted)
        regular = {path: stat.S_IMODE(each.st_mode) for path, each in found.items() if stat.S_ISREG(each.st_mode)}
        assert regular == {**FILES, name: 0o755}
        assert {path for path, each in found.items() if stat.S_ISDIR(each.st_mode)} == FOLDERS
        assert {path: os.readlink(mounted / path) for path, each in found.items() if stat.S_ISLNK(each.st_mode)} == LINKS[name]
        assert len(found) == len(regular) + len(FOLDERS) + len(LINKS[name]), "devices"
        assert {(each.st_uid, each.st_gid) for each in found.values()} == {(0, 0)}
        modes = {path: each.st_mode for path, each in found.items() if not stat.S_ISLNK(each.st_mode)}
        assert not [path for path, mode in modes.items() if mode & 0o7022], "set-id, or writable by others"
        assert capabilities(mounted) == ({name: capability} if capability else {})


def test_of_wisp_is_small(storage, wisp):
    with storage.mounted(wisp) as mounted:
        sizes = {path: each.st_size for path, each in files(mounted).items() if stat.S_ISREG(each.st_mode)}
    assert sum(sizes.values()) <= LARGEST, f"{sum(sizes.values())} bytes of {LARGEST}: {sizes}"


def test_names_no_path_of_the_machine_that_built_it(storage, image):
    name, tag, _ = image
    home = os.path.expanduser("~/.cargo").encode()
    with storage.mounted(tag) as mounted:
        program = (mounted / name).read_bytes()
    assert b"/cargo/registry/src/" in program, "paths are there, but not the machine's"
    for path in [home, os.fsencode(BUILT.parents[1])]:
        assert path + b"/" not in program


def test_says_what_it_is(storage, image):
    name, tag, _ = image
    config = storage.inspect(tag)["Config"]
    assert config["User"] == "54254:54254"
    assert config["Entrypoint"] == [f"/{name}"] and "Cmd" not in config
    assert config["Env"] == ["PATH=/"]
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels.pop("description").endswith((".", "pod", "emulator"))
    labels.pop("io.buildah.version")
    version = storage.run(tag, "--version").split()
    assert version[0] == name
    assert labels == {"title": name, "licenses": "MIT OR Apache-2.0", "version": version[1], "revision": "unknown"}


def test_says_which_revision_it_is_of(storage, wisp):
    built = storage.build("wisp", "localhost/wisp:labelled", "--build-arg", "VERSION=7.7.7", "--build-arg", "REVISION=abc")
    assert {"7.7.7", "abc"} <= set(built["Config"]["Labels"].values())


def test_is_the_same_when_built_again(storage, image, tmp_path):
    name, tag, _ = image
    copy = tmp_path / "image"
    run("cp", "--archive", BUILT, copy)
    for path in [copy, *copy.rglob("*")]:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    first, again = storage.inspect(tag), storage.build(name, f"localhost/{name}:again", built=copy)
    assert (again["Digest"], again["Id"]) == (first["Digest"], first["Id"])
    assert pushed(storage, tag, tmp_path / "first") == pushed(storage, f"localhost/{name}:again", tmp_path / "again")
    with (copy / name / name).open("ab") as program:
        program.write(b"\0")
    other = storage.build(name, f"localhost/{name}:other", built=copy)
    assert other["Digest"] != first["Digest"], "the digest is of the contents"


def pushed(storage, tag, folder):
    """The digest that a registry would know it by: of compressed layers, so another than in the storage."""
    skopeo(storage, tag, f"oci:{folder}:copy")
    manifest = json.loads((folder / "index.json").read_text())["manifests"][0]["digest"]
    config = json.loads((folder / "blobs" / manifest.replace(":", "/")).read_text())["config"]["digest"]
    assert config == "sha256:" + storage.inspect(tag)["Id"], "the image's id stays"
    return manifest


def layers(archive):
    """The entries of all layers of an image in a folder or an archive, in the layout of OCI or of docker."""
    if archive.is_file():
        with tarfile.open(archive) as outer:
            outer.extractall(archive.with_suffix(".unpacked"), filter="data")
        archive = archive.with_suffix(".unpacked")
    for path in archive.rglob("*"):
        if path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as layer:
                yield from layer.getmembers()


COPIES = {
    "podman save, OCI": lambda storage, to: storage.podman("save", "--format=oci-archive", "--output", to, WISP),
    "podman save, docker": lambda storage, to: storage.podman("save", "--format=docker-archive", "--output", to, WISP),
    "skopeo copy, OCI": lambda storage, to: skopeo(storage, WISP, f"oci:{to}:copy"),
    "skopeo copy, folder": lambda storage, to: skopeo(storage, WISP, f"dir:{to}"),
    "buildah push, OCI": lambda storage, to: storage.buildah("push", WISP, f"oci:{to}:copy"),
}


def skopeo(storage, tag, destination, *options):
    graph, state = storage.options[1], storage.options[3]
    run("skopeo", "copy", *options, f"containers-storage:[vfs@{graph}+{state}]{tag}", destination)


@pytest.mark.parametrize("copy", COPIES)
def test_keeps_its_capability_when_copied(storage, wisp, tmp_path, copy):
    copied = tmp_path / "copy"
    COPIES[copy](storage, str(copied))
    program = next(entry for entry in layers(copied) if entry.name.lstrip("./") == "wisp")
    assert "SCHILY.xattr.security.capability" in program.pax_headers, copy


@pytest.mark.parametrize("form", ["oci-archive", "docker-archive"])
def test_keeps_its_capability_when_loaded_elsewhere(storage, wisp, elsewhere, tmp_path, form):
    archive = tmp_path / "archive"
    storage.podman("save", f"--format={form}", "--output", str(archive), wisp)
    elsewhere.podman("load", "--input", str(archive))
    assert elsewhere.inspect(wisp)["Id"] == storage.inspect(wisp)["Id"]
    with elsewhere.mounted(wisp) as mounted:
        assert capabilities(mounted) == {"wisp": CAPABILITY}


PUSHES = {
    "podman": lambda storage, to: storage.podman("push", "--tls-verify=false", WISP, to),
    "buildah": lambda storage, to: storage.buildah("push", "--tls-verify=false", WISP, to),
    "skopeo": lambda storage, to: skopeo(storage, WISP, f"docker://{to}", "--dest-tls-verify=false"),
}


@pytest.mark.parametrize("tool", PUSHES)
def test_keeps_its_capability_in_a_registry(storage, wisp, elsewhere, tmp_path, tool):
    registry = Registry(tmp_path)
    try:
        name = f"{registry.address}/tools/wisp:1"
        PUSHES[tool](storage, name)
        elsewhere.podman("pull", "--tls-verify=false", name)
    finally:
        registry.close()
    assert elsewhere.inspect(name)["Id"] == storage.inspect(wisp)["Id"]
    with elsewhere.mounted(name) as mounted:
        assert capabilities(mounted) == {"wisp": CAPABILITY}


def test_of_wisp_runs_as_a_sidecar_does(storage, wisp):
    assert storage.run(wisp, "--version").startswith("wisp ")
    done = storage.run(wisp, "serve", "--check", "--client-id=22222222-bbbb-4bbb-8bbb-222222222222", "--tenant-id=wisp.example")
    assert done == "configuration is valid\n"


def test_of_wispctl_has_manual_pages_and_completions(storage, wispctl, tmp_path):
    script = tmp_path / "completions"
    script.write_text(storage.run(wispctl, "completions", "bash"))
    assert "wispctl" in run("bash", "-euc", f"source {script}; complete -p wispctl")
    version = storage.run(wispctl, "--version").split(maxsplit=1)[1].strip()
    with storage.mounted(wispctl) as mounted:
        run(mounted / "wispctl", "man", tmp_path / "man")
    pages = {page.name: page.read_text() for page in (tmp_path / "man").iterdir()}
    for program in ("wisp", "wispctl"):
        assert f'"{program} {version}"' in pages[f"{program}.1"]
    commands = [page.removesuffix(".1") for page in pages if "-" in page]
    assert {"wisp-serve", "wispctl-inject", "wispctl-man"} <= set(commands)
    for command in commands:
        assert "Exit codes:" in pages[f"{command}.1"], command


def test_of_wispctl_is_a_filter(storage, wispctl):
    manifest = pathlib.Path(__file__).parent.parent / "inject/deployment"
    text = next(manifest.glob("input.*")).read_text()
    identity = ["--client-id", "22222222-bbbb-4bbb-8bbb-222222222222", "--tenant-id", "wisp.example"]
    injected = storage.run(wispctl, "inject", *identity, "-", input=text)
    assert "name: wisp-init" in injected
    assert storage.run(wispctl, "uninject", "-", input=injected) == text
