"""The projected token: as long-lived as was said, renewed while wisp runs, and what Entra says where clocks differ."""

import json
import time

import jwt
import pytest

from kit.client import Client
from kit.manifests import pod
from kit.pod import WISP
from kit.space import named
from suite.wait import until

AUDIENCE = "api://AzureADTokenExchange"
LIFETIME = 600
SKEW = 300
"""How long after its end Entra takes a token."""


class Token(str):
    """One that a failing test does not show."""

    def __repr__(self):
        return "<a token>"


def projected(app):
    """The token that the kubelet has written for wisp, as a file of the node."""
    uid = app.get()["metadata"]["uid"]
    folder = app.space.cluster.folder / f"kubelet/pods/{uid}/volumes/kubernetes.io~projected/wisp-token"
    return Token((folder / "azure-identity-token").read_text())


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_the_token_lives_as_long_as_was_said_and_is_for_entra_alone(space):
    app = space.run(pod(), "--token-lifetime", str(LIFETIME))
    found = claims(projected(app))
    assert LIFETIME <= found["exp"] - found["iat"] <= LIFETIME + 7
    assert found["aud"] == [AUDIENCE]
    assert found["sub"] == f"system:serviceaccount:{space.name}:app"


@pytest.mark.alone
def test_a_token_that_the_kubelet_renews_is_used_without_a_restart(space):
    """The old one is of no use any more: Entra's clock is set behind its end. A kubelet that starts again writes a new one."""
    app = space.run(pod(), "--token-lifetime", str(LIFETIME))
    client = Client(app)
    old = claims(projected(app))
    until(lambda: time.time() > old["iat"] + 15, "the token is somewhat old", pause=1)
    with space.entra_goes_wrong({"clock_offset": {"seconds": int(old["exp"] + SKEW + 2 - time.time())}}):
        status, body = client.ask()
        assert (status, "AADSTS700024" in body["error_description"]) == (503, True), body
        space.cluster.part("kubelet").kill()
        until(lambda: claims(projected(app))["iat"] > old["iat"], app.describe)
        until(client.is_answered, lambda: str(client.ask()), patience=15)
    assert app.restarts(WISP) == 0


def test_tokens_go_on_when_the_service_account_is_made_anew(space, tmp_path):
    """The API server takes the old account's token no more; Entra looks at signature, subject and time alone."""
    app = space.run(pod())
    client = Client(app)
    client.token()
    token = projected(app)
    assert is_taken(space, token, tmp_path)
    space.kubectl("delete", "serviceaccount", "app")
    space.apply(named("ServiceAccount", "app"))
    until(lambda: not is_taken(space, token, tmp_path), "the old token is refused")
    client.new_token()


def is_taken(space, token, folder):
    """Whether the API server takes it for that of somebody. It is asked by a file, which shows in no command."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token, "audiences": [AUDIENCE]}}
    (folder / "review.json").write_text(json.dumps(review))
    said = json.loads(space.kubectl("create", f"--filename={folder}/review.json", "--output=json"))
    return said["status"].get("authenticated", False)


@pytest.mark.parametrize("seconds", [-240, 240])
def test_clocks_that_differ_by_minutes_do_no_harm(space, seconds):
    with space.entra_goes_wrong({"clock_offset": {"seconds": seconds}}):
        Client(space.run(pod())).token()


OFF = [(7200, "set the clock of this node: it is 1 h 59 min behind"), (-7200, "set the clocks of the cluster")]


@pytest.mark.parametrize(("seconds", "said"), OFF, ids=["behind", "ahead"])
def test_clocks_that_differ_by_hours_are_named_and_tokens_come_when_they_agree(space, seconds, said):
    """The node's clock has been set to another time, as far as Entra can tell: the kernel has one for all its pods, and a
    test cannot set that. wisp says so, and goes on by itself."""
    client = Client(space.run(pod()))
    with space.entra_goes_wrong({"clock_offset": {"seconds": seconds}}):
        status, body = client.ask()
        assert status == 503
        assert "AADSTS700024" in body["error_description"] and said in body["error_description"], body
    until(client.is_answered, lambda: str(client.ask()), patience=15)
