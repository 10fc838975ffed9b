"""Clients store, delete and expire while nodes are killed, frozen, added and removed, the ledger is started again and the
disk fills up; in the end every member must hold exactly what was acknowledged.

    soak.py [--testnet PATH] [--minutes 20] [--seed N] [--nodes 12] [--disk 512M]

Needs PyNaCl (`make python`). The full disk needs root on Linux: the run then lies on a small file system of its own.
Exits with 0 when nothing was lost, nothing came back, and memory and disk stayed within bounds; with 1 otherwise.
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from chaos import Chaos
from client import Account, Doubtful, now, payload
from model import GONE, PRESENT, Mailbox
from network import Network

WORKERS = 4
ACCOUNTS_A_WORKER = 8
NAMESPACES = (0, 5)
DAY = 86_400_000
# Resident memory of one node, and what a run takes on disk beside the bytes that are stored in it.
MOST_MEMORY_KIBIBYTES = 200 * 1024
MOST_DISK_OVERHEAD = 8
MOST_MEMBERS = 10
BASE_DISK_BYTES = 64 << 20
SETTLE_SECONDS = 300


class Worker(threading.Thread):
    def __init__(self, number, network, seed, stop):
        super().__init__(name=f"client {number}")
        self.network, self.stop = network, stop
        self.chance = random.Random(f"{seed} {number}")
        accounts = [Account(self.chance.randbytes(32)) for _ in range(ACCOUNTS_A_WORKER)]
        self.mailboxes = [Mailbox(account, namespace) for account in accounts for namespace in NAMESPACES]
        self.counts = {"acknowledged": 0, "unanswered": 0, "refused": 0}
        self.bytes_stored = 0
        self.failure = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.step(self.chance.choice(self.mailboxes))
                # A pace and not a wait: the load is meant to leave the nodes room.
                self.stop.wait(0.05)
        except Exception as error:  # Told at the end: a thread's error would only be printed.
            self.failure = error

    def step(self, mailbox):
        account, present = mailbox.account, mailbox.certain(PRESENT)
        lasting = mailbox.lasting(now())
        draw = self.chance.random()
        if draw < 0.6 or not lasting:
            lost = mailbox.certain(GONE)
            again = self.chance.choice(lost) if lost and self.chance.random() < 0.15 else None
            self.store(mailbox, mailbox.messages[again].data if again else payload())
        elif draw < 0.8:
            names = self.chance.sample(present, min(len(present), self.chance.randint(1, 3)))
            self.change(mailbox, account.delete(names), names, lambda: mailbox.deleted(names))
        elif draw < 0.97:
            names = self.chance.sample(lasting, min(len(lasting), self.chance.randint(1, 3)))
            expiry = now() + (self.chance.randint(30_000, 90_000) if draw < 0.83 else self.chance.randint(DAY, 3 * DAY))
            self.change(mailbox, account.expire(names, expiry), names, lambda: mailbox.expires(names, expiry))
        else:
            names = present
            self.change(mailbox, account.delete_all(mailbox.namespace), names, lambda: mailbox.deleted(names))

    def ask(self, account, call):
        """The answer of a member that is not the model's choice: any, whatever it holds."""
        members = [member for member in self.network.swarm(account) if member.name not in self.network.away]
        if not members:
            raise Doubtful("no member of the swarm is there")
        member = self.chance.choice(members)
        status, reply = member.ask(*call)
        return member, status, reply

    def store(self, mailbox, data):
        timestamp, name = now(), mailbox.account.name(mailbox.namespace, data)
        call = mailbox.account.store(mailbox.namespace, data, timestamp, DAY)
        try:
            member, status, reply = self.ask(mailbox.account, call)
        except Doubtful:
            self.counts["unanswered"] += 1
            return mailbox.doubt([name])
        if status == 200 and reply.get("hash") == name and "failed" not in reply["swarm"].get(member.key, {}):
            self.counts["acknowledged"] += 1
            self.bytes_stored += len(data)
            mailbox.stored(name, data, timestamp + DAY)
        else:
            self.counts["refused"] += 1
            mailbox.doubt([name])

    def change(self, mailbox, call, names, apply):
        try:
            member, status, reply = self.ask(mailbox.account, call)
        except Doubtful:
            self.counts["unanswered"] += 1
            return mailbox.doubt(names)
        if status == 200 and "failed" not in reply["swarm"].get(member.key, {"failed": True}):
            self.counts["acknowledged"] += 1
            return apply()
        self.counts["refused"] += 1
        mailbox.doubt(names)


def differences(network, mailboxes):
    """What is wrong at any member, a line each; unsaid is what no member answers."""
    wrong = []
    for mailbox in mailboxes:
        members = network.swarm(mailbox.account)
        if not members:
            wrong.append(f"{mailbox.account.text}: nobody answers for it")
        for member in members:
            try:
                held = member.inbox(mailbox.account, mailbox.namespace)
            except Doubtful as error:
                wrong.append(str(error))
                continue
            wrong += [f"{member.name}, namespace {mailbox.namespace}: {line}" for line in mailbox.differences(held, now())]
    return wrong


def settle(network, mailboxes):
    """Waits until nothing is wrong any more; returns what still is."""
    deadline, told = time.monotonic() + SETTLE_SECONDS, 0
    while True:
        wrong = differences(network, mailboxes)
        if not wrong or time.monotonic() > deadline:
            return wrong
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say(f"settling: {len(wrong)} differences, such as {wrong[0]}")
        time.sleep(2)


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def soak(options, folder, has_small_disk):
    network = Network(options.testnet, folder)
    stop = threading.Event()
    network.start(options.nodes, options.seed)
    try:
        workers = [Worker(number, network, options.seed, stop) for number in range(WORKERS)]
        mailboxes = [mailbox for worker in workers for mailbox in worker.mailboxes]
        chaos = Chaos(network, random.Random(f"{options.seed} chaos"), has_small_disk, say)
        for worker in workers:
            worker.start()
        end, told, peak = time.monotonic() + options.minutes * 60, time.monotonic(), {}
        while time.monotonic() < end and not any(worker.failure for worker in workers):
            chaos.step()
            time.sleep(chaos.chance.uniform(0.5, 4))
            if time.monotonic() - told > 60:
                told = time.monotonic()
                for name, size in network.memory_kibibytes().items():
                    peak[name] = max(size, peak.get(name, 0))
                say(f"{sum(w.counts['acknowledged'] for w in workers)} acknowledged, {chaos.counts}")
        stop.set()
        for worker in workers:
            worker.join()
        chaos.heal()
        wrong = settle(network, mailboxes)
        return report(options, network, workers, chaos, wrong, peak)
    finally:
        stop.set()
        network.run("down")


def report(options, network, workers, chaos, wrong, peak):
    for worker in workers:
        if worker.failure:
            wrong.append(f"{worker.name} ended: {worker.failure!r}")
    for name, size in network.memory_kibibytes().items():
        peak[name] = max(size, peak.get(name, 0))
    stored = sum(worker.bytes_stored for worker in workers)
    disk = network.disk_bytes()
    if max(peak.values()) > MOST_MEMORY_KIBIBYTES:
        wrong.append(f"a node took {max(peak.values())} KiB, more than {MOST_MEMORY_KIBIBYTES}")
    if disk > BASE_DISK_BYTES + MOST_DISK_OVERHEAD * MOST_MEMBERS * stored:
        wrong.append(f"the run takes {disk} bytes on disk for {stored} that were stored")
    total = {key: sum(worker.counts[key] for worker in workers) for key in workers[0].counts}
    say(f"seed {options.seed}: {total}; {chaos.counts}")
    say(f"memory of a node at most {max(peak.values()) / 1024:.1f} MiB; disk {disk / 1e6:.1f} MB for {stored / 1e6:.1f} MB")
    for line in wrong[:50]:
        say("WRONG " + line)
    say(f"{len(wrong)} differences: 0 lost, 0 back" if not wrong else f"{len(wrong)} differences")
    return 1 if wrong else 0


def on_small_disk(options):
    """Runs the soak anew where only this process and its children see a small file system."""
    folder = tempfile.mkdtemp(prefix="soak-")
    arguments = [sys.executable, __file__, *sys.argv[1:], "--folder", folder]
    mounting = 'mount -t tmpfs -o size="$0" soak "$1" && shift && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", mounting, options.disk, folder, *arguments]
    try:
        return subprocess.run(command).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--testnet", default=".build/release/testnet", help="the executable")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--nodes", type=int, default=12)
    parser.add_argument("--disk", default="512M", help="size of the run's file system")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        return soak(options, options.folder, True)
    if sys.platform == "linux" and os.geteuid() == 0:
        return on_small_disk(options)
    print("without root on Linux the disk is not filled", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return soak(options, folder, False)


if __name__ == "__main__":
    sys.exit(main())
