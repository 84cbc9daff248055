#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Started by systemd, dahdi-faxrx speaks to the journal, with fields; from processes that may open nothing any more, too.

A journal of the test's own stands in a mount namespace where the real one would be. Needs root and leave to mount; skipped without.
usage: journal_has_fields.py FAXRX FAXCALL PAGE.tif
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77


def fields_of(datagram):
    """systemd's native protocol, for values of one line."""
    return dict(line.split("=", 1) for line in datagram.decode().splitlines() if "=" in line)


def in_own_namespace():
    if os.geteuid() != 0:
        sys.exit(SKIPPED)
    if os.environ.get("OWN_NAMESPACE"):
        return
    os.environ["OWN_NAMESPACE"] = "1"
    own = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run([*own, "true"], check=False).returncode != 0:  # in some containers
        sys.exit(SKIPPED)
    os.execvp(own[0], [*own, sys.executable, *sys.argv])


def make_journal():
    subprocess.run(["mount", "-t", "tmpfs", "journal", "/run"], check=True)
    os.makedirs("/run/systemd/journal")
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind("/run/systemd/journal/socket")
    journal.settimeout(20)
    return journal


def main():
    in_own_namespace()
    faxrx, faxcall, page = sys.argv[1:]
    journal = make_journal()
    ours, theirs = socket.socketpair()
    status = os.fstat(theirs.fileno())
    with tempfile.TemporaryDirectory() as folder:
        lines = pathlib.Path(folder) / "lines"
        lines.mkdir()
        service = subprocess.Popen(
            [faxrx, "-c", f"exchange:{lines}/1", "--spool", f"{folder}/fax", "--handoff", f"{folder}/none"],
            stderr=theirs,
            env={**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"},
        )
        try:
            messages = []

            def hear_until(words):
                while not messages or words not in messages[-1].get("MESSAGE", ""):
                    messages.append(fields_of(journal.recv(65536)))
                return messages[-1]

            hear_until("ready:")
            subprocess.run([faxcall, "--line", lines, "--to", "4711", "--from", "0815", page], check=True)
            call = hear_until(" over:")
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(20)
        wanted = {"FAX_CALLED": "4711", "FAX_CALLER": "0815", "FAX_PAGES": "1", "FAX_OUTCOME": "completed",
                  "SYSLOG_IDENTIFIER": "dahdi-faxrx", "PRIORITY": "6"}
        print(call)
        assert {name: call.get(name) for name in wanted} == wanted
        assert len(call["FAX_CALL"]) == 32
        theirs.close()
        ours.setblocking(False)
        left = ours.recv(65536)
        assert left == b"", f"said to stderr beside the journal: {left}"


main()
