"""The start of a pod: who comes when, who has tokens, and what a restart changes."""

import datetime

from kit.manifests import container, cron_job, deployment, job, pod
from kit.pod import INIT, WISP
from kit.questions import ASK
from suite.wait import until

ASK_ONCE = f"{ASK} && echo"


def started(pod, name):
    state = pod.status(name)["state"]
    found = state.get("running") or state["terminated"]
    return datetime.datetime.fromisoformat(found["startedAt"])


def test_redirect_then_wisp_then_init_containers_of_the_application(space):
    """Those have tokens too."""
    manifest = pod(initContainers=[container("migrate", ASK_ONCE)])
    app = space.run(manifest)
    assert started(app, INIT) <= started(app, WISP) <= started(app, "migrate") <= started(app, "app")
    app.wait_logged("migrate", '"access_token"')
    app.token()
    app.wait_logged(INIT, "proven by a connection")


def test_a_job_is_answered_at_once_and_ends_beside_a_native_wisp(space):
    """Its very first request is."""
    space.apply(space.inject(job(container(command=ASK_ONCE))))
    space.kubectl("wait", "job/app", "--for=condition=Complete", "--timeout=60s")
    (app,) = space.pods("job-name=app")
    app.wait_logged("app", '"access_token"')


def test_cron_jobs_do(space):
    space.apply(space.inject(cron_job(container(command=ASK_ONCE))))
    space.kubectl("create", "job", "app-now", "--from=cronjob/app")
    space.kubectl("wait", "job/app-now", "--for=condition=Complete", "--timeout=60s")


def test_a_restarted_application_finds_it_there(space):
    app = space.run(pod())
    app.kill("app")
    until(lambda: app.restarts("app") == 1, app.describe)
    until(app.is_ready, app.describe)
    app.token()
    assert app.restarts(WISP) == 0


def test_a_new_sandbox_gets_its_redirect_anew(space):
    """When what holds the pod's network dies, all init containers run again, in a network without rules."""
    app = space.run(pod())
    before = app.status(INIT)["containerID"]
    sandbox = space.cluster.sandbox(app.get()["metadata"]["uid"])
    space.cluster.ctr("tasks", "kill", "--signal", "KILL", sandbox)
    until(lambda: app.status(INIT)["containerID"] != before, app.describe)
    until(app.is_ready, app.describe)
    app.token()


def test_a_deployment_rolls(space):
    manifest = deployment(container(readinessProbe={"exec": {"command": ["sh", "-c", ASK]}, "timeoutSeconds": 5, "periodSeconds": 1}))
    space.apply(space.inject(manifest))
    space.wait_rolled_out("app")
    space.kubectl("rollout", "restart", "deployment/app")
    space.wait_rolled_out("app")
    space.only_pod("app=app").wait_ready().token()
