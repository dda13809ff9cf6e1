"""Every client with the very variables that `wispctl inject` gives to it, and nothing else that leads to wisp."""

import dataclasses
import time

import pytest
from compatibility import note, programs
from roster import CLIENTS
from suite import modes
from suite.client import APP_SERVICE, APP_SERVICE_2017, CLOUD_SHELL
from suite.namespace import IMDS
from suite.stage import TOKEN_SECONDS, Place, Stage, claims


def in_mode(mode):
    each = [dataclasses.replace(client, way=modes.way(mode)) for client in programs(CLIENTS)]
    return pytest.mark.parametrize("client", [pytest.param(c, id=c.id, marks=pytest.mark.xdist_group(c.id)) for c in each])


@pytest.fixture
def stage(client, shared_emulator, tmp_path):
    place = Place(client, tmp_path)
    stage = Stage(place, shared_emulator, tmp_path)
    yield stage
    stage.close()
    place.close()


@in_mode(modes.ENV)
def test_env(client, stage):
    leads_to_wisp(stage, client.env is not None)
    if client.env:
        assert dialect(stage.wire.asked()[0]) == client.env
    note(client, "mode", client.env or "no")


@in_mode(modes.HTTP_PROXY)
def test_http_proxy(client, stage):
    leads_to_wisp(stage, client.by_http_proxy)
    assert {request.host for request in stage.wire.requests} <= {IMDS}
    note(client, "mode", "yes" if client.by_http_proxy else "no")


def leads_to_wisp(stage, expected):
    """It has its token, and another one when that ends; or wisp never hears of it."""
    resource = stage.resource()
    result = stage.ask(resource)
    if not expected:
        assert result.token is None and result.error
        assert stage.wire.requests == []
        return
    assert result.error is None
    assert claims(result.token)["aud"] == resource
    assert stage.seconds_to_question() < TOKEN_SECONDS
    resource = stage.resource()
    for pause in (stage.client.rests, 0):
        stage.begin(WISP_DEFAULT_IDENTITY="brief")
        assert stage.ask(resource, credential="brief").error is None
        time.sleep(pause)
    # Once for the first token, and once for each wisp of the second: it came back.
    assert stage.exchanges() == ["issued"] * 3


def dialect(request):
    """By what it sent."""
    if request.method == "POST":
        return CLOUD_SHELL.dialect
    headers = {"x-identity-header": APP_SERVICE, "secret": APP_SERVICE_2017}
    return next((way.dialect for header, way in headers.items() if header in request.headers), "IMDS")
