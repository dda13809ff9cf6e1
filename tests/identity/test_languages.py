"""Bicep and Terraform, read by parsers of others."""

import hcl2
import kit
import pycep
import pytest


def unquoted(value):
    return value[1:-1] if isinstance(value, str) and value.startswith('"') else value


def terraform(claims, *flags):
    """The blocks of a configuration, by kind and name."""
    blocks = {}
    for what in ("resource", "data"):
        for block in hcl2.loads(kit.expand(claims, "--output", "terraform", *flags)).get(what, []):
            for kind, named in block.items():
                for name, body in named.items():
                    prefix = "data." if what == "data" else ""
                    blocks[f"{prefix}{unquoted(kind)}.{unquoted(name)}"] = {key: unquoted(value) for key, value in body.items()}
    return blocks


@pytest.mark.parametrize("version, parent", [("4", ["resource_group_name", "parent_id"]), ("5", ["user_assigned_identity_id"])])
def test_terraform(version, parent):
    blocks = terraform([*kit.CLAIMS, kit.ADDITIONAL], "--azurerm", version)
    credentials = {name: body for name, body in blocks.items() if name.startswith("azurerm_federated_identity_credential.")}
    assert len(credentials) == 5
    known = {"__is_block__", "name", "audience", "issuer", "subject", "depends_on", *parent}
    for body in credentials.values():
        assert set(body) | {"depends_on"} == known
        reference = body[parent[-1]].removeprefix("${").removesuffix("}").removesuffix(".id")
        assert reference in blocks
    # Those of one identity are a chain.
    of_orders = [body for name, body in credentials.items() if ".orders_" in name]
    assert [len(body.get("depends_on", [])) for body in of_orders] == [0, 1, 1, 1]
    assert {body["scope"] for name, body in blocks.items() if name.startswith("azurerm_role_assignment")} == {kit.VAULT}
    assert "data.azuread_application.app_" + kit.APPLICATION.replace("-", "_") in blocks


def test_bicep():
    read = pycep.BicepParser().parse(text=kit.expand(kit.CLAIMS, "--output", "bicep"))
    by_type = {}
    for name, resource in read["resources"].items():
        by_type.setdefault((resource["type"], resource["api_version"]), {})[name] = resource
    identities = by_type.pop(("Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30"))
    assert {name: one["existing"] for name, one in identities.items()} == {"bills": True, "orders": False}
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    for resource in by_type.pop((kind, "2024-11-30")).values():
        assert resource["decorators"] == [{"type": "batchSize", "argument": 1}]
    assert sorted(len(one["value"]) for one in read["variables"].values()) == [1, 4]
    (role,) = by_type.pop(("Microsoft.Resources/deployments", "2024-03-01")).values()
    (assignment,) = role["config"]["properties"]["template"]["resources"]
    assert assignment["scope"] == "Microsoft.KeyVault/vaults/orders-kv"
    assert by_type == {} and set(read["outputs"]) == {"bills_client_id", "orders_client_id"}
