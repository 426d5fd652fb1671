"""Acts as GitHub towards the server under test: has a key of its own and serves its public half as GitHub does.

    github.py FOLDER

Writes the private key and its identifier into FOLDER, prints the address of the list of keys, and serves until it is
stopped.
"""

import hashlib
import json
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
public = key.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
).decode()
identifier = hashlib.sha256(public.encode()).hexdigest()
KEYS = json.dumps({"public_keys": [{"key_identifier": identifier, "key": public, "is_current": True}]}).encode()


class Keys(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(KEYS)))
        self.end_headers()
        self.wfile.write(KEYS)

    def log_message(self, *_):
        pass


folder = pathlib.Path(sys.argv[1])
folder.joinpath("github.pem").write_bytes(
    key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
)
folder.joinpath("github.id").write_text(identifier)
server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
print(f"http://127.0.0.1:{server.server_port}/keys", flush=True)
server.serve_forever()
