"""`wisp doctor` by kubectl exec: a healthy pod gives no alarm, and of others it says what is wrong."""

import json
import statistics
import time

from kit.manifests import pod
from kit.questions import VAULT
from suite.wait import until

NOBODY = "99999999-bbbb-4bbb-8bbb-999999999999"


def first_failure(app, *arguments):
    """The id of the first check that fails."""
    code, written = app.wisp("doctor", "--redirected", "--resource", VAULT, "--output=json", *arguments)
    # kubectl adds a line about the exit code.
    report, _ = json.JSONDecoder().raw_decode(written)
    found = [check for category in report["categories"] for check in category["checks"]]
    failed = [check["id"] for check in found if check["result"] == "error"]
    assert code == (1 if failed else 0), written
    return failed[0] if failed else None


def test_a_healthy_pod_gives_no_alarm_and_has_its_answer_soon(space):
    app = space.run(pod())
    took = []
    for _ in range(3):
        before = time.monotonic()
        assert app.wisp("doctor", "--redirected", "--quiet", "--resource", VAULT) == (0, "")
        took.append(time.monotonic() - before)
    assert statistics.median(took) < 3


def identity(space, client_id, authority):
    """The flags for another identity, or another Entra, than the namespace has."""
    return ["--client-id", client_id, "--tenant-id", space.tenant, "--authority", authority]


def test_a_client_id_that_is_nobodys_is_named(space):
    app = space.run(pod(), *identity(space, NOBODY, space.authority), identity=False)
    assert first_failure(app) == "exchange"


def test_an_authority_that_does_not_answer_is_named(space):
    nothing = space.authority.rsplit(":", 1)[0] + ":1"
    app = space.run(pod(), *identity(space, space.client_id, nothing), identity=False)
    assert first_failure(app) == "authority-connect"


def test_a_refusal_of_entra_is_named_until_it_is_over(space):
    app = space.run(pod())
    with space.entra_goes_wrong({"aadsts": 700213}):
        assert first_failure(app) == "exchange"
    until(lambda: first_failure(app) is None, "all is well again")
