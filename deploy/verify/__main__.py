"""Proves the books: python -m deploy.verify --run .run."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

from deploy.verify.cli import NEXT, main

if __name__ == "__main__":
    interrupts.run(main, NEXT)
