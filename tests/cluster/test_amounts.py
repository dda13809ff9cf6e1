"""Amounts: quotas, limits of ranges, classes, and what an autoscaler reckons with."""

from kit.manifests import container, deployment, pod
from kit.pod import INIT, WISP
from kit.space import named
from suite.wait import until

SMALL = {"requests": {"cpu": "20m", "memory": "16Mi"}, "limits": {"cpu": "20m", "memory": "16Mi"}}


def range_of(**values):
    return {**named("LimitRange", "range"), "spec": {"limits": [{"type": "Container", **values}]}}


def quota(**hard):
    return {**named("ResourceQuota", "quota"), "spec": {"hard": hard}}


def test_a_range_that_stands_beside_is_kept(space):
    """The amounts are those that fit it."""
    limits = range_of(max={"cpu": "50m", "memory": "64Mi"}, min={"cpu": "5m", "memory": "8Mi"})
    space.apply(limits)
    stream = space.inject_all([limits, pod(container(resources=SMALL))])
    space.apply(*stream)
    (app,) = space.pods()
    app.wait_ready().token()


def test_a_range_that_inject_did_not_see_is_said_by_the_cluster(space):
    space.apply(range_of(max={"memory": "16Mi"}))
    said = space.apply(space.inject(pod(container(resources=SMALL))), code=1)
    assert "maximum memory usage per Container is 16Mi" in said


def test_a_quota_counts_wisp(space):
    """Where a quota counts limits, each container must have some: wisp's have."""
    limits = quota(**{"requests.cpu": "1", "requests.memory": "1Gi", "limits.cpu": "1", "limits.memory": "1Gi"})
    space.apply(limits)
    space.apply(*space.inject_all([limits, pod(container(resources=SMALL))]))
    (app,) = space.pods()
    app.wait_ready().token()


def test_a_guaranteed_pod_stays_guaranteed(space):
    app = space.run(pod(container(resources=SMALL)))
    assert app.get()["status"]["qosClass"] == "Guaranteed"


def test_a_burstable_pod_stays_burstable(space):
    app = space.run(pod(container(resources={"requests": {"cpu": "10m"}})))
    assert app.get()["status"]["qosClass"] == "Burstable"


def test_amounts_of_a_whole_pod_have_to_be_enough_for_wisp(space):
    """Both say so: inject before, with the numbers, and the API server, where nobody asked inject."""
    whole = pod(container(), resources={"requests": {"cpu": "5m", "memory": "8Mi"}, "limits": {"cpu": "5m", "memory": "8Mi"}})
    refused = space.try_inject(whole)
    assert refused.returncode == 1
    assert "allow 5m of cpu, and its containers need 100m with wisp" in refused.stderr


def test_amounts_of_a_whole_pod_that_are_enough_are_admitted(space):
    whole = pod(container(), resources={"requests": {"cpu": "200m", "memory": "128Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}})
    space.run(whole).token()


def test_an_autoscaler_finds_requests_in_every_container(space):
    """Without one it reckons nothing for the whole pod."""
    space.apply(space.inject(deployment(container(resources=SMALL))))
    (app,) = until(lambda: space.pods("app=app"), "a pod")
    spec = app.wait_ready().get()["spec"]
    for each in [*spec["initContainers"], *spec["containers"]]:
        assert {"cpu", "memory"} <= each["resources"]["requests"].keys(), each["name"]
    assert [each["name"] for each in spec["initContainers"]] == [INIT, WISP]
