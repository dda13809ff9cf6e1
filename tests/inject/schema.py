"""What a JSON output has to do with its schema in docs/."""

import jsonschema


def violations(schema, found):
    """What the schema has against it."""
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(found)]


def refuses(schema, found, wrongs):
    """Holds that it is a schema, and takes none of these in the place of what was found."""
    jsonschema.Draft202012Validator.check_schema(schema)
    for wrong in wrongs:
        assert violations(schema, {**found, **wrong}), wrong


def never_filled(schema, all_found):
    """The fields that it describes and nothing of what was found fills."""
    filled = set()
    for found in all_found:
        collect(found, filled)
    parts = [schema, *schema["$defs"].values()]
    return {name for part in parts for name in part.get("properties", {})} - filled


def collect(value, filled):
    if isinstance(value, dict):
        filled.update(key for key, inner in value.items() if inner not in (None, [], ""))
        for inner in value.values():
            collect(inner, filled)
    elif isinstance(value, list):
        for inner in value:
            collect(inner, filled)
