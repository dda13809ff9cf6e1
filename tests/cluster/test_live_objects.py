"""Objects as a cluster gives them back: with its defaults, its status, and what others have added."""

import yaml

from kit.manifests import container, deployment, pod
from kit.parts import until
from kit.space import WISP

# As clusters without a default of their own leave it, and as a person would write it.
PLAIN = container(ports=[{"containerPort": 8080}], env=[{"name": "A", "value": "1"}])


def live(space, kind="deployment", name="app"):
    return yaml.safe_load(space.kubectl("get", kind, name, "--output=yaml"))


def rolled_out(space):
    space.kubectl("rollout", "status", "deployment/app", "--timeout=60s")


def test_what_the_cluster_filled_in_is_no_change(space):
    """Injecting what came back from it says that nothing changed."""
    space.apply(space.inject(deployment(PLAIN)))
    done = space.try_inject(live(space))
    assert done.returncode == 0, done.stderr
    assert "unchanged" in done.stderr and "updated" not in done.stderr, done.stderr


def test_a_live_deployment_is_injected_and_brought_back(space):
    space.apply(deployment(PLAIN))
    rolled_out(space)
    before = live(space)
    space.apply(space.inject(before))
    rolled_out(space)
    app = until(lambda: next((each for each in space.pods("app=app") if each.has(WISP) and each.is_ready()), None), "a pod with wisp")
    app.token()
    space.apply(space.uninject(live(space)))
    rolled_out(space)
    assert live(space)["spec"]["template"] == before["spec"]["template"]


def test_the_server_takes_what_inject_writes_to_the_letter(space):
    """No unknown field, none twice, none that it would drop."""
    for mode in ["redirect", "env", "http-proxy", "manual"]:
        manifest = space.inject(pod(PLAIN), "--mode", mode)
        said = space.kubectl("apply", "--dry-run=server", "--validate=strict", "--output=yaml", "--filename=-", stdin=yaml.safe_dump(manifest))
        assert contains(yaml.safe_load(said), manifest)


def contains(whole, part):
    """Whether all that is in `part` is in `whole` too, which may have more; what is empty counts as not there."""
    if isinstance(part, dict):
        return all(contains(whole.get(name, type(value)()), value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) >= len(part) and all(contains(one, other) for one, other in zip(whole, part))
    return whole == part
