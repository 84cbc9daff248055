#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""users_and_folders_are_right.py SYSUSERS_CONF TMPFILES_CONF: systemd makes of these, in an empty root, the two users
and their two spools, closed to each other, and a third one without anything. Making them needs root: skipped for others."""

import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

SKIPPED = 77  # Meson's number for it
TOOLS = ("systemd-sysusers", "systemd-tmpfiles")


def table(file):
    return {line.split(":")[0]: line.split(":") for line in file.read_text().splitlines()}


def main(sysusers, tmpfiles):
    if os.geteuid() != 0 or not all(map(shutil.which, TOOLS)):
        print("needs root and", " and ".join(TOOLS))
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "etc").mkdir()
        for file, folder in ((sysusers, "usr/lib/sysusers.d"), (tmpfiles, "usr/lib/tmpfiles.d")):
            (root / folder).mkdir(parents=True)
            shutil.copy(file, root / folder / "dahdi-faxrx.conf")
        subprocess.run(["systemd-sysusers", f"--root={root}"], check=True)
        subprocess.run(["systemd-tmpfiles", f"--root={root}", "--create"], check=True)
        users, groups = table(root / "etc/passwd"), table(root / "etc/group")
        for user in ("dahdi-faxrx", "dahdi-faxmail"):
            folder = (root / "var/spool" / user).stat()
            assert users[user][6].endswith("nologin"), f"{user} may log in"
            assert users[user][5] == f"/var/spool/{user}", f"{user} lives in {users[user][5]}"
            ids = tuple(map(int, users[user][2:4]))
            assert (folder.st_uid, folder.st_gid) == ids, f"{user} does not own its spool"
            assert stat.S_IMODE(folder.st_mode) == 0o770, f"the spool of {user} has mode {oct(folder.st_mode)}"
        assert users["dahdi-faxmail-after"][6].endswith("nologin"), "dahdi-faxmail-after may log in"
        members = {group: set(entry[3].split(",")) - {""} for group, entry in groups.items()}
        assert members.pop("dialout") == {"dahdi-faxrx"}, "only dahdi-faxrx is to reach the cards"
        assert not any(members.values()), f"nobody is to be in another's group: {members}"
    print("three users, each with its own group, two of them with a spool; dahdi-faxrx alone reaches the cards")


main(*map(os.path.abspath, sys.argv[1:]))
