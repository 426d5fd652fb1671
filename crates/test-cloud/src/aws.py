"""An AWS for one test: moto, on a free port of this machine.

Prints its port. Then does what each line of its standard input asks for, with AWS's own client, and prints what came of
it: {"service": "kms", "call": "create_key", "with": {}}. Ends when its standard input does.

A key of KMS is deleted after some days, which moto does not count: {"deleted": "arn:…"} makes it so.
"""

import json
import logging
import os
import sys

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-central-1")

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)


def tell(what):
    print(json.dumps(what, default=str), flush=True)


server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
tell({"port": port})
for line in sys.stdin:
    asked = json.loads(line)
    if "deleted" in asked:
        region, name = asked["deleted"].split(":")[3], asked["deleted"].split("/")[1]
        del kms_backends[DEFAULT_ACCOUNT_ID][region].keys[name]
        tell({})
        continue
    client = boto3.client(asked["service"], endpoint_url=f"http://127.0.0.1:{port}")
    answer = getattr(client, asked["call"])(**asked["with"])
    answer.pop("ResponseMetadata", None)
    tell(answer)
os._exit(0)
