"""What a storage server keeps, here in memory only, and who keeps what."""

import base64
import hashlib
import threading
import time

from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey


def now():
    return int(time.time() * 1000)


def namespace_text(namespace):
    return b"%d" % namespace if namespace else b""


def message_hash(account, namespace, data):
    digest = hashlib.blake2b(account + namespace_text(namespace) + data, digest_size=32).digest()
    return base64.b64encode(digest).rstrip(b"=").decode()


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


class Mailboxes:
    """Messages by hash, in the order they came."""

    def __init__(self):
        self.lock = threading.Lock()
        self.messages = {}

    def add(self, account, namespace, data, timestamp, expiry, hash=None):
        hash = hash or message_hash(account, namespace, data)
        with self.lock:
            is_new = hash not in self.messages
            if is_new:
                self.messages[hash] = (account, namespace, data, timestamp, expiry)
        return hash, is_new

    def data(self, hash):
        with self.lock:
            return self.messages[hash][2] if hash in self.messages else None

    def page(self, account, namespace, last):
        """Everything of a mailbox, or what came after `last` if that is known."""
        with self.lock:
            found = [(hash, m) for hash, m in self.messages.items() if m[:2] == (account, namespace)]
        hashes = [hash for hash, _ in found]
        found = found[hashes.index(last) + 1 :] if last in hashes else found
        return [
            {"hash": hash, "data": base64.b64encode(m[2]).decode(), "timestamp": m[3], "expiration": m[4]}
            for hash, m in found
        ]


def check_owner(account, ed25519, signature, text, reason):
    """The owner of an account signed `text`."""
    try:
        if account[0] == 5 and crypto_sign_ed25519_pk_to_curve25519(ed25519) != account[1:]:
            raise BadSignatureError
        VerifyKey(ed25519 if account[0] == 5 else account[1:]).verify(text, signature)
    except (BadSignatureError, ValueError, TypeError):
        raise Refused(401, reason + " signature verification failed") from None


class Network:
    """The other nodes, as the ledger last told."""

    def __init__(self, own_key):
        self.own_key = own_key
        self.nodes, self.height, self.block_hash, self.hardfork = [], 0, "", (0, 0)

    def update(self, table):
        if table.get("unchanged"):
            return
        # As the reference: each of these must be there, or the whole update is dropped.
        height, block_hash = table["height"], table["block_hash"]
        hardfork = (table["hardfork"], table.get("snode_revision", 0))
        nodes = [node for node in table["service_node_states"] if node["funded"] and node.get("pubkey_ed25519")]
        for node in nodes:
            node["storage_port"], node["storage_lmq_port"], node["public_ip"], node["swarm_id"]
        self.nodes, self.height, self.block_hash, self.hardfork = nodes, height, block_hash, hardfork

    NO_SWARM = 2**64 - 1

    def active(self):
        return [node for node in self.nodes if node["swarm_id"] != self.NO_SWARM]

    def is_active(self, x25519):
        return any(node["pubkey_x25519"] == x25519 for node in self.active())

    def own_swarm(self):
        mine = [node["swarm_id"] for node in self.active() if node["service_node_pubkey"] == self.own_key]
        return mine[0] if mine else None

    def members(self, swarm):
        return [node for node in self.active() if node["swarm_id"] == swarm]

    def peers(self):
        own = self.own_swarm()
        if own is None:
            return []
        return [node for node in self.members(own) if node["service_node_pubkey"] != self.own_key]

    def swarm_of(self, account):
        """The nearest swarm on the ring; the lower one of two that are equally near."""
        ids = sorted({node["swarm_id"] for node in self.active()})
        if not ids:
            return None
        place = 0
        for start in range(1, 33, 8):
            place ^= int.from_bytes(account[start : start + 8], "big")
        right = next((index for index, swarm in enumerate(ids) if swarm >= place), 0)
        left = right - 1
        above, below = (ids[right] - place) % 2**64, (place - ids[left]) % 2**64
        return ids[right] if above < below else ids[left]

    def swarm_json(self, account):
        swarm = self.swarm_of(account)
        if swarm is None:
            return {"snodes": [], "swarm": "f" * 16}
        return {
            "swarm": "%x" % swarm,
            "snodes": [
                {
                    "pubkey_legacy": node["service_node_pubkey"],
                    "pubkey_ed25519": node["pubkey_ed25519"],
                    "pubkey_x25519": node["pubkey_x25519"],
                    "ip": node["public_ip"],
                    "port_https": node["storage_port"],
                    "port_omq": node["storage_lmq_port"],
                    "port_quic": node["storage_lmq_port"],
                    "port": str(node["storage_port"]),
                }
                for node in self.members(swarm)
            ],
        }
