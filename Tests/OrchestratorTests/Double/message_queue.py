"""OxenMQ from outside: the connection to the ledger, and the node's own CURVE listener."""

import base64
import json
import os
import time

import bencode
import zmq
from mailboxes import Refused, now


class Ledger:
    """A connection without encryption, on which the ledger may also push."""

    def __init__(self, context, address):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.answers = {}
        self.socket.send(b"HI")

    def close(self):
        self.socket.close()

    def send(self, command, *data, then):
        """Asks; `then` gets the frames of the answer."""
        tag = os.urandom(15)
        self.answers[tag] = then
        self.socket.send_multipart([command.encode(), tag, *data])

    def take(self, on_block):
        frames = self.socket.recv_multipart()
        if frames[0] == b"REPLY":
            then = self.answers.pop(frames[1], None)
            if then:
                then(frames[2:])
        elif frames[0] == b"notify.block" and len(frames) > 1:
            # Without a data frame the reference does not take it for a request, and ignores it.
            on_block()

    def ask(self, command, *data):
        """Asks and waits for the answer, for as long as it takes."""
        while True:
            found = []
            self.send(command, *data, then=found.append)
            deadline = time.monotonic() + 5
            while not found and time.monotonic() < deadline:
                if self.socket.poll(100):
                    self.take(on_block=lambda: None)
            if found:
                return found[0]


class Listener:
    """The node's ROUTER, and the ZAP handler that names its callers by their keys."""

    QUEUE_LIMIT = 10_485_760

    def __init__(self, context, port, secret, public):
        self.zap = context.socket(zmq.REP)
        self.zap.bind("inproc://zeromq.zap.01")
        self.socket = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.setsockopt(zmq.MAXMSGSIZE, self.QUEUE_LIMIT)
        self.socket.curve_server = True
        self.socket.curve_secretkey, self.socket.curve_publickey = secret, public
        self.socket.zap_domain = b"i0e"
        # As the reference, which binds every address.
        self.socket.bind("tcp://0.0.0.0:%d" % port)

    def admit(self):
        version, request, *_ , mechanism, key = self.zap.recv_multipart()
        is_known = mechanism == b"CURVE" and len(key) == 32
        status, user = (b"200", key.hex().encode()) if is_known else (b"500", b"")
        self.zap.send_multipart([version, request, status, b"", user, b""])

    def receive(self):
        """The route, the caller's key in hex, and the message."""
        route, *frames = self.socket.recv_multipart(copy=False)
        return route.bytes, frames[-1].get("User-Id"), [frame.bytes for frame in frames]

    def send(self, route, *frames):
        try:
            self.socket.send_multipart([route, *frames])
        except zmq.ZMQError:
            pass  # The caller has gone.


class Commands:
    """What the listener answers."""

    def __init__(self, context, keys, network, mailboxes, methods):
        self.context, self.keys, self.network = context, keys, network
        self.mailboxes, self.methods = mailboxes, methods

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
            run = lambda data: self.storage(name, data)
        if run is None:
            return [b"UNKNOWNCOMMAND", frames[0]]
        if len(frames) < 2:
            return [b"NO_REPLY_TAG", frames[0]]
        if category == "sn" and not self.network.is_active(caller):
            return [b"FORBIDDEN_SN", b"REPLY", frames[1]]
        try:
            reply = run(data)
        except Refused as refusal:
            reply = [b"%d" % refusal.status, refusal.text.encode()]
        except (KeyError, ValueError, IndexError, TypeError):
            return None
        return [b"REPLY", frames[1], *reply]

    def sn_ping(self, data):
        return [b"pong"]

    def sn_storage_cc(self, data):
        method, params = data
        if method != b"store":
            raise Refused(400, "invalid request: received invalid forwarded non-forwardable request")
        return [bencode.encode(self.methods.stored(bencode.decode(params)))]

    def sn_data(self, data):
        blob = b"".join(data)
        if blob[0] == 1:
            for account, hash, timestamp, expiry, content, *more in bencode.decode(blob[1:]):
                self.mailboxes.add(account, more[0] if more else 0, content, timestamp, expiry, hash.decode())
        return []

    def sn_storage_test(self, data):
        _, hash = data
        found = self.mailboxes.data(base64.b64encode(hash).rstrip(b"=").decode())
        return [b"OK", found] if found is not None else [b"other"]

    def storage(self, name, data):
        params = json.loads(data[0]) if data and data[0] else {}
        if name == "store":
            return [json.dumps(self.store(params)).encode()]
        return [json.dumps(self.methods.run(name, params)).encode()]

    def store(self, params):
        """A client's store: forwarded to the whole swarm, then done here."""
        self.methods.account(params)
        copy = {
            b"pubkey": bytes.fromhex(params["pubkey"]),
            b"data": base64.b64decode(params["data"]),
            b"timestamp": int(params["timestamp"]),
            b"expiry": int(params["timestamp"]) + int(params["ttl"]),
        }
        waiting = {}
        for peer in self.network.peers():
            socket = self.dial(peer)
            tag = os.urandom(15)
            socket.send_multipart([b"sn.storage_cc", tag, b"store", bencode.encode(copy)])
            waiting[socket] = (peer["pubkey_ed25519"], tag)
        own = self.methods.stored(copy)
        swarm = {self.keys.ed25519.hex(): own}
        swarm.update(self.collect(waiting))
        for entry in swarm.values():
            if b"signature" in entry or "signature" in entry:
                self.readable(entry)
        return self.methods.dated({"swarm": swarm, "hash": own["hash"]})

    @staticmethod
    def readable(entry):
        for key in list(entry):
            value = entry.pop(key)
            name = key.decode() if isinstance(key, bytes) else key
            if name == "signature":
                value = base64.b64encode(value)
            entry[name] = value.decode() if isinstance(value, bytes) else value

    def dial(self, peer):
        socket = self.context.socket(zmq.DEALER)
        socket.linger = 0
        socket.routing_id = b"L" + self.keys.x25519_public
        socket.curve_secretkey, socket.curve_publickey = self.keys.x25519, self.keys.x25519_public
        socket.curve_serverkey = bytes.fromhex(peer["pubkey_x25519"])
        socket.connect("tcp://%s:%d" % (peer["public_ip"], peer["storage_lmq_port"]))
        return socket

    @staticmethod
    def collect(waiting):
        """What each peer said within 5 s."""
        entries, deadline = {}, now() + 5_000
        poller = zmq.Poller()
        for socket in waiting:
            poller.register(socket, zmq.POLLIN)
        while len(entries) < len(waiting) and now() < deadline:
            for socket, _ in poller.poll(deadline - now()):
                frames = socket.recv_multipart()
                name, tag = waiting[socket]
                if frames[:2] == [b"REPLY", tag]:
                    entries[name] = bencode.decode(frames[2]) if len(frames) == 3 else {"failed": True}
        for socket, (name, _) in waiting.items():
            socket.close()
            entries.setdefault(name, {"failed": True, "timeout": True})
        return entries
