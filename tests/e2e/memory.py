#!/usr/bin/python3
"""Small requests that are large in memory: batches of nearly empty rows, as many at once as the daemon takes, while nothing can be
worked off. What they take counts, so that further ones are turned away; a few such desks do not keep others from working.

usage: memory.py ROOT
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "walls"))
from desk import Desk, Schema, daemon, up  # noqa: E402

BUDGET = 32  # MiB
ROWS = 500  # of a batch, the most that are allowed
AT_ONCE = 32  # calls of a connection, likewise
LEAST = 150 << 10  # bytes that such a batch takes in memory, at least


class Lock:
    """Nobody reads or writes places while it is held."""

    def __init__(self, directory):
        self.psql = subprocess.Popen(["psql", "-XqAt", "-h", f"{directory}/run", "-U", "postgres", "-d", "steward"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write("begin;\nlock table steward.place in access exclusive mode;\nselect 'held';\n")
        self.psql.stdin.flush()
        assert self.psql.stdout.readline() == "held\n"

    def release(self):
        self.psql.communicate("rollback;\n")


class Resumed(Desk):
    """Takes up the login of another connection: no password is hashed."""

    def __init__(self, profile, schema, token):
        self.token = token
        super().__init__(profile, schema)

    def enter(self, profile):
        self.must("auth.Resume", {"token": self.token})


def main(root):
    directory = f"/tmp/steward-memory-{os.getpid()}"
    up(directory)
    daemon("stop", directory)
    daemon("start", directory, more=[f"--max-memory={BUDGET}", "--drain-ms=0"])
    schema, profile = Schema(root), f"{directory}/desk"
    honest = Desk(profile, schema, "clerk")
    token = schema.reply("auth.Login", honest.ask("auth.Login", {"login": "manager",
                                                                "password": "correct horse battery staple"}).body).token
    honest.must("auth.Login", {"login": "clerk", "password": "correct horse battery staple"})
    batch = schema.request("place.Import", {"rows": [{"line": i, "kind": "unit", "number": "x"} for i in range(1, ROWS + 1)]})
    print(f"# a batch has {len(batch.SerializeToString())} bytes")
    lock = Lock(directory)

    desks = [Resumed(profile, schema, token) for _ in range(8)]
    posted = 0
    for desk in desks[:4]:
        posted += post(desk, batch)
    for _ in range(20):
        honest.must("department.List", {})
    for desk in desks[4:]:
        posted += post(desk, batch)
    busy = sum(turned_away(desk) for desk in desks)
    taken = posted - busy
    print(f"# of {posted} batches {taken} were taken at once, {busy} turned away")
    assert taken * LEAST <= BUDGET << 20, f"{taken} batches take more than {BUDGET} MiB"
    assert taken >= 4 * AT_ONCE, f"only {taken} batches were taken"
    lock.release()
    print("ok")


def turned_away(desk):
    """How many batches were: a call that is one too many is answered at once, and behind them."""
    probe, busy = desk.post("auth.Whoami", desk.schema.request("auth.Whoami", {})), 0
    while True:
        stream, _, _, answer = desk.take()
        if stream == probe:
            return busy
        busy += answer.reason == "BUSY"


def post(desk, batch):
    for _ in range(AT_ONCE):
        desk.post("place.Import", batch, property="SUN", dry_run=True)
    return AT_ONCE


if __name__ == "__main__":
    main(sys.argv[1])
