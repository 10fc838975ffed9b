"""What the double in Python makes of vectors that nobody of this project computed.

    double_vectors.py DOUBLE ONION_JSON STORAGE_JSON

Prints one line for each thing that held; ends with a message and status 1 at the first that does not.
"""

import base64
import concurrent.futures
import http.client
import json
import sys
import types

sys.path.insert(0, sys.argv[1])

import layers
from onion import Onions
from storage_test import turn


def hold(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")
    print(what, flush=True)


def raw(entry, name):
    return bytes.fromhex(entry[name])


def is_opened(layer, entry, name):
    sealed = raw(entry, name + "_ciphertext_hex")
    plaintext = entry.get(name + "_plaintext", "").encode() or raw(entry, name + "_plaintext_hex")
    return layer.open(sealed) == plaintext and layer.open(layer.seal(plaintext)) == plaintext


def single(entry):
    for name in [entry["enc_type"], *entry["aliases"]]:
        encryption = layers.encryption({"enc_type": name})
        layer = layers.Layer(
            encryption, raw(entry, "node_seckey"), raw(entry, "node_pubkey"), raw(entry, "client_pubkey")
        )
        held = layer.key == raw(entry, "key") and all(is_opened(layer, entry, way) for way in ("request", "response"))
        hold(held, f"a layer named {name} is opened, and sealed so that it can be opened")


class Next:
    """Stands for the connection to the next node: remembers what it was sent, and answers with a word."""

    def ask(self, node, command, message):
        self.sent = command, message
        return concurrent.futures.Future()

    def frames(self, answer, seconds):
        return [b"418", b"a word"]


def hop(node, next_node, methods=None):
    """The node of a path, in a network where all of the path are."""
    keys = types.SimpleNamespace(
        x25519=raw(node, "x25519_seckey"), x25519_public=raw(node, "x25519_pubkey"), ed25519=raw(node, "ed25519_pubkey")
    )
    network = types.SimpleNamespace(own_swarm=lambda: 0, funded=lambda key: key)
    return Onions(keys, network, methods, next_node)


def path(onion, nodes, answer):
    """Through all nodes of a path; what the last one makes of its layer."""
    body, after = raw(onion, "https_post_body_hex"), Next()
    reply = hop(nodes[0], after).enter(body)
    for node, message in zip(nodes[1:], onion["sn_onion_request"]):
        held = after.sent == ("sn.onion_request", raw(message, "part0_hex"))
        hold(held, f"hop {message['hop_no']} gets its message")
        hold(reply == (500, b"a word"), "an answer with a status that does not exist goes on with 500")
        asked, after = after.sent[1], Next()
        methods = types.SimpleNamespace(read=answer)
        reply = hop(node, after, methods).relayed(asked)
    return reply


def mixed(onion):
    asked = []
    expected = json.loads(onion["response_plaintext"])

    def answer(request):
        asked.append(request.decode())
        return expected["status"], expected["body"]

    status, sealed = path(onion, onion["path"], answer)
    hold((status, asked) == (200, [onion["final_body"]]), "the last node of a mixed path runs the request")
    last = layers.Layer(
        onion["enc_types"][-1],
        raw(onion["path"][-1], "x25519_seckey"),
        raw(onion["path"][-1], "x25519_pubkey"),
        raw(onion["ephemeral"][-1], "pubkey"),
    )
    hold(json.loads(last.open(sealed)) == expected, "its answer is an object and no base64, as was asked for")
    hold(json.loads(last.open(raw(onion, "response_wire_hex"))) == expected, "and so is that of the vector")
    deep = raw(onion["sn_onion_request"][0], "part0_hex").replace(b"6:hop_noi1e", b"6:hop_noi16e")
    hold(
        hop(onion["path"][1], Next()).relayed(deep) == (400, b"onion request max path length exceeded"),
        "the sixteenth hop is refused",
    )


def refused(node):
    """What the client gets whose request cannot be done, and what it gets that does not say how to answer."""
    public = raw(node, "x25519_pubkey")
    layer = layers.Layer("aes-gcm", raw(node, "x25519_seckey"), public, public)
    answers = types.SimpleNamespace(read=lambda request: (200, {"as": request.decode()}))
    server = {"host": "x", "target": "/loki/v3/lsrpc"}
    for control, status, body in [
        ({"headers": {}}, 200, '{"as": "asked"}'),
        ({"headers": None, "json": True}, 200, {"as": "asked"}),
        ({"headers": {}, "json": "yes"}, 400, "Invalid json"),
        ({"destination": "00" * 32}, 400, "Invalid json"),
        ({"destination": "00" * 32, "ephemeral_key": "0g" * 32}, 400, "Invalid json"),
        ({"destination": "00" * 32, "ephemeral_key": "00" * 32, "enc_type": "rot13"}, 400, "Invalid json"),
        ({"host": "x"}, 400, "Invalid json"),
        ({**server, "port": "443"}, 400, "Invalid json"),
        ({**server, "protocol": "ftp"}, 400, "Invalid url"),
        ({**server, "target": "/loki/v3/lsrpc?x"}, 400, "Invalid url"),
        ({**server, "target": "/lsrpc"}, 400, "Invalid url"),
    ]:
        inner = layer.seal(layers.frame(b"asked", control))
        outer = layers.frame(inner, {"ephemeral_key": public.hex()})
        reply = hop(node, Next(), answers).enter(outer)
        answer = json.loads(layer.open(base64.b64decode(reply[1])))
        held = reply[0] == 200 and answer == {"body": body, "status": status}
        hold(held, f"{json.dumps(control)} is answered with {status}, {body}")
    keyless = layers.frame(b"", {})
    for body, word in [(b"abc", b"no length"), (b"\x09\0\0\0abc", b"beyond"), (keyless, b"ephemeral_key")]:
        status, text = hop(node, Next()).enter(body)
        held = status == 400 and text.startswith(b"Error parsing onion request: ") and word in text
        hold(held, f"{body} is no onion: {word.decode()}")
    sealed = layers.frame(bytes(40), {"ephemeral_key": public.hex()})
    hold(hop(node, Next()).enter(sealed) == (400, b"Invalid ciphertext"), "what no key opens is refused in clear")


class Server:
    """Stands for the connection to a server outside."""

    posted = []

    def __init__(self, host, port, timeout):
        self.place = f"http://{host}:{port}"

    def request(self, verb, target, body, headers):
        self.posted.append((verb, self.place + target, body))

    def getresponse(self):
        return types.SimpleNamespace(status=201, read=lambda: b"as it pleases")

    def close(self):
        pass


def to_server(onion, nodes):
    http.client.HTTPConnection = Server
    reply = path(onion, nodes, None)
    expected = ("POST", onion["exit_http_post_url"], raw(onion, "exit_http_post_body_hex"))
    hold(Server.posted == [expected], "a server gets the whole layer")
    hold(reply == (201, b"as it pleases"), "its answer goes back as it is")


def main():
    onions, storage = (json.load(open(name)) for name in sys.argv[2:])
    for entry in onions["single_layer"]:
        single(entry)
    mixed(onions["full_onions"][0])
    refused(onions["full_onions"][0]["path"][0])
    to_server(onions["full_onions"][1], onions["full_onions"][0]["path"])
    pairs = storage["storage_test_pairs"]
    held = [turn(pair["block_hash"], pair["members"]) == (pair["tester_index"], pair["testee_index"]) for pair in pairs]
    hold(len(held) >= 18 and all(held), "who tests whom is drawn from a block's hash")


main()
