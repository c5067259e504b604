"""Runs one service that dies like in a power cut where a test tells it to, and comes again at once.

    python -m tests.support.crash.crashing payments /tmp/x/payments.sock

The parent has put the service together and does nothing but fork. Each child is the whole service, with one loop more:
it listens on the socket for `{"kind", "point", "subject"}` (tests/support/crash/points.py), answers `armed`, says
`reached` at the point and ends there. The product has no hook for this.
"""

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from shared.service.runtime import Service
from tests.support.crash.points import arm

CODE = 137


def main(name: str, socket: Path) -> None:
    """Start the service again and again until SIGTERM."""
    service = importlib.import_module(f"services.{name}.app").service()
    gc.collect()
    gc.freeze()
    ending = False
    child = 0

    def end(_number: int, _frame: object) -> None:
        nonlocal ending
        ending = True
        if child:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    while not ending:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            del sys.argv[1:]
            live(service, socket)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if not ending and code not in (CODE, -signal.SIGKILL):
            sys.exit(f"{name} ended with {code}")


def live(service: Service[Any], socket: Path) -> None:
    """Run the service until it is stopped, or until it comes to the point."""
    socket.unlink(missing_ok=True)
    service.loops["mortal"] = lambda: _listen(service, socket)
    service.run()


async def _listen(service: Service[Any], socket: Path) -> None:
    server = await asyncio.start_unix_server(partial(_on_event, service), socket)
    async with server:
        await server.serve_forever()


async def _on_event(service: Service[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    result = json.loads(await reader.readline())
    number = writer.get_extra_info("socket").fileno()

    def die() -> None:
        """End at once, without cleaning up."""
        os.write(number, b"reached\n")
        os._exit(CODE)

    arm(service, **result, die=die)
    writer.write(b"armed\n")
    await writer.drain()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
