"""The images of the cluster, as docker archives: wisp's, built from its own Dockerfile, and those of what stands beside it."""

import os
import shutil
import subprocess

from kit.places import DEBIAN
from storage import BUILT, Storage

WISP, WISPCTL, WITHOUT_CAPABILITY = "localhost/wisp:test", "localhost/wispctl:test", "localhost/wisp:without-capability"
APPLICATION = "localhost/application:test"
"""A shell and what busybox has, and room for what is mounted."""
PAUSE = "localhost/pause:test"
WITH_ROOTS = "localhost/wisp:with-roots"
ALL = [PAUSE, APPLICATION, WISP, WISPCTL, WITHOUT_CAPABILITY]

FOLDERS = ["bin", "client", "dev", "etc", "lib", "lib64", "proc", "sys", "tmp", "usr", "var"]


def archives(folder):
    """Makes them all in `folder`: the path of each."""
    folder.mkdir()
    storage = Storage()
    try:
        for target, tag in [("wisp", WISP), ("wispctl", WISPCTL)]:
            storage.build(target, tag)
        storage.build("wisp", WITHOUT_CAPABILITY, built=without_capability(folder / "without-capability"))
        compose(storage, PAUSE, pause(folder / "pause"), '["/catatonit", "-P"]')
        compose(storage, APPLICATION, application(folder / "application"), '["/bin/busybox", "sh"]')
        return [save(storage, folder, tag) for tag in ALL]
    finally:
        storage.remove()


def with_roots(cluster, folder, roots):
    """Gives the cluster wisp's image with other roots of trust, for containers that are told of none: its tag."""
    folder.mkdir()
    shutil.copytree(BUILT, folder / "files", symlinks=True)
    shutil.copy(roots, folder / "files/wisp/etc/ssl/certs/ca-certificates.crt")
    storage = Storage()
    try:
        storage.build("wisp", WITH_ROOTS, built=folder / "files")
        cluster.ctr("images", "import", str(save(storage, folder, WITH_ROOTS)))
    finally:
        storage.remove()
    return WITH_ROOTS


def compose(storage, tag, files, entrypoint):
    recipe = files.with_suffix(".containerfile")
    recipe.write_text(f"FROM scratch\nCOPY . /\nENTRYPOINT {entrypoint}\n")
    storage.buildah("build", "--isolation", "chroot", "--file", str(recipe), "--tag", tag, str(files))


def save(storage, folder, tag):
    path = folder / f"{tag.rpartition('/')[2].replace(':', '-')}.tar"
    storage.buildah("push", tag, f"docker-archive:{path}:{tag}")
    return path


def pause(folder):
    """What holds a pod's namespaces, and reaps what its containers leave."""
    folder.mkdir()
    shutil.copy(DEBIAN / "usr/bin/catatonit", folder)
    return folder


def application(folder):
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    (folder / "tmp").chmod(0o1777)
    shutil.copy(DEBIAN / "bin/busybox", folder / "bin")
    for applet in subprocess.check_output([folder / "bin/busybox", "--list"], text=True).split():
        if applet != "busybox":
            os.symlink("busybox", folder / "bin" / applet)
    return folder


def without_capability(folder):
    """What a copy makes of the image's files where extended attributes are dropped."""
    shutil.copytree(BUILT, folder, symlinks=True)
    os.removexattr(folder / "wisp/wisp", "security.capability")
    return folder
