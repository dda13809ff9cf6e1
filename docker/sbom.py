"""Writes the software bill of materials of one image, in CycloneDX JSON.

    cargo build ... --message-format json | sbom.py --binary FILE --roots FILE --roots-package NAME==VERSION \
        --target TRIPLE --features LIST --output FILE

What is in it: the crates that cargo compiled for the target, as it says so itself (so neither build scripts nor procedural
macros nor what only tests need), Rust's standard library, the parts of the C library that a static program holds, and the
bundle of root certificates. The same input gives the same bytes: there is no time in it, and its serial number is made from
its contents.
"""

import argparse
import functools
import hashlib
import json
import pathlib
import subprocess
import sys
import tomllib
import uuid

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = pathlib.Path(__file__).resolve().parents[1]

# What the linker takes for a static program besides Rust, and the licence of the package that it is of.
STATIC_LIBRARIES = {
    "libc.a": "LGPL-2.1-or-later",
    "libgcc_eh.a": "GPL-3.0-or-later WITH GCC-exception-3.1",
}


def main():
    arguments = parse()
    linked = linked_packages(sys.stdin, arguments.target)
    packages = metadata(arguments)
    bom = Bom()
    program = Component(
        type=ComponentType.APPLICATION,
        name=arguments.binary.name,
        version=packages[linked.root]["version"],
        purl=PackageURL("generic", name=arguments.binary.name, version=packages[linked.root]["version"]),
        licenses=licence(packages[linked.root]["license"]),
        hashes=[sha256_of(arguments.binary)],
        properties=[
            Property(name="wisp:target", value=arguments.target),
            Property(name="wisp:features", value=arguments.features),
        ],
    )
    program.bom_ref.value = str(program.purl)
    bom.metadata.component = program
    checksums = crate_checksums()
    crates = {ident: crate(packages[ident], checksums) for ident in linked.crates}
    others = [standard_library(), *c_libraries(), root_certificates(arguments)]
    for component in [*crates.values(), *others]:
        component.bom_ref.value = str(component.purl)
        bom.components.add(component)
    for ident, component in [(linked.root, program), *crates.items()]:
        bom.register_dependency(component, [crates[each] for each in packages[ident]["needs"] if each in crates])
    bom.register_dependency(program, others)
    arguments.output.write_text(stable(bom))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--roots", type=pathlib.Path, required=True)
    parser.add_argument("--roots-package", required=True, help="NAME==VERSION on PyPI")
    parser.add_argument("--target", required=True)
    parser.add_argument("--features", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    return parser.parse_args()


class Linked:
    """The package that is built, and those that are linked into it, by the ids that cargo gives them."""

    def __init__(self, root, crates):
        self.root = root
        self.crates = crates


def linked_packages(messages, target):
    """Reads what cargo says of a build. What runs while building is put elsewhere than in the target's folder."""
    crates, root = set(), None
    for line in messages:
        message = json.loads(line)
        if message["reason"] != "compiler-artifact":
            continue
        if message["executable"] and "bin" in message["target"]["kind"]:
            root = message["package_id"]
        elif "proc-macro" not in message["target"]["kind"] and any(f"/{target}/" in file for file in message["filenames"]):
            crates.add(message["package_id"])
    return Linked(root, crates - {root})


def metadata(arguments):
    """Cargo's description of each package by its id, with the ids that it `needs` when it runs."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", arguments.target]
    command += ["--no-default-features", "--features", arguments.features]
    described = json.loads(said(command))
    packages = {package["id"]: package for package in described["packages"]}
    for node in described["resolve"]["nodes"]:
        normal = [each["pkg"] for each in node["deps"] if any(kind["kind"] is None for kind in each["dep_kinds"])]
        packages[node["id"]]["needs"] = normal
    return packages


def crate_checksums():
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}


def crate(package, checksums):
    checksum = checksums[package["name"], package["version"]]
    repository = package["repository"]
    return Component(
        type=ComponentType.LIBRARY,
        name=package["name"],
        version=package["version"],
        purl=PackageURL("cargo", name=package["name"], version=package["version"]),
        # An older way to write a choice.
        licenses=licence(package["license"].replace("/", " OR ")),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)],
        external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(repository))] if repository else [],
    )


def standard_library():
    version = said(["rustc", "--version"]).split()[1]
    return Component(
        type=ComponentType.LIBRARY,
        name="rust-std",
        version=version,
        purl=PackageURL("generic", name="rust-std", version=version),
        licenses=licence("MIT OR Apache-2.0"),
    )


def c_libraries():
    for file, expression in STATIC_LIBRARIES.items():
        path = pathlib.Path(said(["cc", f"--print-file-name={file}"]).strip()).resolve()
        # "libc6-dev:amd64: /usr/lib/x86_64-linux-gnu/libc.a"
        package = said(["dpkg-query", "--search", path]).rsplit(": ", 1)[0]
        query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version} ${Architecture}", package]
        name, version, architecture = said(query).split()
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=PackageURL("deb", "debian", name, version, {"arch": architecture}),
            licenses=licence(expression),
        )


def root_certificates(arguments):
    name, version = arguments.roots_package.split("==")
    return Component(
        type=ComponentType.FILE,
        name=name,
        version=version,
        purl=PackageURL("pypi", name=name, version=version),
        licenses=licence("MPL-2.0"),
        hashes=[sha256_of(arguments.roots)],
    )


def said(command):
    """Standard output of a command that must succeed."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@functools.cache
def licence(expression):
    return [LicenseFactory().make_from_string(expression)]


def sha256_of(path):
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(path.read_bytes()).hexdigest())


def stable(bom):
    """The text, the same for the same contents, and valid."""
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    contents = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_OID, contents).urn
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        raise SystemExit(f"not CycloneDX: {error}")
    return text


if __name__ == "__main__":
    main()
