"""Certificates of the webhook that somebody else makes, in the shape in which cert-manager does: a Secret that the kubelet mounts, and
`caBundle` written by its CA injector."""

import contextlib
import json
import time

import pytest

from kit.manifests import pod
from kit.webhook import ASKS, Stream, Webhook, shown
from suite.certificate import Authority
from suite.wait import until

# They share a webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("certificates")

SECRET = "wisp-webhook-of-cert-manager"
FOLDER = "/tls"


@pytest.fixture(scope="module")
def webhook(cluster):
    webhook = Webhook(cluster, "certificates")
    yield webhook
    webhook.end()


@pytest.fixture
def space(make_space, webhook):
    return make_space(webhook.labels)


@pytest.fixture
def issuer(webhook, tmp_path):
    return Issuer(webhook, tmp_path / "first")


class Issuer:
    """What cert-manager does for a Certificate of an issuer with an authority of its own."""

    def __init__(self, webhook, folder):
        folder.mkdir()
        self.webhook = webhook
        self.authority = Authority(folder)

    def issue(self):
        """A new certificate in the Secret: its text."""
        names = [f"{self.webhook.service}.{self.webhook.name}.svc{domain}" for domain in ("", ".cluster.local")]
        self.authority.issue("tls", self.webhook.service, names=names)
        text = {key: (self.authority.folder / key).read_text() for key in ("tls.crt", "tls.key", "ca.crt")}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": SECRET, "namespace": self.webhook.name},
            "stringData": text,
        }
        self.webhook.cluster.kubectl("apply", "--filename=-", stdin=json.dumps(secret))
        # The kubelet looks after a minute, or when the pod changes.
        label = f"--selector=app.kubernetes.io/name={self.webhook.service}"
        self.webhook.kubectl("annotate", "pods", label, "--overwrite", f"renewed={time.monotonic()}")
        return text["tls.crt"].strip()

    def inject(self, *others):
        """Has API servers trust it, and others beside it."""
        bundle = "".join(each.authority.ca.read_text() for each in (self, *others))
        self.webhook.trust(bundle)

    @contextlib.contextmanager
    def serving(self):
        """The webhook takes its certificate from the Secret meanwhile."""
        spec = self.webhook.of_kind("Deployment")["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        spec["volumes"] = [{"name": "tls", "secret": {"secretName": SECRET}}]
        container["volumeMounts"] = [{"name": "tls", "mountPath": FOLDER, "readOnly": True}]
        try:
            with self.webhook.given("--certificate", "files", "--certificate-folder", FOLDER):
                yield
                del spec["volumes"], container["volumeMounts"]
        finally:
            self.webhook.try_kubectl("delete", "secret", SECRET)


def test_certificates_of_cert_manager(space, webhook, issuer, tmp_path):
    """Going over to them, a renewal, and another authority refuse no pod."""
    with Stream(space.cluster, space.name, pod(labels=ASKS), rate=10) as stream:
        first = issuer.issue()
        webhook.trust(webhook.bundle() + issuer.authority.ca.read_text())
        with issuer.serving():
            issuer.inject()
            assert served(webhook) == {first}
            renewed = issuer.issue()
            until(lambda: served(webhook) == {renewed}, webhook.describe, patience=150)
            other = Issuer(webhook, tmp_path / "other")
            changed = other.issue()
            # Whoever has the new one already does not show it before it is trusted.
            until(lambda: are_waiting(webhook), webhook.describe, patience=150)
            assert served(webhook) == {renewed}
            other.inject(issuer)
            until(lambda: served(webhook) == {changed}, webhook.describe, patience=60)
            other.inject()
    assert stream.refused == [] and stream.admitted > 100


def served(webhook):
    return {shown(each) for each in webhook.pods()}


def are_waiting(webhook):
    """Whether all replicas have said what keeps them from showing what they have."""
    return all("put the authority of the new one into `caBundle`" in each.logs("webhook") for each in webhook.pods())
