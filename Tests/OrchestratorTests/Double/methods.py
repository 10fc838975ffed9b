"""The client methods of the double: what a message store over any interface comes down to."""

import base64
import json

from mailboxes import Refused, check_owner, namespace_text, now


class Methods:
    def __init__(self, network, mailboxes, signing_key):
        self.network, self.mailboxes, self.signing_key = network, mailboxes, signing_key

    def read(self, body):
        """Answers a JSON request with JSON."""
        try:
            request = json.loads(body)
            return self.run(request["method"], request["params"])
        except (ValueError, KeyError, TypeError):
            raise Refused(400, "invalid request") from None

    def run(self, name, params):
        if name == "info":
            return self.dated({"version": [2, 8, 0], "timestamp": now()})
        if name in ("get_swarm", "get_snodes_for_pubkey"):
            return self.dated(self.network.swarm_json(self.account(params, must_be_ours=False)))
        if name == "retrieve":
            return self.retrieve(params)
        raise Refused(400, "no method " + name)

    def dated(self, reply):
        return {**reply, "t": now(), "hf": list(self.network.hardfork)}

    def account(self, params, must_be_ours=True):
        account = bytes.fromhex(params["pubkey"])
        if must_be_ours and self.network.swarm_of(account) != self.network.own_swarm():
            raise Refused(421, json.dumps(self.dated(self.network.swarm_json(account))))
        return account

    def retrieve(self, params):
        account, namespace = self.account(params), params.get("namespace", 0)
        timestamp = params["timestamp"]
        if abs(now() - timestamp) > 60_000:
            raise Refused(406, "retrieve timestamp too far from current time")
        check_owner(
            account,
            bytes.fromhex(params.get("pubkey_ed25519", "")),
            base64.b64decode(params["signature"]),
            b"retrieve" + namespace_text(namespace) + b"%d" % timestamp,
            "retrieve",
        )
        messages = self.mailboxes.page(account, namespace, params.get("last_hash", ""))
        return self.dated({"messages": messages, "more": False})

    def stored(self, copy):
        """Stores a message as a member of its swarm. What the forwarded dictionary of a store has is what `copy` has."""
        account, namespace = copy[b"pubkey"], copy.get(b"namespace", 0)
        if self.network.swarm_of(account) != self.network.own_swarm():
            raise Refused(421, "wrong swarm")
        timestamp, expiry = copy[b"timestamp"], copy[b"expiry"]
        if timestamp > now() + 10_000 or expiry < now() - 10_000:
            raise Refused(406, "Timestamp error: check your clock")
        hash, is_new = self.mailboxes.add(account, namespace, copy[b"data"], timestamp, expiry)
        entry = {"hash": hash, "expiry": expiry, "signature": self.signing_key.sign(hash.encode()).signature}
        return entry if is_new else {**entry, "already": 1}
