"""Certificates that wisp's webhook makes itself: one follows the other, and no pod is refused meanwhile."""

import base64
import time

import pytest

from kit.manifests import pod
from kit.webhook import ASKS, Stream, Webhook, shown
from suite.wait import until

# They share a webhook, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("rotation")

ROTATIONS, LIFE = 20, 10
"""How many certificates follow each other, and how many seconds each of them is valid: there is a new one after seven."""


@pytest.fixture(scope="module")
def webhook(cluster):
    webhook = Webhook(cluster, "rotation")
    yield webhook
    webhook.end()


@pytest.fixture
def space(make_space, webhook):
    return make_space(webhook.labels)


def test_no_pod_is_refused_while_certificates_rotate(space, webhook):
    """Under twenty pods a second, over the authority's own rotation too."""
    with webhook.given("--certificate-life", f"{LIFE}s"):
        # The authority that is there lives on for years; a new one lives ten times as long as a certificate.
        renew(webhook)
        seen, most = {webhook.certificate()}, 0
        before = webhook.metrics()["wisp_webhook_certificate_renewals_total{certificate=\"authority\"}"]
        with Stream(space.cluster, space.name, pod(labels=ASKS), rate=20) as stream:
            end = time.monotonic() + ROTATIONS * LIFE * 2
            while len(seen) <= ROTATIONS and time.monotonic() < end:
                time.sleep(1)
                seen.add(webhook.certificate())
                most = max(most, webhook.authorities())
        after = webhook.metrics()["wisp_webhook_certificate_renewals_total{certificate=\"authority\"}"]
    # The last one lives for seconds, and its successor, by flags as before, may come too late for pods of the next test.
    renew(webhook)
    print(f"{len(seen) - 1} rotations, {after - before:.0f} of the authority, {stream.admitted} pods")
    assert len(seen) > ROTATIONS, webhook.describe()
    assert stream.refused == [] and stream.admitted > ROTATIONS * LIFE
    assert most >= 2 and after > before, "an authority followed another one"


def test_a_deleted_secret_is_made_anew_and_no_pod_is_refused(space, webhook):
    with Stream(space.cluster, space.name, pod(labels=ASKS), rate=20) as stream:
        renew(webhook)
        time.sleep(2)
    assert stream.refused == [] and stream.admitted > 40


def renew(webhook):
    """Deletes the Secret, and waits until all replicas show what was made in its place."""
    before = webhook.certificate()
    webhook.kubectl("delete", "secret", webhook.secret)
    until(lambda: webhook.certificate() not in (None, "", before), webhook.describe, patience=90)
    until(lambda: {shown(each) for each in webhook.pods()} == {leaf(webhook)}, webhook.describe, patience=90)


def leaf(webhook):
    return base64.b64decode(webhook.certificate()).decode().strip()
