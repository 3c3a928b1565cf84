#!/usr/bin/python3
"""Writes the seeds of the fuzz corpora: tests/fuzz/seeds.py. Run it again after changing it and commit the files."""
import importlib
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HELLO, WELCOME, REQUEST, DATA, RESPONSE, STATUS, CREDIT, CANCEL = 1, 2, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
PING, PONG, GOAWAY, ERROR = 0x20, 0x21, 0x30, 0x31
END, MORE = 1, 2


def seed(target, name, data):
    folder = os.path.join(HERE, target + ".in")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "seed-" + name), "wb") as f:
        f.write(data)


def frame(kind, payload=b"", stream=0, flags=0):
    return struct.pack(">BBBBII", 0xD5, kind, flags, 0, len(payload), stream) + payload


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def fixed(field, value):
    return varint(field << 3 | (1 if len(value) == 8 else 5)) + value


def frames():
    greeting = frame(HELLO, number(1, 1) + number(2, 1) + data(3, "steward 0.1"))
    seed("frame", "hello", b"\0" + greeting)
    seed("frame", "call", b"\2" + frame(REQUEST, b"body", 1) + frame(RESPONSE, b"reply", 1, END))
    seed("frame", "parts", b"\1" + frame(REQUEST, b"a", 1, MORE) + frame(DATA, b"b", 1, END))
    seed("frame", "control", b"\2" + frame(PING, b"12345678") + frame(PONG, b"12345678")
         + frame(CREDIT, struct.pack(">II", 5, 6), 3) + frame(CANCEL, b"", 3)
         + frame(STATUS, b"", 3, END) + frame(GOAWAY) + frame(ERROR))
    seed("frame", "later", b"\2" + frame(0x90, b"new", 7) + frame(0xFF))
    seed("frame", "magic", b"\2GET / HTTP/1.1\r\n\r\n")


def walker():
    item = data(1, "name") + number(2, -5) + data(3, "tag")
    single = b"".join(number(f, 3) for f in (1, 2, 4, 5, 7, 9))
    single += b"".join(fixed(f, b"\1\0\0\0") for f in (3, 8, 11))
    single += b"".join(fixed(f, b"\1\0\0\0\0\0\xf0?") for f in (6, 10, 12))
    single += number(13, 1) + number(14, -3) + data(15, "水管") + data(16, b"\0\xff") + data(17, item)
    many = b"".join(number(f, 1) for f in (31, 32, 35, 36)) + fixed(33, b"abcd") + fixed(34, b"abcdefgh")
    many += data(37, "a") + data(37, "b") + data(38, b"c") + data(39, item) + data(39, b"")
    packed = data(51, varint(1) + varint(-1)) + data(52, b"12345678") + data(53, b"\0\1") + data(54, b"\1\7")
    one = number(61, 5) + data(62, "x") + data(63, b"y") + data(72, "one")
    for name, body in (("single", single), ("many", many), ("packed", packed), ("one", one)):
        seed("walker", name, b"\0\0" + body)
    seed("walker", "unknown", b"\0\0" + number(200, 1) + data(201, "x") + fixed(202, b"1234") + fixed(203, b"12345678"))
    form = data(1, "title") + data(2, "high") + number(3, 5) + number(4, 10) + data(13, "secret") + data(15, b"k")
    form += data(9, "tag") + data(10, data(1, "row") + number(2, 7)) + data(14, b"\1\2") + data(16, "t") + data(17, data(1, "r"))
    seed("walker", "form", b"\0\1" + form)
    deep = b""
    for _ in range(9):
        deep = data(1, deep)
    seed("walker", "deep", b"\0\2" + deep)
    for i in range(3, 10):
        seed("walker", "envelope%d" % i, bytes([0, i]) + number(1, 1) + data(2, "A") + data(3, "b"))
    for i in range(10, 120, 5):
        body = data(1, "0190c0de-1234-7abc-8def-0123456789ab") + data(2, "complaint") + data(3, "2026-08-01")
        seed("walker", "rpc%03d" % i, bytes([0, i]) + body)


def envelopes():
    def request(method, body):
        return data(1, method) + number(2, 5000) + data(3, bytes(16)) + number(6, 1) + data(7, "SUN") + data(15, body)

    opened = data(1, "complaint") + data(3, "水管漏水") + data(5, "3-1-1202") + data(7, "+86 21 5555 0123")
    seed("envelope", "open", request("case.Open", opened + data(9, "urgent")))
    seed("envelope", "show", request("case.Show", data(1, "SUN/C-1042")))
    seed("envelope", "login", request("auth.Login", data(1, "wang.fang") + data(2, "secret")))
    seed("envelope", "nothing", request("no.Such", b""))
    seed("envelope", "empty", b"")


def raw(bytes_):
    return b"".join(b"\0" + bytes([len(bytes_[i:i + 255])]) + bytes_[i:i + 255] for i in range(0, len(bytes_), 255))


def made(kind, flags, stream, length):
    return struct.pack(">BBBHH", 1, kind, flags, stream, length)


def send(what, stream=0, length=0):
    return struct.pack(">BBBH", 2, what, stream, length)


def sessions():
    server, client = 1, 0
    answer, end, grant, abort = 2, 4, 8, 16
    hello = raw(frame(HELLO, b"hi"))
    opened = hello + send(6 | 8)
    calls = b"".join(made(REQUEST, 0, i, 100) for i in (1, 3, 5))
    seed("session", "server-call", bytes([server | answer | end]) + opened + calls + b"\4")
    seed("session", "server-parts", bytes([server | answer | end]) + opened + made(REQUEST, MORE, 1, 60000)
         + made(DATA, MORE, 1, 16000) + made(DATA, END, 1, 9) + raw(frame(CREDIT, struct.pack(">II", 90000, 0), 1)))
    seed("session", "server-stream", bytes([server | answer | grant]) + opened + calls
         + raw(frame(CREDIT, struct.pack(">II", 90000, 9), 1)) + send(2, 1, 65535) + send(3, 1, 9) + made(CANCEL, 0, 1, 0))
    seed("session", "server-cancel", bytes([server]) + opened + calls + made(CANCEL, 0, 1, 0) + send(1, 3, 65535)
         + made(CANCEL, 0, 3, 0) + send(9, 5, 65535) + made(CANCEL, 0, 5, 0))
    seed("session", "server-pings", bytes([server]) + opened + made(PING, 0, 0, 8) * 6 + b"\3\x60" + made(PONG, 0, 0, 8))
    seed("session", "server-upload", bytes([server | grant]) + opened + made(REQUEST, 0, 1, 5) + made(DATA, 0, 1, 500) * 40
         + made(DATA, END, 1, 1))
    seed("session", "server-abort", bytes([server | abort | answer]) + opened + calls + calls)
    seed("session", "server-login", bytes([server]) + hello + made(REQUEST, MORE, 1, 16000) + made(DATA, 0, 1, 1000))
    greeted = send(0) + raw(frame(WELCOME, b"welcome"))
    asked = greeted + send(1, 0, 50) * 3
    seed("session", "client-call", bytes([client]) + asked + made(RESPONSE, END, 1, 70) + made(RESPONSE, MORE, 3, 60000)
         + made(DATA, END, 3, 60))
    seed("session", "client-stream", bytes([client | grant]) + asked + made(RESPONSE, 0, 1, 7) + made(DATA, 0, 1, 700) * 40
         + made(STATUS, END, 1, 7))
    seed("session", "client-cancel", bytes([client]) + asked + made(RESPONSE, MORE, 1, 7) + send(3, 1)
         + made(STATUS, END, 1, 7) + send(1, 0, 65535) + send(3, 7) + made(RESPONSE, END, 7, 7))
    seed("session", "client-goaway", bytes([client]) + asked + made(GOAWAY, 0, 0, 9) + send(1) + made(ERROR, 0, 0, 5))
    seed("session", "client-ping", bytes([client]) + greeted + send(4) + made(PONG, 0, 0, 8) * 2)


def settings():
    plain = "# a desk's own database\ndata = /var/lib/steward\nport = 0\nlog_level = debug\n"
    given = "[server]\ndb_host=/run/postgresql\nstate = /etc/steward\ndb_sslmode = verify-full\nmax_ops = 100\n"
    seed("config", "plain", plain.encode())
    seed("config", "given", given.encode() + b"\0" + b"\x03" + b"250")
    seed("config", "bad-value", b"data = /d\nport = 70000\ncluster_durable = maybe\n")
    seed("config", "unknown", b"[x]\nno_such = 1\n")
    seed("config", "comment", b"data = /d ; not a comment\n")
    seed("config", "more-lines", b"data = /d\n names = a\n  b\ncluster_durable = false\n" + b"names = " + b"x" * 190 + b"\n")


def tables():
    rows = "origin_ref,opened_at,kind,summary\nB1,2025-01-05,repair,\"Tap, \"\"dripping\"\"\"\n\nB2,,noise,\"two\nlines\"\n"
    seed("csv", "plain", b"\0\0" + rows.encode())
    seed("csv", "semicolon", b"\x08\1" + rows.replace(",", ";").replace("\n", "\r\n").encode())
    seed("csv", "mark", b"\0\2\xef\xbb\xbfcode,name\n3-1-1202,\xe6\xb0\xb4\xe7\xae\xa1\n")
    seed("csv", "gb18030", b"\2\3" + "名称,电话\n张伟,0571-0555 4486\n".encode("gb18030"))
    seed("csv", "utf16", b"\0\1" + "line,name\n1,王芳\n".encode("utf-16"))
    seed("csv", "latin", b"\4\2name|note\n\xfcber|x\n")
    seed("csv", "quote", b"\1\0a,b\n\"never closed,1\nx\"y,2\n\"a\"b,3\n3,\xff\n")


def statements():
    """The sample, on one line, in another encoding, with what a statement must not have, and one that does not add up."""
    with open(os.path.join(HERE, "..", "sample", "statement.xml"), encoding="utf-8") as f:
        text = f.read()
    seed("camt", "sample", text.encode())
    line = " ".join(text.split())
    seed("camt", "line", line.encode())
    seed("camt", "latin", line.replace("UTF-8", "ISO-8859-1").replace("张三", "Jürgen").encode("latin-1"))
    seed("camt", "utf16", line.replace("UTF-8", "UTF-16").encode("utf-16"))
    seed("camt", "older", line.replace(".08", ".02").replace("<Pty>", "").replace("</Pty>", "").encode())
    seed("camt", "off", line.replace("1441.50", "1441.51").encode())
    seed("camt", "cut", line[:len(line) // 2].encode())
    seed("camt", "entity", line.replace("<Document", "<!DOCTYPE a [<!ENTITY x 'y'>]><Document", 1).replace("Wang", "&x;").encode())
    stmt = line[line.index("<Stmt>"):line.index("</BkToCstmrStmt>")]
    seed("camt", "two", line.replace(stmt, stmt + stmt.replace("2026-11-23</Id>", "2026-11-24</Id>")).encode())
    seed("camt", "no-balance", line.replace("OPBD", "ITBD").encode())


def secrets():
    token = "stw1.ABCDEFGHIJKLMNOPQRSTUVWXYZ.MZXW6YTBOJTG633CMFZGM33PMI"
    seed("token", "enrol", b"\0" + token.encode())
    seed("token", "enrol-lower", b"\0" + token.lower().encode())
    seed("token", "enrol-short", b"\0" + token[:-1].encode())
    seed("token", "code", b"\x01287 082")
    seed("token", "recovery", b"\1ABCD-efgh-jkmn-pqrs")
    seed("token", "password", b"\2correct horse battery")
    seed("token", "password-long", "\3密码密码 wang.fang Sunny Gardens qwertyuiop 12345".encode())
    seed("token", "box", b"\4\1" + bytes(40))
    seed("token", "uuid", b"\x050190c0de-1234-7abc-8def-0123456789ab")


def certificates():
    """Made by openssl: a signing request, a certificate, and alternative names of each sort."""
    def openssl(*args):
        return subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder).stdout

    if os.path.exists(os.path.join(HERE, "pem.in", "seed-request")):
        return  # keys would be others each time
    device = "urn:steward:device:0190aaaa-0000-7000-8000-00000000000d"
    with tempfile.TemporaryDirectory() as folder:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key")
        csr = openssl("req", "-new", "-key", "key", "-subj", "/CN=desk")
        cert = openssl("req", "-x509", "-key", "key", "-subj", "/CN=desk", "-days", "36500", "-addext",
                       "subjectAltName=URI:" + device)
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "rsa")
        weak = openssl("req", "-new", "-key", "rsa", "-subj", "/CN=desk")
        with open(os.path.join(folder, "cert"), "wb") as f:
            f.write(cert)
        der = openssl("x509", "-in", "cert", "-outform", "DER")
    seed("pem", "request", b"\0" + csr)
    seed("pem", "request-rsa", b"\0" + weak)
    seed("pem", "certificate", b"\1" + cert)
    seed("pem", "encoded", b"\2" + der)

    def names(*entries):
        body = b"".join(bytes([kind, len(text)]) + text for kind, text in entries)
        return b"\x30" + (bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])) + body

    uri = (0x86, device.encode())
    seed("pem", "names-one", b"\3" + names(uri))
    seed("pem", "names-two", b"\3" + names(uri, uri))
    seed("pem", "names-other", b"\3" + names((0x82, b"localhost"), (0x87, bytes(4)), (0x86, b"urn:steward:device:"), uri))
    seed("pem", "names-zero", b"\3" + names((0x86, device.encode() + b"\0x")))


def pick_hash(name):
    """tests/fuzz/pick.h"""
    h = 2166136261
    for byte in name.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return struct.pack(">H", (h >> 16 ^ h) & 0xFFFF)


def load_declarations():
    root = os.path.join(HERE, "..", "..")
    out = tempfile.mkdtemp(prefix="steward-seeds-")
    files = sorted(f"proto/{name}" for name in os.listdir(f"{root}/proto") if name.endswith(".proto"))
    subprocess.run(["protoc", f"--proto_path={root}", "--proto_path=/usr/include", f"--python_out={out}", *files,
                    "protobuf-c/protobuf-c.proto"], check=True)
    sys.path.insert(0, out)
    return [importlib.import_module(name[:-6].replace("/", ".") + "_pb2") for name in files]


TEXTS = {"UUID": "0190c0de-1234-7abc-8def-0123456789ab", "DATE": "2026-08-01", "TIMESTAMP": "2026-08-01T09:30:00Z",
         "PHONE": "+86 21 5555 0123", "CODE": "3-1-1202", "NAME": "wang.fang", "REF": "SUN/C-1042", "ZONE": "Asia/Shanghai"}


def fill(message, rule_of, depth=0):
    """Every field with a value that its declaration allows."""
    for f in message.DESCRIPTOR.fields:
        rule = f.GetOptions().Extensions[rule_of]
        many = f.label == f.LABEL_REPEATED
        if f.type == f.TYPE_MESSAGE:
            if depth < 3:
                fill(getattr(message, f.name).add() if many else getattr(message, f.name), rule_of, depth + 1)
            continue
        if f.type == f.TYPE_STRING:
            form = rule.DESCRIPTOR.fields_by_name["format"].enum_type.values_by_number[rule.format].name
            value = rule.choices.split("|")[0] if rule.choices else TEXTS.get(form, "水管漏水")
        elif f.type == f.TYPE_BYTES:
            value = b"\x00\xff"
        elif f.type == f.TYPE_BOOL:
            value = True
        elif f.type == f.TYPE_ENUM:
            value = f.enum_type.values[-1].number
        else:
            value = max(1, rule.low)
        if many:
            getattr(message, f.name).append(value)
        else:
            setattr(message, f.name, value)


def daemon(name, calls, who=0):
    """What a client sends: who it is, HELLO, calls."""
    said = frame(HELLO, number(1, 1) + number(2, 1) + data(3, "fuzz"))
    for i, (method, body) in enumerate(calls):
        said += frame(REQUEST, data(1, method) + data(3, bytes(16)) + data(7, "SUN") + data(8, "a reason") + data(15, body), 2 * i + 1)
    seed("daemon", name, bytes([who]) + said + frame(PING, b"12345678") + frame(CANCEL, b"", 1))


def requests():
    """Of each capability the request that says most."""
    from google.protobuf import json_format
    modules = load_declarations()
    options = sys.modules["proto.options_pb2"]
    for module in modules:
        for service in module.DESCRIPTOR.services_by_name.values():
            if not module.__name__.startswith("proto.") or service.full_name.startswith("google"):
                continue
            cap = module.__name__[6:-4]
            made = []
            for method in service.methods:
                message = method.input_type._concrete_class()
                fill(message, options.field)
                made.append((len(message.SerializeToString()), method.name, message))
            _, name, message = max(made, key=lambda entry: entry[:2])
            head = pick_hash(f"{cap}.{name}")
            seed("request", cap, head + message.SerializeToString(deterministic=True))
            text = json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None, sort_keys=True,
                                             ensure_ascii=False)
            seed("json", cap, head + text.encode())
            daemon(cap, [(f"{cap}.{name}", message.SerializeToString(deterministic=True))])
    seed("request", "nothing", pick_hash("case.Open"))
    login = data(1, "wang.fang") + data(2, "secret")
    daemon("before-login", [("auth.Login", login), ("case.List", b""), ("auth.Resume", data(1, "A" * 43))], who=1)
    daemon("renew", [("device.Renew", data(1, "no request")), ("case.List", b"")], who=2)
    daemon("enrolling", [("enrol.Redeem", data(1, "stw1.abc") + data(2, "no request"))], who=3)
    daemon("mute", [("event.Watch", b"")] * 40, who=0x80)
    seed("json", "nothing", pick_hash("case.Open") + b"{}")
    seed("json", "wrong", pick_hash("case.Open") + b'{"sumary": [1, -2.5e3, null, true, {"a": "\\u6c34"}]}')


def prints():
    """The sample documents, each in another form; and one as protobuf."""
    folder = os.path.join(HERE, "..", "sample", "documents")
    for i, name in enumerate(sorted(os.listdir(folder))):
        with open(os.path.join(folder, name), "rb") as f:
            text = f.read()
        seed("print", name.removesuffix(".json"), bytes([i % 6]) + text)
    table = data(1, "Charges") + data(2, data(1, "What") + number(3, 5)) + data(2, data(1, "Amount") + number(2, 1))
    table += data(3, data(1, "水费 Water") + data(1, "89.98")) + data(3, data(1, "Total") + data(1, "89.98") + number(2, 3))
    bill = data(1, "Bill") + data(2, "Sunshine") + data(3, "Wang Fang") + data(4, data(1, "No") + data(2, "1"))
    bill += data(6, table) + data(7, "Thank you") + data(8, data(1, "pay") + data(2, "Scan")) + number(10, 2) + data(11, "zh")
    seed("print", "protobuf", b"\x08" + data(1, bill) + data(1, data(1, "Notice")))
    seed("print", "receipt-protobuf", b"\x08" + data(1, bill) + number(2, 1) + number(4, 384) + number(5, 1))
    seed("print", "wrong", b"\0" + b'{"title": "a", "tables": [{"columns": [{}], "rows": [{"cells": ["1", "2"]}]}]}')


if __name__ == "__main__":
    frames()
    walker()
    envelopes()
    sessions()
    settings()
    tables()
    statements()
    secrets()
    certificates()
    requests()
    prints()
