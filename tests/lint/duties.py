#!/usr/bin/env python3
"""docs/cases.md keeps its word: each command of a duty is one there is, and is called in a test the row names.

usage: duties.py, in the tree's root. Prints each finding; fails on any. A row is | D-1 | duty | commands | tests |; a test stands
as `file`: name. What a test calls through a function of its file, or of one that is loaded, counts as its own.
"""
import re
import sys
from functools import cache
from pathlib import Path

PAGE = Path("docs/cases.md")
WORDS = sorted(re.findall(r'words="([^"]+)"', Path("tests/golden/schema.txt").read_text()), key=len, reverse=True)
FUNCTION = re.compile(r"^(\w+)\(\) \{.*?\n(.*?)^\}", re.M | re.S)
TEST = re.compile(r'^@test "(.*?)" \{\n(.*?)^\}', re.M | re.S)


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


@cache
def bats(name):
    """The tests of a file by name, each with the functions it calls."""
    path = Path("tests/e2e") / f"{name}.bats"
    if not path.exists():
        return None
    text = path.read_text()
    loaded = [path.parent / x for x in re.findall(r"^load (\S+)$", text, re.M)]
    bodies = {k: v for t in [*(x.read_text() for x in loaded), text] for k, v in FUNCTION.findall(t)}

    def whole(body, seen):
        for name in bodies:
            if name not in seen and re.search(rf"(?<![\w$-]){name}(?![\w-])", body):
                seen.add(name)
                body += whole(bodies[name], seen)
        return body

    return {k: whole(without_comments(v), set()) for k, v in TEST.findall(text)}


def command_of(text):
    """The words of the command a text begins with; None where there is no such command."""
    return next((w for w in WORDS if text == w or text.startswith(w + " ")), None)


def called(command, body):
    return re.search(rf"(\bsteward|\$\w+\"|\"\$\w+\") (-p SUN )?{re.escape(command)}(?![\w-])", body)


def row_findings(number, commands, tests):
    bodies = []
    for name, test in re.findall(r"`(\w+)`: (.*?)(?= *(?:<br>|$))", tests):
        there = bats(name)
        if there is None:
            yield f"{number} names tests/e2e/{name}.bats, which does not exist"
        elif test not in there:
            yield f'{number}: there is no test "{test}" in tests/e2e/{name}.bats'
        else:
            bodies.append(there[test])
    if not bodies:
        yield f"{number} is walked in no test"
    for text in re.findall(r"`([^`]+)`", commands):
        command = command_of(text)
        if text.startswith("--"):
            continue
        if command is None:
            yield f"{number}: there is no command `{text}`"
        elif not any(called(command, b) for b in bodies):
            yield f"{number}: `{command}` is called in none of its tests"


def main():
    found = []
    rows = re.findall(r"^\| (D-\d+) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.M)
    if not rows:
        found.append("no duties")
    if [r[0] for r in rows] != [f"D-{i + 1}" for i in range(len(rows))]:
        found.append("duties are not numbered D-1, D-2 and so on")
    for number, _, commands, tests in rows:
        found += row_findings(number, commands, tests)
    for line in found:
        print(f"{PAGE}: {line}")
    return bool(found)


sys.exit(main())
