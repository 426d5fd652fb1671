#!/usr/bin/env python3
"""Looks whether a bill of materials is good: as CycloneDX wants it, and with everything that a buyer asks for.

    scripts/supply/look.py FILE
"""

import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def faults(text):
    bill = json.loads(text)
    version = SchemaVersion.from_version(bill["specVersion"])
    fault = JsonStrictValidator(version).validate_str(text)
    if fault:
        # Its first line says what is wrong; the others repeat the schema.
        yield f"not valid: {str(fault).splitlines()[0]}"
    references = [each["bom-ref"] for each in bill["components"]]
    for reference in {each for each in references if references.count(each) > 1}:
        yield f"{reference}: stands there twice"
    for each in bill["components"]:
        missing = {"licenses"} if each["bom-ref"].startswith("pkg:") else set()
        missing |= {"purl", "hashes"} if missing else set()
        for member in sorted(missing - each.keys()):
            yield f"{each['bom-ref']}: has no {member}"
    known = {*references, bill["metadata"]["component"]["bom-ref"]}
    for each in bill["dependencies"]:
        for reference in {each["ref"], *each["dependsOn"]} - known:
            yield f"{each['ref']}: {reference} is no component"
    # What is known to be in the binary, or to be no part of it.
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    for name, scope in {"axum": "required", "aws-lc-rs": "required", "serde_derive": "excluded"}.items():
        if scopes.get(name) != scope:
            yield f"{name}: is {scopes.get(name, 'missing')} and should be {scope}"
    for name in {"proptest", "insta", "ring", "openssl-sys"} & scopes.keys():
        yield f"{name}: is no part of the program"


with open(sys.argv[1], encoding="utf-8") as file:
    found = list(faults(file.read()))
print("\n".join(found), end="\n" if found else "")
sys.exit(bool(found))
