"""The end of a pod: until when the application has tokens, and how long wisp keeps the pod."""

import time

import pytest

from kit.manifests import container, pod
from kit.pod import WISP
from kit.processes import first_to_end, is_running, wait_ended
from kit.questions import ASK, STORAGE, question
from suite.wait import until

# The application's shell has these; each ask becomes a line of the file `asked`, in a folder that outlives the pod.
SHELL = f"""
note() {{ echo "$1" >> /notes/asked; }}
ask() {{ {ASK} > /dev/null 2>&1 && note "$1 token" || note "$1 nothing"; }}
ask_anew() {{ {question(STORAGE)} > /dev/null 2>&1 && note "$1 new token" || note "$1 nothing new"; }}
"""
NOT_HEEDING = "trap 'told=yes' TERM"


@pytest.fixture
def notes(tmp_path):
    tmp_path.chmod(0o777)
    (tmp_path / "shell").write_text(SHELL)
    return tmp_path


def noting(notes, command, before_stop=None, **fields):
    """A pod whose application runs `command`, and `before_stop` as its preStop hook."""
    app = container(command=f". /notes/shell; {command}", volumeMounts=[{"name": "notes", "mountPath": "/notes"}])
    if before_stop:
        app["lifecycle"] = {"preStop": {"exec": {"command": ["sh", "-c", f". /notes/shell; {before_stop}"]}}}
    return pod(app, volumes=[{"name": "notes", "hostPath": {"path": str(notes)}}], **fields)


def asked(notes):
    return (notes / "asked").read_text().splitlines()


@pytest.mark.parametrize("sidecar", ["native", "container"])
def test_an_application_that_ends_has_tokens_in_its_hook_and_its_handler(space, notes, sidecar):
    """Cached ones and new ones, though the hook takes its time and asks for nothing meanwhile."""
    manifest = noting(
        notes,
        "trap 'ask handler; ask_anew handler; exit' TERM; while :; do sleep 0.1; done",
        before_stop="ask hook; sleep 6; ask hook",
        terminationGracePeriodSeconds=20,
    )
    app = space.run(manifest, "--sidecar", sidecar)
    app.delete()
    app.wait_gone()
    assert asked(notes) == ["hook token", "hook token", "handler token", "handler new token"]


def test_a_native_wisp_answers_until_the_application_is_killed(space, notes):
    """One that does not heed the signal has tokens to the last."""
    manifest = noting(notes, f"{NOT_HEEDING}; while :; do ask $told; sleep 0.2; done", terminationGracePeriodSeconds=4)
    app = space.run(manifest)
    application = app.process("app")
    app.delete()
    wait_ended(application)
    lines = asked(notes)
    assert set(lines) == {" token", "yes token"}
    assert lines.count("yes token") > 5


def test_a_native_wisp_keeps_the_pod_no_longer_than_it_would_stay(space):
    """It ends after the application, and then at once."""
    space.apply(pod(name="without"))
    app = space.run(pod())
    application, wisp = app.process("app"), app.process(WISP)
    started = time.monotonic()
    app.delete()
    assert application in first_to_end(application, wisp)
    wait_ended(wisp)
    with_wisp = gone(app, started)
    (without,) = space.pods()
    without.wait_ready()
    started = time.monotonic()
    without.delete()
    # The kubelet looks once a second whether the application has ended.
    assert with_wisp - gone(without, started) < 3


def gone(pod, started):
    """How long the pod was there."""
    pod.wait_gone()
    return time.monotonic() - started


def test_an_ordinary_wisp_keeps_the_pod_however_soon_the_application_has_ended(space):
    """Until three seconds before the grace period is over."""
    app = space.run(pod(terminationGracePeriodSeconds=8), "--sidecar", "container")
    application, wisp = app.process("app"), app.process(WISP)
    app.delete()
    wait_ended(application)
    ended = time.monotonic()
    wait_ended(wisp)
    assert 3.5 < time.monotonic() - ended < 7


def test_an_ordinary_wisp_is_gone_before_an_application_is_killed(space):
    stubborn = container(command=f"{NOT_HEEDING}; while :; do sleep 0.2; done")
    app = space.run(pod(stubborn, terminationGracePeriodSeconds=6), "--sidecar", "container")
    application, wisp = app.process("app"), app.process(WISP)
    app.delete()
    wait_ended(wisp)
    ended = time.monotonic()
    assert is_running(application)
    wait_ended(application)
    assert 1.5 < time.monotonic() - ended < 5


@pytest.mark.parametrize(("code", "phase"), [(0, "Succeeded"), (3, "Failed")])
def test_a_pod_that_ends_by_itself_ends_as_its_application_did(space, code, phase):
    """wisp, which is told by the kubelet then, has ended well in either case."""
    space.apply(space.inject(pod(container(command=f"{ASK} && exit {code}"), restartPolicy="Never")))
    (app,) = space.pods()
    app.wait_phase(phase)
    app.wait_logged("app", '"access_token"')
    assert app.terminated(WISP)["exitCode"] == 0


def test_a_native_wisp_is_started_again_where_nothing_else_is(space):
    app = space.run(pod(restartPolicy="Never"))
    app.kill(WISP)
    until(lambda: app.restarts(WISP) == 1, app.describe)
    app.wait_ready().token()
