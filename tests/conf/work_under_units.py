#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""work_under_units.py SYSTEMD_ANALYZE UNIT_FOLDER DAHDI_FAXCALL FAX.tif SMTP_SERVER: starts both services as systemd
would by their units, without systemd: under SystemCallFilter=, RestrictAddressFamilies= and MemoryDenyWriteExecute=,
with a socket passed in, a notify socket and a watchdog. A fax then gets from a ringing line into a mail, a line that
stands still starves the watchdog, and SIGTERM ends the services with 0. What only a running systemd can do (file system,
devices, users) is not tested here."""

import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ALLOW, EPERM_ELSE = 0x7FFF0000, 0x00050001  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM)
EQUAL, MASKED_EQUAL = 4, 7  # scmp_compare
WRITE, EXECUTE = 2, 4       # PROT_WRITE, PROT_EXEC; the third argument of mmap and mprotect
WATCHDOG_S = 4
LANDLOCK_CREATE_RULESET, ASK_VERSION = 444, 1


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Unit:
    """The [Service] of a unit, as far as this test goes."""

    def __init__(self, analyze, path):
        self.lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
        self.program = self.values("ExecStart")[0].split()[0]
        self.families = [getattr(socket, name) for name in " ".join(self.values("RestrictAddressFamilies")).split()]
        self.calls = set()
        for value in self.values("SystemCallFilter"):
            named = set().union(*(expanded(analyze, word) for word in value.lstrip("~").split()))
            self.calls = self.calls - named if value.startswith("~") else self.calls | named
        if len(self.calls) < 100 or not self.families:
            sys.exit(f"{path} restricts nothing that this test could find")

    def values(self, name):
        return [line.split("=", 1)[1] for line in self.lines if line.startswith(name + "=")]

    def rules(self):
        """(system call, condition or None) for everything that the unit allows."""
        for name in self.calls - {"socket", "mmap", "mprotect"}:
            yield name, None
        for family in self.families:
            yield "socket", Compare(0, EQUAL, family, 0)
        if self.values("MemoryDenyWriteExecute") != ["yes"]:
            sys.exit("this test expects MemoryDenyWriteExecute=yes")
        for protection in (WRITE, EXECUTE):
            yield "mmap", Compare(2, MASKED_EQUAL, protection, 0)
        yield "mprotect", Compare(2, MASKED_EQUAL, EXECUTE, 0)

    def restrict(self):
        """Called in the child, before exec."""
        library = ctypes.CDLL("libseccomp.so.2")
        library.seccomp_init.restype = ctypes.c_void_p
        context = ctypes.c_void_p(library.seccomp_init(EPERM_ELSE))
        for name, condition in self.rules():
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number == -1:  # __NR_SCMP_ERROR: a call of another architecture
                continue
            conditions = [] if condition is None else [condition]
            library.seccomp_rule_add_array(context, ALLOW, number, len(conditions), (Compare * 1)(*conditions))
        if library.seccomp_load(context) != 0:
            os._exit(99)


def expanded(analyze, word):
    if not word.startswith("@"):
        return {word}
    said = subprocess.run([analyze, "syscall-filter", "--no-pager", word], capture_output=True, text=True, check=True)
    words = [line.strip() for line in said.stdout.splitlines()[1:] if line.strip() and "#" not in line]
    return set().union(*(expanded(analyze, inner) for inner in words))


class Service:
    def __init__(self, unit, folder, name, arguments, passed=None):
        self.name = name
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / (name + ".notify")))
        self.log = folder / (name + ".log")
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / (name + ".notify")),
                       "WATCHDOG_USEC": str(WATCHDOG_S * 1000000)}

        script, fds = 'exec "$0" "$@"', []
        if passed is not None:  # sd_listen_fds(3): from descriptor 3 on, and LISTEN_PID names the process
            fds = [passed.fileno()]
            environment["LISTEN_FDS"] = "1"
            script = f"export LISTEN_PID=$$; exec 3<&{fds[0]}; " + script
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["/bin/sh", "-c", script, unit.program, *arguments], env=environment,
                                            stdout=log, stderr=log, preexec_fn=unit.restrict, pass_fds=fds)

    def hears(self, word, limit_s):
        end = time.monotonic() + limit_s
        while (left := end - time.monotonic()) > 0:
            self.notify.settimeout(left)
            try:
                if word in self.notify.recv(4096).decode().splitlines():
                    return True
            except TimeoutError:
                return False
        return False

    def must_end(self, limit_s):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(limit_s)
        if code != 0:
            fail(f"{self.name} ended with {code} after SIGTERM", self)


services = []


def fail(sentence, *others):
    for service in services:
        print(f"--- {service.name}\n{service.log.read_text()}")
    sys.exit(sentence)


def until(what, condition, limit_s=30):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    fail(f"{what}: not within {limit_s} s")


def start_services(units, folder, port):
    conf = folder / "dahdi-faxmail.conf"
    conf.write_text(f'spool = "{folder}/mailspool"\n[mail]\noperator = "operator@example.org"\n'
                    f'[smtp]\nserver = "localhost"\nport = {port}\n')
    handoff = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handoff.bind(str(folder / "handoff.sock"))
    handoff.listen(16)
    handoff.setblocking(False)
    faxmail = Service(units["faxmail"], folder, "dahdi-faxmail", ["-v", "-C", str(conf)], handoff)
    services.append(faxmail)
    faxrx = Service(units["faxrx"], folder, "dahdi-faxrx",
                    ["-v", "-c", f"exchange:{folder}/lines/1", "--spool", str(folder / "spool"), "--handoff",
                     str(folder / "handoff.sock")])
    services.append(faxrx)
    for service in services:
        if not service.hears("READY=1", 30):
            fail(f"{service.name} did not say READY=1")
    print("both services are ready, and their watchdogs fed:", all(s.hears("WATCHDOG=1", WATCHDOG_S) for s in services))
    return faxmail, faxrx


def call(faxcall, folder, fax):
    done = subprocess.run([faxcall, "--line", str(folder / "lines"), "--to", "5550100", "--from", "5550199", fax],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode != 0:
        fail(f"dahdi-faxcall ended with {done.returncode}: {done.stdout}")


def kernel_has_landlock():
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION) >= 1


def processes_are_bound_to_folders():
    if not kernel_has_landlock():
        return print("this kernel has no Landlock: not tested whether the units let the processes use it")
    for service in services:
        if "no Landlock" in service.log.read_text():
            fail(f"the unit of {service.name} keeps it from using Landlock")
    print("the units let both use Landlock")


def process_that_holds(path):
    inodes = {line.split()[6] for line in open("/proc/net/unix") if line.rstrip().endswith(" " + str(path))}
    for folder in pathlib.Path("/proc").glob("[0-9]*/fd"):
        try:
            if {f"socket:[{inode}]" for inode in inodes} & {os.readlink(fd) for fd in folder.iterdir()}:
                return int(folder.parent.name)
        except OSError:
            continue  # it ended, or is not ours to look at
    return None


def main(analyze, unit_folder, faxcall, fax, smtp_server):
    units = {name: Unit(analyze, pathlib.Path(unit_folder) / f"dahdi-{name}.service") for name in ("faxrx", "faxmail")}
    with tempfile.TemporaryDirectory(prefix="units") as name:
        folder = pathlib.Path(name)
        mails = folder / "mails"
        mails.mkdir()
        smtp = subprocess.Popen([sys.executable, smtp_server, "--dir", str(mails)], stdout=subprocess.PIPE, text=True)
        try:
            port = re.search(r"\d+", smtp.stdout.readline())[0]
            faxmail, faxrx = start_services(units, folder, port)
            call(faxcall, folder, fax)
            mail = until("a mail", lambda: next(mails.glob("*.eml"), None))
            if b"application/pdf" not in mail.read_bytes():
                fail("the mail has no PDF")
            print("a fax got from a ringing line into a mail with a PDF")
            processes_are_bound_to_folders()

            line = until("the line's process", lambda: process_that_holds(folder / "lines/1"))
            os.kill(line, signal.SIGSTOP)
            faxrx.hears("WATCHDOG=1", WATCHDOG_S / 2 + 0.5)  # of a turn that was still made
            if faxrx.hears("WATCHDOG=1", 1.5 * WATCHDOG_S):
                fail("the watchdog was fed though a line stood still")
            os.kill(line, signal.SIGCONT)
            if not faxrx.hears("WATCHDOG=1", 1.5 * WATCHDOG_S):
                fail("the line moves again, but the watchdog is not fed")
            print("a line that stood still starved the watchdog; when it moved again, it was fed again")
            faxrx.must_end(30)
            faxmail.must_end(40)
            print("SIGTERM ended both with 0")
        finally:
            for service in services:
                service.process.kill()
            smtp.terminate()


main(*sys.argv[1:])
