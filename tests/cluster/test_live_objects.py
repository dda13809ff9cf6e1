"""Objects in a cluster that are injected again, and brought back: with its defaults, its status, and what others have added."""

import subprocess

import yaml

from kit.manifests import container, deployment, pod
from kit.places import WISPCTL
from kit.questions import ASK_BY
from kit.space import contains
from suite.wait import until

# As clusters without a default of their own leave it, and as a person would write it.
PLAIN = container(ports=[{"containerPort": 8080}], env=[{"name": "A", "value": "1"}])


def live(space, kind="deployment", name="app"):
    return yaml.safe_load(space.kubectl("get", kind, name, "--output=yaml"))


def test_what_the_cluster_filled_in_is_no_change(space):
    """Injecting what came back from it says that nothing changed."""
    space.apply(space.inject(deployment(PLAIN)))
    done = space.try_inject(live(space))
    assert done.returncode == 0, done.stderr
    assert "unchanged" in done.stderr and "updated" not in done.stderr, done.stderr


def test_a_live_deployment_is_injected_and_brought_back(space):
    space.apply(deployment(PLAIN))
    space.wait_rolled_out("app")
    before = live(space)
    apply_to_live(space, space.inject)
    space.wait_rolled_out("app")
    space.only_pod("app=app").token()
    apply_to_live(space, space.uninject)
    space.wait_rolled_out("app")
    assert live(space)["spec"]["template"] == before["spec"]["template"]


def apply_to_live(space, change):
    """Applies what `change` makes of the object as it is; once more where a controller wrote its status meanwhile."""

    def applied():
        done = space.try_kubectl("apply", "--filename=-", stdin=yaml.safe_dump(change(live(space))))
        assert done.returncode == 0 or "the object has been modified" in done.stderr, done.stderr
        return done.returncode == 0

    until(applied, "nobody writes it meanwhile")


def test_the_server_takes_what_inject_writes_to_the_letter(space):
    """No unknown field, none twice, none that it would drop."""
    for mode in ASK_BY:
        manifest = space.inject(pod(PLAIN), "--mode", mode)
        flags = ["--dry-run=server", "--validate=strict", "--output=yaml"]
        said = space.kubectl("apply", *flags, "--filename=-", stdin=yaml.safe_dump(manifest))
        assert contains(yaml.safe_load(said), manifest)


def test_modes_are_switched_and_wisp_taken_out(space, tmp_path):
    """On a Deployment that runs, by new files that are applied over the old ones."""
    file = tmp_path / "app.yaml"
    original = yaml.safe_dump(deployment(terminationGracePeriodSeconds=1))
    file.write_text(original)
    for mode in ASK_BY:
        inject(space, file, "--mode", mode)
        rolled(space, file).token("app", ASK_BY[mode])
    inject(space, file, "--mode", "redirect", "--sidecar", "container")
    rolled(space, file).token("app", ASK_BY["redirect"])
    subprocess.run([WISPCTL, "uninject", "-w", file], check=True)
    assert file.read_text() == original
    app = rolled(space, file)
    assert app.names() == ["app"]
    assert "env" not in app.containers()[0] and "wisp" not in str(app.get()["spec"])


def inject(space, file, *choices):
    subprocess.run([WISPCTL, "inject", "-w", *space.choices(choices), file], check=True)


def rolled(space, file):
    """The Deployment's only pod, once the file is applied."""
    space.kubectl("apply", f"--filename={file}")
    space.wait_rolled_out("app")
    return space.only_pod("app=app")
