"""How other threads have something done by the one that owns the sockets of the message queue."""

import queue
import socket


class Errands:
    def __init__(self):
        self.waiting = queue.SimpleQueue()
        self.bell, self.cord = socket.socketpair()

    def fileno(self):
        """Readable when there is something to do."""
        return self.bell.fileno()

    def add(self, errand):
        self.waiting.put(errand)
        self.cord.send(b"!")

    def run(self):
        for _ in self.bell.recv(4096):
            self.waiting.get()()
