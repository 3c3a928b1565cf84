"""What no rule of the declarations could tell about a request: values that make it one the database answers."""
import base64

from rows import FAR, MARK, PHOTO, month, soon

CALENDAR = (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
            b"DTSTART;VALUE=DATE:" + soon().replace("-", "").encode() + b"\r\nSUMMARY:Holiday\r\nEND:VEVENT\r\n"
            b"END:VCALENDAR\r\n")


def text(data):
    return base64.b64encode(data).decode()


HINTS = {
    "approval.Decline": {"note": MARK},
    "bill.Add": {"party": "P-7770001"},
    "bill.ItemSet": {"code": "LAKTHING", "name": "Thing", "account": "7777"},
    "bill.Limit": {"kind": "refund"},
    "billing.Preview": {"month": month(0)},
    "billing.Run": {"month": month(0)},
    "collection.Plan": {"amount_minor": 1},
    "collection.Record": {"task": "P-7770003", "outcome": "no_answer"},
    "dunning.LevelSet": {"level": 1, "days": 1, "title": "Reminder", "body": "Pay {total}"},
    "dunning.Run": {"party": "P-7770003"},
    "interest.Set": {"rate": "1"},
    "promise.Make": {"party": "P-7770003", "on": FAR},
    "ledger.Post": {"debit": ["1001=1"], "credit": ["7777=1"]},
    "payment.Apply": {"party": "P-7770002"},
    "payment.Refund": {"party": "P-7770002"},
    "payment.Take": {"paid": ["cash=1"], "party": "P-7770001"},
    "period.Back": {"month": month(1)},
    "period.Begin": {"month": month(1)},
    "period.Close": {"month": month(1)},
    "period.Reopen": {"month": month(2)},
    "shift.Close": {"count": ["cash=1"], "why": MARK},
    "standard.Assign": {"code": "LAKRENT", "place": "77-1-7701"},
    "standard.End": {"code": "LAKFEE", "place": "77-1-7701"},
    "standard.Set": {"code": "LAKNEW", "name": "New", "item": "LAKHALL", "basis": "unit", "rate": "1"},
    "attachment.Put": {"offset": 0, "data": text(PHOTO + b"more")},
    "calendar.Import": {"file": text(CALENDAR), "like": "sun"},
    "case.SetCategory": {"category": "water"},
    "clock.ClearLevel": {"clock": "resolution", "priority": "normal", "kind": "repair"},
    "clock.Hold": {"until": f"{soon()} 12:00"},
    "contact.Plan": {"until": soon()},
    "department.Join": {"user": "foreign"},
    "directory.Add": {"phones": ["02077000002"]},
    "directory.Fit": {"category": "water"},
    "dispute.Leave": {"who": "P-7770002"},
    "duty.Add": {"from": "2099-01-02 8:00", "to": "2099-01-02 18:00"},
    "duty.AddSkill": {"skill": "electrical"},
    "duty.EndNeed": {"category": "door and gate / intercom", "skill": "electrical"},
    "duty.SetNeed": {"category": "water", "skill": "electrical"},
    "idem.Lookup": {"keys": ["01a21c50-12bd-7285-9e19-b2e2cd57e866"]},
    "knowledge.Edit": {"version": 2},
    "party.AddPhone": {"phone": "13900770099"},
    "party.RemovePlate": {"plate": "LAK-771"},
    "user.ResetTotp": {"user": "foreign"},
    "familiarity.Answer": {"unit": "77-1-7702", "question": "holder", "answer": MARK},
    "order.HandOn": {"to": "foreign"},
    "calendar.Set": {"calendar": "lakhours"},
    "price.Set": {"code": "LAKTAP", "name": "A tap", "unit": "pc", "kind": "material", "price_minor": 100},
    "auth.ChangePassword": {"old": "correct horse battery staple", "new": "wrong horse battery staple"},
    "auth.StepUp": {"code": "123456"},
    "auth.TotpConfirm": {"code": "123456"},
    "find.Find": {"text": MARK},
}
