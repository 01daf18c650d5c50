#!/usr/bin/env python3
"""A mail server (aiosmtpd) on a free loopback port. What it takes is written to a file, one JSON object per line, as Python's own parser reads it.

    python3 mail_server.py FILE [--tls CERT] [--sign-in USER:PASSWORD] [--tls-first]

Prints "port N". Commands on standard input, each answered by its own words and a number: "down" refuses connections on the same port, "up" takes
them again, "hold" takes mails and never answers, "go" ends that. Addresses that begin with "nobody" are refused for good, with "later" for now.
"""
import argparse
import asyncio
import email
import email.policy
import json
import os
import socket
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.holds = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 There is nobody of this name"
        if address.startswith("later"):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        problems = [str(defect) for part in mail.walk() for defect in part.defects]
        if any(len(line) > 78 for line in raw.split(b"\r\n")) or any(byte > 126 for byte in raw):
            problems.append("long or 8-bit line")
        row = {
            "id": mail["Message-ID"].strip().strip("<>"), "from": mail["From"], "to": mail["To"], "subject": mail["Subject"], "date": mail["Date"].datetime.isoformat(),
            "text": mail.get_content(), "sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "tls": server.transport.get_extra_info("ssl_object") is not None, "user": session.auth_data, "problems": problems,
        }
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        if self.holds:
            print("held", flush=True)
        while self.holds:
            await asyncio.sleep(0.02)
        return "250 2.0.0 Taken"


def bound(port):
    # A second socket on the port, which never listens, keeps it ours while the server is down.
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    plain.bind(("127.0.0.1", port))
    return plain


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("file")
    options.add_argument("--tls")
    options.add_argument("--tls-first", action="store_true")
    options.add_argument("--sign-in")
    options = options.parse_args()
    handler, loop = Handler(options.file), asyncio.get_running_loop()
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls)

    def authenticate(server, session, envelope, mechanism, data):
        good = f"{data.login.decode()}:{data.password.decode()}" == options.sign_in
        return AuthResult(success=good, handled=False, auth_data=data.login.decode())

    def session():
        return SMTP(handler, hostname="mail.test", tls_context=None if options.tls_first else context, require_starttls=bool(options.tls) and not options.tls_first,
                    authenticator=authenticate if options.sign_in else None, auth_required=bool(options.sign_in), auth_require_tls=bool(options.tls) and not options.tls_first)

    keeper = bound(0)
    port = keeper.getsockname()[1]

    async def up():
        return await loop.create_server(session, sock=bound(port), ssl=context if options.tls_first else None)

    server = await up()
    print(f"port {port}", flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    number = 0
    while line := (await reader.readline()).decode().strip():
        number += 1
        if line == "down":
            server.close()
        elif line == "up":
            server = await up()
        else:
            handler.holds = line == "hold"
        print(f"{line} {number}", flush=True)


asyncio.run(main())
