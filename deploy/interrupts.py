"""Ctrl-C in a command that a person runs: what was stopped and what to do next, and never a traceback.

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()  # before the rest is loaded, which takes up to a second
...
if __name__ == "__main__":
    interrupts.run(main, "Again: make this")
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
"""The exit code, as a shell would give it."""

Next = str | Callable[[], str]
"""What a person reads after Ctrl-C; a function if it depends on how far the command came."""


def watch() -> None:
    """From here on Ctrl-C ends the process with one sentence: nothing has begun. One that came earlier counts too.

    make starts Python with the signal blocked, because its own start would answer with a traceback.
    """
    signal.signal(signal.SIGINT, _before_it_began)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def run(main: Callable[[], object], what_next: Next) -> None:
    """Run the command and exit with what it returns. Ctrl-C lets it clean up; a second one ends that too."""
    code: object = None
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # which asyncio knows how to turn into an end
            code = main()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (KeyboardInterrupt, SystemExit) as ending:
        if isinstance(ending, SystemExit) and ending.code != INTERRUPTED:  # the code that typer makes of a Ctrl-C
            raise
        _end(what_next if isinstance(what_next, str) else what_next())
    sys.exit(code)  # type: ignore[arg-type]


def _before_it_began(_number: int, _frame: FrameType | None) -> None:
    _end("Nothing had begun: run the same command again.")


def _end(what_next: str) -> None:
    """End without the interpreter's own clean-up, which would wait for threads and print their tracebacks."""
    sys.stdout.flush()
    os.write(sys.stderr.fileno(), f"\nInterrupted. {what_next}\n".encode())
    os._exit(INTERRUPTED)
