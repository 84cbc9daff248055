#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_server.py FOLDER [--cert PEM] SCRIPT...: an SMTP server that misbehaves as told, one loopback port a script.

Says its ports, in the scripts' order, on the first line of its output. A script is FLAGS/STAGE:ACTION, "/" alone a good
server. Flags: p PIPELINING, c CHUNKING, t STARTTLS, a AUTH, 2 and 3 (with t) TLS of that version only, v asks for a
client certificate. Stages: greeting ehlo starttls tls auth mail rcpt data middle dot quit. Actions: see ACTIONS.
A message that was taken with a 250 is stored as PORT-N.eml; each session leaves PORT-N.json: tls, sni, certificate, commands,
ended (whether the closing dot or BDAT LAST came), bytes.
"""
import argparse
import itertools
import json
import os
import pathlib
import re
import socket
import ssl
import threading
import time

AN_HOUR = 3600
PIECE = 1 << 16


class Over(Exception):
    pass


class Session:
    def __init__(self, connection, options, script, stored):
        self.socket, self.options, self.stored = connection, options, stored
        self.flags, _, deed = script.partition("/")
        self.stage, _, self.action = deed.partition(":")
        self.left = b""
        self.recipients = 0
        self.logged_in = "a" not in self.flags or "t" not in self.flags
        self.told = {"tls": None, "sni": None, "certificate": False, "commands": [], "ended": False, "bytes": 0}

    # --- the wire

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    def more(self):
        got = self.socket.recv(PIECE)
        if not got:
            raise Over
        self.left += got

    def line(self):
        while b"\n" not in self.left:
            self.more()
        line, self.left = self.left.split(b"\n", 1)
        self.told["commands"].append(line.decode("latin-1").rstrip("\r"))
        return self.told["commands"][-1]

    def exactly(self, count):
        while len(self.left) < count:
            self.more()
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    # --- what is done at a stage

    def at(self, stage, answer):
        """Says `answer`, or what the script wants in its place. True: the answer was a good one."""
        if stage != self.stage:
            self.send(answer)
            return True
        return getattr(self, "do_" + self.action.replace("-", "_"))(answer)

    def do_stall(self, _):
        time.sleep(AN_HOUR)

    def do_drop(self, _):
        raise Over

    def do_reset(self, _):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raise Over

    def do_421(self, _):
        self.send("421 4.3.2 going down")
        raise Over

    def do_450(self, _):
        self.send("450 4.2.0 not just now")

    def do_550(self, _):
        self.send("550 5.7.0 never")

    def do_535(self, _):
        self.send("535 5.7.8 wrong password")

    def do_echo(self, _):
        self.send("535 5.7.8 what do you mean by " + self.told["commands"][-1])

    def do_530(self, _):
        self.send("530 5.7.0 log in first")

    def do_wrong(self, answer):
        self.send("250 fine" if answer.startswith("354") else "354 go on")

    def do_number(self, _):
        self.send("999 what")

    def do_words(self, _):
        self.send("hello there, this is no code at all")

    def do_nothing(self, _):
        self.send(b"\r\n\r\n\r\n")

    def do_binary(self, _):
        self.send(b"550 5.1.1 \x1b[2J\x00\xff\xfe \xc3\x28 nobody\x07\x7f\r\n")

    def do_twice(self, answer):
        self.send(f"{answer}\r\n{answer}")
        return True

    def do_ahead(self, _):
        self.send("220 hello\r\n250 hello\r\n250 fine\r\n250 fine\r\n354 go on\r\n250 stored\r\n221 bye")
        time.sleep(1)
        raise Over

    def do_endless_line(self, answer):
        self.send(answer[:3].encode() + b"-")
        while True:
            self.send(b"x" * PIECE)

    def do_endless_lines(self, answer):
        while True:
            self.send((answer[:3].encode() + b"-more\r\n") * 1000)

    def do_byte_by_byte(self, answer):
        for byte in (answer + "\r\n").encode():
            self.send(bytes([byte]))
            time.sleep(0.002)
        return True

    # --- the conversation

    def hello(self):
        lines = ["hostile"]
        for flag, word in (("p", "PIPELINING"), ("c", "CHUNKING"), ("a", "AUTH PLAIN LOGIN"), ("s", "SIZE 1000")):
            if flag in self.flags:
                lines.append(word)
        if "t" in self.flags and not self.told["tls"]:
            lines.append("STARTTLS")
        return "\r\n".join(f"250-{line}" for line in lines[:-1]) + ("\r\n" if lines[1:] else "") + f"250 {lines[-1]}"

    def start_tls(self):
        if self.stage == "starttls" and self.action == "inject":
            self.send(b"220 go on\r\n250-evil\r\n250 HELP\r\n")
        elif self.stage == "starttls" and self.action == "inject-half":
            self.send(b"220 go on\r\n250-ev")
        elif not self.at("starttls", "220 go on"):
            return
        if self.stage == "tls":
            self.spoil_tls()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.options.cert)
        for flag, version in (("2", ssl.TLSVersion.TLSv1_2), ("3", ssl.TLSVersion.TLSv1_3)):
            if flag in self.flags:
                context.minimum_version = context.maximum_version = version
        if "v" in self.flags:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(self.options.cert)
        context.sni_callback = lambda _, name, __: self.told.update(sni=name)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.told.update(tls=self.socket.version(), certificate=self.socket.getpeercert() not in (None, {}))

    def spoil_tls(self):
        self.more()  # the client's hello
        if self.action == "garbage":
            self.send(b"this is no TLS record" * 100)
        if self.action == "stall":
            time.sleep(AN_HOUR)
        raise Over

    def log_in(self, words):
        if words.upper().startswith("AUTH LOGIN"):
            # The name may stand in the command, as with libesmtp.
            for question in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6")[len(words.split()) - 2 :]:
                self.send(question)
                self.line()
        self.logged_in = bool(self.at("auth", "235 2.7.0 welcome"))

    def message(self):
        if not self.recipients:
            return self.send("554 5.5.1 no recipients")
        if not self.at("data", "354 go on"):
            return
        end = re.compile(rb"(^|\r\n)\.\r\n")
        body = b""
        while True:
            body += self.left
            self.left = b""
            self.told["bytes"] = len(body)
            if self.stage == "middle" and len(body) >= 100000 or self.stage == "first-bytes":
                self.in_the_middle(body)
            # A whole message may be large: only its last bytes are looked at.
            if found := end.search(body, max(0, len(body) - PIECE - 5)):
                self.told["ended"] = True
                self.left = body[found.end():]
                return self.take(re.sub(rb"(?m)^\.\.", b".", body[:found.start() + len(found[1])]))
            self.more()

    def in_the_middle(self, body):
        if self.action == "250-and-read-on":
            self.send("250 2.0.0 stored")
            while not body.endswith(b"\r\n.\r\n"):
                self.left = b""
                self.more()
                body = body[-5:] + self.left
            self.told["ended"] = True
            raise Over
        if self.action == "250-and-drop":
            self.send("250 2.0.0 stored")
            time.sleep(0.2)
            raise Over
        if self.action.startswith("stall-"):
            time.sleep(float(self.action[6:]))
            self.stage = ""
            return
        if self.action == "552":
            self.send("552 5.3.4 too much")
            self.stage = "told"
            return
        self.at("middle", "")

    def take(self, body):
        if self.stage == "told":
            return
        if self.stage != "dot":
            self.store(body)
        if self.at("dot", "250 2.0.0 stored") and self.stage == "dot":
            self.store(body)

    def store(self, body):
        self.stored.with_suffix(".eml").write_bytes(body)

    def chunks(self, words):
        body = b""
        while True:
            size = int(words.split()[1])
            if self.stage == "middle" and len(body) >= 100000:
                self.in_the_middle(body)
            body += self.exactly(size)
            self.told["bytes"] = len(body)
            if words.upper().endswith("LAST"):
                self.told["ended"] = True
                return self.take(body)
            self.send("250 chunk")
            words = self.line()

    def talk(self):
        if self.flags and "b" in self.flags:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.at("greeting", "220 hostile ESMTP")
        while True:
            words = self.line()
            verb = words.upper().split(" ")[0].split(":")[0]
            if verb in ("EHLO", "HELO"):
                self.at("ehlo", self.hello() if verb == "EHLO" else "250 hostile")
            elif verb == "STARTTLS":
                self.start_tls()
            elif verb == "AUTH":
                self.log_in(words)
            elif verb == "MAIL" and not self.logged_in:
                self.send("530 5.7.0 log in first")
            elif verb == "MAIL":
                self.at("mail", "250 2.1.0 fine")
            elif verb == "RCPT":
                self.recipients += bool(self.at("rcpt", "250 2.1.0 fine"))
            elif verb == "DATA":
                self.message()
            elif verb == "BDAT":
                self.chunks(words)
            elif verb == "QUIT":
                self.at("quit", "221 bye")
                raise Over
            else:
                self.send("250 fine")

    def run(self):
        try:
            self.talk()
        except (Over, OSError):
            pass
        finally:
            self.socket.close()
            part = self.stored.with_suffix(".part")
            part.write_text(json.dumps(self.told))
            part.rename(self.stored.with_suffix(".json"))


def serve(listening, options, script):
    port = listening.getsockname()[1]
    if script == "/nobody-accepts":  # and its queue of connections is full, so that connect() waits
        keep = [socket.socket() for _ in range(4)]
        for one in keep:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        time.sleep(AN_HOUR)
    for number in itertools.count(1):
        connection, _ = listening.accept()
        stored = options.folder / f"{port}-{number}"
        threading.Thread(target=Session(connection, options, script, stored).run, daemon=True).start()


def main():
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=pathlib.Path)
    words.add_argument("--cert")
    words.add_argument("scripts", nargs="+")
    options = words.parse_args()
    ports, threads = [], []
    for script in options.scripts:
        listening = socket.socket()
        if "b" in script.split("/")[0]:  # a small window, so that a stall is felt at once
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen(0 if script == "/nobody-accepts" else 50)
        ports.append(listening.getsockname()[1])
        threads.append(threading.Thread(target=serve, args=(listening, options, script)))
    for thread in threads:
        thread.start()
    print(*ports, flush=True)


main()
