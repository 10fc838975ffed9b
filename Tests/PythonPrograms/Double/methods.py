"""The client methods: what a request over any interface comes down to."""

import base64
import json
import time

import bencode
from mailboxes import Refused, check_owner, namespace_text, now

FORWARDING_PATIENCE = 5
# How long messages may last, in milliseconds.
SHORTEST, LONGEST, LONGEST_OF_OWNERS = 10_000, 14 * 86_400_000, 30 * 86_400_000


class Methods:
    def __init__(self, keys, network, mailboxes, peers, version):
        self.keys, self.network, self.mailboxes, self.peers = keys, network, mailboxes, peers
        self.version = version

    def read(self, body):
        """Answers a request in JSON with a status and a text or an object."""
        try:
            request = json.loads(body)
        except ValueError:
            return 400, "invalid json"
        for name, kind in (("method", str), ("params", dict)):
            if not isinstance(request, dict) or not isinstance(request.get(name), kind):
                return 400, "invalid json: no `%s` field" % name
        return self.answer(request["method"], request["params"])

    def answer(self, name, params):
        try:
            return 200, self.run(name, params)
        except Refused as refusal:
            return refusal.status, refusal.answer
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return 400, "invalid request: %s" % error

    def run(self, name, params):
        if name == "info":
            return self.dated({"version": self.version, "timestamp": now()})
        if name in ("get_swarm", "get_snodes_for_pubkey"):
            return self.dated(self.network.swarm_json(self.account(params, must_be_ours=False)))
        if name == "retrieve":
            return self.retrieve(params)
        if name == "store":
            return self.store(params)
        raise Refused(400, "no method " + name)

    def dated(self, reply):
        return {**reply, "t": now(), "hf": list(self.network.hardfork)}

    def account(self, params, must_be_ours=True):
        account = bytes.fromhex(params["pubkey"])
        if must_be_ours and self.network.swarm_of(account) != self.network.own_swarm():
            raise Refused(421, self.dated(self.network.swarm_json(account)))
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

    def store(self, params):
        """A client's store: forwarded to the whole swarm, and done here meanwhile."""
        copy = {
            b"pubkey": self.account(params),
            b"data": base64.b64decode(params["data"]),
            b"timestamp": int(params["timestamp"]),
            b"expiry": int(params["timestamp"]) + int(params["ttl"]),
        }
        if namespace := params.get("namespace", 0):
            copy[b"namespace"] = namespace
        if namespace % 10:
            raise Refused(401, "store: signature required to store to namespace %d" % namespace)
        asked = [
            (peer["pubkey_ed25519"], self.peers.ask(peer, "sn.storage_cc", b"store", bencode.encode(copy)))
            for peer in self.network.peers()
        ]
        own = self.stored(copy)
        deadline = time.monotonic() + FORWARDING_PATIENCE
        swarm = {self.keys.ed25519.hex(): readable(own)}
        for peer, answer in asked:
            swarm[peer] = peer_entry(self.peers.frames(answer, deadline - time.monotonic()))
        return self.dated({"swarm": swarm, "hash": own["hash"]})

    def stored(self, copy):
        """Stores a message as a member of its swarm; `copy` is what the dictionary of a forwarded store is."""
        account, namespace = copy[b"pubkey"], copy.get(b"namespace", 0)
        if self.network.swarm_of(account) != self.network.own_swarm():
            raise Refused(421, self.dated(self.network.swarm_json(account)))
        timestamp, expiry = copy[b"timestamp"], copy[b"expiry"]
        is_open = namespace % 10 == 0
        if not SHORTEST <= expiry - timestamp <= (LONGEST if is_open else LONGEST_OF_OWNERS):
            raise Refused(403, "Provided expiry/TTL is not valid.")
        if not is_open and b"signature" not in copy:
            raise Refused(401, "store: signature required to store to namespace %d" % namespace)
        if timestamp > now() + 10_000 or expiry < now() - 10_000:
            raise Refused(406, "Timestamp error: check your clock")
        hash, is_new = self.mailboxes.add(account, namespace, copy[b"data"], timestamp, expiry)
        entry = {"hash": hash, "expiry": expiry, "signature": self.keys.signing.sign(hash.encode()).signature}
        return entry if is_new else {**entry, "already": 1}


def peer_entry(frames):
    """What a client is told of one other member."""
    if frames is None:
        return {"failed": True, "timeout": True}
    if len(frames) == 2:
        return {"failed": True, "code": frames[0].decode(), "reason": frames[1].decode(errors="replace")}
    try:
        return readable({key.decode(): value for key, value in bencode.decode(frames[0]).items()})
    except (ValueError, IndexError, AttributeError):
        return {"failed": True, "bad_peer_response": True}


def readable(entry):
    """With texts for bytes, as JSON needs them."""
    as_text = lambda value: value.decode() if isinstance(value, bytes) else value
    return {
        key: base64.b64encode(value).decode() if key == "signature" else as_text(value)
        for key, value in entry.items()
    }
