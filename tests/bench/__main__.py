"""python -m tests.bench --run .run/bench."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

from tests.bench.cli import interrupted, main

if __name__ == "__main__":
    interrupts.run(main, interrupted)
