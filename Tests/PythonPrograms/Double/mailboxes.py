"""What a storage server keeps, here in memory only."""

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
    def __init__(self, status, answer):
        """A text, or what becomes an object in the caller's encoding."""
        super().__init__(answer)
        self.status, self.answer = status, answer


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
