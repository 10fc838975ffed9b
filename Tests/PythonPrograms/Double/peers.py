"""Requests to other nodes, over one connection to each."""

import concurrent.futures
import os
import time

import zmq

ERRORS = (b"FORBIDDEN", b"FORBIDDEN_SN", b"NOT_A_SERVICE_NODE")


class NoAnswer(Exception):
    """The other node refused, or cannot be reached."""


class Link:
    """The connection to a node. A second one under the same name would take the first one's route away."""

    def __init__(self, context, keys, node):
        self.x25519, self.place = node["pubkey_x25519"], place(node)
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.setsockopt(zmq.MAXMSGSIZE, 10_485_760)
        self.socket.routing_id = b"L" + keys.x25519_public
        self.socket.curve_secretkey, self.socket.curve_publickey = keys.x25519, keys.x25519_public
        self.socket.curve_serverkey = bytes.fromhex(self.x25519)
        self.socket.connect(self.place)
        self.used = time.monotonic()

    def send(self, *frames):
        self.used = time.monotonic()
        self.socket.send_multipart(frames, zmq.NOBLOCK)

    def reply(self, *frames):
        try:
            self.send(*frames)
        except zmq.ZMQError:
            pass  # The caller has gone.


def place(node):
    return "tcp://%s:%d" % (node["public_ip"], node["storage_lmq_port"])


class Peers:
    """`ask` and `frames` are for every thread, the rest for the one that owns the sockets."""

    IDLE = 30

    def __init__(self, context, keys, errands, poller):
        self.context, self.keys, self.errands, self.poller = context, keys, errands, poller
        self.links, self.waiting = {}, {}

    def ask(self, node, command, *data):
        """Sends a request; what it returns is for `frames`."""
        tag, answer = os.urandom(15), concurrent.futures.Future()
        self.waiting[tag] = answer
        answer.add_done_callback(lambda _: self.waiting.pop(tag, None))
        self.errands.add(lambda: self.send(node, command.encode(), tag, *data))
        return answer

    @staticmethod
    def frames(answer, seconds):
        """The answer's data, or `None` if there is none within that time."""
        try:
            return answer.result(max(0, seconds))
        except (concurrent.futures.TimeoutError, NoAnswer):
            answer.cancel()
            return None

    def send(self, node, command, tag, *data):
        link = self.links.get(node["pubkey_x25519"])
        if link and link.place != place(node):
            self.close(link)
            link = None
        if not link:
            link = Link(self.context, self.keys, node)
            self.links[link.x25519] = link
            self.poller.register(link.socket, zmq.POLLIN)
        try:
            link.send(command, tag, *data)
        except zmq.ZMQError as error:
            self.settle(tag, lambda answer: answer.set_exception(NoAnswer(str(error))))

    def take(self, frames):
        """Whether a message, on whatever connection it came, is the answer to a request."""
        if frames[0] == b"REPLY" and len(frames) > 1:
            self.settle(frames[1], lambda answer: answer.set_result(frames[2:]))
        elif frames[0] in ERRORS and len(frames) > 2:
            self.settle(frames[2], lambda answer: answer.set_exception(NoAnswer(frames[0].decode())))
        else:
            return False
        return True

    def settle(self, tag, how):
        answer = self.waiting.get(tag)
        # One that was given up meanwhile takes no result.
        if answer and answer.set_running_or_notify_cancel():
            how(answer)

    def close_idle(self):
        for link in list(self.links.values()):
            if time.monotonic() - link.used > self.IDLE:
                self.close(link)

    def close(self, link):
        del self.links[link.x25519]
        self.poller.unregister(link.socket)
        link.socket.close()
