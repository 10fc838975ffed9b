"""A storage server in miniature: a program of its own that speaks a service node's protocol from the outside.

It starts as the reference does, keeps messages in memory, serves what its peers and its clients need of a member of a
swarm, and carries onions. It shares nothing with the nodes it talks to.
"""

import argparse
import concurrent.futures
import functools
import json
import threading
import time
import traceback

import zmq
from nacl.bindings import crypto_scalarmult_base, crypto_scalarmult_ed25519_base_noclamp
from nacl.signing import SigningKey

from commands import Commands
from errands import Errands
from https_listener import https
from ledger import Ledger
from listener import Listener
from mailboxes import Mailboxes
from methods import Methods
from network import Network
from onion import Onions
from peers import Peers
from storage_test import StorageTest

# What the reference takes for a network that is there: then it does not look for another one first.
ENOUGH_NODES = 10
FIELDS = (
    "service_node_pubkey swarm_id storage_port public_ip height block_hash hardfork snode_revision funded "
    "pubkey_x25519 pubkey_ed25519 storage_lmq_port"
).split()
# Who waits for another node keeps a thread.
WORKERS = 64


class Keys:
    """The three pairs that the ledger hands out."""

    def __init__(self, reply):
        secrets = json.loads(reply[1])
        self.legacy = crypto_scalarmult_ed25519_base_noclamp(bytes.fromhex(secrets["service_node_privkey"]))
        whole = bytes.fromhex(secrets["service_node_ed25519_privkey"])
        assert len(whole) == 64, "the Ed25519 secret must be libsodium's 64 bytes"
        self.signing, self.ed25519 = SigningKey(whole[:32]), whole[32:]
        assert bytes(self.signing.verify_key) == self.ed25519
        self.x25519 = bytes.fromhex(secrets["service_node_x25519_privkey"])
        self.x25519_public = crypto_scalarmult_base(self.x25519)


class Server:
    def __init__(self, options):
        self.options = options
        self.context = zmq.Context()
        # The first connection carries no identity: whoever listens there must know whose it is.
        first = Ledger(self.context, options.oxend_rpc)
        self.keys = Keys(first.ask("admin.get_service_node_privkey"))
        first.close()
        self.ledger = Ledger(self.context, options.oxend_rpc)
        self.network = Network(self.keys.legacy.hex())
        self.start_syncing(json.loads(self.ledger.ask("rpc.get_service_nodes", self.question())[1]))
        self.sign_of_life()
        for height in range(max(0, self.network.height - 6), self.network.height):
            then = functools.partial(self.network.remember_answer, height)
            self.ledger.send("rpc.get_block_hash", b'{"height":[%d]}' % height, then=then)
        self.errands, self.poller = Errands(), zmq.Poller()
        self.workers = concurrent.futures.ThreadPoolExecutor(WORKERS)
        self.peers = Peers(self.context, self.keys, self.errands, self.poller)
        mailboxes = Mailboxes()
        self.methods = Methods(self.keys, self.network, mailboxes, self.peers, options.version)
        self.onions = Onions(self.keys, self.network, self.methods, self.peers)
        storage_test = StorageTest(self.network, mailboxes)
        self.commands = Commands(
            self.network, mailboxes, self.methods, self.onions, storage_test, options.version
        )
        self.listener = Listener(self.context, options.omq_port, self.keys.x25519, self.keys.x25519_public)
        self.is_asking = False

    def start_syncing(self, table):
        """The first table decides whether updates count from now on, or only once others were looked for."""
        nodes = [node for node in table["service_node_states"] if node["funded"] and node.get("pubkey_ed25519")]
        self.synced_at = time.monotonic()
        if len(nodes) < ENOUGH_NODES:
            self.synced_at += self.options.bootstrap
        self.take_table(table)

    def take_table(self, table):
        # One that is ignored is not remembered either, so that it is asked for again.
        if time.monotonic() >= self.synced_at:
            self.network.update(table)

    def question(self):
        question = {"active_only": False, "fields": {name: True for name in FIELDS}}
        if self.network.block_hash:
            question["poll_block_hash"] = self.network.block_hash
        return json.dumps(question).encode()

    def sign_of_life(self):
        ping = {
            "https_port": self.options.https_port,
            "omq_port": self.options.omq_port,
            "pubkey_ed25519": self.keys.ed25519.hex(),
            "version": self.options.version,
        }
        self.ledger.send("admin.storage_server_ping", json.dumps(ping).encode(), then=self.expect(b"OK", at=1))
        self.ledger.send("sub.block", then=self.expect(b"OK", b"ALREADY", at=0))
        self.next_ping = time.monotonic() + self.options.ping_interval

    @staticmethod
    def expect(*words, at):
        def check(frames):
            if not any(word in frames[at] for word in words):
                print("the ledger answered", frames, flush=True)

        return check

    def on_block(self):
        # One question at a time; notices that come meanwhile are dropped.
        if not self.is_asking:
            self.is_asking = True
            self.ledger.send("rpc.get_service_nodes", self.question(), then=self.on_table)

    def on_table(self, frames):
        self.is_asking = False
        try:
            self.take_table(json.loads(frames[1]))
        except (KeyError, ValueError, IndexError) as error:
            print("an update of the ledger is of no use:", repr(error), flush=True)

    def run(self):
        for source in (self.ledger.socket, self.listener.socket, self.listener.zap, self.errands):
            self.poller.register(source, zmq.POLLIN)
        while True:
            ready = dict(self.poller.poll(250))
            if self.listener.zap in ready:
                self.listener.admit()
            if self.ledger.socket in ready:
                self.ledger.take(self.on_block)
            if self.listener.socket in ready:
                route, caller, frames = self.listener.receive()
                self.hear(caller, frames, functools.partial(self.listener.send, route))
            for link in list(self.peers.links.values()):
                if link.socket in ready:
                    self.hear(link.x25519, link.socket.recv_multipart(), link.reply)
            if self.errands.fileno() in ready:
                self.errands.run()
            self.peers.close_idle()
            if time.monotonic() > self.next_ping:
                self.sign_of_life()

    def hear(self, caller, frames, send):
        """A peer answers on whatever connection it likes, and asks on whatever connection it likes."""
        if not self.peers.take(frames):
            self.workers.submit(self.answer, caller, frames, send)

    def answer(self, caller, frames, send):
        try:
            reply = self.commands.answer(caller, frames)
        except Exception:
            # Nobody looks at what a worker throws.
            traceback.print_exc()
            return
        if reply:
            self.errands.add(lambda: send(*reply))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir")
    parser.add_argument("--oxend-rpc", required=True)
    parser.add_argument("--bind-ip", default="0.0.0.0")
    parser.add_argument("--https-port", type=int, required=True)
    parser.add_argument("--omq-port", type=int, required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    version = lambda text: [int(number) for number in text.split(".")]
    parser.add_argument("--version", type=version, default="2.8.0", help="the storage server whose ways it has")
    parser.add_argument("--bootstrap", type=float, default=0, help="seconds in which it looks for other networks")
    parser.add_argument("--ping-interval", type=float, default=30, help="seconds from one subscription to the next")
    server = Server(parser.parse_args())
    threading.Thread(target=https(server).serve_forever, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
