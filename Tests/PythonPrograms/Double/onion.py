"""Onion requests: as the entry of a path, as a relay to the next node or to a server, and as the node that answers."""

import base64
import http.client
import json

import bencode
from layers import Layer, Undecipherable, encryption, unframe

HOP_LIMIT = 15
HOP_PATIENCE, SERVER_PATIENCE = 30, 25
STATUSES = {200, 400, 401, 403, 404, 406, 410, 413, 421, 429, 500, 502, 503, 504}


class Onions:
    """Each call answers with a status and a body for whoever is one hop nearer to the client."""

    def __init__(self, keys, network, methods, peers):
        self.keys, self.network, self.methods, self.peers = keys, network, methods, peers

    def enter(self, body):
        """What a client posted."""
        try:
            blob, control = unframe(body)
            hop = typed(control, "hop_no", int, 0)
            peel = (blob, encryption(control), key(control, "ephemeral_key"), max(0, hop))
        except (ValueError, KeyError) as error:
            return 400, b"Error parsing onion request: %s" % str(error).encode()
        return self.peel(*peel)

    def relayed(self, message):
        """What the node before this one sent."""
        try:
            fields = bencode.decode(message)
            name = fields.get(b"enc_type", b"aes-gcm").decode()
            sealed, ephemeral = fields[b"data"], fields[b"ephemeral_key"]
            peel = (sealed, encryption({"enc_type": name}), ephemeral, max(1, fields.get(b"hop_no", 1)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return 400, b"Invalid internal onion request: %s" % str(error).encode()
        if peel[3] > HOP_LIMIT:
            return 400, b"onion request max path length exceeded"
        return self.peel(*peel)

    def peel(self, sealed, encryption, client, hop):
        """Takes one layer off, and does what lies under it says."""
        if self.network.own_swarm() is None:
            return 503, b"Snode not ready: %s" % self.keys.ed25519.hex().encode()
        try:
            layer = Layer(encryption, self.keys.x25519, self.keys.x25519_public, client)
            plaintext = layer.open(sealed)
        except Undecipherable:
            return 400, b"Invalid ciphertext"
        try:
            blob, control = unframe(plaintext)
            if "headers" in control:
                return self.finish(layer, blob, control)
            if "host" in control:
                return self.to_server(layer, plaintext, control)
            return self.to_node(blob, control, hop)
        except (ValueError, KeyError):
            return 200, envelope(layer, 400, "Invalid json")

    def finish(self, layer, request, control):
        """The path ends here: the request is run, and its answer sealed for the client."""
        as_object, as_text = typed(control, "json", bool, False), typed(control, "base64", bool, True)
        status, answer = self.methods.read(request)
        if isinstance(answer, dict) and not as_object:
            answer = json.dumps(answer)
        return 200, envelope(layer, status, answer, as_text)

    def to_node(self, blob, control, hop):
        destination, ephemeral, name = key(control, "destination"), key(control, "ephemeral_key"), encryption(control)
        node = self.network.funded(destination.hex())
        if node is None:
            return 502, b"Next node not found: %s" % destination.hex().encode()
        message = bencode.encode({"data": blob, "enc_type": name, "ephemeral_key": ephemeral, "hop_no": hop + 1})
        frames = self.peers.frames(self.peers.ask(node, "sn.onion_request", message), HOP_PATIENCE)
        if frames is None:
            return 504, b"Request time out"
        if len(frames) < 2:
            return 500, b"Invalid response from snode"
        status = int(frames[0]) if frames[0].isdigit() else 500
        return status if status in STATUSES else 500, frames[1]

    @staticmethod
    def to_server(layer, plaintext, control):
        """A server of somebody else's gets the whole layer, and answers the client as it pleases."""
        host, target = typed(control, "host", str), typed(control, "target", str)
        port, protocol = typed(control, "port", int, 443), typed(control, "protocol", str, "https")
        is_allowed = target.startswith(("/loki/", "/oxen/")) and target.endswith("/lsrpc") and "?" not in target
        if protocol not in ("http", "https") or not is_allowed:
            return 200, envelope(layer, 400, "Invalid url")
        kind = http.client.HTTPConnection if protocol == "http" else http.client.HTTPSConnection
        connection = kind(host, port, timeout=SERVER_PATIENCE)
        try:
            connection.request("POST", target, plaintext, {"Content-Type": "application/octet-stream"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        except TimeoutError as error:
            return 504, str(error).encode()
        except (OSError, http.client.HTTPException) as error:
            return 502, str(error).encode()
        finally:
            connection.close()


def envelope(layer, status, body, as_text=True):
    sealed = layer.seal(json.dumps({"body": body, "status": status}).encode())
    return base64.b64encode(sealed) if as_text else sealed


def typed(control, name, kind, default=None):
    value = default if control.get(name) is None else control[name]
    # To Python a truth value is a number as well.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError("'%s' is missing or of the wrong type" % name)
    return value


def key(control, name):
    text = typed(control, name, str)
    if len(text) != 64:
        raise ValueError("'%s' is not 64 hex digits" % name)
    return bytes.fromhex(text)
