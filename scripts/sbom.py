#!/usr/bin/env python3
"""sbom.py OUTPUT: the bill of materials of what Belljar is built from, in CycloneDX 1.6 (JSON), by OWASP's own library.

Everything stands in files that the build reads: the crates of the engine (Cargo.lock), the guests' sources (guest/pins and those of
C++ and the full Python), and the C libraries of this machine that are linked. The result is checked against the schema of the format.
"""

import datetime
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "src/engine/wasmtime/Cargo.lock"
PINS = ("guest/pins", "guest/cxx/pins", "guest/data/pins")
LINKED = ("jansson", "nettle", "libzstd", "zlib", "libedit")


def version_of_belljar() -> str:
    return re.search(r'#define BJ_VERSION "(.*)"', (ROOT / "include/belljar.h").read_text())[1]


def component(purl: PackageURL, part: str, sha256: str | None) -> Component:
    return Component(
        name=f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name,
        version=purl.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{part}:{purl}",
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else (),
        properties=[Property(name="belljar:part", value=part)],
    )


def crates():
    for package in tomllib.loads(LOCK.read_text())["package"]:
        if package["name"].startswith("belljar"):
            continue
        yield component(PackageURL("cargo", name=package["name"], version=package["version"]), "engine", package.get("checksum"))


def purl_of_pin(name: str, version: str, where: str) -> PackageURL:
    kind, _, spec = where.partition(":")
    if kind == "npm":
        package, _, version = spec.rpartition("@")
        scope, _, package = package.rpartition("/")
        return PackageURL("npm", scope or None, package, version)
    if kind == "crate":
        package, _, version = spec.partition("@")
        return PackageURL("cargo", name=package, version=version)
    if kind.startswith("pypi"):
        package, _, version = spec.partition("==")
        return PackageURL("pypi", name=package.lower(), version=version)
    return PackageURL("generic", name=name, version=version)


def guests():
    for file in PINS:
        part = "guests" if file == "guest/pins" else file.split("/")[1]
        for line in (ROOT / file).read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                name, version, _, sha256, where = line.split(maxsplit=4)
                yield component(purl_of_pin(name, version, where.strip()), part, sha256)


def linked():
    for name in LINKED:
        version = subprocess.run(["pkg-config", "--modversion", name], check=True, capture_output=True, text=True).stdout.strip()
        yield component(PackageURL("generic", name=name, version=version), "linked", None)


def main() -> None:
    version = version_of_belljar()
    date = subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%cI"], check=True, capture_output=True, text=True).stdout.strip()
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"belljar {version} {date}"))
    bom.metadata.timestamp = datetime.datetime.fromisoformat(date)
    bom.metadata.component = Component(name="belljar", version=version, type=ComponentType.LIBRARY, bom_ref="belljar")
    for each in (*crates(), *guests(), *linked()):
        bom.components.add(each)
    bom.register_dependency(bom.metadata.component, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"sbom.py: not CycloneDX: {problem}")
    pathlib.Path(sys.argv[1]).write_text(text + "\n")
    print(f"{sys.argv[1]}: {len(bom.components)} components")


if __name__ == "__main__":
    main()
