#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""auth_server.py SOCKET LOGIN PASSWORD-FILE: tells Postfix who may log in, with what, in the place of Dovecot: its
authentication protocol, version 1.1, for AUTH LOGIN alone. Says "ready" when it listens.
"""
import base64
import os
import pathlib
import socketserver
import sys

socket_path, login, password_file = sys.argv[1:]
GREETING = (
    "VERSION\t1\t1\nMECH\tLOGIN\tplaintext\n"
    f"SPID\t{os.getpid()}\nCUID\t1\nCOOKIE\t{os.urandom(16).hex()}\nDONE\n"
)


class Client(socketserver.StreamRequestHandler):
    def say(self, *words):
        self.wfile.write(("\t".join(words) + "\n").encode())

    def ask(self, number, prompt):
        """One more turn; empty when the client gave up."""
        self.say("CONT", number, base64.b64encode(prompt).decode())
        words = self.rfile.readline().decode().rstrip("\n").split("\t")
        return base64.b64decode(words[2]) if words[:2] == ["CONT", number] and len(words) > 2 else b""

    def handle(self):
        self.wfile.write(GREETING.encode())
        for line in self.rfile:
            command, *words = line.decode().rstrip("\n").split("\t")
            if command != "AUTH":
                continue  # VERSION, CPID
            number, *parameters = words
            # A client may say the name with the command, as libesmtp does.
            name = [base64.b64decode(one[5:]) for one in parameters if one.startswith("resp=")]
            said = (name[0] if name else self.ask(number, b"Username:"), self.ask(number, b"Password:"))
            if said == (login.encode(), pathlib.Path(password_file).read_bytes()):
                self.say("OK", number, f"user={login}")
            else:
                self.say("FAIL", number, f"user={login}")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


with Server(socket_path, Client) as server:
    os.chmod(socket_path, 0o666)
    print("ready", flush=True)
    server.serve_forever()
