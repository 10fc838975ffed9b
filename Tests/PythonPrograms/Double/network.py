"""The other nodes and their swarms, as the ledger last told."""

import json


class Network:
    NO_SWARM = 2**64 - 1
    REMEMBERED_BLOCKS = 30

    def __init__(self, own_key):
        self.own_key = own_key
        self.nodes, self.height, self.block_hash, self.hardfork = [], 0, "", (0, 0)
        self.blocks = {}

    def update(self, table):
        if table.get("unchanged"):
            return
        # As the reference: each of these must be there, or the whole update is dropped.
        height, block_hash = table["height"], table["block_hash"]
        hardfork = (table["hardfork"], table.get("snode_revision", 0))
        nodes = [node for node in table["service_node_states"] if node["funded"] and node.get("pubkey_ed25519")]
        for node in nodes:
            node["storage_port"], node["storage_lmq_port"], node["public_ip"], node["swarm_id"]
        self.nodes, self.height, self.block_hash, self.hardfork = nodes, height, block_hash, hardfork
        self.remember(height, block_hash)

    def remember(self, height, block_hash):
        self.blocks[height] = block_hash
        for old in sorted(self.blocks)[: -self.REMEMBERED_BLOCKS]:
            del self.blocks[old]

    def remember_answer(self, height, frames):
        """What the ledger said of one block; newer ledgers answer with an object, which the reference does not read."""
        if len(frames) == 2 and frames[0] == b"200" and len(frames[1]) == 66:
            self.remember(height, json.loads(frames[1]))

    def active(self):
        return [node for node in self.nodes if node["swarm_id"] != self.NO_SWARM]

    def funded(self, ed25519):
        """The node with that key, also one that is out of service."""
        return next((node for node in self.nodes if node["pubkey_ed25519"] == ed25519), None)

    def is_active(self, x25519):
        return any(node["pubkey_x25519"] == x25519 for node in self.active())

    def own_swarm(self):
        mine = [node["swarm_id"] for node in self.active() if node["service_node_pubkey"] == self.own_key]
        return mine[0] if mine else None

    def members(self, swarm):
        return [node for node in self.active() if node["swarm_id"] == swarm]

    def peers(self):
        own = self.own_swarm()
        if own is None:
            return []
        return [node for node in self.members(own) if node["service_node_pubkey"] != self.own_key]

    def swarm_of(self, account):
        """The nearest swarm on the ring; the lower one of two that are equally near."""
        ids = sorted({node["swarm_id"] for node in self.active()})
        if not ids:
            return None
        place = 0
        for start in range(1, 33, 8):
            place ^= int.from_bytes(account[start : start + 8], "big")
        right = next((index for index, swarm in enumerate(ids) if swarm >= place), 0)
        left = right - 1
        above, below = (ids[right] - place) % 2**64, (place - ids[left]) % 2**64
        return ids[right] if above < below else ids[left]

    def swarm_json(self, account):
        swarm = self.swarm_of(account)
        if swarm is None:
            return {"snodes": [], "swarm": "f" * 16}
        return {
            "swarm": "%x" % swarm,
            "snodes": [
                {
                    "pubkey_legacy": node["service_node_pubkey"],
                    "pubkey_ed25519": node["pubkey_ed25519"],
                    "pubkey_x25519": node["pubkey_x25519"],
                    "ip": node["public_ip"],
                    "port_https": node["storage_port"],
                    "port_omq": node["storage_lmq_port"],
                    "port_quic": node["storage_lmq_port"],
                    "port": str(node["storage_port"]),
                }
                for node in self.members(swarm)
            ],
        }
