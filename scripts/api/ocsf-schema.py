#!/usr/bin/env python3
"""Takes from the published OCSF schema what our events use of it, for the tests of crates/server/src/audit/ocsf.

    scripts/api/ocsf-schema.py SCHEMA.json >crates/server/src/audit/ocsf/testdata/ocsf-1.6.0.json

SCHEMA.json is what https://schema.ocsf.io/1.6.0/export/schema answers; the Python package ocsf-json-schema (1.2.0) has it
as ocsf_json_schema/ocsf/1.6.0.json. Names, types, requirements, enumerations and constraints are taken, no descriptions.
Attributes of profiles are left out: our events name none. An object that is not named below has no attributes here, so a
test fails on an event that uses it.
"""

import json
import sys

CLASSES = [
    "base_event",
    "detection_finding",
    "account_change",
    "entity_management",
    "user_access",
    "group_management",
    "api_activity",
]
OBJECTS = [
    "actor",
    "api",
    "evidences",
    "finding_info",
    "fingerprint",
    "group",
    "http_request",
    "managed_entity",
    "metadata",
    "network_endpoint",
    "object",
    "organization",
    "product",
    "related_event",
    "request",
    "resource_details",
    "response",
    "service",
    "session",
    "url",
    "user",
]


def attribute(given):
    taken = {"type": given.get("object_type") or given["type"], "need": given["requirement"]}
    if given.get("is_array"):
        taken["array"] = True
    if "enum" in given:
        taken["enum"] = {key: value["caption"] for key, value in given["enum"].items()}
    if "sibling" in given:
        taken["sibling"] = given["sibling"]
    if "@deprecated" in given:
        taken["deprecated"] = True
    return taken


def shape(given, known):
    for name, value in given["attributes"].items():
        if value["requirement"] == "required" and not value.get("profile"):
            assert value.get("object_type") in (None, *known), f"{name} is required: name its object"
    attributes = {
        name: attribute(value)
        for name, value in sorted(given["attributes"].items())
        if not value.get("profile")
        and (value["type"] != "object_t" or value.get("object_type") in known)
    }
    return {"constraints": given.get("constraints") or {}, "attributes": attributes}


schema = json.load(open(sys.argv[1], encoding="utf-8"))
taken = {"version": schema["version"], "classes": {}, "objects": {}}
for name in CLASSES:
    given = schema["classes"][name]
    taken["classes"][str(given.get("uid") or 0)] = {"name": given["caption"], **shape(given, OBJECTS)}
for name in OBJECTS:
    taken["objects"][name] = shape(schema["objects"][name], OBJECTS)
used = {
    attribute["type"]
    for each in [*taken["classes"].values(), *taken["objects"].values()]
    for attribute in each["attributes"].values()
} - set(OBJECTS)
taken["types"] = {name: schema["types"][name].get("type", name) for name in sorted(used)}
json.dump(taken, sys.stdout, indent=1, ensure_ascii=False)
print()
