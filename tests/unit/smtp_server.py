# SPDX-License-Identifier: GPL-2.0-or-later
"""A real SMTP server (aiosmtpd) on a free loopback port, for the tests of mail-out.

Says its port on the first line of its output, and stores each mail as NNNN.eml and its envelope as NNNN.json.
What it does to a mail is told by the addresses: refused@ gets 550, later@ gets 451, grey-N@ the same for the first N
tries; too-big@ gets 552 5.3.4 for a mail above --too-big bytes, and says so only then; a message to data-refused@ gets
554 and one to data-later@ 452, after its bytes. Each RCPT is written into rcpt.log.
"""
import argparse
import asyncio
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Store:
    def __init__(self, folder, too_big):
        self.folder, self.too_big = folder, too_big
        self.count = 0
        self.tries = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        with open(os.path.join(self.folder, "rcpt.log"), "a") as file:
            file.write(f"{id(session)} {address}\n")
        self.tries[address] = self.tries.get(address, 0) + 1
        if name.startswith("grey-") and self.tries[address] <= int(name.split("-")[1]):
            return "451 4.7.1 greylisted, come again"
        sizes = [int(option[5:]) for option in envelope.mail_options if option.upper().startswith("SIZE=")]
        if name.startswith("too-big") and sizes and sizes[0] > self.too_big:
            return "552 5.3.4 this mail is too big for that mailbox"
        if name == "refused":
            return "550 5.1.1 nobody here by that name"
        if name == "later":
            return "451 4.2.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        names = {address.split("@")[0] for address in envelope.rcpt_tos}
        if "data-refused" in names:
            return "554 5.7.1 no such mail here"
        if "data-later" in names:
            return "452 4.3.1 the disk is full"
        self.count += 1
        name = os.path.join(self.folder, "%04d" % self.count)
        with open(name + ".eml.part", "wb") as file:
            file.write(envelope.original_content)
        with open(name + ".json", "w") as file:
            json.dump({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                       "login": session.authenticated}, file)
        os.rename(name + ".eml.part", name + ".eml")
        return "250 2.0.0 stored as %d" % self.count


class Server(SMTP):
    def __init__(self, *args, drop=False, inject=False, silent=False, **more):
        super().__init__(*args, **more)
        self.drop, self.inject, self.silent = drop, inject, silent

    async def smtp_DATA(self, arg):
        if self.silent:
            await asyncio.sleep(3600)
        if not self.drop:
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        await self._reader.read(1000)
        self.transport.abort()

    async def smtp_STARTTLS(self, arg):
        if not self.inject:
            return await super().smtp_STARTTLS(arg)
        # What an attacker in the path does: an answer to a question that will be asked after the handshake.
        self._writer.write(b"220 go on\r\n250-evil\r\n250 HELP\r\n")
        await self._writer.drain()
        await self._reader.read(1000)


def log_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"fax", b"s3cret")
    return AuthResult(success=good, handled=False)


async def main():
    words = argparse.ArgumentParser()
    words.add_argument("folder")
    words.add_argument("--cert")
    words.add_argument("--login", action="store_true")
    words.add_argument("--drop", action="store_true", help="end the connection in the middle of a message")
    words.add_argument("--inject", action="store_true", help="plaintext after the answer to STARTTLS")
    words.add_argument("--silent", action="store_true", help="no answer to DATA")
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--size", type=int, default=33554432, help="the largest mail, as EHLO tells")
    words.add_argument("--too-big", type=int, default=0, help="what too-big@ takes")
    options = words.parse_args()
    more = {}
    if options.cert:
        more["tls_context"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        more["tls_context"].load_cert_chain(options.cert)
    if options.login:
        more.update(authenticator=log_in, auth_required=True, auth_require_tls=True)
    store = Store(options.folder, options.too_big)
    server = await asyncio.get_running_loop().create_server(
        lambda: Server(store, hostname="localhost", enable_SMTPUTF8=False, data_size_limit=options.size, drop=options.drop, inject=options.inject,
                       silent=options.silent, **more),
        "127.0.0.1", options.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
