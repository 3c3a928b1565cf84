#!/usr/bin/python3
"""A receipt printer's eyes: escpos.py IN OUT.png prints what it did, one word a line, and writes the paper as a picture.

Anything but what a printer of the ESC/POS family understands is an error.
"""
import struct
import sys
import zlib


def decode(data):
    rows, log, at = [], [], 0
    while at < len(data):
        head = data[at:at + 2]
        if head == b"\x1b@":
            log.append("reset")
            at += 2
        elif head == b"\x1bp":
            log.append("drawer %d %d %d" % tuple(data[at + 2:at + 5]))
            at += 5
        elif head == b"\x1bd":
            log.append("feed %d" % data[at + 2])
            at += 3
        elif head == b"\x1dV":
            log.append("cut %d %d" % tuple(data[at + 2:at + 4]))
            at += 4
        elif data[at:at + 4] == b"\x1dv0\0":
            width, height = struct.unpack_from("<HH", data, at + 4)
            at += 8
            body = data[at:at + width * height]
            if len(body) != width * height or height == 0:
                sys.exit("escpos: a band of %d x %d breaks off at %d" % (width, height, at))
            log.append("band %d %d" % (width * 8, height))
            rows += [body[i:i + width] for i in range(0, len(body), width)]
            at += width * height
        else:
            sys.exit("escpos: %s at %d is no command" % (data[at:at + 4].hex(), at))
    return rows, log


def png(rows):
    width = len(rows[0]) * 8
    margin = b"\xff" * 4
    lines = [b"\xff" * (len(rows[0]) + 8)] * 16
    lines += [margin + bytes(b ^ 0xFF for b in row) + margin for row in rows]
    lines += [b"\xff" * (len(rows[0]) + 8)] * 16

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", width + 64, len(lines), 1, 0, 0, 0, 0)
    raw = b"".join(b"\0" + line for line in lines)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def main():
    with open(sys.argv[1], "rb") as f:
        rows, log = decode(f.read())
    if len({len(row) for row in rows}) > 1:
        sys.exit("escpos: bands of different widths")
    print("\n".join(log))
    if rows:
        with open(sys.argv[2], "wb") as f:
            f.write(png(rows))


main()
