"""Signed requests of an account, as a client sends them over HTTPS to one member of its swarm."""

import base64
import hashlib
import http.client
import json
import os
import ssl
import time

from nacl.signing import SigningKey

TIMEOUT_SECONDS = 12


def now():
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class Doubtful(Exception):
    """Nobody knows whether the request was carried out."""


class Account:
    """A group: its key signs for itself."""

    def __init__(self, seed):
        self.key = SigningKey(seed)
        self.text = "03" + bytes(self.key.verify_key).hex()

    def sign(self, text):
        return base64.b64encode(self.key.sign(text.encode()).signature).decode()

    def name(self, namespace, data):
        """The hash by which the protocol knows a message (storage-node §4)."""
        text = bytes.fromhex(self.text) + (str(namespace).encode() if namespace else b"") + data
        digest = hashlib.blake2b(text, digest_size=32).digest()
        return base64.b64encode(digest).decode().rstrip("=")

    def store(self, namespace, data, timestamp, lifetime):
        parameters = {
            "pubkey": self.text,
            "namespace": namespace,
            "data": base64.b64encode(data).decode(),
            "timestamp": timestamp,
            "ttl": lifetime,
        }
        if namespace % 10:
            parameters["signature"] = self.sign(f"store{namespace or ''}{timestamp}")
        return "store", parameters

    def retrieve(self, namespace, last=None):
        timestamp = now()
        return "retrieve", {
            "pubkey": self.text,
            "namespace": namespace,
            "timestamp": timestamp,
            "signature": self.sign(f"retrieve{namespace or ''}{timestamp}"),
            "last_hash": last or "",
            "max_size": -1,
        }

    def delete(self, hashes):
        return "delete", {
            "pubkey": self.text,
            "messages": hashes,
            "signature": self.sign("delete" + "".join(hashes)),
        }

    def delete_all(self, namespace):
        timestamp = now()
        return "delete_all", {
            "pubkey": self.text,
            "namespace": namespace,
            "timestamp": timestamp,
            "signature": self.sign(f"delete_all{namespace or ''}{timestamp}"),
        }

    def expire(self, hashes, expiry):
        return "expire", {
            "pubkey": self.text,
            "messages": hashes,
            "expiry": expiry,
            "signature": self.sign(f"expire{expiry}" + "".join(hashes)),
        }


class Member:
    """A node as `status` shows it, and the connections to it that one thread keeps."""

    def __init__(self, record):
        self.name = record["name"]
        self.address, self.port = record["ip"], record["httpsPort"]
        self.key = record["pubkeyEd25519"]

    def ask(self, method, parameters):
        """The answer's status and body.

        Raises Doubtful when there is none.
        """
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=TIMEOUT_SECONDS, context=context)
        try:
            connection.request("POST", "/storage_rpc/v1", json.dumps({"method": method, "params": parameters}))
            reply = connection.getresponse()
            body = reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise Doubtful(f"{self.name}: {error}") from error
        finally:
            connection.close()
        try:
            return reply.status, json.loads(body)
        except ValueError:
            return reply.status, {"text": body.decode(errors="replace")}

    def inbox(self, account, namespace):
        """Expiries by hash of all that the member has."""
        found, last = {}, None
        while True:
            status, reply = self.ask(*account.retrieve(namespace, last))
            if status != 200:
                raise Doubtful(f"{self.name} answered {status}: {reply}")
            for message in reply["messages"]:
                found[message["hash"]] = message["expiration"]
                last = message["hash"]
            if not reply["more"]:
                return found


def payload():
    return os.urandom(24) + os.urandom(1000)
