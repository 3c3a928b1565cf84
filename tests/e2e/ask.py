#!/usr/bin/python3
"""Runs a command at a terminal of its own and answers its questions.

usage: ask.py [-s ROWSxCOLUMNS] [PROMPT ANSWER]... -- COMMAND...

Waits for each PROMPT in what the command writes, then types ANSWER and Enter ("^C": Ctrl-C). Prints all that the terminal
showed and ends with the command's exit code; 99: a prompt did not come within 20 seconds.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios


def read_until(fd, shown, prompt):
    while prompt is None or prompt.encode() not in shown:
        if not select.select([fd], [], [], 20)[0]:
            sys.stdout.buffer.write(shown)
            sys.exit(99)
        try:
            part = os.read(fd, 65536)
        except OSError:
            part = b""
        if not part:
            return shown, False
        shown += part
    return shown, True


def main(argv):
    size = (24, 80)
    if argv[:1] == ["-s"]:
        size = tuple(int(n) for n in argv[1].split("x"))
        argv = argv[2:]
    end = argv.index("--")
    questions, command = argv[:end], argv[end + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[0], size[1], 0, 0))
        os.environ.setdefault("TERM", "xterm")
        os.execvp(command[0], command)
    seen, open_ = b"", True
    for prompt, answer in zip(questions[::2], questions[1::2]):
        if not open_:
            break
        part, open_ = read_until(fd, b"", prompt)
        seen += part
        if open_:
            os.write(fd, b"\x03" if answer == "^C" else answer.encode() + b"\n")
    if open_:
        part, _ = read_until(fd, b"", None)
        seen += part
    sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
    sys.stdout.flush()
    status = os.waitpid(pid, 0)[1]
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


if __name__ == "__main__":
    main(sys.argv[1:])
