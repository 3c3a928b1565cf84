"""A desk for the tests of tests/walls: the client of tests/e2e, with every call there is and requests as dictionaries."""
import atexit
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from wire_client import CANCEL, DATA, END_STREAM, REQUEST, RESPONSE, STATUS, Client, load_messages, uuid7  # noqa: E402

PASSWORD = "correct horse battery staple"
ROLES = ("clerk", "operator", "cashier", "building_steward", "technician", "dispatcher", "supervisor", "manager",
         "director", "analyst", "finance", "quality", "administrator")


class Schema:
    """What proto/ declares."""

    def __init__(self, root):
        names = sorted(f[:-6] for f in os.listdir(f"{root}/proto") if f.endswith(".proto"))
        self.modules = load_messages(root, names)
        from google.protobuf import json_format, message_factory
        self.json = json_format
        self.factory = message_factory.MessageFactory()
        self.options, self.types = self.modules["options"], self.modules["option_types"]
        self.methods = {}
        for cap, module in self.modules.items():
            for service in module.DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    self.methods[f"{cap}.{method.name}"] = method

    def rule(self, method):
        return self.methods[method].GetOptions().Extensions[self.options.rpc]

    def field(self, field):
        return field.GetOptions().Extensions[self.options.field]

    def request(self, method, values):
        message = self.factory.GetPrototype(self.methods[method].input_type)()
        return self.json.ParseDict(values, message)

    def reply(self, method, body):
        return self.factory.GetPrototype(self.methods[method].output_type).FromString(body)

    def is_write(self, method):
        return getattr(self.rule(method), "class") == self.types.WRITE

    def is_stream(self, method):
        return getattr(self.rule(method), "class") == self.types.STREAM


class Desk(Client):
    """One connection of one person."""

    def __init__(self, profile, schema, login=None):
        super().__init__(profile, schema.modules)
        self.schema, self.login = schema, login
        self.nothing = schema.modules["envelope"].Response()
        self.enter(profile)

    def enter(self, profile):
        """Logs in; without a login as the administrator to whom the profile belongs."""
        if self.login is not None:
            self.must("auth.Login", {"login": self.login, "password": PASSWORD})
        else:
            with open(f"{profile}/session.token", encoding="ascii") as f:
                self.must("auth.Resume", {"token": f.read().strip()})

    def post(self, method, message, property=None, dry_run=False):
        """Sends a request and does not wait."""
        envelope = self.m["envelope"].Request(method=method, body=message.SerializeToString(), dry_run=dry_run,
                                              reason="a reason", confirm=first_word(message, self.schema))
        if property:
            envelope.property = property
        if self.schema.is_write(method):
            envelope.key = uuid7()
        self.stream += 2
        self.send(REQUEST, END_STREAM, self.stream, envelope.SerializeToString())
        return self.stream

    def take(self):
        """The next answer: stream, whether it is over, its kind, its message."""
        kind, flags, stream, payload = self.message()
        if kind == RESPONSE:
            payload = self.m["envelope"].Response.FromString(payload)
        elif kind == STATUS:
            payload = self.m["envelope"].Status.FromString(payload)
        return stream, bool(flags & END_STREAM), kind, payload

    def ask(self, method, values, **options):
        stream = self.post(method, self.schema.request(method, values), **options)
        got, _, kind, response = self.take()
        assert (got, kind) == (stream, RESPONSE), (got, kind, method)
        return response

    def ask_all(self, calls, property):
        """Several calls at once, changes without making them; the answers by method."""
        under_way = {self.post(method, self.schema.request(method, values), property=property,
                               dry_run=self.schema.is_write(method)): method for method, values in calls}
        answers = {}
        while under_way:
            stream, _, _, answer = self.take()
            answers[under_way.pop(stream)] = answer
        return answers

    def cancel(self, stream):
        self.send(CANCEL, 0, stream, b"")

    def must(self, method, values, **options):
        response = self.ask(method, values, **options)
        assert response.code == 0, f"{method} {values}: {response.reason} {response.message} {list(response.violations)}"
        return self.schema.reply(method, response.body)


def first_word(message, schema):
    """What a severe call asks to be typed again: the value of the command's first word."""
    for field, value in message.ListFields():
        if schema.field(field).arg == 1 and isinstance(value, str):
            return value[:64]
    return ""


class Database:
    """Looks behind the scenes, past every wall."""

    def __init__(self, directory):
        self.env = dict(os.environ, PGHOST=f"{directory}/run", PGOPTIONS="-c search_path=steward_code,steward,public")

    def run(self, sql):
        out = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "steward"], input=sql,
                             env=self.env, check=True, stdout=subprocess.PIPE, text=True).stdout
        return out.splitlines()


def daemon(verb, directory, executable=None, more=()):
    env = dict(os.environ)
    if executable:
        env["STEWARDD"] = executable
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run([f"{here}/../support/daemon.sh", verb, directory, *more], env=env, check=True)


def up(directory, executable=None):
    """Starts a daemon that is gone when the test is."""
    daemon("up", directory, executable)
    atexit.register(lambda: os.path.isdir(directory) and (daemon("down", directory), shutil.rmtree(directory, True)))
