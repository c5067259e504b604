"""Runs the demo: python -m deploy.demo --run .run."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

from deploy.demo.cli import NEXT, main

if __name__ == "__main__":
    interrupts.run(main, NEXT)
