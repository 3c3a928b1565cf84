#!/usr/bin/python3
"""steward-render --serve: an answer to everything, the same bytes every time, no memory kept. render_serve.py PROGRAM"""
import os
import random
import struct
import subprocess
import sys

LARGEST = 32 << 20


def varint(n):
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


def read_varint(b, at):
    n = shift = 0
    while True:
        n |= (b[at] & 0x7F) << shift
        shift += 7
        at += 1
        if b[at - 1] < 0x80:
            return n, at


def fields(b):
    """The last value of each field of a message."""
    at, out = 0, {}
    while at < len(b):
        key, at = read_varint(b, at)
        value, at = read_varint(b, at)
        if key & 7 == 2:
            value, at = b[at:at + value], at + value
        out[key >> 3] = value
    return out


class Renderer:
    def __init__(self, program):
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", ""))
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def ask(self, request, length=None):
        self.process.stdin.write(struct.pack(">I", len(request) if length is None else length) + request)
        self.process.stdin.flush()
        head = self.process.stdout.read(4)
        assert len(head) == 4, "it ended"
        body = self.process.stdout.read(struct.unpack(">I", head)[0])
        return fields(body)

    def resident_kb(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def bill(title="Bill 账单", rows=5):
    table = data(2, data(1, "What") + number(3, 1)) + data(2, data(1, "Amount") + number(2, 1))
    for i in range(rows):
        table += data(3, data(1, "水费 Water %d" % i) + data(1, "%d.50" % i))
    return data(1, title) + data(2, "Sunshine 阳光") + data(6, table) + data(8, data(1, "pay me"))


def refused(reply, field, code=3):
    assert reply[1] == code and reply[3].decode() == field and reply[4], reply


def main():
    r = Renderer(sys.argv[1])
    pdf, receipt = data(1, bill()), data(1, bill()) + number(2, 1) + number(4, 384)
    first, first_receipt = r.ask(pdf), r.ask(receipt)
    assert first[1] == 0 and first[5] == 1 and first[15].startswith(b"%PDF-")
    assert first_receipt[1] == 0 and first_receipt[15].startswith(b"\x1b@\x1dv0\0\x30\0")

    refused(r.ask(b""), "documents")
    refused(r.ask(data(1, b"")), "documents[0].title")
    refused(r.ask(pdf + number(4, 400)), "width")
    refused(r.ask(pdf + number(3, 9)), "paper")
    refused(r.ask(data(1, data(1, b"\xc3\x28"))), "documents[0].title")
    refused(r.ask(data(1, data(1, "x") + data(8, data(1, "x" * 1001)))), "documents[0].code.text")
    assert r.ask(b"\xff" * 100)[1] == 3
    assert r.ask(b"\0" * (LARGEST + 1))[1] != 0
    assert r.ask(data(1, data(1, "x") + b"".join(data(7, "\n" * 3999) for _ in range(400))))[1] == 11
    noise = random.Random(7)
    for _ in range(200):
        broken = bytearray(pdf)
        for _ in range(noise.randrange(1, 6)):
            broken[noise.randrange(len(broken))] = noise.randrange(256)
        assert r.ask(bytes(broken)) is not None

    big = data(1, bill(rows=4000))
    for _ in range(3):
        assert r.ask(big)[5] > 50
    before = r.resident_kb()
    for _ in range(6):
        assert r.ask(big)[1] == 0
    for _ in range(150):
        assert r.ask(pdf)[15] == first[15] and r.ask(receipt)[15] == first_receipt[15]
    grown = r.resident_kb() - before
    assert grown < 24 << 10, "%d KiB more" % grown

    r.process.stdin.close()
    assert r.process.wait(10) == 0
    half = Renderer(sys.argv[1])
    half.process.stdin.write(struct.pack(">I", 100) + b"half")
    half.process.stdin.close()
    assert half.process.wait(10) == 12
    print("resident %d KiB, %d more after 306 documents" % (before, grown))


main()
