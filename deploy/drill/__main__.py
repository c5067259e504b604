"""Runs the drill: python -m deploy.drill --seed 7."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

from deploy.drill.cli import interrupted, main

if __name__ == "__main__":
    interrupts.run(main, interrupted)
