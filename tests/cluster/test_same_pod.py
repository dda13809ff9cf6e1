"""All ways into a pod put the same into it."""

import json

import pytest
import yaml

from kit.components import Components, alike_but_for_order, for_components
from kit.on_record import MADE, compared, opted_in, recorded
from kit.policies import Policies
from kit.questions import ASK_BY

# They share a webhook with others, so that one worker has to do them all.
pytestmark = pytest.mark.xdist_group("webhook")


@pytest.fixture
def policies(space):
    policies = Policies(space)
    yield policies
    policies.remove()


@pytest.mark.parametrize("mode", ASK_BY)
def test_inject_policy_webhook_and_component_make_the_same_pod(policies, make_space, webhook, mode, tmp_path):
    """Of each on record, after the API server's defaults; or all of them refuse it."""
    space, admitting = policies.space, make_space(webhook.labels)
    choices = ("--mode", mode, "--authority", space.authority)
    policies.inject(*choices, identity=False)
    differences, taken = {}, {}
    for name, manifest in manifests(space, mode):
        by_hand = space.try_inject(manifest, choices=choices, identity=False)
        wanted = policies.dry_run(yaml.safe_load(by_hand.stdout)) if by_hand.returncode == 0 else (None, by_hand.stderr, None)
        by_webhook = as_in(space, admitting, policies.dry_run(manifest, admitting.name))
        for way, found in {"policy": policies.dry_run(manifest), "webhook": by_webhook}.items():
            differences[way, name] = compared(found, wanted)
        if by_hand.returncode == 0:
            taken[name] = for_components(manifest, mode)
    assert len(taken) > 30
    once = Components(space, ["--mode", mode, "--token", "own", "--config-map", "wisp"], tmp_path)
    for (name, wanted), (_, found) in zip(once.by_hand(taken), once.built(taken), strict=True):
        differences["component", name] = compared(policies.dry_run(found), policies.dry_run(wanted), alike=alike_but_for_order)
    different = [f"{way}, {name}: {why}" for (way, name), why in differences.items() if why]
    assert not different, "\n".join(different)


def manifests(space, mode):
    """All; what no way is told by its own choices alone, each pod says."""
    said = {"wisp/mode": mode, "wisp/client-id": space.client_id, "wisp/tenant-id": space.tenant}
    for name, manifest in [*recorded(), *MADE.items()]:
        manifest = opted_in(manifest)
        annotations = manifest["metadata"]["annotations"]
        manifest["metadata"]["annotations"] = {**said, **annotations}
        yield name, manifest


def as_in(space, other, answer):
    """As if what came of `other` had come of `space`."""
    return json.loads(json.dumps(answer).replace(other.name, space.name))
