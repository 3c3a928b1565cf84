#!/usr/bin/python3
"""A small client of steward/1, written from docs/protocol.md alone: proves that the page is enough.

usage: wire_client.py PROTO_ROOT PROFILE_DIR LOGIN PASSWORD   (PROFILE_DIR as the daemon leaves it in DIR/desk)
"""
import atexit
import configparser
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

MAGIC, HEADER = 0xD5, struct.Struct(">BBBBII")
HELLO, WELCOME, REQUEST, DATA, RESPONSE, STATUS, CREDIT, CANCEL, PING, PONG, GOAWAY, ERROR = (
    0x01, 0x02, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x20, 0x21, 0x30, 0x31)
END_STREAM, MORE = 1, 2


def load_messages(proto_root, names=("envelope", "auth", "case", "event", "property")):
    """Compiles the declarations with protoc and imports what the test needs."""
    out = tempfile.mkdtemp(prefix="steward-py-")
    atexit.register(shutil.rmtree, out)
    files = [f"proto/{name}" for name in sorted(os.listdir(f"{proto_root}/proto")) if name.endswith(".proto")]
    subprocess.run(["protoc", f"--proto_path={proto_root}", "--proto_path=/usr/include", f"--python_out={out}",
                    *files, "protobuf-c/protobuf-c.proto"], check=True)
    sys.path.insert(0, out)
    import importlib
    return {name: importlib.import_module(f"proto.{name}_pb2") for name in names}


def uuid7():
    stamp = int(time.time() * 1000).to_bytes(6, "big")
    tail = bytearray(os.urandom(10))
    tail[0] = 0x70 | tail[0] & 0x0F
    tail[2] = 0x80 | tail[2] & 0x3F
    return stamp + bytes(tail)


class Client:
    def __init__(self, profile, messages):
        conf = configparser.ConfigParser()
        with open(f"{profile}/client.conf", encoding="utf-8") as f:
            conf.read_string("[client]\n" + "".join(line for line in f if not line.startswith("[")))
        settings = conf["client"]
        self.m, self.stream, self.bytes = messages, -1, b""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(f"{profile}/root.crt")
        context.load_cert_chain(f"{profile}/device.crt", f"{profile}/device.key")
        context.set_alpn_protocols(["steward/1"])
        self.port = int(settings["port"])
        raw = self.connect(settings["server"], self.port)
        self.socket = context.wrap_socket(raw, server_hostname=settings["server"])
        assert self.socket.selected_alpn_protocol() == "steward/1"
        hello = messages["envelope"].Hello(min_version=1, max_version=1, client="wire_client.py",
                                           device_time_us=int(time.time() * 1e6))
        self.send(HELLO, 0, 0, hello.SerializeToString())
        kind, _, _, payload = self.receive()
        assert kind == WELCOME, kind
        self.welcome = messages["envelope"].Welcome.FromString(payload)

    def connect(self, host, port):
        return socket.create_connection((host, port), timeout=20)

    def send(self, kind, flags, stream, payload):
        self.socket.sendall(HEADER.pack(MAGIC, kind, flags, 0, len(payload), stream) + payload)

    def receive(self):
        while len(self.bytes) < 12 or len(self.bytes) < 12 + struct.unpack(">I", self.bytes[4:8])[0]:
            more = self.socket.recv(65536)
            assert more, "the server closed the connection"
            self.bytes += more
        magic, kind, flags, reserved, length, stream = HEADER.unpack(self.bytes[:12])
        assert magic == MAGIC and reserved == 0
        payload, self.bytes = self.bytes[12:12 + length], self.bytes[12 + length:]
        if kind == PING:
            self.send(PONG, 0, 0, payload)
            return self.receive()
        if kind in (CREDIT, PONG):
            return self.receive()
        return kind, flags, stream, payload

    def message(self):
        """A whole message; gives back the credit its parts cost."""
        kind, flags, stream, payload = self.receive()
        while flags & MORE:
            _, flags, _, part = self.receive()
            payload += part
            for target in (0, stream):
                self.send(CREDIT, 0, target, struct.pack(">II", len(part), 0))
        return kind, flags, stream, payload

    def open(self, method, request, property=None, key=None):
        envelope = self.m["envelope"].Request(method=method, trace_id=os.urandom(16), body=request.SerializeToString())
        if property:
            envelope.property = property
        if key:
            envelope.key = key
        self.stream += 2
        self.send(REQUEST, END_STREAM, self.stream, envelope.SerializeToString())
        return envelope

    def call(self, method, request, reply, **options):
        envelope = self.open(method, request, **options)
        kind, flags, stream, payload = self.message()
        assert (kind, flags, stream) == (RESPONSE, END_STREAM, self.stream), (kind, flags, stream)
        response = self.m["envelope"].Response.FromString(payload)
        assert response.trace_id == envelope.trace_id
        return response, reply.FromString(response.body)


def main(proto_root, profile, login, password):
    m = load_messages(proto_root)
    desk = Client(profile, m)
    assert desk.welcome.version == 1 and len(desk.welcome.epoch) == 16
    show = m["case"].ShowRequest(case="C-1001")

    response, _ = desk.call("case.Show", show, m["case"].ShowReply)
    assert (response.code, response.reason) == (16, "LOGIN_REQUIRED"), response
    response, _ = desk.call("auth.Login", m["auth"].LoginRequest(login=login, password="not " + password), m["auth"].LoginReply)
    assert response.code == 16, response
    response, session = desk.call("auth.Login", m["auth"].LoginRequest(login=login, password=password), m["auth"].LoginReply)
    assert response.code == 0 and session.login == login, response

    request = m["case"].OpenRequest(kind="repair", channel="phone", spot="lobby", summary="Written by another client, 水管 burst")
    key = uuid7()
    response, first = desk.call("case.Open", request, m["case"].Case, property="SUN", key=key)
    assert response.code == 0 and not response.replayed, response
    response, again = desk.call("case.Open", request, m["case"].Case, property="SUN", key=key)
    assert response.code == 0 and response.replayed and again == first, response
    request.summary = "Another request under the same key"
    response, _ = desk.call("case.Open", request, m["case"].Case, property="SUN", key=key)
    assert (response.code, response.reason) == (3, "KEY_REUSED"), response
    response, _ = desk.call("case.Open", m["case"].OpenRequest(kind="repair"), m["case"].Case, property="SUN", key=uuid7())
    assert response.code == 3 and response.violations[0].field == "summary", response
    response, _ = desk.call("case.Nothing", show, m["case"].ShowReply)
    assert response.code == 12, response

    watch_streams(desk, m, profile, session.token)
    print(f"ok: {first.number} opened, replayed, watched over {desk.socket.version()}")


def watch_streams(desk, m, profile, token):
    """A second connection watches while the first opens a case."""
    watcher = Client(profile, m)
    response, _ = watcher.call("auth.Resume", m["auth"].ResumeRequest(token=token), m["auth"].LoginReply)
    assert response.code == 0, response
    watcher.open("event.Watch", m["event"].WatchRequest(), property="SUN")
    kind, flags, stream, payload = watcher.message()
    assert kind == RESPONSE and not flags & END_STREAM, (kind, flags)
    request = m["case"].OpenRequest(kind="inquiry", channel="visit", summary="Seen by the watcher")
    response, opened = desk.call("case.Open", request, m["case"].Case, property="SUN", key=uuid7())
    assert response.code == 0, response
    while True:
        kind, flags, _, payload = watcher.message()
        assert kind == DATA, kind
        watcher.send(CREDIT, 0, stream, struct.pack(">II", len(payload), 1))
        watcher.send(CREDIT, 0, 0, struct.pack(">II", len(payload), 0))
        event = m["event"].Change.FromString(payload)
        if event.number == opened.number:
            break
    watcher.send(CANCEL, 0, stream, b"")
    kind, flags, _, _ = watcher.message()
    while kind == DATA:
        kind, flags, _, _ = watcher.message()
    assert kind == STATUS and flags & END_STREAM, (kind, flags)


if __name__ == "__main__":
    main(*sys.argv[1:5])
