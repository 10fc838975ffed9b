#!/usr/bin/env python3
"""answer_cases.py IN.json OUT.json: runs the whitepaper oracle over [{before, joiners, block_hash}] and writes [{after, draws}]."""
import json
import sys

from whitepaper_swarms import invariants, update

answers = []
for case in json.load(open(sys.argv[1])):
    before = {int(i): nodes for i, nodes in case['before'].items()}
    after, draws = update(before, case['joiners'], case['block_hash'])
    invariants(after, [n for nodes in before.values() for n in nodes] + case['joiners'])
    answers.append({'after': {str(i): nodes for i, nodes in after.items()}, 'draws': draws})
with open(sys.argv[2], 'w') as out:
    json.dump(answers, out)
