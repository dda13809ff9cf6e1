"""The scenarios that every client goes through; what differs from client to client is in its description."""

import time

import pytest
from compatibility import note
from roster import CLIENTS
from suite import emulator as entra
from suite.client import AS_TOLD, GOES_ON, STATUS, TEXT
from suite.namespace import IMDS
from suite.stage import TOKEN_SECONDS, Place, Stage, claims

# An identity that Entra does not know: nothing changes until somebody changes the configuration.
PERMANENT = 700016
# That nobody tried again is in the counts; this is for a client that sits there, on a machine that has much else to do.
PERMANENT_SECONDS = 10
UNKNOWN = {
    "client_id": "99999999-0000-4000-8000-999999999999",
    "object_id": "99999999-0000-4000-8000-999999999999",
    "resource_id": entra.OTHER["resource_id"].replace("other-identity", "unknown-identity"),
}

# Longer than a request may wait inside wisp here, so that the client learns of it.
RETRY_AFTER = 2
# How long a client may take to recover: its own memory of a failure, and more.
RECOVERY_SECONDS = 30
LATE_SECONDS = 1.0


def clients(suits=lambda client: True):
    """One test for each client that the scenario suits; those of one client run one after the other."""

    def parametrize(test):
        chosen = [c for c in CLIENTS if suits(c) and (not c.only or test.__name__ in c.only)]
        each = [pytest.param(c, id=c.id, marks=pytest.mark.xdist_group(c.id)) for c in chosen]
        return pytest.mark.parametrize("client", each, scope="session")(test)

    return parametrize


@pytest.fixture(scope="session")
def places(tmp_path_factory):
    """The clients that run already."""
    opened = {}
    yield opened
    for place in opened.values():
        place.close()


@pytest.fixture
def stage(client, places, shared_emulator, tmp_path, tmp_path_factory):
    if client.id not in places:
        # Only one client's scenarios run at a time: the one before is done.
        for done in list(places):
            places.pop(done).close()
        places[client.id] = Place(client, tmp_path_factory.mktemp("client"))
    stage = Stage(places[client.id], shared_emulator, tmp_path)
    yield stage
    stage.close()


def check(stage, result, resource, client_id=None):
    """The token is the one that was asked for, and the client knows how long it lasts."""
    assert result.error is None
    issued = claims(result.token)
    assert (issued["aud"], issued["appid"]) == (resource, client_id or stage.emulator.client_id)
    if result.expires_on is not None:
        # Some count from the beginning of the call, and believe in an earlier end by what their retries took.
        assert -(result.seconds + 3) <= result.expires_on - issued["exp"] <= 2


def statuses(stage):
    return [request.status for request in stage.wire.asked()]


@clients()
def test_token(client, stage):
    resource = stage.resource()
    check(stage, stage.ask(resource), resource)
    assert statuses(stage) == [200] * client.asks
    assert client.agent in stage.wire.asked()[0].headers.get("user-agent", "")
    assert len(stage.wire.probes_before()) == client.probes
    assert stage.exchanges() == ["issued"]
    assert stage.seconds_to_question() < TOKEN_SECONDS
    note(client, "token", "yes", request=stage.wire.asked()[0], resource=resource)


@clients(lambda client: client.identities)
def test_identities(client, stage):
    for spelling in client.identities:
        resource = stage.resource()
        check(stage, stage.ask(resource, {spelling: entra.OTHER[spelling]}), resource, entra.OTHER["client_id"])
    assert statuses(stage) == [200] * len(client.identities) * client.asks
    note(client, "identities", ", ".join(spelling.removesuffix("_id") for spelling in client.identities))


@clients(lambda client: client.identities)
def test_an_unknown_identity(client, stage):
    """It is refused, never replaced by another."""
    for spelling in client.identities:
        result = stage.ask(identity={spelling: UNKNOWN[spelling]})
        assert result.token is None and result.error is not None
    assert set(statuses(stage)) == {400}


@clients(lambda client: len(client.resources) != 1)
def test_two_resources(client, stage):
    pair = client.resources[:2] or [stage.resource(), stage.resource()]
    for resource in pair:
        check(stage, stage.ask(resource, credential="pair"), resource)
    assert stage.exchanges() == ["issued"] * 2
    note(client, "two resources", "yes")


@clients()
def test_renewal(client, stage):
    resource = stage.resource()
    long = [stage.ask(resource, credential="long").token for _ in range(2)]
    assert long[0] == long[1]
    assert statuses(stage) == [200] * client.asks * (1 if client.caches else 2)

    stage.wire.requests.clear()
    resource = stage.resource()
    for pause in (client.rests, 0):
        # A new wisp each time: one gives the same token for a minute, however soon it ends, and not every client takes it.
        stage.begin(WISP_DEFAULT_IDENTITY="brief")
        check(stage, stage.ask(resource, credential="brief"), resource, entra.BRIEF["client_id"])
        time.sleep(pause)
    assert statuses(stage) == [200] * 2 * client.asks_near_end
    note(client, "renewal", "in time" if client.caches else "asks every time")


@clients()
def test_a_permanent_fault(client, stage):
    stage.emulator.fault({"aadsts": PERMANENT})
    result = stage.ask()
    assert result.token is None
    # What the client's program loads before its question is none of the answer's time.
    assert time.monotonic() - stage.wire.asked()[0].at < PERMANENT_SECONDS + client.fails_after
    assert statuses(stage) == [400] * client.insists
    assert len(stage.exchanges()) == 1
    shown = (f"AADSTS{PERMANENT}" in result.error and "Fix:" in result.error, "400" in result.error)
    assert shown[0] == (client.permanent == TEXT), result.error
    assert shown[0] or shown[1] == (client.permanent == STATUS), result.error
    note(client, "permanent", client.permanent)


@clients()
def test_a_permanent_fault_that_is_mended(client, stage):
    """Somebody changed the configuration: wisp is new, the client is not."""
    stage.emulator.fault({"aadsts": PERMANENT})
    resource = stage.resource()
    assert stage.ask(resource, credential="mended").token is None
    stage.emulator.fresh()
    stage.begin()
    result = stage.ask(resource, credential="mended")
    if not client.latches:
        return check(stage, result, resource)
    assert result.token is None
    assert len(stage.wire.asked()) == 1
    check(stage, stage.ask(resource), resource)


@clients()
def test_an_outage_that_ends(client, stage):
    stage.emulator.fault({"unavailable": {"retry_after_seconds": RETRY_AFTER}}, requests=1)
    recovers(stage, client.outage, 503)
    note(client, "outage", "retries" if client.outage else "next call")


@clients()
def test_throttling(client, stage):
    stage.emulator.fault({"throttle": {"retry_after_seconds": RETRY_AFTER}}, requests=1)
    recovers(stage, client.throttled, 429)
    assert stage.exchanges() == ["throttle", "issued"]
    waits = {None: "next call", AS_TOLD: "waits as told"}
    note(client, "throttled", waits.get(client.throttled, "waits its own time"))


def recovers(stage, wait, status):
    """By itself, within one call if the client asks again, else with a later one."""
    if wait and wait.by_lot:
        return recovers_by_lot(stage, status)
    resource = stage.resource()
    # A name for each fault: a client with but one resource would have its token from the fault before.
    credential = f"recovers from {status}"
    result = stage.ask(resource, credential=credential)
    if not wait or wait.long_enough:
        assert (result.token is not None) == (wait is not None), result.error
    deadline = time.monotonic() + RECOVERY_SECONDS
    while result.token is None and time.monotonic() < deadline:
        time.sleep(0.5)
        result = stage.ask(resource, credential=credential)
    check(stage, result, resource)
    seen = statuses(stage)
    before, last = seen[: -stage.client.asks], seen[-stage.client.asks :]
    more = {400} if stage.client.forgets else {200} if stage.client.deaf else set()
    assert set(before) == {status} | more and set(last) == {200}
    if wait:
        first, second, *_ = stage.wire.asked()
        assert second.at - first.at >= (RETRY_AFTER if wait.as_told else wait.at_least)


def recovers_by_lot(stage, status):
    """The attempts begin, and nobody knows when they end: a call after the outage has its token at once."""
    driver = stage.place.start()
    driver.tell(stage.resource())
    deadline = time.monotonic() + RECOVERY_SECONDS
    while len(stage.wire.asked()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    driver.process.kill()
    # wisp adds up to a fifth to what Entra asks for.
    time.sleep(RETRY_AFTER * 1.25)
    resource = stage.resource()
    check(stage, stage.ask(resource), resource)
    *before, last = statuses(stage)
    assert len(before) >= 3 and set(before) <= {status, None} and last == 200


@clients()
def test_wisp_starts_after_the_client(client, stage):
    resource = stage.resource()
    # A client that does not try again has failed for sure only when it says so: its program may take its time to start.
    with stage.not_yet(LATE_SECONDS if client.refused else None):
        result = stage.ask(resource, credential="late")
    assert (result.token is not None) == client.refused, result.error
    deadline = time.monotonic() + RECOVERY_SECONDS
    while result.token is None and time.monotonic() < deadline:
        time.sleep(0.5)
        result = stage.ask(resource, credential="late")
    check(stage, result, resource)
    note(client, "late start", "retries" if client.refused else "next call")


@clients(lambda client: client.proxied is not None)
def test_a_proxy_that_is_not_for_wisp(client, stage):
    proxy = stage.company_proxy()
    resource = stage.resource()
    check(stage, stage.ask(resource, driver=stage.with_proxy(proxy.url, no_proxy=True)), resource)
    assert proxy.targets == []

    result = stage.ask(driver=stage.with_proxy(proxy.url, no_proxy=False))
    assert (result.token is None) == client.proxied
    # Some make a tunnel, which names only wisp; one mistakes wisp's name, and is known by the path.
    assert any(stage.wire.authority in target or "/token" in target for target in proxy.targets) == client.proxied
    note(client, "proxy", "needs `NO_PROXY`" if client.proxied else "not used")


@clients(lambda client: client.proxied and client.way.namespaced)
def test_wisp_as_the_proxy(client, stage):
    """No redirect: the client asks at the address that is built in, and nothing but its proxy leads to wisp."""
    resource = stage.resource()
    wire = stage.place.wire_at_loopback()
    check(stage, stage.ask(resource, driver=stage.with_proxy(wire.url, no_proxy=False)), resource)
    assert wire.requests[-1].host == IMDS
    assert stage.wire.requests == []
    note(client, "proxy", "needs `NO_PROXY`, or wisp as `HTTP_PROXY`")


@clients(lambda client: client.concurrent)
def test_many_calls_at_once(client, stage):
    resource = stage.resource()
    for result in stage.ask_all(resource, calls=client.concurrent):
        check(stage, result, resource)
    assert stage.exchanges() == ["issued"]
    note(client, "at once", str(client.concurrent))


@clients(lambda client: client.chain)
def test_a_chain(client, stage):
    resource = stage.resource()
    check(stage, stage.ask(resource, kind="chain"), resource)
    assert len(stage.wire.probes()) == client.chain.probes
    assert statuses(stage) == [200]

    stage.emulator.fault({"aadsts": PERMANENT})
    result = stage.ask(kind="chain")
    assert result.token is None
    tells = client.chain.tells and client.permanent == TEXT
    assert (f"AADSTS{PERMANENT}" in result.error) == tells, result.error
    assert (client.chain.later in result.error) == (client.chain.after_400 == GOES_ON), result.error

    if client.chain.absent:
        stage.wire.close()
        result = stage.ask(kind="chain")
        assert result.token is None
        assert (client.chain.later in result.error) == (client.chain.absent == GOES_ON), result.error
    note(client, "chain", f"{client.chain.after_400} / {client.chain.absent or 'tries for long'}")
