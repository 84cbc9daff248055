#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sample_is_right.py DAHDI_FAXRX SAMPLE MAN_PAGE SOURCES...: the sample configuration file is good as it
is, and with every setting in it uncommented, one by one and all at once; it names every setting that the program reads,
no other, with the program's default; the man page explains every one."""

import pathlib
import re
import subprocess
import sys
import tempfile

SETTING = re.compile(r"#((\w+) = (.+)|\[\[\w+\]\])$")  # "# text" is a comment, "#key = value" a setting
EXAMPLES = {"lines", "spans"}                           # settings without a default
# Words of the file that the program keeps as something else: what it is called there, its default, and the word for it.
AS_WORDS = {"answer": ("mode", "AnswerMode::always", '"always"'),
            "without_cng": ("answer_without_cng", "true", '"answer"'),
            "caller_id": ("caller_id_in_japan", "false", '"auto"')}


class Sample:
    def __init__(self, program, path):
        self.program, self.lines = program, path.read_text().splitlines()
        self.settings = [n for n, line in enumerate(self.lines) if SETTING.match(line)]

    def key(self, n):
        return SETTING.match(self.lines[n])[2] or ""  # "": the head of a table

    def uncommented(self, chosen):
        return "\n".join(line[1:] if n in chosen else line for n, line in enumerate(self.lines)) + "\n"

    def check(self, chosen, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(self.uncommented(chosen))
            file.flush()
            done = subprocess.run([self.program, "-n", "-C", file.name, *options], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def must_be_good(self, chosen, *options):
        code, said = self.check(chosen, *options)
        if code != 0:
            sys.exit(f"with {[self.lines[n] for n in sorted(chosen)]} uncommented, -n ends with {code}:\n{said}")


# A setting of a [[line]] is one only below its head, which needs "lines".
def needed_with(sample, n):
    heads = [m for m in sample.settings if m < n and not sample.key(m)]
    return {heads[-1], heads[-1] + 1} if heads else set()


def keys_read(sources):
    return set(re.findall(r"\b(?:table|root)\.(?:text|number|flag|texts|choice)\(\"(\w+)\"|"
                          r"\b(?:rate|whole|some_of)\((?:table,\s*)?\"(\w+)\"", sources))


def default_in(headers, key):
    name, default, word = AS_WORDS.get(key, (key, None, None))
    found = re.search(rf"^\s*([\w:<>]+) {name}(?:_bps|_dbm0)?(?: = ([^;]+))?;", headers, re.M)
    if not found:
        return None
    value = found[2] or ("{}" if "vector" in found[1] else '""')
    return word if default == value else re.sub(r"^\{(.*)\}$", r"[\1]", value)


def check_names(sample, headers, page, sources):
    read = {"".join(groups) for groups in keys_read(sources)}
    shown = {sample.key(n) for n in sample.settings} - {""}
    if read != shown:
        sys.exit(f"only the program knows {sorted(read - shown)}; only the sample knows {sorted(shown - read)}")
    if len(read) < 39:
        sys.exit(f"{sorted(read)} cannot be all settings: this test no longer finds them")
    explained = set(re.findall(r"^\.It Ic (\w+)", page, re.M))
    if explained != read:
        sys.exit(f"the man page lacks {sorted(read - explained)}, and explains {sorted(explained - read)} for nothing")
    for n in sample.settings:
        key = sample.key(n)
        if key and key not in EXAMPLES and SETTING.match(sample.lines[n])[3] != default_in(headers, key):
            sys.exit(f"{sample.lines[n]}: the default is {default_in(headers, key)}")
    print(f"{len(read)} settings, each in the program, the sample and the man page")


def check_values(sample):
    line = ["-c", "exchange:/run/dahdi-faxrx/exchange/1-4"]
    code, said = sample.check(set())
    if code != 78 or "no line to serve" not in said:
        sys.exit(f"the sample as it is names no line, yet -n ends with {code}:\n{said}")
    sample.must_be_good(set(), *line)
    for n in sample.settings:
        if sample.key(n):
            sample.must_be_good({n} | needed_with(sample, n), *line)
    sample.must_be_good(set(sample.settings))
    print(f"{len(sample.settings)} lines uncommented one by one, and all at once: good")


def main(program, *files):
    path, page, *sources = map(pathlib.Path, files)
    sample = Sample(program, path)
    text = {kind: "".join(source.read_text() for source in sources if source.suffix == kind) for kind in (".hpp", ".cpp")}
    check_names(sample, text[".hpp"], page.read_text(), text[".cpp"])
    check_values(sample)


main(*sys.argv[1:])
