"""A storage for images of its own, and the tools that work on it."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCKERFILE = ROOT / "docker/Dockerfile"
BUILT = ROOT / "target/image"
"""What `make image-root` has made."""

# The options of `make image` on which the digest depends.
AS_BY_MAKE = ["--layers", "--timestamp", "0"]

# podman would raise these, for which it may lack the right.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


class Storage:
    """Images below one folder: nothing of the machine's own storage is read or changed."""

    def __init__(self):
        # podman refuses paths of more than 50 characters.
        self.folder = folder = pathlib.Path(tempfile.mkdtemp(prefix="wisp-image-", dir="/tmp"))
        # vfs copies files, which needs nothing of the machine; root, run root and driver are named to each tool alike.
        self.options = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]

    def buildah(self, *arguments):
        return run("buildah", *self.options, *arguments)

    def podman(self, *arguments, **more):
        # What podman remembers of running containers stands in one folder of the machine, unless it is told of another.
        return run("podman", *self.options, "--tmpdir", str(self.folder / "tmp"), "--runtime", "runc", *arguments, **more)

    def build(self, target, tag, *arguments, built=BUILT):
        """Builds a target of the Dockerfile that ships, with `built`, if there is one, in the place of its build stage."""
        context = ["--build-context", f"build={built}"] if built else []
        self.buildah(
            "build", "--isolation", "chroot", "--pull-never", "--no-cache", *AS_BY_MAKE, *context,
            "--file", str(DOCKERFILE), "--target", target, "--tag", tag, *arguments, str(ROOT),
        )  # fmt: skip
        return self.inspect(tag)

    def inspect(self, tag):
        return json.loads(self.podman("image", "inspect", tag))[0]

    @contextlib.contextmanager
    def mounted(self, tag):
        """The folder with the files of an image."""
        container = self.buildah("from", "--pull-never", tag).strip()
        try:
            yield pathlib.Path(self.buildah("mount", container).strip())
        finally:
            self.buildah("rm", container)

    def run(self, tag, *arguments, **more):
        """Runs an image with as few rights as the sidecar has, without a network, and returns what it wrote."""
        return self.podman(
            "run", "--rm", "--pull=never", "--interactive", "--network=none", "--cap-drop=all", "--read-only",
            "--security-opt", "no-new-privileges", *LIMITS, tag, *arguments, **more,
        )  # fmt: skip

    def remove(self):
        # A container's monitor cleans up after it, and nobody waits for that.
        given_up = time.monotonic() + 30
        while self._at_work() and time.monotonic() < given_up:
            time.sleep(0.02)
        # Containers have mounts, which podman takes back. It stumbles over what comes while it removes all, so it may try again.
        for left in (2, 1, 0):
            try:
                self.podman("system", "reset", "--force")
                break
            except AssertionError:
                if not left:
                    raise
        shutil.rmtree(self.folder)

    def _at_work(self):
        """Whether a process of the machine was told of this folder."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in (process / "cmdline").read_bytes():
                    return True
        return False


def run(*command, **more):
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout
