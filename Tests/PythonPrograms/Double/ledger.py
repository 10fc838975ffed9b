"""OxenMQ from outside: the connection to the ledger."""

import os
import time

import zmq


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
