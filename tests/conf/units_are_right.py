#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""units_are_right.py SYSTEMD_ANALYZE UNIT...: systemd finds nothing to say about the units, and each service is exposed
no more than its limit here. Prints the figures."""

import os
import pathlib
import re
import subprocess
import sys

LIMITS = {"dahdi-faxrx.service": 2.5, "dahdi-faxmail.service": 1.5,
          "dahdi-faxmail-after@.service": 2.0}  # of 10, as "systemd-analyze security" counts


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "SYSTEMD_PAGER": ""})
    return done.returncode, done.stdout


def verify(analyze, units):
    code, said = run(analyze, "verify", "--man=no", *units)
    # It looks at units of the machine's own too; what it says of those is not about ours.
    ours = [line for line in said.splitlines() if "dahdi-fax" in line]
    if code != 0 or ours:
        sys.exit(f"systemd-analyze verify ended with {code}:\n{said}")
    print(f"verify: nothing to say about {', '.join(pathlib.Path(unit).name for unit in units)}")


def exposure(analyze, unit):
    code, said = run(analyze, "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    if not found:
        sys.exit(f"systemd-analyze security ended with {code}:\n{said}")
    return float(found[1]), [line for line in said.splitlines() if line.startswith("✗")]


def main(analyze, units):
    verify(analyze, units)
    names = {pathlib.Path(unit).name: unit for unit in units}
    for name, limit in LIMITS.items():
        level, open_doors = exposure(analyze, names[name])
        print(f"{name}: exposure {level}, {limit} at most")
        if level > limit:
            sys.exit("\n".join([f"{name} is too exposed:", *open_doors]))


main(sys.argv[1], [os.path.abspath(unit) for unit in sys.argv[2:]])
