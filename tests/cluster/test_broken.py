"""Where wisp cannot start, or dies: what the application has of it, and where a person finds the reason."""

from kit.manifests import container, job, pod
from kit.pod import WISP
from kit.questions import ASK
from kit.space import named
from suite.wait import until

WRONG = {**named("ConfigMap", "settings"), "data": {"WISP_MAX_CONNECTIONS": "many"}}
FROM_SETTINGS = ["--settings-from", "configmap/settings"]
CHECK = "wisp-check"


def test_the_reason_is_in_describe(space):
    """Not in the log alone."""
    space.apply(WRONG)
    space.apply(space.inject(pod(restartPolicy="Always"), *FROM_SETTINGS))
    (app,) = space.pods()
    state = until(lambda: app.terminated(WISP), app.describe)
    assert state["exitCode"] == 64
    described = space.kubectl("describe", "pod", "app")
    assert "WISP_MAX_CONNECTIONS" in described and "many" in described, described


def test_nothing_after_a_native_wisp_starts_then(space):
    space.apply(WRONG)
    space.apply(space.inject(pod(), *FROM_SETTINGS))
    (app,) = space.pods()
    until(lambda: app.terminated(WISP), app.describe)
    assert "waiting" in app.status("app")["state"]
    assert app.phase() == "Pending"


def test_a_job_fails_with_it(space):
    """The kubelet would start a native sidecar for ever: an init container looks first where nothing is started again."""
    space.apply(WRONG)
    space.apply(space.inject(job(container(command=ASK)), *FROM_SETTINGS))
    space.kubectl("wait", "job/app", "--for=condition=Failed", "--timeout=60s")
    (app,) = space.pods("job-name=app")
    assert "WISP_MAX_CONNECTIONS" in app.terminated(CHECK)["message"]


def test_an_ordinary_wisp_does_not_hold_the_application_back(space):
    space.apply(WRONG)
    space.apply(space.inject(pod(), *FROM_SETTINGS, "--sidecar", "container"))
    (app,) = space.pods()
    until(lambda: app.status("app")["state"].get("running"), app.describe)
    assert not app.status(WISP)["ready"]


def test_a_missing_config_map_is_waited_for(space):
    manifest = space.inject(pod(), "--config-map", "wisp", identity=False)
    space.apply(manifest)
    (app,) = space.pods()
    until(lambda: "configmap" in space.events() and "wisp" in space.events(), space.events)
    data = {"AZURE_CLIENT_ID": space.client_id, "AZURE_TENANT_ID": space.tenant, "AZURE_AUTHORITY_HOST": space.authority}
    space.apply({**named("ConfigMap", "wisp"), "data": data})
    app.wait_ready().token()


def test_a_missing_image_leaves_nothing_running(space):
    space.apply(space.inject(pod(), "--image", "localhost/wisp:missing"))
    (app,) = space.pods()
    until(lambda: "ErrImage" in str(app.get()["status"]) or "ImagePullBackOff" in str(app.get()["status"]), app.describe)
    assert app.phase() == "Pending"
    assert "waiting" in app.status("app")["state"]


def test_one_that_ran_out_of_memory_comes_back(space):
    """The kernel ends it, the kubelet starts it again, and the application goes on."""
    app = space.run(pod())
    space.cluster.run_out_of_memory(app.identity(WISP))
    state = until(lambda: app.terminated(WISP), app.describe)
    assert state["reason"] == "OOMKilled", state
    until(app.is_ready, app.describe)
    app.token()
    assert app.restarts("app") == 0
