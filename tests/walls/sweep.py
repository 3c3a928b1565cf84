#!/usr/bin/python3
"""Row-level security alone: every call, as every role of SUN, aimed at the rows of LAK, at a daemon whose own check is
switched off. Nothing of LAK may come back, and nothing of it may change. Then every table, as the daemon's role.

usage: sweep.py ROOT BUILD_DIR [ROLES]   (of each call, that many roles, in turn; default: all)
"""
import os
import re
import sys
import time

sys.dont_write_bytecode = True
import rows  # noqa: E402
from aim import Requests  # noqa: E402
from desk import DATA, ROLES, Database, Desk, Schema, up  # noqa: E402

WINDOW = 12  # calls of one connection that run at once
PLACES = (None, "LAK")  # no property named: the statements are told all of them

# Calls that are not made, and why.
NOT_SWEPT = {
    "auth.Logout": "it would end the login that the sweep goes on with",
    "enrol.Redeem": "answered on the enrolment port only, to machines that have no user and no scope",
}
# Calls of which no request gets past validation, and why.
NOT_REACHED = {
    "device.Renew": "wants a signing request, which device_test.c makes; it writes no table that has a wall",
}
# Calls that an entitled person of LAK does not get an OK for with what is there, and why; their statements run all the same.
REFUSED_ANYWAY = {
    "contact.AddPatch": "somebody looks after the building",
    "department.Join": "belongs to it already",
    "device.Enable": "was never enrolled",
    "device.Renew": "see NOT_REACHED",
    "familiarity.Start": "is being examined",
    "form.Drop": "the forms' questions belong to no property", "form.Publish": "is published",
    "knowledge.Publish": "is published",
    "order.ProposeCharge": "proposed already",
    "period.Begin": "is begun already", "period.Reopen": "a later month is being closed",
    "shift.Open": "has one open",
    "property.Add": "takes an administrator of all properties",
    "visit.Check": "is for somebody who had no part in it",
    "user.Enable": "is active", "user.ResetTotp": "has no authenticator",
}
# Calls that cannot be tried, and the reason they give for it; made in earnest they run.
NOT_TRIED = {
    "shift.Close": "BLIND_COUNT",
}
# Tables with a property that have no wall, and why. Who may go where is read before there is a scope.
NO_WALL = {
    "audit": "written for every call, also where the caller may not go; only the daemon's owner reads it",
    "device": "looked at before anybody is logged in; what people see of it goes through the daemon's check",
    "user_grant": "makes the scope; what people see of it goes through user_visible() and the daemon's check",
}
# These show or change who people are and what they hold, so that they may name a property.
PEOPLE = ("user.", "device.", "auth.")


class Marks:
    """Recognises what belongs to LAK."""

    def __init__(self, db, tables):
        columns = db.run("select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                         " where a.attnum > 0 and not a.attisdropped and a.atttypid = 'uuid'::regtype and (a.attname = 'id' or not exists (select"
                         " from pg_attribute x where x.attrelid = c.oid and x.attname = 'id'))"
                         f" and c.oid = any ('{{{','.join(tables)}}}'::regclass[])")
        pairs = [c.split("|") for c in columns]
        ids = db.run(" union ".join(f"select {column}::text from {table} where {LAK}" for table, column in pairs))
        people = set(db.run("select id from app_user union all select id from knowledge where property_id is null"))
        self.ids = frozenset(ids) - people - {""}
        self.pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"
                                  + rows.MARK + r"|\b[A-Z]{1,2}-7770\d{3}\b|\b77-1-770\d\b|lakdesk|LAKENG|LAKPIPE", re.I)
        self.home = re.compile(r'^\s*(property: "LAK"|property_id: 2)$', re.M)

    def found(self, text, sent, people=False):
        """What of LAK is in a text that answers a request."""
        hits = {m for m in self.pattern.findall(text) if ("-" not in m or len(m) != 36 or m in self.ids)}
        hits = {m for m in hits if m.lower() not in sent.lower()}
        if not people and self.home.search(text):
            hits.add("property LAK")
        return hits


LAK = "property_id = (select id from property where code = 'LAK')"


def walled(db):
    """Tables whose rows belong to a property: all have the wall but those listed."""
    tables = db.run("select c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c join pg_attribute a"
                    " on a.attrelid = c.oid and a.attname = 'property_id' and not a.attisdropped where c.relkind in ('r', 'p')"
                    " and c.relnamespace = 'steward'::regnamespace order by 1")
    split = [t.split("|") for t in tables]
    bare = {t for t, wall in split if wall != "t"}
    assert bare == set(NO_WALL), f"tables with a property and without a wall: {bare ^ set(NO_WALL)}"
    return [t for t, wall in split if wall == "t"]


def digest(db, tables):
    """What LAK holds, table by table: how many rows, and what they say."""
    sql = " union all ".join(f"select '{t}', count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
                             f" from {t} t where {LAK}" for t in tables)
    sql += " union all select 'property', 1, md5(p::text) from property p where code = 'LAK'"
    return dict(line.split("|", 1) for line in db.run(sql))


class Sweep:
    def __init__(self, schema, requests, marks, roles):
        self.schema, self.requests, self.marks, self.roles = schema, requests, marks, roles
        self.codes, self.leaks, self.sent = {}, [], 0

    def swept(self):
        return [m for m in sorted(self.schema.methods) if m not in NOT_SWEPT]

    def judge(self, who, place, method, request, response, body=None):
        self.codes.setdefault(method, {}).setdefault(getattr(response, "code", 0), response.message)
        text = body if body is not None else f"{response}"
        if body is None and response.body:
            text += str(self.schema.reply(method, response.body))
        found = self.marks.found(text, str(request), method.startswith(PEOPLE))
        if found:
            self.leaks.append(f"{method} as {who} at {place or 'all'} of {request}: {sorted(found)[:4]}")

    def run(self, desks, methods, plans):
        """All cells, the connections side by side and each with several calls under way."""
        work = {who: [] for who in desks}
        for i, method in enumerate(methods):
            for k in range(max(self.roles, len(plans[method]))):
                role = ROLES[(i + 3 * k) % len(ROLES)]
                way = plans[method][k % len(plans[method])]
                work[role] += [(method, place, way) for place in PLACES]
        most = max(len(w) for w in work.values())
        for start in range(0, most, WINDOW):
            under_way = {}
            for who, desk in desks.items():
                calls = work[who][start:start + WINDOW]
                under_way[who] = {desk.post(m, self.schema.request(m, values), property=place): (m, place, values)
                                  for m, place, values in calls}
            for who, desk in desks.items():
                self.collect(who, desk, under_way[who])

    def collect(self, who, desk, under_way):
        self.sent += len(under_way)
        while under_way:
            stream, over, kind, answer = desk.take()
            method, place, values = under_way[stream]
            if kind == DATA:
                self.judge(who, place, method, values, desk.nothing, str(self.schema.reply(method, answer)))
            elif kind and not hasattr(answer, "body"):
                pass
            else:
                self.judge(who, place, method, values, answer)
                if not over:
                    desk.cancel(stream)
            if over:
                del under_way[stream]


def main(root, build, roles=len(ROLES)):
    directory = f"/tmp/steward-walls-{os.getpid()}"
    began = time.monotonic()

    def lap(what):
        print(f"# {time.monotonic() - began:5.1f} s  {what}", flush=True)

    up(directory, f"{build}/tests/walls/stewardd-open")
    schema, db = Schema(root), Database(directory)
    profile = f"{directory}/desk"
    marks_seen = watch(Desk(profile, schema, "manager"), Desk(profile, schema), lambda: rows.fill(
        db, rows.Far(lambda login: Desk(profile, schema, login))))
    tables = walled(db)
    empty = [t for t, what in digest(db, tables).items() if what.startswith("0|")]
    assert not empty, f"tests/walls/rows.py puts nothing into: {empty}"
    lap(f"{len(tables)} tables with a wall have rows at LAK")
    requests, marks = Requests(schema, db), Marks(db, tables)
    sweep = Sweep(schema, requests, marks, min(int(roles), len(ROLES)))
    for text in marks_seen:
        sweep.leaks += [f"event.Watch, live: {hit}" for hit in marks.found(text, "")]
    plans = control(sweep, Desk(profile, schema, "foreign"))
    lap("somebody of LAK is answered")
    desks = {role: Desk(profile, schema, role) for role in ROLES}
    before = digest(db, tables)
    sweep.run(desks, [m for m in sweep.swept() if not m.startswith("auth.")], plans)
    sweep.run(desks, [m for m in sweep.swept() if m.startswith("auth.")], plans)
    after = digest(db, tables)
    changed = [t for t in before if before[t] != after[t]]
    lap(f"{sweep.sent} calls")
    with open(f"{root}/tests/walls/tables.sql", encoding="ascii") as f:
        breaches = db.run(f.read())
    lap(f"{breaches.pop()} tried as the daemon's role")
    report(sweep, changed, breaches)


def watch(desk, admin, change):
    """What somebody of SUN sees come while others work at LAK: at all properties, and at LAK by name."""
    streams = [desk.post("event.Watch", desk.schema.request("event.Watch", {}), property=place) for place in PLACES]
    change()
    admin.must("department.Add", {"code": "LAST", "name": "The last change, of SUN"}, property="SUN")
    seen, open_ = [], set(streams)
    while open_:
        stream, over, kind, answer = desk.take()
        if kind == DATA:
            seen.append(str(desk.schema.reply("event.Watch", answer)))
            if 'number: "LAST"' in seen[-1]:
                for stream in streams:
                    desk.cancel(stream)
        elif over:
            open_.remove(stream)
    return seen


def control(sweep, desk):
    """The same requests as somebody who works at LAK: they must be good ones, or the sweep would prove nothing."""
    plans, shown, refused = {}, 0, {}
    asked = [m for m in sweep.swept() if not m.startswith("auth.") and not sweep.schema.is_stream(m)]
    known = sweep.requests.learn(desk, asked)
    for method in sweep.swept():
        chosen, response = known.get(method, (sweep.requests.least(method), None))
        plans[method] = sweep.requests.aimed(method, chosen)
        if method in NOT_TRIED:
            assert response.reason == NOT_TRIED[method], f"{method}, on trial: {response.reason} {response.message}"
        elif response is not None and response.code != 0:
            refused[method] = f"{response.reason} {response.message}"
        elif response is not None:
            reply = str(sweep.schema.reply(method, response.body))
            shown += bool(sweep.marks.found(reply, str(plans[method][0])))
    unexpected = {m: why for m, why in refused.items() if m not in REFUSED_ANYWAY}
    assert not unexpected, f"not even somebody of LAK gets an answer: {unexpected}"
    print(f"# {shown} of {len(plans)} requests show rows of LAK to who may see them", flush=True)
    assert shown > 100, shown
    return plans


def report(sweep, changed, breaches):
    stuck = [m for m in sweep.swept() if m not in NOT_REACHED and set(sweep.codes.get(m, {3: ""})) <= {3}]
    for line in sweep.leaks[:40]:
        print(f"# leak: {line}")
    for line in breaches:
        print(f"# not refused: {line}")
    assert not breaches, f"{len(breaches)} statements were not refused"
    assert not sweep.leaks and not changed, f"{len(sweep.leaks)} answers hold rows of LAK; changed: {changed}"
    assert not stuck, f"no request for these got as far as the database: {[(m, sweep.codes.get(m)) for m in stuck]}"
    print(f"ok: {len(sweep.codes)} calls x {sweep.roles} roles x {len(PLACES)} places, nothing of LAK seen or changed")


if __name__ == "__main__":
    main(*sys.argv[1:])
