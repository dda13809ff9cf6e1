"""The programs that the tests run."""

import pathlib
import subprocess

import yaml

REPOSITORY = pathlib.Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
BIN = REPOSITORY / "target/deploy/bin"
WISPCTL = REPOSITORY / "target/debug/wispctl"

# By the version of Kustomize in kubectl, and that of Helm. They come in pairs.
KUBECTL = {"5.5.0": BIN / "1.32/kubectl", "5.7.1": BIN / "1.35/kubectl", "5.8.1": BIN / "1.37/kubectl"}
HELM = {"3.17.2": BIN / "1.32/helm", "4.1.4": BIN / "1.35/helm", "4.3.1": BIN / "1.37/helm"}

# A search that does not end is one of the ways in which Kustomize fails.
LONGEST = 300


def run(*command, stdin=None, code=0, **more):
    """Standard output of a command that ends with `code`; of one that is to fail, what it says."""
    done = subprocess.run(
        [str(word) for word in command], input=stdin, text=True, capture_output=True, timeout=LONGEST, check=False, **more
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def wispctl(*arguments, stdin=None, code=0):
    return run(WISPCTL, *arguments, stdin=stdin, code=code)


def built(version, folder):
    """What `kustomize build` prints for `folder`."""
    return run(KUBECTL[version], "kustomize", folder)


def objects(text):
    """The objects of a stream by kind and name."""
    found = [thing for thing in yaml.safe_load_all(text) if thing]
    named = {(thing["kind"], thing["metadata"]["name"]): thing for thing in found}
    assert len(named) == len(found)
    return named
