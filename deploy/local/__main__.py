"""python -m deploy.local: see cli.py. Ctrl-C while modules are still loaded ends it at once: nothing has begun."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

from deploy.local.cli import main  # noqa: E402 - loading takes a second, in which Ctrl-C would print a traceback

main()
