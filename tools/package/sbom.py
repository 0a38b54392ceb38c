#!/usr/bin/env python3
"""Writes what a package contains and links as SPDX 2.3 in JSON; debian/rules calls it, in the folder that is packed.

    sbom.py PACKAGE ARCHITECTURE

Shared libraries are those that dpkg-shlibdeps has found (debian/PACKAGE.substvars); what is linked statically is in
staged/PACKAGE.linked, out of the linker's own list of objects, with versions of Package.resolved; licences are those of
debian/copyright, which has to name all of it. The same input gives the same bytes.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid

package, architecture = sys.argv[1:]
target = pathlib.Path("debian", package)


def stanzas(path):
    """The fields of each paragraph of a control file."""
    for text in re.split(r"\n\s*\n", pathlib.Path(path).read_text()):
        fields = re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.M)
        yield {name: value.strip() for name, value in fields}


if any(stanza.get("Package") == package and stanza["Architecture"] == "all" for stanza in stanzas("debian/control")):
    architecture = "all"
licences = {
    pattern: stanza["License"].split("\n")[0].replace(" with Swift exception", " WITH Swift-exception")
    for stanza in stanzas("debian/copyright")
    for pattern in stanza.get("Files", "").split()
}


def licence(pattern):
    if pattern not in licences:
        sys.exit(f"sbom.py: {package} contains {pattern}, of which debian/copyright says nothing")
    return licences[pattern]


packages, relationships = [], []


def add(identifier, name, version, declared, relationship=None, **more):
    """A package, and what it is to the first one."""
    identifier = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", identifier)
    entry = {"SPDXID": identifier, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION"}
    entry |= {"filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": declared}
    entry |= {"copyrightText": "NOASSERTION"} | more
    packages.append(entry)
    subject = packages[0]["SPDXID"] if relationship else "SPDXRef-DOCUMENT"
    relationships.append(
        {"spdxElementId": subject, "relationshipType": relationship or "DESCRIBES", "relatedSpdxElement": identifier}
    )


def purl(locator):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


def file_sums(path):
    return [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}]


changelog = ["dpkg-parsechangelog", "-S", "Version"]
version = subprocess.run(changelog, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
add(f"package-{package}", package, version, "NOASSERTION", licenseComments="debian/copyright has them file by file.")
program = target / "usr/bin" / package
if program.exists():
    add("program", package, version, licence("*"), "CONTAINS", primaryPackagePurpose="APPLICATION", checksums=file_sums(program))
for library in sorted(file for file in target.glob("usr/lib/*/*.so.*") if not file.is_symlink()):
    add("library", library.name, version, licence("*"), "CONTAINS", primaryPackagePurpose="LIBRARY", checksums=file_sums(library))
for model in sorted([*target.glob("usr/share/mmrl/*.mmrl"), *target.glob("usr/share/mmrl/clip/*.safetensors")]):
    add(
        f"model-{model.name}", model.name, version, "NOASSERTION", "CONTAINS", primaryPackagePurpose="FILE",
        checksums=file_sums(model), licenseComments=licence("models/default.mmrl") + "; TERMS.txt",
    )  # fmt: skip

linked = pathlib.Path("staged", f"{package}.linked")
pins = {pin["identity"]: pin for pin in json.loads(pathlib.Path("Package.resolved").read_text())["pins"]}
for line in linked.read_text().splitlines() if linked.exists() else []:
    kind, name, *found = line.split("\t")
    if kind == "swift-package":
        pin = pins[name]
        source = pin["location"].removesuffix(".git")
        state = pin["state"]
        add(
            name, name, state["version"], licence(f"{name}/*"), "STATIC_LINK",
            downloadLocation=f"git+{source}.git@{state['revision']}",
            externalRefs=purl(f"pkg:swift/{source.removeprefix('https://')}@{state['version']}"),
        )  # fmt: skip
    else:
        add(name, name, found[0], licence(f"{name}/*"), "STATIC_LINK")
substitutions = pathlib.Path("debian", f"{package}.substvars")
depends = re.search(r"^shlibs:Depends=(.*)$", substitutions.read_text() if substitutions.exists() else "", re.M)
for dependency in sorted(depends.group(1).split(", ")) if depends else []:
    # The first of alternatives is the one that was linked.
    name, _, least = re.match(r"([^ |]+)(?: \((>=) ([^)]+)\))?", dependency).groups()
    add(
        f"debian-{name}", name, f">= {least}" if least else "NOASSERTION", "NOASSERTION", "DYNAMIC_LINK",
        externalRefs=purl(f"pkg:deb/debian/{name}?arch={architecture}"), supplier="Organization: Debian",
    )  # fmt: skip

created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
content = {"packages": packages, "relationships": relationships}
document = {
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": f"{package}_{version}_{architecture}",
    "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(content)).urn,
    "creationInfo": {"created": created, "creators": ["Tool: tools/package/sbom.py"]},
    **content,
}
folder = target / "usr/share/doc" / package
folder.mkdir(parents=True, exist_ok=True)
file = folder / "sbom.spdx.json"
file.write_text(json.dumps(document, indent=2) + "\n")
file.chmod(0o644)
