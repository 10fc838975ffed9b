#!/usr/bin/env python3
"""
The `whitepaper` swarm policy: the swarm rules of the Session paper, made exact, and an oracle for differential tests.

    whitepaper_swarms.py properties [RUNS]     random join/leave histories; checks every invariant below after every block
    whitepaper_swarms.py vectors OUT.json [N]  write N vectors {block_hash, before, joiners, after, draws}
    whitepaper_swarms.py check VECTORS.json    re-run this oracle over a vector file

update(swarms, joiners, block_hash) -> swarms
  swarms   {swarm id: [node, ...]} after removals; each list in ascending node order (sorted at entry)
  joiners  nodes without a swarm, in ascending node order (sorted at entry)
  chance   one MT19937-64 per block, seeded with the first 8 bytes of the block hash read little-endian; `uniform` as in the ledger reference
Steps, in order:
  1 an empty swarm vanishes
  2 join, one joiner at a time:
      no swarm yet: swarm 0 is created with it (no draw)
      starving swarms exist (size < Nmin): uniform among the smallest of them (ascending id)
      else swarms with room exist (size < Nmax): uniform among all swarms with room (ascending id)
      else the surplus = sum of (size - Nmin) over all swarms + 1 (the joiner).  If surplus >= Ntarget: a new swarm of Ntarget nodes, each pick uniform from
           the pool [members of every swarm above Nmin, ascending swarm id, member order] + [the joiner unless already picked], rebuilt after each pick;
           its list is in pick order; its id is the midpoint of the widest gap (ledger reference 5.5), computed after the picks.  A joiner that was not picked then joins by this same step.
      else (only possible with a single swarm of Nmax nodes): it joins that swarm (a uniform choice among one, which still draws).
  3 shrink: while some swarm has fewer than Nmin nodes and there is more than one swarm, take the one with the lowest id.
      If another swarm has more than Nmin: donor = uniform among the largest swarms (ascending id); node = uniform among the donor's members, in list order; move it.
      Otherwise dissolve it: each of its nodes, in list order, goes to uniform among the smallest remaining swarms (ascending id).
Within a list, order is: members sorted at the start of the block, then arrivals in the order they came.
Invariants after every block: each node in exactly one swarm; with more than one swarm every size is in Nmin...Nmax; a lone swarm has at most Nmax + 1;
no node moves that is not named by a step; the same inputs give the same result.  Nmin 5, Ntarget 7, Nmax 10.  `draws` in the vectors counts uniform choices
(a choice among one counts), not raw generator outputs.
"""
import hashlib
import json
import random
import sys

from swarm_oracle import MT19937_64, new_swarm_id, seed_from_block_hash, uniform

NMIN, NTARGET, NMAX = 5, 7, 10


def update(swarms, joiners, block_hash):
    mt = MT19937_64(seed_from_block_hash(block_hash))
    sw = {i: sorted(ns) for i, ns in swarms.items() if ns}
    draws = [0]

    def pick(items):
        draws[0] += 1
        return items[uniform(mt, len(items))]

    def ids(test=lambda n: True):
        return [i for i in sorted(sw) if test(len(sw[i]))]

    def smallest(candidates):
        low = min(len(sw[i]) for i in candidates)
        return [i for i in candidates if len(sw[i]) == low]

    def shrink():
        while len(sw) > 1 and ids(lambda n: n < NMIN):
            hungry = ids(lambda n: n < NMIN)[0]
            donors = ids(lambda n: n > NMIN)
            if donors:
                high = max(len(sw[i]) for i in donors)
                donor = pick([i for i in donors if len(sw[i]) == high])
                node = pick(sw[donor])
                sw[donor].remove(node)
                sw[hungry].append(node)
            else:
                for node in sw.pop(hungry):
                    sw[pick(smallest(ids()))].append(node)

    def join(node):
        if not sw:
            sw[0] = [node]
            return
        hungry, room = ids(lambda n: n < NMIN), ids(lambda n: n < NMAX)
        if hungry:
            sw[pick(smallest(hungry))].append(node)
        elif room:
            sw[pick(room)].append(node)
        elif sum(len(sw[i]) - NMIN for i in sw) + 1 >= NTARGET:
            new = []
            for _ in range(NTARGET):
                pool = [(i, n) for i in ids(lambda n: n > NMIN) for n in sw[i]] + ([(None, node)] if node not in new else [])
                origin, chosen = pick(pool)
                if origin is not None:
                    sw[origin].remove(chosen)
                new.append(chosen)
            sw[new_swarm_id(list(sorted(sw)))] = new
            if node not in new:
                join(node)
        else:
            sw[pick(ids())].append(node)

    for node in sorted(joiners):
        join(node)
    shrink()
    return sw, draws[0]


def invariants(sw, nodes):
    flat = [n for ns in sw.values() for n in ns]
    assert len(flat) == len(set(flat)) and set(flat) == set(nodes), 'each node in exactly one swarm'
    if len(sw) > 1:
        assert all(NMIN <= len(ns) <= NMAX for ns in sw.values()), sorted(len(ns) for ns in sw.values())
    elif sw:
        assert len(next(iter(sw.values()))) <= NMAX + 1


def history(rng, blocks, shape):
    """Yields (before, joiners, block_hash, after, draws) over one random history."""
    sw, n = {}, 0
    for b in range(blocks):
        nodes = [x for ns in sw.values() for x in ns]
        grow, leave = shape(b, rng)
        gone = set(rng.sample(nodes, min(leave, len(nodes))))
        before = {i: [x for x in ns if x not in gone] for i, ns in sw.items()}
        joiners = [hashlib.sha256(b'node %d %d' % (n + k, rng.getrandbits(32))).hexdigest()[:8] for k in range(grow)]
        n += grow
        block_hash = hashlib.sha256(b'block %d %d' % (b, rng.getrandbits(64))).hexdigest()
        after, draws = update(before, joiners, block_hash)
        again, _ = update(before, joiners, block_hash)
        assert again == after
        invariants(after, [x for ns in before.values() for x in ns] + joiners)
        yield before, joiners, block_hash, after, draws
        sw = after


SHAPES = {
    'one by one': lambda b, r: (1, 0),
    'bulk growth': lambda b, r: (r.randrange(0, 25), 0),
    'churn': lambda b, r: (r.randrange(0, 4), r.randrange(0, 4) if b > 20 else 0),
    'storms': lambda b, r: (r.randrange(0, 60) if b % 7 == 0 else 0, r.randrange(0, 40) if b % 5 == 3 else 0),
    'grow then shrink': lambda b, r: (3, 0) if b < 60 else (0, 3),
}


def doc(v, name):
    before, joiners, block_hash, after, draws = v
    text = lambda sw: {str(i): list(ns) for i, ns in sorted(sw.items())}
    return {'name': name, 'block_hash': block_hash, 'before': text(before), 'joiners': list(joiners), 'after': text(after), 'draws': draws}


CRAFTED = {                                     # name: (sizes before, joiners)
    'joiner heals the smallest starving swarm': ([3, 4, 8], 1), 'two joiners, two starving': ([4, 3, 9, 9], 2), 'joiners first, then theft': ([2, 9, 7], 2),
    'joiner saves a swarm from dissolving': ([4, 5, 5], 1), 'lone ten, one joins': ([10], 1), 'lone eleven, one joins': ([11], 1), 'lone ten, two join': ([10], 2),
    'theft from the largest': ([4, 7, 9, 6], 0), 'theft among tied largest': ([3, 8, 8], 0), 'donor of exactly six': ([4, 6, 5], 0), 'theft leaves no donor': ([3, 6, 5], 0),
    'dissolve among tied': ([4, 5, 5, 5], 0), 'dissolve two': ([4, 5, 4], 0), 'the last swarm stays': ([4], 0), 'two starving become one': ([2, 2], 0),
    'all full, one joins': ([10, 10], 1), 'all full, many join': ([10, 10, 10], 9), 'room only in one': ([10, 9, 10], 2), 'lone grows to three swarms': ([11], 14),
}


def crafted(seeds):
    for name, (sizes, joining) in CRAFTED.items():
        for seed in range(seeds):
            rng, sw = random.Random('%s %d' % (name, seed)), {}
            for size in sizes:
                sw[new_swarm_id(sorted(sw))] = sorted('%08x' % rng.getrandbits(32) for _ in range(size))
            joiners = ['%08x' % rng.getrandbits(32) for _ in range(joining)]
            block_hash = hashlib.sha256(('%s %d' % (name, seed)).encode()).hexdigest()
            after, draws = update(sw, joiners, block_hash)
            invariants(after, [x for ns in sw.values() for x in ns] + joiners)
            yield doc((sw, joiners, block_hash, after, draws), name)


def main():
    verb = sys.argv[1] if len(sys.argv) > 1 else 'properties'
    if verb == 'properties':
        runs, blocks, worst = int(sys.argv[2]) if len(sys.argv) > 2 else 40, 0, 0
        for name, shape in SHAPES.items():
            for run in range(runs):
                for *_, after, _ in history(random.Random('%s %d' % (name, run)), 120, shape):
                    blocks += 1
                    worst = max(worst, max((len(ns) for ns in after.values()), default=0))
        print('properties hold over %d blocks; largest swarm %d' % (blocks, worst))
    elif verb == 'vectors':
        count, out = int(sys.argv[3]) if len(sys.argv) > 3 else 60, []
        for name, shape in SHAPES.items():
            seen = [doc(v, name) for v in history(random.Random('vectors ' + name), 120, shape)]
            out += random.Random(name).sample(seen, count // len(SHAPES))
        out += list(crafted(3))
        with open(sys.argv[2], 'w') as f:
            json.dump({'format': 'ids are decimal strings; nodes are hex prefixes of keys, compared as strings', 'swarm': out}, f, indent=0)
        print(len(out), 'vectors')
    elif verb == 'check':
        for v in json.load(open(sys.argv[2]))['swarm']:
            after, draws = update({int(i): ns for i, ns in v['before'].items()}, v['joiners'], v['block_hash'])
            assert {str(i): ns for i, ns in after.items()} == v['after'] and draws == v['draws'], v['name']
        print('all vectors agree')
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
