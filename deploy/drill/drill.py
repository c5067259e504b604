"""The drill: a crowd trades while faults are injected; then the books and every promise are proved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import httpx2

from deploy.client.http import UnexpectedAnswerError, over_http
from deploy.client.person import Person
from deploy.drill import logs
from deploy.drill.client import Client
from deploy.drill.crowd import Crowd
from deploy.drill.plan import Injection, injections
from deploy.drill.recovery import NotRecovered, recovered
from deploy.drill.screen import Screen
from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic, written

PAIRS = 12
ALIVE = 48
AT_ONCE = 8
CALM_SECONDS = 3.0
"""Before the first injection, so that the crowd is at work."""
END_SECONDS = 180.0
"""How long the scenarios may take to end once every fault is over."""
EVERY_DEADLINE = timedelta(hours=73)
FIRE_TRIES = 10


@asynccontextmanager
async def clients(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """One HTTP client for all; it opens no more connections than requests at once."""
    limits = httpx2.Limits(max_connections=2 * AT_ONCE, keepalive_expiry=5)
    async with httpx2.AsyncClient(limits=limits, base_url=stack.url) as client:
        yield client


async def drill(stack: Stack, crowd: Crowd, client: Client, screen: Screen, seconds: float, seed: int) -> None:
    """Trade and inject faults for so many seconds, then let every scenario end; what is wrong is in the tally."""
    await crowd.arrives(PAIRS)
    trade = asyncio.create_task(crowd.trades(ALIVE))
    try:
        await _break_things(stack, screen, seconds, seed)
        crowd.stops()
        screen.doing("nothing new begins; every scenario that was begun ends")
        async with asyncio.timeout(END_SECONDS):
            await trade
    except TimeoutError:
        stuck = [lifecycle for lifecycle in crowd.lifecycles if not lifecycle.over]
        client.tally.wrong.append(f"{len(stuck)} do not end, the first is {stuck[0].number or 'not placed yet'}")
    except NotRecovered as error:
        client.tally.wrong.append(str(error))
    finally:
        crowd.stops()
        trade.cancel()
        with suppress(asyncio.CancelledError):
            await trade


async def verify_books(stack: Stack, client: httpx2.AsyncClient, crowd: Crowd, screen: Screen) -> list[str]:
    """Wait until idle, compare, let every deadline expire, compare again; returns what is not as promised."""
    clock = Person(over_http(client, stack.url), stack.layout.private_key)
    try:
        screen.doing("waiting until the system is idle")
        now = datetime.fromisoformat((await clock.advances(by="PT0S"))["now"])
        found = await crowd.proves(expired=False)
        silent = sum(each.scenario.played != each.scenario.end for each in crowd.lifecycles)
        screen.doing(f"{silent} orders end by their deadlines")
        await _fire(clock, written(now + EVERY_DEADLINE))
        found += await crowd.proves(expired=True)
    except UnexpectedAnswerError as error:
        return [f"the system does not become idle: {error}"]
    return found + logs.findings(stack.layout / "logs", SERVICES)


async def _break_things(stack: Stack, screen: Screen, seconds: float, seed: int) -> None:
    until = monotonic() + seconds
    await asyncio.sleep(min(CALM_SECONDS, seconds))
    for injection in injections(seed):
        if monotonic() + injection.pause + injection.seconds > until:
            break
        await asyncio.sleep(injection.pause)
        screen.begins(injection)
        await _strike(stack, injection)
        screen.mended()
        screen.back(await recovered(stack))
    await asyncio.sleep(max(0.0, until - monotonic()))


async def _strike(stack: Stack, injection: Injection) -> None:
    """Inject one fault and always end it: nothing is left stopped or frozen."""
    await asyncio.to_thread(injection.fault.begins, stack)
    try:
        await asyncio.sleep(injection.seconds / 2)
        if injection.also is not None:
            await asyncio.to_thread(injection.also.begins, stack)
        await asyncio.sleep(injection.seconds / 2)
    finally:
        await asyncio.to_thread(injection.fault.ends, stack)


async def _fire(clock: Person, to: str) -> None:
    """Move the clock beyond every deadline; an advance has a time limit, and the next one goes on from there."""
    for left in reversed(range(FIRE_TRIES)):
        try:
            await clock.advances(to=to)
        except UnexpectedAnswerError:
            if not left:
                raise
        else:
            return
