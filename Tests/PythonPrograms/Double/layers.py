"""One layer of an onion: its frame, and the encryption between the client and one node."""

import hashlib
import hmac
import json
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_scalarmult,
)
from nacl.exceptions import CryptoError

NAMES = {
    "aes-gcm": "aes-gcm",
    "gcm": "aes-gcm",
    "xchacha20": "xchacha20",
    "xchacha20-poly1305": "xchacha20",
    "aes-cbc": "aes-cbc",
    "cbc": "aes-cbc",
}


class Undecipherable(Exception):
    """No ciphertext that this key opens."""


def frame(blob, control):
    return struct.pack("<I", len(blob)) + blob + json.dumps(control).encode()


def unframe(payload):
    """The blob and the JSON object behind it."""
    if len(payload) < 4:
        raise ValueError("no length")
    end = 4 + struct.unpack_from("<I", payload)[0]
    if end > len(payload):
        raise ValueError("the blob ends beyond the payload")
    control = json.loads(payload[end:])
    if not isinstance(control, dict):
        raise ValueError("no JSON object")
    return payload[4:end], control


def encryption(control):
    """The name of the encryption that a control asks for."""
    name = control.get("enc_type")
    if name is None:
        return "aes-gcm"
    if not isinstance(name, str) or name not in NAMES:
        raise ValueError("Invalid encryption type %s" % name)
    return NAMES[name]


class Layer:
    """Seals and opens at the node's side; both directions have one key."""

    def __init__(self, encryption, node_secret, node_public, client_public):
        try:
            shared = crypto_scalarmult(node_secret, client_public)
        except (RuntimeError, TypeError, ValueError):
            # With libsodium's own check that the result is not all zero.
            raise Undecipherable from None
        self.seal, self.open = {
            "aes-gcm": (self._seal_gcm, self._open_gcm),
            "xchacha20": (self._seal_xchacha, self._open_xchacha),
            "aes-cbc": (self._seal_cbc, self._open_cbc),
        }[encryption]
        self.key = {
            "aes-gcm": lambda: hmac.digest(b"LOKI", shared, "sha256"),
            "xchacha20": lambda: hashlib.blake2b(shared + client_public + node_public, digest_size=32).digest(),
            "aes-cbc": lambda: shared,
        }[encryption]()

    def _seal_gcm(self, plaintext):
        nonce = os.urandom(12)
        return nonce + AESGCM(self.key).encrypt(nonce, plaintext, None)

    def _open_gcm(self, sealed):
        try:
            return AESGCM(self.key).decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError):
            raise Undecipherable from None

    def _seal_xchacha(self, plaintext):
        nonce = os.urandom(24)
        return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, None, nonce, self.key)

    def _open_xchacha(self, sealed):
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], None, sealed[:24], self.key)
        except (CryptoError, ValueError):
            raise Undecipherable from None

    def _seal_cbc(self, plaintext):
        start, pad = os.urandom(16), padding.PKCS7(128).padder()
        cipher = Cipher(algorithms.AES(self.key), modes.CBC(start)).encryptor()
        return start + cipher.update(pad.update(plaintext) + pad.finalize()) + cipher.finalize()

    def _open_cbc(self, sealed):
        try:
            cipher = Cipher(algorithms.AES(self.key), modes.CBC(sealed[:16])).decryptor()
            padded = cipher.update(sealed[16:]) + cipher.finalize()
            unpad = padding.PKCS7(128).unpadder()
            return unpad.update(padded) + unpad.finalize()
        except ValueError:
            raise Undecipherable from None
