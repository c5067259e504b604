"""Runs a command of local mode: python -m deploy.local, see cli.py."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

from deploy.local.cli import interrupted, main

if __name__ == "__main__":
    interrupts.run(main, interrupted)
