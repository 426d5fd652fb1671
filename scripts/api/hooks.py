"""What schemathesis cannot know of the server under test: how partners sign, and what is there for good.

Read by schemathesis as API_CHECK_FOLDER, API_CHECK_URL and API_CHECK_KEY (empty: without a key) say.
"""

import base64
import itertools
import json
import os
import pathlib
import random
import urllib.request

import schemathesis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from schemathesis.core.parameters import ParameterLocation

FOLDER = pathlib.Path(os.environ["API_CHECK_FOLDER"])
URL = os.environ["API_CHECK_URL"]
OPERATOR_KEY = os.environ["API_CHECK_KEY"]

# Of four requests three are helped to get as far as their handler; the fourth goes as it was generated.
MOSTLY = 0.75
DRAW = random.Random(1)


def wrong_in(case):
    """The parts of a request that were generated to be wrong."""
    parts = case.meta.components.items() if case.meta else ()
    return {place for place, part in parts if part.mode.is_negative}


class Partner:
    """Signs what is about to be sent, as GitHub and GitLab do: over the bytes of the body."""

    key = serialization.load_pem_private_key(FOLDER.joinpath("github.pem").read_bytes(), password=None)
    key_id = FOLDER.joinpath("github.id").read_text()

    def __init__(self, name):
        self.headers = [f"{name}-Public-Key-Identifier", f"{name}-Public-Key-Signature"]

    def __call__(self, request):
        # Only what would carry both headers anyway: the checks know that one is missing.
        if all(name in request.headers for name in self.headers):
            body = request.body or b""
            body = body.encode() if isinstance(body, str) else body
            signature = base64.b64encode(self.key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()
            request.headers.update(zip(self.headers, [self.key_id, signature]))
        return request


PARTNERS = {"/v1/exposures/github": Partner("Github"), "/v1/exposures/gitlab": Partner("Gitlab")}


def ask(path, body=None):
    request = urllib.request.Request(URL + path, data=body and json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {OPERATOR_KEY}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class There:
    """A workspace that stays, and what is made for requests to find."""

    def __init__(self):
        self.numbers = itertools.count()
        self.workspace = self.new_workspace()

    def new_workspace(self):
        return ask("/v1/workspaces", {"name": "Acme", "owner": {"mail": "ana@example.com"}})["id"]

    def new_token(self):
        return ask(f"/v1/workspaces/{self.workspace}/tokens", {"description": "deploy-bot"})

    def new_member(self):
        member = {"mail": f"member-{next(self.numbers)}@example.com"}
        return ask(f"/v1/workspaces/{self.workspace}/members", member)["id"]

    def lead_to_what_is_there(self, case):
        for name in case.path_parameters:
            if name == "member":
                case.path_parameters[name] = self.new_member()
            elif name == "token":
                case.path_parameters[name] = self.new_token()["id"]
            elif deletes_a_workspace(case):
                case.path_parameters[name] = self.new_workspace()
            else:
                case.path_parameters[name] = self.workspace


def deletes_a_workspace(case):
    return case.method == "DELETE" and case.operation.path == "/v1/workspaces/{workspace}"


THERE = There() if OPERATOR_KEY else None


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes requests whole where only this server can: what else is wrong with them is then what is tested."""
    if THERE is None:
        return
    wrong, path, helped = wrong_in(case), case.operation.path, DRAW.random() < MOSTLY
    if deletes_a_workspace(case) and case.path_parameters["workspace"] == THERE.workspace:
        THERE.lead_to_what_is_there(case)
    if not helped:
        return
    if path in PARTNERS and ParameterLocation.HEADER not in wrong:
        kwargs["auth"] = PARTNERS[path]
    # A parameter that nobody knows is ignored: beside it a wrong path stays as it is, or nothing would be wrong.
    if ParameterLocation.PATH not in wrong or wrong - {ParameterLocation.PATH, ParameterLocation.QUERY}:
        THERE.lead_to_what_is_there(case)
    if case.headers and "Idempotency-Key" in case.headers and ParameterLocation.HEADER not in wrong:
        case.headers["Idempotency-Key"] = f"key-{next(THERE.numbers)}"
    if isinstance(case.body, dict) and "external_id" in case.body and ParameterLocation.BODY not in wrong:
        case.body["external_id"] = f"id-{DRAW.randrange(50)}"
    if path in ("/v1/tokens/verify", "/v1/tokens/self-revoke") and not wrong:
        case.body = {"token": THERE.new_token()["secret"]}
