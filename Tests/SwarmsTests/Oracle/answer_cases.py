#!/usr/bin/env python3
"""answer_cases.py IN.json OUT.json: runs the oracles over [{policy, before, joiners, block_hash}] and writes
[{after, draws}], or [{throws}] where the daemon cannot add the block; {words, count} asks for std::seed_seq's outputs, and
{sizes} for the order in which std::sort leaves the numbers' places."""
import json
import sys

import swarm_oracle
import whitepaper_swarms


def whitepaper(before, joiners, block_hash):
    after, draws = whitepaper_swarms.update(before, joiners, block_hash)
    whitepaper_swarms.invariants(after, [n for nodes in before.values() for n in nodes] + joiners)
    return after, draws


def oxen(before, joiners, block_hash):
    swarms = {i: sorted(nodes) for i, nodes in before.items() if nodes}
    if joiners:
        swarms[swarm_oracle.UNASSIGNED] = sorted(joiners)
    return swarm_oracle.calc_swarm_changes(swarms, swarm_oracle.seed_from_block_hash(block_hash))


def answer(case):
    if 'words' in case:
        return {'outputs': swarm_oracle.seed_seq_generate(case['words'], case['count'])}
    if 'sizes' in case:
        places = list(range(len(case['sizes'])))
        swarm_oracle.libstdcxx_sort(places, key=lambda place: case['sizes'][place])
        return {'places': places}
    before = {int(i): nodes for i, nodes in case['before'].items()}
    policy = {'whitepaper': whitepaper, 'oxen': oxen}[case['policy']]
    try:
        after, draws = policy(before, case['joiners'], case['block_hash'])
    except swarm_oracle.OracleThrow as reason:
        return {'throws': str(reason)}
    return {'after': {str(i): nodes for i, nodes in after.items()}, 'draws': draws}


answers = [answer(case) for case in json.load(open(sys.argv[1]))]
with open(sys.argv[2], 'w') as out:
    json.dump(answers, out)
