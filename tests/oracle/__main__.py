"""Writes one random scenario file, with what the oracle expects: `python -m tests.oracle --seed 7 --pupils 300 > file.yaml`.

`--check` writes nothing: it runs many seeds through the engine and tells the shortest story of each disagreement.
"""

import argparse
import sys
import time

from tests.oracle.compare import disagreements
from tests.oracle.random_scenarios import random_text


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pupils", type=int, default=300)
    parser.add_argument("--looks", type=int, default=4, help="days on which each pupil is looked at, beside the end")
    parser.add_argument("--check", type=int, metavar="SEEDS", help="run this many seeds through the engine instead")
    args = parser.parse_args()
    if not args.check:
        sys.stdout.write(random_text(args.seed, args.pupils, args.looks))
        return 0
    return check(range(args.seed, args.seed + args.check), args.pupils)


def check(seeds: range, pupils: int) -> int:
    started, stories = time.monotonic(), 0
    for seed in seeds:
        for story in disagreements(seed, pupils):
            stories += 1
            print(f"seed {seed}\n{story}\n", flush=True)
    took = time.monotonic() - started
    print(f"{len(seeds)} seeds from {seeds[0]}, {pupils} pupils each: {stories} pupils differ ({took:.0f} s)")
    return 1 if stories else 0


if __name__ == "__main__":
    sys.exit(main())
