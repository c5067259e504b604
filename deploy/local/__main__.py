"""python -m deploy.local: see cli.py."""

from deploy.local.cli import main

main()
