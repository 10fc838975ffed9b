"""What a node answers over the message queue."""

import json

import bencode
from mailboxes import Refused


class Commands:
    def __init__(self, network, mailboxes, methods, onions, storage_test):
        self.network, self.mailboxes, self.methods = network, mailboxes, methods
        self.onions, self.storage_test = onions, storage_test

    def answer(self, caller, frames):
        """The whole answer to a message, without the route; `None` sends nothing."""
        command, data = frames[0].decode(), frames[2:]
        if command == "HI":
            return [b"HELLO"]
        if command in ("HELLO", "BYE", "REPLY"):
            return None
        category, _, name = command.partition(".")
        run = getattr(self, "sn_" + name, None) if category == "sn" else None
        if category == "storage":
            run = lambda caller, data: self.storage(name, data)
        if run is None:
            return [b"UNKNOWNCOMMAND", frames[0]]
        if len(frames) < 2:
            return [b"NO_REPLY_TAG", frames[0]]
        if category == "sn" and not self.network.is_active(caller):
            return [b"FORBIDDEN_SN", b"REPLY", frames[1]]
        try:
            reply = run(caller, data)
        except (KeyError, ValueError, IndexError, TypeError):
            return None
        return [b"REPLY", frames[1], *reply]

    def sn_ping(self, caller, data):
        return [b"pong"]

    def sn_storage_cc(self, caller, data):
        method, params = data
        try:
            if method != b"store":
                raise Refused(400, "invalid request: received invalid forwarded non-forwardable request")
            return [bencode.encode(self.methods.stored(bencode.decode(params)))]
        except Refused as refusal:
            return [b"%d" % refusal.status, text(refusal.answer)]

    def sn_data(self, caller, data):
        blob = b"".join(data)
        if blob[0] == 1:
            for account, hash, timestamp, expiry, content, *more in bencode.decode(blob[1:]):
                self.mailboxes.add(account, more[0] if more else 0, content, timestamp, expiry, hash.decode())
        return []

    def sn_storage_test(self, caller, data):
        height, digest = data
        return self.storage_test.answer(caller, height, digest)

    def sn_onion_request(self, caller, data):
        status, body = self.onions.relayed(data[0])
        return [b"%d" % status, body]

    def storage(self, name, data):
        """A client's request; only an answer without success has a status."""
        status, answer = self.methods.answer(name, json.loads(data[0]) if data and data[0] else {})
        return [text(answer)] if status == 200 else [b"%d" % status, text(answer)]


def text(answer):
    return (answer if isinstance(answer, str) else json.dumps(answer)).encode()
