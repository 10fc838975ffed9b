"""What a node answers over the message queue."""

import json

import bencode
from mailboxes import Refused


class Commands:
    def __init__(self, network, mailboxes, methods, onions, storage_test, version):
        self.network, self.mailboxes, self.methods = network, mailboxes, methods
        self.onions, self.storage_test, self.version = onions, storage_test, version

    def answer(self, caller, frames):
        """The whole answer to a message, without the route; `None` sends nothing."""
        command, data = frames[0].decode(), frames[2:]
        if command == "HI":
            return [b"HELLO"]
        if command in ("HELLO", "BYE", "REPLY"):
            return None
        category, _, name = command.partition(".")
        run = getattr(self, "sn_" + name, None) if category == "sn" else None
        if command == "sn.data_ready" and self.version < [2, 10]:
            run = None
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
            for record in bencode.decode(blob[1:]):
                # Exactly five elements: what follows is nothing to a server of the time before namespaces were sent.
                account, hash, timestamp, expiry, content = record[:5]
                namespace = record[5] if len(record) > 5 and self.version >= [2, 11, 3] else 0
                self.mailboxes.add(account, namespace, content, timestamp, expiry, hash.decode())
        return []

    def sn_data_ready(self, caller, data):
        is_peer = any(peer["pubkey_x25519"] == caller for peer in self.network.peers())
        return [b"OK" if is_peer else b"Swarm mismatch"]

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
