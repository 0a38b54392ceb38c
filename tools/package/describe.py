#!/usr/bin/env python3
"""Writes a program's man page and its completions for bash, zsh and fish, out of what it says of itself.

    describe.py PAGES COMPLETIONS DATE COMMAND...     COMMAND runs the program, by an emulator if need be

The parser's own generators do not know a command that is meant when none is named, nor which values are files.
"""

import json
import pathlib
import re
import subprocess
import sys

import completions
import manual


class Command:
    """A subcommand, or the program itself: then with the options of the command that is meant when none is named."""

    def __init__(self, run, dump, name, default=None):
        source = default or dump
        self.name = name
        self.abstract = dump.get("abstract", "")
        self.discussion = source.get("discussion", "")
        self.arguments = [Argument(a) for a in source.get("arguments", []) if a["valueName"] not in ("version", "help")]
        text = subprocess.run([*run, *([name] if name else []), "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout
        # Up to a line that is empty; a line that does not begin with the program's name continues the one before.
        usage = re.search(r"^USAGE: (.*?)\n\n", text, re.M | re.S).group(1)
        self.usage = []
        for line in usage.split("\n"):
            if line.strip().startswith(dump_name) or not self.usage:
                self.usage.append(line.strip())
            else:
                self.usage[-1] += " " + line.strip()


class Argument:
    """What can be given to a command."""

    def __init__(self, dump):
        self.kind = dump["kind"]
        self.names = [("--" if n["kind"] == "long" else "-") + n["name"] for n in dump.get("names", [])]
        # The long ones last, as in the help.
        self.names.sort(key=len)
        self.value = dump["valueName"] if self.kind != "flag" else None
        self.values = dump.get("allValueStrings") or dump.get("allValues") or []
        self.default = dump.get("defaultValue")
        self.abstract = dump.get("abstract", "")
        self.section = dump.get("sectionTitle")
        self.is_shown = dump.get("shouldDisplay", True)
        self.is_optional = dump["isOptional"]
        self.is_repeating = dump["isRepeating"]

    @property
    def takes(self):
        """What its value is: one of `values`, a file, a device, a folder, or anything else (None)."""
        if self.value is None or self.values:
            return None
        if "device" in self.value:
            return "device"
        if re.search(r"(folder|directory)", self.value):
            return "folder"
        if re.search(r"file|path|model|checkpoint|source|\.(mmrl|html|txt|json)\b", self.value):
            return "file"
        return None


pages, completion, date, *run = sys.argv[1:]
document = json.loads(subprocess.run([*run, "--experimental-dump-help"], check=True, text=True, stdout=subprocess.PIPE).stdout)
root = document["command"]
dump_name = root["commandName"]
shown = [c for c in root["subcommands"] if c.get("shouldDisplay", True) and c["commandName"] != "help"]
default = next(c for c in root["subcommands"] if c["commandName"] == "" or c["commandName"] == root.get("defaultSubcommand"))
program = Command(run, root, "", default)
subcommands = [Command(run, c, c["commandName"]) for c in shown]
version = subprocess.run([*run, "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout.split()[-1]

pathlib.Path(pages, f"{dump_name}.1").write_text(manual.page(dump_name, version, date, program, subcommands))
for shell, (file, text) in completions.scripts(dump_name, program, subcommands).items():
    target = pathlib.Path(completion, shell, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
