"""A client of the network that shares no code with its nodes: pyzmq, PyNaCl and the standard library.

    outsider.py SEED_URL

Does what a Session client does and prints one line for each thing that held; ends with a message and status 1 at the first
that does not.
"""

import base64
import hashlib
import http.client
import json
import os
import ssl
import struct
import sys
import time
import urllib.request

import nacl.bindings as sodium
import zmq


def bencode(value):
    if isinstance(value, bool):
        return b"i%de" % int(value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    pairs = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
    return b"d" + b"".join(bencode(key) + bencode(item) for key, item in pairs) + b"e"


def bdecode(data, at=0):
    """The value that begins at a place, and the place after it."""
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while data[at : at + 1] != b"e":
            item, at = bdecode(data, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1 : end], end


def hold(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")
    print(what, flush=True)


def now():
    return int(time.time() * 1000)


class Account:
    """A Session account: an Ed25519 pair, and 05 with the converted key as its name."""

    def __init__(self):
        self.public, self.secret = sodium.crypto_sign_seed_keypair(os.urandom(16) + bytes(16))
        self.id = "05" + sodium.crypto_sign_ed25519_pk_to_curve25519(self.public).hex()

    def sign(self, *parts):
        text = b"".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)
        return sodium.crypto_sign(text, self.secret)[:64]

    def store(self, data):
        return {"pubkey": self.id, "data": base64.b64encode(data).decode(), "timestamp": now(), "ttl": 3_600_000}

    def retrieve(self):
        time_ = now()
        return {
            "pubkey": self.id,
            "pubkey_ed25519": self.public.hex(),
            "timestamp": time_,
            "signature": base64.b64encode(self.sign("retrieve", time_)).decode(),
        }

    def hash(self, data):
        digest = hashlib.blake2b(bytes.fromhex(self.id) + data, digest_size=32).digest()
        return base64.b64encode(digest).decode().rstrip("=")


class Queue:
    """A CURVE connection to a node's message queue."""

    def __init__(self, context, node):
        self.socket = context.socket(zmq.DEALER)
        public, secret = zmq.curve_keypair()
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = bytes.fromhex(node["pubkey_x25519"])
        self.socket.setsockopt(zmq.MAXMSGSIZE, 10 << 20)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"tcp://{node['ip']}:{node['port_omq']}")
        self.pushed = []

    def receive(self, seconds=10):
        if not self.socket.poll(seconds * 1000):
            sys.exit("does not hold: the node sends something within ten seconds")
        return self.socket.recv_multipart()

    def greet(self):
        self.socket.send_multipart([b"HI"])
        return self.receive() == [b"HELLO"]

    def request(self, command, body):
        tag = os.urandom(15)
        self.socket.send_multipart([command.encode(), tag, body])
        while True:
            frames = self.receive()
            if frames[:2] == [b"REPLY", tag]:
                return frames[2:]
            self.pushed.append(frames)

    def push(self):
        return self.pushed.pop(0) if self.pushed else self.receive()


def post(node, path, body):
    """Over HTTPS, whose certificate nobody vouches for."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(node["ip"], node["port_https"], timeout=20, context=unchecked)
    connection.request("POST", path, body)
    reply = connection.getresponse()
    return reply.status, reply.read()


class Layer:
    """The encryption between this client and one hop: xchacha20, a fresh pair for each."""

    def __init__(self, node):
        secret = os.urandom(32)
        self.public = sodium.crypto_scalarmult_base(secret)
        hop = bytes.fromhex(node["pubkey_x25519"])
        shared = sodium.crypto_scalarmult(secret, hop)
        self.key = hashlib.blake2b(shared + self.public + hop, digest_size=32).digest()

    def seal(self, plaintext):
        nonce = os.urandom(24)
        return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, None, nonce, self.key)

    def open(self, sealed):
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], None, sealed[:24], self.key)


def frame(blob, control):
    return struct.pack("<I", len(blob)) + blob + json.dumps(control).encode()


def onion(path, request):
    """Posts a request through three hops; the last runs it. Its status and body."""
    last = Layer(path[-1])
    blob, layer = last.seal(frame(json.dumps(request).encode(), {"headers": [], "json": True})), last
    for position in range(len(path) - 2, -1, -1):
        control = {
            "destination": path[position + 1]["pubkey_ed25519"],
            "ephemeral_key": layer.public.hex(),
            "enc_type": "xchacha20",
        }
        layer = Layer(path[position])
        blob = layer.seal(frame(blob, control))
    body = frame(blob, {"ephemeral_key": layer.public.hex(), "enc_type": "xchacha20"})
    status, sealed = post(path[0], "/onion_req/v2", body)
    hold(status == 200, "the guard answers an onion with 200")
    answer = json.loads(last.open(base64.b64decode(sealed)))
    return answer["status"], answer["body"]


def listed_nodes(seed):
    fields = ["public_ip", "storage_port", "storage_lmq_port", "pubkey_ed25519", "pubkey_x25519"]
    call = {
        "jsonrpc": "2.0",
        "id": "0",
        "method": "get_n_service_nodes",
        "params": {"active_only": True, "limit": 50, "fields": {field: True for field in fields}},
    }
    request = urllib.request.Request(f"{seed}/json_rpc", json.dumps(call).encode())
    with urllib.request.urlopen(request, timeout=10) as reply:
        nodes = json.load(reply)["result"]["service_node_states"]
    return [
        {
            "ip": node["public_ip"],
            "port_https": node["storage_port"],
            "port_omq": node["storage_lmq_port"],
            "pubkey_ed25519": node["pubkey_ed25519"],
            "pubkey_x25519": node["pubkey_x25519"],
        }
        for node in nodes
    ]


def main(seed):
    context = zmq.Context()
    nodes = listed_nodes(seed)
    hold(len(nodes) >= 5, "the seed lists the service nodes")
    account, data = Account(), os.urandom(300)

    first = Queue(context, nodes[0])
    hold(first.greet(), "HI is answered with HELLO")
    frames = first.request("storage.get_swarm", json.dumps({"pubkey": account.id}).encode())
    swarm = json.loads(frames[0])["snodes"]
    hold(5 <= len(swarm) <= 11, "get_swarm names the account's swarm")

    member, listener = Queue(context, swarm[0]), Queue(context, swarm[-1])
    subscription = {
        "P": account.public,
        "d": 1,
        "n": [0],
        "t": int(time.time()),
    }
    subscription["s"] = account.sign("MONITOR", account.id, subscription["t"], 1, 0)
    frames = listener.request("monitor.messages", bencode(subscription))
    hold(frames == [b"d7:successi1ee"], "monitor.messages takes a subscription")

    frames = member.request("storage.store", json.dumps(account.store(data)).encode())
    hold(len(frames) == 1, "storage.store is answered without an error")
    stored = json.loads(frames[0])
    hold(stored["hash"] == account.hash(data), "the hash is the one the message has")
    hold(
        set(stored["swarm"]) == {node["pubkey_ed25519"] for node in swarm},
        "every member of the swarm has an entry in the answer",
    )
    for key, entry in stored["swarm"].items():
        signed = base64.b64decode(entry["signature"]) + entry["hash"].encode()
        sodium.crypto_sign_open(signed, bytes.fromhex(key))
    hold(True, "every member signed the hash with its own key")

    command, body = listener.push()
    notice, _ = bdecode(body)
    hold(command == b"notify.message", "another member pushes notify.message")
    hold(
        (notice[b"@"].hex(), notice[b"h"].decode(), notice[b"n"], notice[b"~"])
        == (account.id, stored["hash"], 0, data),
        "the push names account, hash and namespace, and carries the data",
    )

    for encode, raw in ((lambda value: json.dumps(value).encode(), False), (bencode, True)):
        request = account.retrieve()
        if raw:
            request["signature"] = base64.b64decode(request["signature"])
            request["pubkey_ed25519"] = account.public
        frames = listener.request("storage.retrieve", encode(request))
        hold(len(frames) == 1, "storage.retrieve is answered without an error")
        if raw:
            found = bdecode(frames[0])[0][b"messages"][0]
            hold(found[b"data"] == data, "a bencoded request gets the message in raw bytes")
        else:
            found = json.loads(frames[0])["messages"][0]
            hold(base64.b64decode(found["data"]) == data, "a JSON request gets the message in base64")

    others = [node for node in nodes if node["pubkey_ed25519"] != swarm[1]["pubkey_ed25519"]]
    path = [others[0], others[1], swarm[1]]
    status, body = onion(path, {"method": "retrieve", "params": account.retrieve()})
    hold(status == 200, "the third hop of an onion answers 200")
    hold(base64.b64decode(body["messages"][0]["data"]) == data, "the message comes back through the onion")
    second = os.urandom(40)
    status, body = onion(path, {"method": "store", "params": account.store(second)})
    hold(status == 200 and body["hash"] == account.hash(second), "a message is stored through the onion")
    command, body = listener.push()
    hold(bdecode(body)[0][b"~"] == second, "its push arrives too")


main(sys.argv[1].rstrip("/"))
