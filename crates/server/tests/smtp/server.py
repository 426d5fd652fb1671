"""A mail server for one test.

Prints a JSON object a line: first its port, then each connection and each mail that it took, as Python's own MIME
parser reads it. Ends when its standard input does.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def tell(**what):
    print(json.dumps(what), flush=True)


class Keeper:
    """Takes every mail but those to the addresses that it was told to refuse."""

    def __init__(self, refusals, silent_once):
        self.refusals = dict(refusal.split("=", 1) for refusal in refusals)
        self.silent = silent_once

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.silent:
            self.silent = False
            await asyncio.Event().wait()
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        leaves = [part for part in mail.walk() if not part.is_multipart()]
        tell(
            mail={name: str(value) for name, value in mail.items()},
            type=mail.get_content_type(),
            parts={leaf.get_content_type(): leaf.get_content().replace("\r\n", "\n") for leaf in leaves},
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
        )
        return "250 taken"


async def main():
    wants = argparse.ArgumentParser()
    wants.add_argument("--port", type=int, default=0)
    wants.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    wants.add_argument("--certificate")
    wants.add_argument("--key")
    wants.add_argument("--login", help="USER:PASSWORD")
    wants.add_argument("--refuse", action="append", default=[], help="ADDRESS=REPLY")
    wants.add_argument("--silent-once", action="store_true")
    wants = wants.parse_args()

    tls = None
    if wants.tls != "none":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(wants.certificate, wants.key)
    keeper = Keeper(wants.refuse, wants.silent_once)

    def check(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == wants.login, handled=False)

    def connection():
        tell(connection=True)
        return SMTP(
            keeper,
            hostname="localhost",
            enable_SMTPUTF8=True,
            tls_context=tls if wants.tls == "starttls" else None,
            require_starttls=wants.tls == "starttls",
            auth_required=wants.login is not None,
            # aiosmtpd knows only of the TLS that STARTTLS began.
            auth_require_tls=wants.tls == "starttls",
            authenticator=check,
        )

    loop = asyncio.get_running_loop()
    implicit = tls if wants.tls == "implicit" else None
    server = await loop.create_server(connection, "127.0.0.1", wants.port, ssl=implicit)
    tell(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
