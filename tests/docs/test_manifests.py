"""Kubernetes objects that stand whole in the pages: strict schemas take them."""

import kubernetes_validate
import pages
import pytest
import yaml


def objects():
    for page in pages.PAGES:
        for block in pages.blocks(page.read_text(), "yaml"):
            for thing in yaml.safe_load_all(block):
                # Claims have Kubernetes' form, and are none of its objects.
                is_claim = isinstance(thing, dict) and thing.get("apiVersion") == "wisp/v1"
                if isinstance(thing, dict) and {"apiVersion", "kind", "metadata"} <= set(thing) and not is_claim:
                    yield pytest.param(thing, id=f"{pages.name(page)}: {thing['kind']}")


OBJECTS = list(objects())


def test_there_are_some():
    assert OBJECTS


@pytest.mark.parametrize("thing", OBJECTS)
def test_an_object(thing):
    kubernetes_validate.validate(thing, "1.37", strict=True)
