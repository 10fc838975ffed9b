"""What goes wrong while clients are at work, drawn from a seed."""

import subprocess
import time

MOST_AWAY = 5
FILLED_SECONDS = 15


class Chaos:
    def __init__(self, network, chance, has_small_disk, report):
        self.network, self.chance, self.report = network, chance, report
        self.has_small_disk = has_small_disk
        self.killed, self.paused, self.added = set(), set(), []
        self.counts = {}
        self.number = 0

    def step(self):
        actions = [self.kill, self.kill, self.restart, self.restart, self.pause, self.resume]
        self.number += 1
        if self.number % 15 == 0:
            actions = [self.restart_ledger]
        elif self.number % 20 == 7:
            actions = [self.add]
        elif self.number % 20 == 17 and self.added:
            actions = [self.remove]
        elif self.number % 30 == 25 and self.has_small_disk:
            actions = [self.fill]
        action = self.chance.choice(actions)
        name = action.__name__
        try:
            if action() is not None:
                self.counts[name] = self.counts.get(name, 0) + 1
        except subprocess.CalledProcessError as error:
            # A full disk or a ledger that is just coming back may refuse; what was asked for is tried again at the end.
            self.counts[name + " refused"] = self.counts.get(name + " refused", 0) + 1
            self.report(f"{name}: exit {error.returncode}: {error.stderr.strip()[-300:]}")

    def kill(self):
        awake = [member.name for member in self.network.awake()]
        if len(self.killed | self.paused) >= MOST_AWAY or not awake:
            return None
        name = self.chance.choice(sorted(awake))
        self.killed.add(name)
        self.network.act("kill", name)
        return name

    def restart(self):
        if not self.killed:
            return None
        name = self.chance.choice(sorted(self.killed))
        self.network.act("restart", name)
        self.killed.discard(name)
        return name

    def pause(self):
        awake = [member.name for member in self.network.awake()]
        if len(self.killed | self.paused) >= MOST_AWAY or not awake:
            return None
        name = self.chance.choice(sorted(awake))
        self.paused.add(name)
        self.network.act("pause", name)
        return name

    def resume(self):
        if not self.paused:
            return None
        name = self.chance.choice(sorted(self.paused))
        self.network.act("resume", name)
        self.paused.discard(name)
        return name

    def restart_ledger(self):
        self.network.run("ledger", "restart")
        return "ledger"

    def add(self):
        name = f"late{len(self.added) + self.number}"
        self.network.run("node", "add", name)
        self.added.append(name)
        self.network.look()
        return name

    def remove(self):
        # The ledger goes on by days until the node is gone, and would throw out whoever is away.
        self.heal()
        name = self.added.pop()
        with self.network.lock:
            self.network.away.add(name)
        self.network.run("node", "remove", name)
        self.network.look()
        return name

    def fill(self):
        """Takes all the room there is, for a while."""
        filler = self.network.folder / "filler"
        try:
            with open(filler, "wb", buffering=0) as file:
                while file.write(b"x" * 65_536):
                    pass
        except OSError:
            time.sleep(FILLED_SECONDS)
        finally:
            filler.unlink(missing_ok=True)
        return "disk"

    def heal(self):
        """Everybody is back."""
        for names, verb in ((self.paused, "resume"), (self.killed, "restart")):
            for name in sorted(names):
                self.network.act(verb, name)
                names.discard(name)
