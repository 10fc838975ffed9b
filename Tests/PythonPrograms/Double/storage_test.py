"""Shows a peer of the swarm that this node holds a message, when it is that peer's turn to ask."""

import base64
import time

WORDS, BITS = 312, 2**64 - 1


class MersenneTwister:
    """MT19937-64; Python's own is the one of 32 bits."""

    def __init__(self, seed):
        state = [seed]
        for index in range(1, WORDS):
            last = state[-1]
            state.append((6364136223846793005 * (last ^ (last >> 62)) + index) & BITS)
        self.state, self.index = state, WORDS

    def next(self):
        if self.index == WORDS:
            self.twist()
        x = self.state[self.index]
        self.index += 1
        x ^= (x >> 29) & 0x5555555555555555
        x ^= (x << 17) & 0x71D67FFFEDA60000
        x ^= (x << 37) & 0xFFF7EEE000000000
        return x ^ (x >> 43)

    def twist(self):
        state = self.state
        for index in range(WORDS):
            x = (state[index] & 0xFFFFFFFF80000000) | (state[(index + 1) % WORDS] & 0x7FFFFFFF)
            odd = 0xB5026F5AA96619E9 if x & 1 else 0
            state[index] = state[(index + 156) % WORDS] ^ (x >> 1) ^ odd
        self.index = 0

    def below(self, count):
        limit = BITS - BITS % count
        while (drawn := self.next()) >= limit:
            pass
        return drawn // (limit // count)


def turn(block_hash, count):
    """Who asks and who is asked because of a block, as places among the members in the order of their keys."""
    chance = MersenneTwister(int.from_bytes(block_hash[:8].encode(), "little"))
    tester = chance.below(count)
    while (asked := chance.below(count)) == tester:
        pass
    return tester, asked


class StorageTest:
    # In seconds: the block or the message may be on its way.
    INTERVAL, PATIENCE = 0.05, 55

    def __init__(self, network, mailboxes):
        self.network, self.mailboxes = network, mailboxes

    def answer(self, caller, height, digest):
        height, hash = int(height), base64.b64encode(digest).rstrip(b"=").decode()
        deadline = time.monotonic() + self.PATIENCE
        while time.monotonic() < deadline:
            if height <= self.network.height:
                if not self.is_turn(caller, height):
                    return [b"wrong request"]
                found = self.mailboxes.data(hash)
                if found is not None:
                    return [b"OK", found]
            time.sleep(self.INTERVAL)
        return [b"other"]

    def is_turn(self, caller, height):
        block = self.network.blocks.get(height)
        swarm = self.network.own_swarm()
        members = sorted(self.network.members(swarm), key=lambda node: node["service_node_pubkey"])
        if block is None or swarm is None or len(members) < 2:
            return False
        tester, asked = turn(block, len(members))
        is_own = members[asked]["service_node_pubkey"] == self.network.own_key
        return is_own and members[tester]["pubkey_x25519"] == caller
