#!/usr/bin/python3
"""What a listener on the line could send again: the recorded bytes of a whole connection, which nobody can use; and what a
client sends again by right: the same request under the same key, which is answered and not done twice.

usage: replay.py PROTO_ROOT PROFILE_DIR
"""
import socket
import sys
import threading

from wire_client import Client, load_messages, uuid7


class Listener:
    """Stands between one client and the server and keeps what the client sends."""

    def __init__(self, port):
        self.server, self.recorded = port, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        client, _ = self.socket.accept()
        server = socket.create_connection(("127.0.0.1", self.server))
        back = threading.Thread(target=self.copy, args=(server, client, False))
        back.start()
        self.copy(client, server, True)
        back.join()

    def copy(self, source, target, keep):
        while data := source.recv(65536):
            if keep:
                self.recorded += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class Through(Client):
    """A client that is overheard."""

    def __init__(self, profile, messages, listener):
        self.listener = listener
        super().__init__(profile, messages)

    def connect(self, host, port):
        return super().connect(host, self.listener.port)


def count(desk, m):
    response, listed = desk.call("case.List", m["case"].ListRequest(limit=500), m["case"].ListReply, property="SUN")
    assert response.code == 0, response
    return len(listed.cases)


def log_in(desk, m):
    response, _ = desk.call("auth.Login", m["auth"].LoginRequest(login="clerk", password="correct horse battery staple"),
                            m["auth"].LoginReply)
    assert response.code == 0, response


def main(root, profile):
    m = load_messages(root)
    desk = Client(profile, m)
    log_in(desk, m)
    listener = Listener(desk.port)
    overheard = Through(profile, m, listener)
    log_in(overheard, m)
    request, key = m["case"].OpenRequest(kind="repair", spot="lobby", summary="Said once"), uuid7()
    response, first = overheard.call("case.Open", request, m["case"].Case, property="SUN", key=key)
    assert response.code == 0 and not response.replayed, response
    overheard.socket.close()
    listener.thread.join()
    known = count(desk, m)

    for _ in range(3):
        again = socket.create_connection(("127.0.0.1", desk.port), timeout=20)
        again.sendall(listener.recorded)
        got = b""
        while data := again.recv(65536):
            got += data
        # A handshake of its own, to which the recorded Finished does not fit: an alert and the end.
        assert got[:1] == b"\x16" and len(got) < 8192, got[:20]
    assert count(desk, m) == known

    response, second = desk.call("case.Open", request, m["case"].Case, property="SUN", key=key)
    assert response.code == 0 and response.replayed and second == first, response
    assert count(desk, m) == known
    print(f"ok: {len(listener.recorded)} bytes sent three times again opened no case beside {first.number}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
