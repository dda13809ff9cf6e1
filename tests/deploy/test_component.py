"""A component adds what `wispctl inject` adds, in every version of Kustomize, once."""

import os

import pytest

from programs import DEPLOY, KUBECTL, built, objects, wispctl
from workloads import KINDS, LABEL, RECORD, comparable, containers, inputs, pod_of, written

MODES = sorted(folder.name for folder in (DEPLOY / "kustomize").iterdir())
VERSIONS = list(KUBECTL)
MESHES = {"linkerd-proxy", "istio-proxy"}
CHOICES = ["--token", "own", "--config-map", "wisp"]


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


def component(mode):
    return DEPLOY / "kustomize" / mode


def over(folder, base, *components, **fields):
    """A kustomization with components on `base`. Kustomize takes relative paths only."""
    relative = [os.path.relpath(path.resolve(), folder.resolve()) for path in components]
    return written(folder, [], resources=[os.path.relpath(base, folder)], components=relative, **fields)


def bases(mode):
    """The inputs that a component has to treat as `inject` does."""
    things = {key: thing for key, thing in inputs().items() if key[0] in KINDS}
    for thing in things.values():
        # `inject` knows those of meshes by name; see `test_containers_of_meshes_are_containers`.
        spec = pod_of(thing)["spec"]
        spec["containers"] = [container for container in spec["containers"] if container["name"] not in MESHES]
        # `inject` has settings checked first where nothing is restarted, which a component does not see.
        if spec.get("restartPolicy") == "Never":
            spec["restartPolicy"] = "OnFailure"
        # `inject` keeps a pod Guaranteed; see `test_a_class_is_kept_by_choices`.
        for container in containers(pod_of(thing)):
            (container.get("resources") or {}).pop("limits", None)
    if mode == "http-proxy":
        # A list of hosts that is there is replaced; `test_variables_of_one_name_are_replaced` has that.
        for thing in things.values():
            for container in containers(pod_of(thing)):
                container["env"] = [v for v in container.get("env") or [] if v["name"].upper() != "NO_PROXY"]
    return things


@pytest.mark.parametrize("mode", MODES)
def test_it_adds_what_inject_adds(mode, version, tmp_path):
    things = bases(mode)
    assert {kind for kind, _ in things} == KINDS
    base = written(tmp_path / "base", things.values())
    plain = built(version, base)
    injected = objects(wispctl("inject", "--mode", mode, *CHOICES, "-", stdin=plain))
    with_component = objects(built(version, over(tmp_path / "over", base, component(mode))))
    assert with_component.keys() == injected.keys() == things.keys()
    for key in things:
        mine, theirs = with_component[key], injected[key]
        assert comparable(mine) == comparable(theirs), key
        # Our init containers come first, in their order.
        names = [container["name"] for container in pod_of(mine)["spec"]["initContainers"]]
        ours = ["wisp-init", "wisp"] if mode == "redirect" else ["wisp"]
        assert names[: len(ours)] == ours


def test_a_class_is_kept_by_choices(tmp_path):
    """A component knows no classes. With both choices requests are limits, as class Guaranteed has them."""
    text = wispctl("component", "--mode", "redirect", "--config-map", "wisp", "--cpu", "100m", "--memory", "32Mi")
    chosen = tmp_path / "component"
    chosen.mkdir()
    (chosen / "kustomization.yaml").write_text(text)
    ledger = inputs()["Deployment", "ledger"]
    base = written(tmp_path / "base", [ledger])
    plain = built(VERSIONS[-1], base)
    (made,) = objects(built(VERSIONS[-1], over(tmp_path / "over", base, chosen))).values()
    (injected,) = objects(wispctl("inject", "--mode", "redirect", *CHOICES, "-", stdin=plain)).values()
    assert comparable(made) == comparable(injected)
    assert all(c["resources"].get("requests", c["resources"]["limits"]) == c["resources"]["limits"] for c in containers(pod_of(made)))


@pytest.mark.parametrize("mode", MODES)
def test_inject_finds_nothing_wrong_and_can_take_it_out(mode, version, tmp_path):
    things = bases(mode)
    base = written(tmp_path / "base", things.values())
    text = built(version, over(tmp_path / "over", base, component(mode)))
    # The order of variables is the one thing that differs.
    wispctl("inject", "--mode", mode, *CHOICES, "--check", "-", stdin=text, code=0 if mode in ("redirect", "manual") else 4)
    out = objects(wispctl("uninject", "-", stdin=text)).values()
    assert [pruned(thing) for thing in out] == [pruned(thing) for thing in objects(built(version, base)).values()]


def pruned(value):
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [])}
    return [pruned(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("mode", MODES)
def test_twice_is_once(mode, version, tmp_path):
    base = written(tmp_path / "base", bases(mode).values())
    once = over(tmp_path / "once", base, component(mode))
    expected = built(version, once)
    assert built(version, over(tmp_path / "twice", base, component(mode), component(mode))) == expected
    assert built(version, over(tmp_path / "above", once, component(mode))) == expected


@pytest.mark.parametrize("mode", MODES)
def test_the_rest_is_left_alone(mode, version, tmp_path):
    things = inputs()
    for (kind, _), thing in things.items():
        if kind in KINDS:
            del thing["metadata"]["labels"][LABEL]
    others = [kind for kind, _ in things if kind not in KINDS]
    assert {"Service", "ConfigMap", "Rollout", "ReplicationController"} <= set(others)
    base = written(tmp_path / "base", things.values())
    assert built(version, over(tmp_path / "over", base, component(mode))) == built(version, base)


@pytest.mark.parametrize("mode", MODES)
def test_the_name_of_the_config_map_is_followed(mode, version, tmp_path):
    # Kustomize follows names inside one namespace only.
    things = bases(mode)
    for thing in things.values():
        thing["metadata"].pop("namespace", None)
    base = written(tmp_path / "base", things.values())
    generator = [{"name": "wisp", "literals": ["AZURE_CLIENT_ID=1", "AZURE_TENANT_ID=2"]}]
    more = {"configMapGenerator": generator, "namespace": "shop", "namePrefix": "blue-"}
    found = objects(built(version, over(tmp_path / "over", base, component(mode), **more)))
    (config_map,) = [name for kind, name in found if kind == "ConfigMap"]
    assert config_map.startswith("blue-wisp-") and len(config_map) > len("blue-wisp-")
    for key, thing in found.items():
        if key[0] == "ConfigMap":
            continue
        (sidecar,) = [container for container in containers(pod_of(thing)) if container["name"] == "wisp"]
        refs = [v["valueFrom"]["configMapKeyRef"]["name"] for v in sidecar["env"] if "configMapKeyRef" in v.get("valueFrom", {})]
        assert refs == [config_map] * 3, key


SIMILAR = ["MY_IDENTITY_ENDPOINT", "IDENTITY_ENDPOINT_2", "X_MSI_SECRET_Y", "npm_config_http_proxy", "MY_NO_PROXY", "ftp_no_proxy"]


@pytest.mark.parametrize("mode", ["env", "http-proxy"])
def test_variables_of_similar_names_are_left_alone(mode, version, tmp_path):
    env = [{"name": name, "value": "own"} for name in SIMILAR]
    base = written(tmp_path / "base", [deployment({"name": "app", "image": "a", "env": env})])
    (thing,) = objects(built(version, over(tmp_path / "over", base, component(mode)))).values()
    (app,) = pod_of(thing)["spec"]["containers"]
    assert app["env"][: len(env)] == env
    added = {variable["name"] for variable in app["env"][len(env) :]}
    assert added == {
        "env": {"AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"},
        "http-proxy": {"http_proxy", "NO_PROXY", "no_proxy"},
    }[mode]


def test_variables_of_one_name_are_replaced(version, tmp_path):
    env = [{"name": "IDENTITY_HEADER", "value": "old"}, {"name": "LOG", "value": "info"}]
    base = written(tmp_path / "base", [deployment({"name": "app", "image": "a", "env": env})])
    (thing,) = objects(built(version, over(tmp_path / "over", base, component("env")))).values()
    (app,) = pod_of(thing)["spec"]["containers"]
    assert app["env"][0] == {"name": "IDENTITY_HEADER", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}
    assert app["env"][1] == env[1]


def test_containers_of_meshes_are_containers(version, tmp_path):
    base = written(tmp_path / "base", [deployment({"name": "app"}, {"name": "istio-proxy", "image": "auto"})])
    (thing,) = objects(built(version, over(tmp_path / "over", base, component("env")))).values()
    assert [len(container["env"]) for container in pod_of(thing)["spec"]["containers"]] == [5, 5]


def test_a_list_without_items_stays_without(version, tmp_path):
    base = written(tmp_path / "base", [deployment({"name": "null", "env": None}, {"name": "empty", "env": []})])
    (thing,) = objects(built(version, over(tmp_path / "over", base, component("env")))).values()
    null, empty = pod_of(thing)["spec"]["containers"]
    assert null["env"] is None and len(empty["env"]) == 5


def test_containers_by_name(version, tmp_path):
    made = tmp_path / "component"
    made.mkdir()
    text = wispctl("component", "--mode", "env", *CHOICES, "--containers", "app", "--selector", "team in (a,b)")
    (made / "kustomization.yaml").write_text(text)
    thing = deployment({"name": "app", "image": "a", "env": [{"name": "LOG", "value": "info"}]}, {"name": "other", "image": "b"})
    thing["metadata"]["labels"] = {"team": "b"}
    base = written(tmp_path / "base", [thing])
    text = built(version, over(tmp_path / "over", base, made))
    wispctl("inject", "--mode", "env", *CHOICES, "--containers", "app", "--check", "-", stdin=text)
    (found,) = objects(text).values()
    assert [len(container.get("env", [])) for container in pod_of(found)["spec"]["containers"]] == [6, 0]


def test_a_choice_for_all_workloads(version, tmp_path):
    made = tmp_path / "component"
    made.mkdir()
    (made / "kustomization.yaml").write_text(wispctl("component", "--mode", "manual", *CHOICES, "--selector", ""))
    thing = deployment({"name": "app", "image": "a"})
    del thing["metadata"]["labels"]
    base = written(tmp_path / "base", [thing])
    assert RECORD in built(version, over(tmp_path / "over", base, made))


def test_the_shared_token_of_the_webhook(version, tmp_path):
    made = tmp_path / "component"
    made.mkdir()
    choices = ["--mode", "http-proxy", "--token", "webhook", "--share-token", "true"]
    (made / "kustomization.yaml").write_text(wispctl("component", *choices))
    base = written(tmp_path / "base", [deployment({"name": "app", "image": "a"})])
    with_component = objects(built(version, over(tmp_path / "over", base, made)))
    injected = objects(wispctl("inject", *choices, "-", stdin=built(version, base)))
    for key, thing in injected.items():
        assert comparable(with_component[key]) == comparable(thing)


def test_what_a_component_cannot_see_inject_finds(version, tmp_path):
    thing = deployment({"name": "app", "image": "a"})
    pod_of(thing)["spec"]["hostNetwork"] = True
    base = written(tmp_path / "base", [thing])
    text = built(version, over(tmp_path / "over", base, component("redirect")))
    said = wispctl("inject", *CHOICES, "--check", "-", stdin=text, code=1)
    assert "hostNetwork" in said


def deployment(*of_the_pod):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app", "labels": {LABEL: "true"}},
        "spec": {
            "selector": {"matchLabels": {"app": "app"}},
            "template": {
                "metadata": {"labels": {"app": "app"}},
                "spec": {"serviceAccountName": "app", "containers": list(of_the_pod)},
            },
        },
    }
