"""wisp's own chart in a real cluster: installed, upgraded, changed from one way in to the other, rolled back, uninstalled."""

import contextlib

import pytest

from kit.chart import Release
from kit.manifests import deployment, pod
from kit.pod import WISP
from kit.webhook import ASKS, Stream
from suite.certificate import Certificate
from suite.wait import until

LET_THROUGH = "admitted without wisp"


@pytest.fixture
def release(cluster, tmp_path, request):
    release = Release(cluster, f"wisp-helm{request.param.replace('.', '-')}", request.param, tmp_path)
    yield release
    release.remove()


@contextlib.contextmanager
def pods_all_the_time(release, space):
    """Pods that ask for wisp are made meanwhile, and none of them comes to be without it. In the end, the refusals."""
    annotations = {"wisp/client-id": space.client_id, "wisp/tenant-id": space.tenant}
    with Stream(release.cluster, space.name, pod(labels=ASKS, annotations=annotations), rate=10) as stream:
        yield stream
        release.wait_injects(space)
    assert stream.admitted > 0
    assert LET_THROUGH not in stream.refused


def who(space):
    """Who asks for a token in a test."""
    return {"namespace": space.name, "serviceAccount": "app", "clientId": space.client_id, "tenantId": space.tenant}


@pytest.mark.parametrize(("release", "last"), [("3.17", "4.3"), ("4.3", "4.3")], indirect=["release"])
def test_a_release_from_its_installation_to_its_end(make_space, release, last):
    """By Helm 3, whose release Helm 4 takes over in the end, and by Helm 4."""
    space = make_space(release.labels)
    identity = {"tenantId": space.tenant}

    release.upgrade(pods={"mode": "env", **identity})
    assert "Phase:          Succeeded" in release.helm("test", release.name), "without a namespace: a pod gets wisp"
    space.apply(deployment(labels={"app": "app", **ASKS}))
    space.wait_rolled_out("app")
    assert WISP in space.only_pod("app=app").names()

    # Another version of the webhook; its certificate, and whom the API server trusts, stay as they are.
    before = release.bundles(), release.certificates()
    assert all("BEGIN CERTIFICATE" in bundle for bundle in before[0])
    with pods_all_the_time(release, space) as stream:
        release.upgrade(testing=who(space), pods=identity, webhook={"logLevel": "debug"})
    assert stream.refused == []
    assert (release.bundles(), release.certificates()) == before
    assert "Phase:          Succeeded" in release.helm("test", release.name), "a token"

    # From the webhook to the policy, to another one, and back; with a newer Helm at the end.
    with pods_all_the_time(release, space):
        release.upgrade(injection="policy", testing=who(space))
    assert "Phase:          Succeeded" in release.helm("test", release.name), "a token"
    assert not [each for each in release.left() if "webhook" in each and not each.startswith("Pod")]
    release.use(last)
    with pods_all_the_time(release, space):
        release.upgrade(injection="policy", pods={"mode": "manual"})
    with pods_all_the_time(release, space):
        release.helm("rollback", release.name, "2", "--wait", "--timeout=110s")
    assert release.bundles()[0]

    release.helm("uninstall", release.name, "--wait", "--timeout=60s")
    until(lambda: not release.left(), lambda: f"left: {release.left()}")
    assert release.injects(space) == "", "nobody is locked out"


@pytest.mark.parametrize("release", ["4.1"], indirect=True)
def test_a_certificate_of_somebody_else(make_space, release, tmp_path):
    """From the webhook's own to one of a Secret, and what Helm renders is what the API server takes to the letter."""
    space = make_space(release.labels)
    identity = {"tenantId": space.tenant}
    release.upgrade(pods=identity, webhook={"replicas": 1})
    text = release.rendered(pods=identity, webhook={"replicas": 1})
    release.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename=-", stdin=text)
    release.wait_injects(space)

    theirs = Certificate(tmp_path, f"{release.name}-webhook.{release.name}.svc")
    release.kubectl("create", "secret", "tls", "mine", f"--cert={tmp_path}/server.crt", f"--key={tmp_path}/server.key")
    certificate = {"source": "secret", "secretName": "mine", "caBundle": theirs.ca.read_text()}
    values = {"pods": identity, "webhook": {"replicas": 1, "certificate": certificate}}
    with pods_all_the_time(release, space):
        assert 'conflicts with "wispctl-webhook"' in release.upgrade(code=1, **values), "the webhook's own field"
        release.upgrade("--force-conflicts", **values)
    assert release.bundles() == [theirs.ca.read_text()] * 2
    assert not [each for each in release.left() if each.startswith(("Lease", "Role ", "Secret wisp"))]
    release.helm("uninstall", release.name, "--wait", "--timeout=60s")
    until(lambda: release.left() == ["Secret mine"], lambda: f"left: {release.left()}")
