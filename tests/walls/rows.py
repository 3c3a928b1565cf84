"""Fills the property LAK: at least one row of every table that has a wall, each recognisable wherever it turns up."""
import base64
import hashlib
from datetime import datetime, timedelta
from time import sleep

MARK = "zqlakfar"  # in every text that may hold it
FIRST_NUMBER = 7770001  # C-7770001 and so on: no other property gets that far
FAR = "2099-01-02"
PHOTO = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + MARK.encode() * 4


def soon():
    return (datetime.now() + timedelta(days=20)).strftime("%Y-%m-%d")


class Far:
    """Makes things at LAK, as people who work there."""

    def __init__(self, connect):
        self.connect, self.desk, self.admin, self.fitter = connect, connect("foreign"), connect(None), None

    def make(self, method, **values):
        return self.desk.must(method, values, property="LAK")

    def work(self, method, **values):
        """What the fitter does."""
        return self.fitter.must(method, values, property="LAK")

    def rule(self, method, **values):
        """What only an administrator may."""
        return self.admin.must(method, values, property="LAK")


def fill(db, far):
    db.run("insert into counter (property_id, series, value)"
           f" select p.id, s.series, {FIRST_NUMBER - 1} from property p, (select distinct (regexp_matches(prosrc,"
           " 'next_number\\([^,()]+, ''([^'']+)''\\)', 'g'))[1] as series from pg_proc) s where p.code = 'LAK'"
           " on conflict (property_id, series) do update set value = excluded.value")
    people(far)
    far.fitter = far.connect("lakfitter")
    registry(far)
    article, entry = rules(far)
    customers(far, cases(far), article, entry)
    money(far)
    shared(far)
    # What is left of a run that is under way: the daemon would be through with it at once.
    db.run("insert into billing_lot select r.property_id, r.id, 1, array[l.id] from billing_run r join place l using (property_id)"
           " where l.number = '77-1-7701' limit 1")
    db.run("insert into interest_lot select r.property_id, r.id, 1, array[p.id] from interest_run r join party p using (property_id)"
           " where p.number = 'P-7770001' limit 1")


def people(far):
    far.rule("user.Add", login="lakfitter", full_name="The fitter of LAK", password="correct horse battery staple",
             must_change=False)
    far.rule("user.Grant", user="lakfitter", role="technician", at="LAK")
    far.rule("user.Grant", user="foreign", role="supervisor", at="LAK")
    for user, role in (("foreign", "cashier"), ("foreign", "finance"), ("lakfitter", "cashier"), ("lakfitter", "manager")):
        far.rule("user.Grant", user=user, role=role, at="LAK")
    far.rule("device.Invite", name="lak-desk", at="LAK")
    far.make("department.Add", code="LAKENG", name=f"Engineering {MARK}")
    far.make("department.Join", department="LAKENG", user="lakfitter")
    far.make("department.Join", department="LAKENG", user="foreign")
    far.make("duty.AddSkill", person="lakfitter", skill="plumbing", level=2)
    far.make("duty.Add", person="lakfitter", to=soon(), note=MARK)


def registry(far):
    for kind, number, more in (
            ("unit", "77-1-7701", {"building": "77", "floor": "7", "layout": "2+1", "structure": MARK, "pipes": MARK}),
            ("unit", "77-1-7702", {"building": "77", "layout": "3+1"}),
            ("facility", "LIFT-77", {"location": MARK, "maker": MARK, "status": "working"}),
            ("parking", "PK-77", {"charger": "yes"})):
        far.make("place.Add", kind=kind, number=number, name=f"{MARK} {number}", note=MARK, **more)
    far.make("place.Edit", place="building:77", address=f"7 {MARK} Road", floors="7", structure=MARK)
    for i in range(1, 4):
        far.make("party.Add", name=f"{MARK.title()} Person{i}", phones=[f"1390077000{i}"], plates=[f"LAK-77{i}"],
                 email=f"p{i}@{MARK}.example", note=MARK, alias=f"{MARK} {i}", language="English")
    far.make("occupancy.Start", place="77-1-7701", party="P-7770001", role="owner", note=MARK, contract=MARK,
             **{"from": "2019-05-01"})
    far.make("occupancy.Start", place="77-1-7702", party="P-7770002", role="owner", **{"from": "2019-05-01"})
    far.make("party.Join", party="P-7770003", role="spouse", **{"with": "P-7770001"})
    far.make("price.Set", code="LAKPIPE", name=f"Pipe {MARK}", kind="material", unit="m", price_minor=7700)


def rules(far):
    far.make("calendar.Set", calendar="lakdesk", name=f"Desk {MARK}", hours="mon-fri 9:00-18:00")
    far.make("calendar.Day", calendar="lakdesk", date=soon(), closed=True, name=MARK)
    far.make("clock.SetLevel", clock="resolution", priority="normal", kind="repair", minutes=525600)
    far.make("escalation.SetLadder", severity="moderate", steps=["supervisor 30d", "manager 30d"])
    far.make("visit.SetPolicy", kind="repair", rule="always", after="1 d", within="80 d", tries=3, to="LAKENG")
    far.make("contact.AddPatch", user="lakfitter", building="building:77")
    article = far.make("knowledge.Add", title=f"Taps {MARK}", body=f"How to mend a tap {MARK}", kind="answer", tags=[MARK],
             case_kinds=["repair"])
    far.make("knowledge.Publish", article=article.number)
    entry = far.make("directory.Add", name=f"Waterworks {MARK}", kind="water", phones=["02077000001"], what_for=MARK,
                     address=MARK)
    return article.number, entry.number


def attach(far, case):
    """A file that came whole, and one that came but was not ended."""
    for content, ends in ((PHOTO, True), (PHOTO + b"more", False)):
        begun = far.make("attachment.Begin", to=case, kind="case", name=f"{MARK}.jpg", size=len(content), note=MARK,
                         sha256=hashlib.sha256(content).hexdigest())
        far.make("attachment.Put", upload=begun.upload, offset=0, data=base64.b64encode(content).decode())
        if ends:
            far.make("attachment.Finish", upload=begun.upload)


def dispatched(far, case, *steps):
    order = far.make("case.Dispatch", case=case, to="LAKENG", task=f"Task {MARK}").order.number
    for step in steps:
        far.work(f"order.{step}", order=order, **({"why": MARK} if step == "Pause" else {}))
    return order


def work(far, case):
    """Works on a case and charges for it; leaves the order done."""
    order = dispatched(far, case, "Accept", "Start")
    far.work("order.AddItem", order=order, code="LAKPIPE", quantity="2")
    far.work("order.ProposeCharge", order=order, bearer="customer", party="P-7770001", note=MARK)
    far.work("order.Complete", order=order, result=f"Mended {MARK}", reply=f"It is mended {MARK}")
    return order


def opened(far, **more):
    return far.make("case.Open", **{"kind": "repair", "summary": f"Tap drips {MARK}", "details": MARK, "spot": f"lobby {MARK}",
                                    "caller": MARK, **more}).number


def cases(far):
    open_case = opened(far, party="P-7770001", place="77-1-7701")
    far.make("case.Note", case=open_case, text=f"A note {MARK}")
    other = opened(far, place="77-1-7702")
    far.make("relation.Link", case=open_case, other=other, kind="caused_by", text=MARK)
    attach(far, open_case)
    done = opened(far, party="P-7770002")
    work(far, done)
    far.make("visit.Record", case=done, outcome="reached", score=4, remark=MARK, answer=["quality=4", f"better={MARK}"])
    far.rule("visit.Sample", **{"from": "2020-01-01", "to": "2099-12-31"}, share=100)
    unhappy = opened(far, party="P-7770002")
    work(far, unhappy)
    far.make("visit.Record", case=unhappy, outcome="not_solved", remark=MARK)
    owed = opened(far, party="P-7770001")
    work(far, owed)
    far.make("visit.Record", case=owed, outcome="reached", score=5, remark=MARK)
    far.rule("visit.Sample", **{"from": "2020-01-01", "to": "2099-12-31"}, share=100)
    far.make("order.ApproveCharge", order=work(far, opened(far, party="P-7770001")))
    for steps in ((), ("Accept",), ("Accept", "Start"), ("Accept", "Start", "Pause")):
        dispatched(far, opened(far, party="P-7770002"), *steps)
    far.make("clock.Hold", case=opened(far), why=MARK, until=f"{soon()} 12:00")
    far.make("escalation.Raise", case=opened(far), why=MARK)
    far.make("relation.Merge", case=opened(far), into=other)
    dispute = opened(far, kind="dispute", party="P-7770001")
    far.make("dispute.Join", case=dispute, role="respondent", party="P-7770002", says=MARK)
    far.make("dispute.Session", case=dispute, outcome="adjourned", present=MARK, minutes=MARK, next=FAR)
    far.make("agenda.Add", label=f"Water meter {MARK}", due=FAR, note=MARK, party="P-7770001")
    return open_case


def customers(far, case, article, entry):
    contact = far.make("contact.Add", party="P-7770001", summary=f"Heard {MARK}", mood="content", needs=MARK, note=MARK)
    far.make("contact.Strike", contact=contact.number, why=MARK)
    far.make("contact.Add", party="P-7770001", summary=f"Heard again {MARK}", mood="content")
    far.make("contact.Profile", party="P-7770001", channel="phone", best_time=MARK, matters=MARK, interests=[MARK])
    far.make("contact.Key", party="P-7770001", why=MARK)
    far.make("knowledge.Use", article=article, case=case, remark=MARK)
    far.make("directory.Use", entry=entry, case=case, remark=MARK)
    far.make("visit.Plan", party="P-7770001", why=MARK, due=FAR, to="foreign")
    far.make("visit.Household", entry="P-7770001", outcome="reached", remark=MARK, need=[f"A ramp {MARK}"])
    far.make("visit.Plan", party="P-7770002", why=MARK, due=FAR, to="foreign")
    call = far.make("call.Ring", to="8000", call_id=MARK, **{"from": "13900770001"}).call.number
    far.make("call.Answer", call=call)
    far.make("call.Attach", call=call, case=case)
    far.make("call.Promise", call=call, about=MARK, due=FAR)
    far.make("call.Ring", to="8000", **{"from": "13900770002"})
    check = far.make("familiarity.Start", user="lakfitter", size=20).number
    far.make("familiarity.Answer", check=check, unit="77-1-7701", question="holder", answer=MARK)


def shared(far):
    """Pools: one with a place nobody could be billed for until later, one with a key, one with a meter."""
    far.make("apportion.SetMeasure", place="77-1-7701", what="people", value="3", **{"from": "2020-01-01"})
    far.make("place.Add", kind="parking", number="PK-78")
    far.make("apportion.SetPool", code="LAKPARK", name=f"Barrier {MARK}", item="LAKHALL", basis="unit", listed=True)
    far.make("apportion.Weigh", code="LAKPARK", place=["PK-78", "77-1-7701"], why=MARK)
    far.make("apportion.Run", code="LAKPARK", month=month(2), amount_minor=777)
    far.make("occupancy.Start", place="PK-78", party="P-7770001", role="owner", **{"from": "2019-05-01"})
    far.make("apportion.SetPool", code="LAKPOOL", name=f"Garden {MARK}", item="LAKHALL", basis="key", place="building:77")
    far.make("apportion.Weigh", code="LAKPOOL", place=["77-1-7701=7", "77-1-7702=7"], why=MARK)
    far.make("apportion.Run", code="LAKPOOL", month=month(2), amount_minor=777)
    meter = far.make("meter.Add", place="77-1-7701", utility="electricity", first="0", kind="common", on=f"{month(3)}-01").number
    for before in (2, 1):
        far.make("meter.Read", meter=meter, value=str(300 - 77 * before), on=f"{month(before)}-01")
    far.make("apportion.SetPool", code="LAKLIGHT", name=f"Light {MARK}", item="LAKHALL", basis="people", rate="0.77", meter=[meter], listed=True)
    far.make("apportion.Weigh", code="LAKLIGHT", place=["77-1-7701"])
    far.make("apportion.Run", code="LAKLIGHT", month=month(2))


def month(before):
    day = datetime.now().replace(day=1)
    for _ in range(before):
        day = (day - timedelta(days=3)).replace(day=1)
    return day.strftime("%Y-%m")


def bank(far):
    """Entries that are open, that were taken at the desk, and one whose match was taken back; a batch of vouchers."""
    far.make("bank.Set", code="LAKBANK", name=f"Bank {MARK}", number="LAK-7770-0001", account="1002")
    far.make("bank.RuleSet", code="LAKRULE", contains=MARK, direction="out", account="6713", text=MARK)
    today = datetime.now().strftime("%Y-%m-%d")
    far.make("bank.Import", rows=[{"line": i, "date": today, "sum": total, "text": f"{text} {MARK}", "counterparty": MARK,
                                   "reference": MARK, "ref": f"{MARK} {i}", "statement": MARK}
                                  for i, (text, total) in enumerate((("open", "7.71"), ("slip", "7.72"), ("twice", "7.73"), ("more", "7.74")))])
    slip = far.make("payment.Take", paid=["card=7.72"], party="P-7770002", note=MARK).number
    far.make("payment.Take", paid=["card=7.75"], party="P-7770002", note=MARK)
    far.make("bank.Clear", entry="BE-7770002", receipt=[slip])
    far.make("bank.Book", entry="BE-7770003", account="7777", text=MARK)
    far.make("bill.Limit", kind="bank_unmatch", amount_minor=100000)
    far.make("bank.Unmatch", entry="BE-7770003", why=MARK)
    for account in far.make("voucher.Maps").accounts:
        far.make("voucher.Map", account=account.account, to=account.account, aux="customer" if account.account == "1122" else "none")
    far.make("voucher.Make", month=month(1))


def money(far):
    """A month that is closed and one that closes, bills of several states, shifts, a run that found an exception."""
    far.make("ledger.AccountAdd", code="7777", name=f"Far {MARK}", kind="income")
    for party in ("P-7770001", "P-7770003"):
        far.make("bill.Add", item="RENT", party=party, place="77-1-7701", amount_minor=77000, text=f"Late {MARK}", date=f"{month(2)}-02",
                 due=f"{month(2)}-03")
    for before in (2, 1):
        far.make("ledger.Post", text=f"Entry {MARK}", debit=["1001=77"], credit=["7777=77"], date=f"{month(before)}-10")
        far.make("period.Begin", month=month(before))
        if before == 2:
            far.make("period.Close", month=month(before))
    far.make("bill.ItemSet", code="LAKHALL", name=f"Hall {MARK}", account="6004")
    far.make("bill.Limit", kind="credit_note", amount_minor=100000)
    bills = {text: far.make("bill.Add", item="LAKHALL", party="P-7770001", place="77-1-7701", amount_minor=7700,
                            text=f"{text} {MARK}").number for text in ("credited", "lost", "doubtful", "disputed")}
    far.make("bill.Credit", bill=bills["credited"], amount_minor=100, why=MARK)
    far.work("bill.WriteOff", bill=bills["lost"], why=MARK)
    far.make("bill.WriteOff", bill=bills["doubtful"], why=MARK)
    far.make("bill.Dispute", bill=bills["disputed"])
    for who, drawer in ((far.work, "LAK-1"), (far.make, "LAK-2")):
        who("shift.Open", drawer=drawer)
        who("payment.Take", paid=["cash=777"], party="P-7770002", note=MARK)
    far.work("shift.Close", count=["cash=700"], why=MARK)
    far.make("payment.Take", paid=["cash=7"], party="P-7770001", note=MARK)
    far.make("bill.Add", item="LAKHALL", party="P-7770002", amount_minor=7700, text=MARK)
    far.make("printing.LetterheadSet", name=f"Company {MARK}", phone=MARK, bank=MARK, footer=MARK)
    far.make("bill.Print", bill=[bills["disputed"]])
    for code in ("LAKFEE", "LAKRENT"):
        far.make("standard.Set", code=code, name=f"Fee {MARK}", item="LAKHALL", basis="gross_area", rate="7.77")
    far.make("standard.Assign", code="LAKFEE", place="building:77", why=MARK, note=MARK)
    bank(far)
    pots(far)
    meters(far)
    billed(far, month(1), ["LAKWATER"])
    billed(far, month(0))
    arrears(far)


def meters(far):
    """Two meters: one that was read, one that was read and is billed by."""
    for reading, on in (("3", f"{month(1)}-20"), ("7", f"{month(0)}-01")):
        meter = far.make("meter.Add", place="77-1-7701", utility="water", first="0", serial=MARK, note=MARK,
                         kind="common" if reading == "3" else "unit", on=f"{month(1)}-01").number
        far.make("meter.Read", meter=meter, value=reading, on=on, note=MARK)
    far.make("standard.Set", code="LAKWATER", name=f"Water {MARK}", item="LAKHALL", basis="metered", utility="water",
             rate="7.77", **{"from": f"{month(1)}-01"})
    far.make("standard.Assign", code="LAKWATER", place="77-1-7701", note=MARK, **{"from": f"{month(1)}-01"})


def billed(far, what, standards=()):
    far.make("billing.Run", month=what, standard=list(standards))
    while far.make("billing.List").runs[0].state == "running":
        sleep(0.1)


def pots(far):
    """What is held for customers and for others: deposits, a prepaid balance that is low, what was handed on and what waits."""
    for _ in range(2):
        far.make("deposit.Take", paid=["cash=77"], purpose="fit_out", party="P-7770001", place="77-1-7701", note=MARK)
    for kind in ("deposit_deduction", "deposit_undo", "deposit_refund", "prepaid_refund"):
        far.make("bill.Limit", kind=kind, amount_minor=100000)
    far.make("deposit.Deduct", deposit="DP-7770001", amount_minor=77, document=MARK, why=MARK)
    far.make("remittance.SetPayee", code="LAKGASCO", name=f"Gas {MARK}", item=["GAS"], contract=MARK, bank_account=MARK)
    far.make("standard.Set", code="LAKGAS", name=f"Gas {MARK}", item="GAS", basis="metered", utility="gas", rate="7.77",
             **{"from": f"{month(1)}-01"})
    for place in ("77-1-7701", "77-1-7702"):
        far.make("prepaid.Open", place=place, standard="LAKGAS", threshold_minor=7700 if place.endswith("1") else 0,
                 **{"from": f"{month(1)}-01"})
    far.make("prepaid.TopUp", account="PA-7770001", paid=["cash=77"], note=MARK)
    far.make("prepaid.Draw", account="PA-7770001", usage="1")
    far.make("prepaid.Tell", account="PA-7770001", outcome="no_answer", channel="phone", told=MARK, remark=MARK)
    asked = far.make("remittance.Ask", payee="LAKGASCO", month=month(0), why=MARK).approval
    far.work("approval.Approve", approval=asked)
    gas = far.make("bill.Add", item="GAS", party="P-7770003", amount_minor=777, text=MARK).number
    far.make("payment.Take", paid=["cash=7.77"], bill=[gas], note=MARK)


def arrears(far):
    """The first customer is dunned, pays interest and has promised; the third is still to be dunned, and somebody's task."""
    yesterday = (datetime.now() - timedelta(days=1)).strftime("%Y-%m-%d")
    far.make("arrears.Policy", minimum_minor=1)
    far.make("arrears.Target", month=month(0), current_bp=7700, old_bp=770)
    far.make("dunning.LevelSet", level=1, days=1, title=f"Reminder {MARK}", body=f"{MARK}: {{lines}}")
    far.make("dunning.LevelSet", level=1, language="zh", title=f"Reminder {MARK}", body=f"{MARK}: {{lines}}")
    run = far.make("dunning.Run", party="P-7770001")
    far.make("dunning.Print", notice=[run.number])
    far.make("interest.Set", rate="0.7", **{"from": f"{month(2)}-01"})
    far.make("interest.Run", party="P-7770001", through=yesterday)
    far.make("promise.Make", party="P-7770001", amount_minor=77, on=FAR, note=MARK)
    far.make("collection.Plan", amount_minor=7700, days=0)
