"""Plays any number of seeds on all processors: `make simulate SEEDS=5000`. The first failure's report ends the run."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from os import cpu_count

from shared.clock import monotonic
from tests.simulation.play import plan, play
from tests.simulation.report import explain

BATCH = 25


def main() -> int:
    """0 when every law held in every seed."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="which seed comes first")
    parser.add_argument("--workers", type=int, default=cpu_count() or 1)
    given = parser.parse_args()
    started, played = monotonic(), 0
    facts: Counter[str] = Counter()
    silent = (signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the others at once; only this process reports it
    with ProcessPoolExecutor(given.workers, initializer=signal.signal, initargs=silent) as pool:
        for found, failed in _results(pool, given.first, given.seeds, given.workers):
            facts.update(found)
            played += found["seeds"]
            pace = played / (monotonic() - started)
            print(f"\r{played} of {given.seeds} seeds, {pace:.0f} a second ", end="", file=sys.stderr, flush=True)
            if failed is not None:
                print(explain(plan(failed)) or "", flush=True)
                return 1
    _summary(facts, monotonic() - started)
    return 0


def _results(
    pool: ProcessPoolExecutor, first: int, seeds: int, workers: int
) -> Iterator[tuple[Counter[str], int | None]]:
    """Batch by batch, a few ahead, so that a failure ends the run soon."""
    starts = iter(range(first, first + seeds, BATCH))
    while ahead := list(islice(starts, 4 * workers)):
        yield from pool.map(_batch, ((start, min(start + BATCH, first + seeds)) for start in ahead))


def _batch(seeds: tuple[int, int]) -> tuple[Counter[str], int | None]:
    facts: Counter[str] = Counter()
    for seed in range(*seeds):
        played = play(plan(seed))
        facts.update(played.facts)
        facts["seeds"] += 1
        if played.failure is not None:
            return facts, seed
    return facts, None


def _summary(facts: Counter[str], seconds: float) -> None:
    print(f"\nEvery law held in {facts.pop('seeds')} seeds ({seconds:.0f} s). What happened in them:")
    for name, times in sorted(facts.items()):
        print(f"  {times:>9,}  {name}")


if __name__ == "__main__":
    interrupts.run(main, "No law was broken in the seeds that were played.\n  → Again: make simulate")
