#!/usr/bin/env python3
"""Prints what is in the binary, as a CycloneDX bill of materials (https://cyclonedx.org, JSON, version 1.6).

    scripts/supply/sbom.py [TARGET]      (a target triple; default: this machine's)

Every crate that is compiled for `bailiwick` is a component: `required` if its code ends up in the binary, `excluded` if it
only helps to build it. Digests are those of Cargo.lock, which cargo compares with what it downloads. The same sources give
the same bytes: there is no path and no serial number in it, and a time only if SOURCE_DATE_EPOCH says one.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import tomllib

PROGRAM = "bailiwick"


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def host():
    said = subprocess.run(["rustc", "-vV"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.search(r"^host: (.*)$", said, re.MULTILINE)[1]


def compiled(target, edges):
    """Name and version of each crate that these edges lead to, with the features that the program alone asks for."""
    tree = ["tree", "--locked", "--package", PROGRAM, "--target", target, "--edges", edges]
    lines = cargo(*tree, "--prefix", "none", "--format", "{p}").splitlines()
    # "serde v1.0.229", "thiserror-impl v2.0.21 (proc-macro)", "store v0.1.0 (/a/path)"
    return {(line.split()[0], line.split()[1].removeprefix("v")) for line in lines if line.strip()}


def reference(package):
    """A package URL for what comes from crates.io; our own crates are nowhere to be had by one."""
    name = f"{package['name']}@{package['version']}"
    return f"pkg:cargo/{name}" if package["source"] else name


def component(package, required, digests):
    made = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if required else "excluded",
    }
    if package["description"]:
        made["description"] = " ".join(package["description"].split())
    digest = digests.get((package["name"], package["version"]))
    if digest:
        made["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package["license"]:
        # The slash is how alternatives were written before SPDX expressions.
        expression = re.sub(r"\s*/\s*", " OR ", package["license"])
        made["licenses"] = [{"expression": expression}]
    if package["source"]:
        made["purl"] = reference(package)
    if package["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def metadata(program, target):
    about = {
        "tools": {"components": [{"type": "application", "name": "scripts/supply/sbom.py"}]},
        "component": {
            "type": "application",
            "bom-ref": program["bom-ref"],
            "name": program["name"],
            "version": program["version"],
            "description": program["description"],
            "licenses": program["licenses"],
        },
        "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": target}],
    }
    moment = os.environ.get("SOURCE_DATE_EPOCH")
    if moment:
        at = datetime.datetime.fromtimestamp(int(moment), datetime.timezone.utc)
        about = {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **about}
    return about


def bill(target):
    inside = compiled(target, "normal,no-proc-macro")
    needed = inside | compiled(target, "normal,build")
    with open("Cargo.lock", "rb") as lock:
        locked = tomllib.load(lock)["package"]
    digests = {(each["name"], each["version"]): each.get("checksum") for each in locked}
    known = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", target))
    packages = {
        each["id"]: each for each in known["packages"] if (each["name"], each["version"]) in needed
    }
    components, dependencies = [], []
    for node in known["resolve"]["nodes"]:
        package = packages.get(node["id"])
        if package is None:
            continue
        name = (package["name"], package["version"])
        components.append(component(package, name in inside, digests))
        on = {
            reference(packages[edge["pkg"]])
            for edge in node["deps"]
            if edge["pkg"] in packages and any(kind["kind"] != "dev" for kind in edge["dep_kinds"])
        }
        dependencies.append({"ref": reference(package), "dependsOn": sorted(on)})
    program = next(each for each in components if each["name"] == PROGRAM)
    components.remove(program)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata(program, target),
        "components": sorted(components, key=lambda each: each["bom-ref"]),
        "dependencies": sorted(dependencies, key=lambda each: each["ref"]),
    }


json.dump(bill(sys.argv[1] if len(sys.argv) > 1 else host()), sys.stdout, indent=2, ensure_ascii=False)
print()
