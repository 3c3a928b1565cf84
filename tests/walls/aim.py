"""Requests for every call, made from the declarations and aimed at the rows of one property."""
from hints import HINTS
from rows import FAR, MARK, month, soon

# Whose numbers a field takes: by the list that completes it, else by its name.
BY_LIST = {"pool list": "pool", "apportion list": "apportionment",
           "case list": "desk_case", "order list": "work_order", "party list": "party", "place list": "place",
           "occupancy list": "occupancy", "attachment list": "attachment", "agenda list": "obligation",
           "call log": "phone_call", "call backlog": "obligation", "contact list": "contact", "contact keys": "party",
           "directory list": "directory_entry", "knowledge list": "knowledge", "familiarity list": "familiarity_check",
           "visit list": "desk_case", "bill list": "bill", "billing list": "billing_run", "payment list": "payment",
           "shift list": "shift", "bank list": "bank_account", "bank entries": "bank_entry", "bank rules": "bank_rule",
           "voucher list": "voucher_batch", "approval list": "approval", "journal list": "journal", "standard list": "standard",
           "standard batches": "assignment_batch", "account list": "account", "bill item list": "charge_item",
           "department list": "department", "calendar list": "calendar", "price list": "price", "meter list": "meter",
           "collection list": "obligation", "dunning list": "dunning_notice", "promise list": "promise",
           "deposit list": "deposit", "prepaid list": "prepaid_account", "remittance list": "remittance", "remittance payees": "payee"}
BY_NAME = {"article": "knowledge", "attachment": "attachment", "building": "building", "calendar": "calendar",
           "call": "phone_call", "case": "desk_case", "check": "familiarity_check", "contact": "contact",
           "department": "department", "entry": "obligation", "into": "desk_case", "occupancy": "occupancy",
           "order": "work_order", "other": "desk_case", "parent": "place", "party": "party", "place": "place",
           "template": "knowledge", "unit": "unit", "upload": "blob_upload", "with": "party", "charge": "charge_proposal"}
# What people call a row, where that is no number.
NUMBERS = {"pool": "code", "payee": "code", "bank_account": "code", "bank_rule": "code", "account": "code", "standard": "code",
           "charge_item": "code", "department": "code", "calendar": "code", "price": "code", "blob_upload": "id::text"}
# Words of lists that belong to no property.
WORDS = {"agenda kinds": "reminder", "case kinds": "repair", "category list": "plumbing", "directory kinds": "water",
         "duty skill kinds": "plumbing", "duty skill list": "plumbing", "familiarity list": "holder",
         "form list": "service_return_visit", "knowledge kinds": "answer", "meter utilities": "water", "occupancy roles": "owner",
         "party kinds": "resident", "place kinds": "unit", "property list": "LAK", "user list": "lakfitter",
         "device list": "lak-desk", "contact interests": MARK, "duty list": "lakfitter"}
# What no rule could guess.
PLAIN = {"hours": "mon-fri 9:00-17:00", "date": soon(), "steps": "supervisor 1h", "quantity": "1", "body": "Some text",
         "sha256": "0" * 64, "name": "lakthing", "login": "lakthing", "user": "lakfitter", "person": "lakfitter",
         "zone": "Asia/Shanghai", "currency": "CNY", "country_code": "86", "due": FAR, "again": FAR, "next": FAR,
         "password": "correct horse battery staple", "role": "clerk", "kind": "repair"}


class Requests:
    def __init__(self, schema, db):
        self.schema = schema
        tables = sorted(set(BY_LIST.values()) | set(BY_NAME.values()) - {"building", "unit"})
        self.rows = {table: [] for table in tables}
        # Of uploads the unfinished one first.
        select = "select '{0}', {1}, id from {0} where property_id = (select id from property where code = 'LAK')"
        for line in db.run(" union all ".join("(" + select.format(t, NUMBERS.get(t, "number")) + (
                " order by finished_at desc)" if t == "blob_upload" else " order by 2)") for t in tables)):
            table, number, row = line.split("|")
            self.rows[table].append((number, row))
        self.rows["building"] = [("building:77", i) for n, i in self.rows["place"] if n == "77"]
        self.rows["unit"] = [(n, i) for n, i in self.rows["place"] if n.startswith("77-1-")]

    def table(self, method, field):
        """Whose number the field takes; None: nobody's."""
        rule, cap = self.schema.field(field), method.split(".")[0]
        if rule.complete in BY_LIST:
            return BY_LIST[rule.complete]
        if cap == "directory" and field.name == "entry":
            return "directory_entry"
        types = self.schema.types
        if rule.format in (types.REF, types.UUID) or field.name in ("call", "calendar", "upload"):
            return BY_NAME.get(field.name, "desk_case" if field.name == "to" else None)
        return None

    def values(self, method, field):
        """What may stand in a field, the likeliest first."""
        rule, types = self.schema.field(field), self.schema.types
        table = self.table(method, field)
        if table:
            return [number for number, _ in self.rows[table]]
        if rule.choices:
            return rule.choices.split("|")
        if rule.complete in WORDS:
            return [WORDS[rule.complete], PLAIN.get(field.name, "x")]
        if field.name == "month":
            return [month(before) for before in (1, 2, 0)]
        if field.type == field.TYPE_BOOL:
            return [True]
        if field.type == field.TYPE_BYTES:
            return ["eHg="]
        if field.type != field.TYPE_STRING:
            return [max(rule.low, 1) if rule.HasField("low") else 1]
        if field.name in PLAIN:
            return [PLAIN[field.name], "x"]
        by_format = {types.DATE: "2026-01-05", types.TIMESTAMP: FAR, types.PHONE: "13900770001", types.CODE: "LAKX",
                     types.ZONE: "Asia/Shanghai"}
        return [by_format.get(rule.format, "x"), "1", MARK]

    def fill(self, method, message, chosen):
        """A request in which each field of 'chosen' has its candidate of that number."""
        values = {}
        for field in message.fields:
            if field.name not in chosen:
                continue
            hint = HINTS.get(method, {}).get(field.name)
            if hint is not None and chosen[field.name] == 0:
                values[field.name] = hint
                continue
            if field.type == field.TYPE_MESSAGE:
                inner = {f.name: 0 for f in field.message_type.fields if self.schema.field(f).required}
                value = self.fill(method, field.message_type, {**inner, **chosen[field.name]})
                if any(f.name == "line" for f in field.message_type.fields):
                    value["line"] = 1
            else:
                candidates = self.values(method, field)
                value = candidates[chosen[field.name] % len(candidates)]
            values[field.name] = [value] if field.label == field.LABEL_REPEATED else value
        return values

    def least(self, method):
        """The fields a request must have."""
        return {f.name: {} if f.type == f.TYPE_MESSAGE else 0 for f in self.schema.methods[method].input_type.fields
                if self.schema.field(f).required or f.type == f.TYPE_MESSAGE or f.name in HINTS.get(method, {})}

    def learn(self, desk, methods):
        """Tries requests at LAK, as somebody who works there, without making changes, until each is answered OK or nothing
        better is known. Gives for each call the fields of its request and the last answer."""
        chosen = {method: self.least(method) for method in methods}
        known, rest = {}, list(methods)
        for _ in range(30):
            answers = {}
            for start in range(0, len(rest), 24):
                answers.update(desk.ask_all([(m, self.fill(m, self.schema.methods[m].input_type, chosen[m]))
                                             for m in rest[start:start + 24]], property="LAK"))
            known.update({m: (chosen[m], answers[m]) for m in rest})
            rest = [m for m in rest if answers[m].code != 0 and self.better(m, chosen[m], answers[m])]
        return known

    def better(self, method, chosen, answer):
        """Another value for the field that was refused, or a row in another state. False: there is none to change."""
        fields = {f.name: f for f in self.schema.methods[method].input_type.fields}
        name = answer.violations[0].field.split("[")[0] if answer.violations else ""
        if name not in fields:
            name = next((n for n in chosen if self.table(method, fields[n])), "")
        if not name or isinstance(chosen.get(name), dict):
            return False
        chosen[name] = chosen.get(name, -1) + 1
        return True

    def aimed(self, method, chosen):
        """Requests like this one, each with its references written in another way, one more field aimed, or nothing but
        what must be there."""
        message = self.schema.methods[method].input_type
        bare = self.fill(method, message, chosen)
        ways = [bare]
        for write in (lambda number, _: f"LAK/{number}", lambda _, row: row):
            other = dict(bare)
            for field in message.fields:
                table = self.table(method, field)
                if table and isinstance(bare.get(field.name), str):
                    row = dict(self.rows[table]).get(bare[field.name])
                    other[field.name] = write(bare[field.name], row) if row else bare[field.name]
            if other not in ways:
                ways.append(other)
        for field in message.fields:
            table = self.table(method, field)
            words = (field.name in ("text", "about", "tag", "interest") and field.type == field.TYPE_STRING
                     and not self.schema.is_write(method))
            if field.name not in bare and (table or words):
                value = MARK if words else self.values(method, field)[0]
                ways.append({**bare, field.name: [value] if field.label == field.LABEL_REPEATED else value})
        return ways
