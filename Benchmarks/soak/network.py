"""The network under test, driven by its own executable."""

import json
import os
import pathlib
import subprocess
import threading

from client import Doubtful, Member

NAME = "soak"


class Network:
    def __init__(self, executable, folder):
        self.executable = os.path.abspath(executable)
        self.folder = pathlib.Path(folder)
        self.logs = self.folder / "logs"
        self.lock = threading.Lock()
        self.members = []
        # By name; only these are asked.
        self.away = set()

    def run(self, *arguments, timeout=600):
        """Raises CalledProcessError for any exit code but 0."""
        return subprocess.run(
            [self.executable, *arguments, "--name", NAME, "--logs", str(self.logs)],
            cwd=self.folder, check=True, capture_output=True, text=True, timeout=timeout,
        ).stdout

    def start(self, nodes, seed):
        topology = self.folder / "soak.yaml"
        topology.write_text(
            f"mode: subprocess\nseed: {seed}\nnodes: {{count: {nodes}}}\nstorage: {{rateLimit: false}}\n")
        self.run("up", "--detach", str(topology))
        self.look()

    def look(self):
        """Reads who is there."""
        status = json.loads(self.run("status", "--json"))
        with self.lock:
            self.members = [Member(node) for node in status["nodes"] if node.get("httpsPort")]
        return status

    def awake(self):
        with self.lock:
            return [member for member in self.members if member.name not in self.away]

    def act(self, verb, name):
        """Kills, pauses, resumes or restarts a node."""
        if verb in ("kill", "pause"):
            with self.lock:
                self.away.add(name)
        self.run("node", verb, name)
        if verb in ("resume", "restart"):
            self.look()
            with self.lock:
                self.away.discard(name)

    def swarm(self, account):
        """The members that answer for an account, as one that is awake knows them."""
        for member in self.awake():
            try:
                status, reply = member.ask("get_swarm", {"pubkey": account.text})
            except Doubtful:
                # It was put to sleep just now; another one knows the same.
                continue
            if status == 200 and reply["snodes"]:
                keys = {node["pubkey_ed25519"] for node in reply["snodes"]}
                with self.lock:
                    return [member for member in self.members if member.key in keys]
        return []

    def memory_kibibytes(self):
        """Resident memory of each running node by its name."""
        found = {}
        for node in self.look()["nodes"]:
            try:
                lines = pathlib.Path(f"/proc/{node['pid']}/status").read_text().splitlines()
            except OSError:
                # It is not running, or just ended.
                continue
            found.update({node["name"]: int(line.split()[1]) for line in lines if line.startswith("VmRSS:")})
        return found

    def disk_bytes(self):
        return sum(file.stat().st_blocks * 512 for file in self.folder.rglob("*") if file.is_file())
