"""The bills of materials beside the images."""

import hashlib
import json
import pathlib
import re
import subprocess
import tomllib

import cyclonedx
import jsonschema
import pytest
import referencing
from kit.storage import BUILT, ROOT, run

# Where the schemas look for one another, and the copies of them.
SCHEMA_URL = "http://cyclonedx.org/schema"
SCHEMAS = pathlib.Path(cyclonedx.__file__).parent / "schema/_res"
FEATURES = {"wisp": "ring", "wispctl": "ring,wispctl"}
CRATE = re.compile(r"([\w-]+) v([\w.+-]+)")


@pytest.fixture(params=FEATURES)
def bill(request):
    return request.param, json.loads((BUILT / f"sbom/{request.param}.cdx.json").read_text())


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def by_purl(bill):
    return {component["purl"]: component for component in bill["components"]}


def test_keeps_its_schema(bill):
    schemas = {f"{SCHEMA_URL}/{path.name}": json.loads(path.read_text()) for path in SCHEMAS.glob("*.schema.json")}
    resources = [(url, referencing.Resource.from_contents(schema)) for url, schema in schemas.items()]
    schema = schemas[f"{SCHEMA_URL}/bom-1.6.SNAPSHOT.schema.json"]
    checked = jsonschema.Draft7Validator(schema, registry=referencing.Registry().with_resources(resources))
    assert [error.message for error in checked.iter_errors(bill[1])] == []
    assert list(checked.iter_errors({**bill[1], "components": [{"name": "no type"}]})), "the schema does refuse"


def test_is_of_the_files_in_the_image(bill):
    name, contents = bill
    program = contents["metadata"]["component"]
    assert program["hashes"] == [{"alg": "SHA-256", "content": sha256(BUILT / name / name)}]
    roots = next(each for each in contents["components"] if each["name"] == "certifi")
    assert roots["hashes"][0]["content"] == sha256(BUILT / name / "etc/ssl/certs/ca-certificates.crt")


def test_names_every_crate_that_is_linked_and_no_other(bill):
    """Told by `cargo tree`; the bill was told by the compiler's messages."""
    name, contents = bill
    command = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    target = re.search("host: (.*)", run("rustc", "-vV", cwd=ROOT))[1]
    command += ["--no-default-features", "--features", FEATURES[name], "--target", target]
    told = {found.groups() for line in run(*command, cwd=ROOT).splitlines() if (found := CRATE.match(line))}
    told -= {each for each in told if each[0] == "wisp"}
    crates = {(each["name"], each["version"]) for each in contents["components"] if each["purl"].startswith("pkg:cargo/")}
    assert crates == told
    assert {"rust-std", "libc6-dev"} <= {each["name"] for each in contents["components"]}


def test_knows_version_licence_and_hash_of_each(bill):
    _, contents = bill
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {f"pkg:cargo/{each['name']}@{each['version']}": each.get("checksum") for each in lock}
    for purl, component in by_purl(contents).items():
        assert component["version"] and component["licenses"], purl
        if purl.startswith("pkg:cargo/"):
            assert component["hashes"] == [{"alg": "SHA-256", "content": checksums[purl.replace("%2B", "+")]}]


def test_says_what_needs_what(bill):
    name, contents = bill
    needs = {each["ref"]: each.get("dependsOn", []) for each in contents["dependencies"]}
    root = contents["metadata"]["component"]["bom-ref"]
    reached, left = set(), [root]
    while left:
        reached.add(ref := left.pop())
        left += set(needs.get(ref, [])) - reached
    assert reached == {root, *(each["bom-ref"] for each in contents["components"])}, "all of it is needed by something"


def test_is_the_same_each_time(tmp_path):
    subprocess.run(["make", "image-root", f"IMAGE_ROOT={tmp_path}"], cwd=ROOT, check=True, capture_output=True)
    for name in FEATURES:
        bill = f"sbom/{name}.cdx.json"
        assert (tmp_path / bill).read_bytes() == (BUILT / bill).read_bytes()
        assert "timestamp" not in json.loads((BUILT / bill).read_text())["metadata"]
        assert sha256(tmp_path / name / name) == sha256(BUILT / name / name)
