"""The chart's admission policies are those of `wispctl policy` with the same choices, whatever the combination."""

import itertools
import re
import sys

import pytest

from charts import CHART, documents, of_release, rendered
from programs import REPOSITORY, WISPCTL, wispctl

sys.path.insert(0, str(REPOSITORY / "mk"))
import policy_templates  # noqa: E402

CLIENT, TENANT = "11111111-1111-1111-1111-111111111111", "contoso.example"
IMAGE = "registry.example/wisp@sha256:" + 64 * "1"
BASE = ["--image", IMAGE, "--own-namespace", "wisp-system"]

# What the chart has, and the flags for it.
IDENTITIES = {
    "none": ({}, []),
    "client": ({"clientId": CLIENT}, ["--client-id", CLIENT]),
    "tenant": ({"tenantId": TENANT}, ["--tenant-id", TENANT]),
    "both": ({"clientId": CLIENT, "tenantId": TENANT}, ["--client-id", CLIENT, "--tenant-id", TENANT]),
    "config-map": ({"configMap": "ids"}, ["--config-map", "ids"]),
}
MORE = {
    "authority": ({"authority": "https://login.microsoftonline.us"}, ["--authority", "https://login.microsoftonline.us"]),
    "cpu": ({"cpu": "50m"}, ["--cpu", "50m"]),
    "memory": ({"memory": "48Mi"}, ["--memory", "48Mi"]),
    "verify": ({"verify": "log"}, ["--verify", "log"]),
    "ca": ({"caFile": {"configMap": "roots", "key": "ca.pem"}}, ["--file", "WISP_CA_FILE=configmap/roots/ca.pem"]),
    "settings": (
        {"settings": {"WISP_LOG": "debug", "WISP_RESOURCES": "https://vault.azure.net"}},
        ["--set", "WISP_LOG=debug", "--set", "WISP_RESOURCES=https://vault.azure.net"],
    ),
    "literals": (
        {"audience": "api://other", "tokenLifetime": 7200, "redirect": "nft"},
        ["--audience", "api://other", "--token-lifetime", "7200", "--redirect", "nft"],
    ),
}


def combinations(mode, identity):
    """Nothing else, and all of the rest; where lists differ most, each thing, and pairs of those that change what is near."""
    # With a ConfigMap the authority is in that.
    things = [thing for thing in MORE if not (identity == "config-map" and thing == "authority")]
    single = [(thing,) for thing in things] if mode == "redirect" or identity == "both" else []
    pairs = itertools.combinations(["cpu", "memory", "verify", "ca", "settings"], 2) if identity == "both" and mode in ("env", "redirect") else []
    return [(), *single, *pairs, tuple(things)]


def comparable(thing):
    """The object without the chart's labels, and expressions without what makes no difference to them: space, and the order of
    variables of a container."""
    if isinstance(thing, dict):
        return {key: comparable(value) for key, value in thing.items() if key != "labels"}
    if isinstance(thing, list):
        return [comparable(each) for each in thing]
    if isinstance(thing, str):
        joined = re.sub(r"\s+", "", thing)
        return re.sub(r"(dyn\(\{'name':'WISP_\w+','value':'[^']*'\}\),?)+", lambda found: ",".join(sorted(settings(found[0]))), joined)
    return thing


def settings(text):
    return re.findall(r"dyn\(\{'name':'WISP_\w+','value':'[^']*'\}\)", text)


def printed(*arguments):
    found = documents(wispctl("policy", *BASE, *arguments))
    return {(thing["kind"], thing["metadata"]["name"]): comparable(thing) for thing in found}


def of_chart(values, **more):
    found = of_release(rendered({"injection": "policy", **values}, **more))
    return {key: comparable(thing) for key, thing in found.items()}


OFF = dict.fromkeys(["sidecar", "clientIds", "defaultAccount", "clientSecret"], "off")


@pytest.mark.parametrize("mode", policy_templates.MODES)
@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_policy_is_that_of_wispctl(mode, identity):
    different = []
    for chosen in combinations(mode, identity):
        parts = [IDENTITIES[identity], *(MORE[thing] for thing in chosen)]
        pods = {"mode": mode, **{key: value for values, _ in parts for key, value in values.items()}}
        flags = [flag for _, flags in parts for flag in flags]
        if of_chart({"pods": pods, "guardRails": OFF}) != printed("--mode", mode, *flags):
            different.append(chosen)
    assert not different


def test_names_namespaces_and_versions_are_those_of_wispctl():
    selector = {"matchLabels": {"team": "orders"}}
    found = of_chart(
        {"namespaceSelector": selector, "policy": {"apiVersion": "v1beta1"}, "guardRails": OFF}, name="other-wisp", kubernetes="1.34.0"
    )
    assert found == printed("--name", "other-wisp", "--namespaces", "team=orders", "--api-version", "v1beta1")


@pytest.mark.parametrize("action", ["deny", "warn", "audit"])
@pytest.mark.parametrize("rail", policy_templates.GUARD_RAILS)
def test_a_guard_rail_is_that_of_wispctl(rail, action):
    rails = {**OFF, policy_templates.GUARD_RAILS[rail]: action}
    values = {"injection": "none", "guardRails": rails, "pods": {"audience": "api://other"}}
    assert of_chart(values) == printed(rail, "--action", action, "--audience", "api://other")


def test_every_setting_is_one_more_variable_or_refused():
    """What the chart lets through changes nothing else of a policy, in the mode where most depends on settings."""
    help_text = wispctl("policy", "--help")
    assert "--set" in help_text
    refused = re.search(r'list ("WISP_CONFIG".*?)\)', (CHART / "templates/checks.yaml").read_text())[1]
    elsewhere = re.search(r'list ("AZURE_CLIENT_ID".*?)\)', (CHART / "templates/checks.yaml").read_text())[1]
    settings = {**EXAMPLES}
    for name in re.findall(r'"(\w+)"', refused + elsewhere):
        settings.pop(name, None)
    plain = set(lines("--mode", "redirect"))
    for name, value in settings.items():
        more = [line for line in lines("--mode", "redirect", "--set", f"{name}={value}") if line not in plain]
        assert all(f"'{name}'" in line or "AZURE_FEDERATED_TOKEN_FILE" in line for line in more), (name, more)
        assert any(f"'{name}'" in line for line in more), name


EXAMPLES = {
    "NO_PROXY": "a.example", "WISP_ATTEMPT_TIMEOUT": "3s", "WISP_CACHE_BYTES": "1000000", "WISP_CACHE_TOKENS": "100",
    "WISP_CLUSTER": "prod", "WISP_CONNECT_TIMEOUT": "2s", "WISP_DRAIN_TIMEOUT": "3s", "WISP_HEADER_TIMEOUT": "3s",
    "WISP_HOSTS": "imds.example", "WISP_LINGER": "5s", "WISP_LOG": "debug", "WISP_LOG_FORMAT": "text", "WISP_LOG_IDENTIFIERS": "full",
    "WISP_MAX_CONNECTIONS": "100", "WISP_NEW_KEYS_BURST": "5", "WISP_NEW_KEYS_PER_MINUTE": "5",
    "WISP_PREFETCH": "https://vault.azure.net", "WISP_PROPAGATION_GRACE": "1m", "WISP_REQUEST_BUDGET": "5s",
    "WISP_RESOURCES": "https://vault.azure.net",
}  # fmt: skip
"""Settings with a value that is not their default."""


def lines(*arguments):
    return [line for line in wispctl("policy", *BASE, *arguments).splitlines() if not line.startswith("#")]


def test_templates_are_what_is_written_today():
    folder = CHART / "templates/policy"
    written = policy_templates.templates(WISPCTL)
    assert sorted(path.name for path in folder.iterdir()) == sorted(written)
    assert [name for name, text in written.items() if (folder / name).read_text() != text] == [], "run `make policies`"
