"""Runs one service: HTTP, consumers, relay and loops in one event loop under one supervisor (architecture 5, 11).

A loop that ends for any reason but shutdown ends the process with a non-zero code: nothing dies silently.
SIGTERM: stop consuming, finish what is in flight, close; at most 20 seconds.
"""

import argparse
import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from fastapi import APIRouter, FastAPI

from shared.clock import monotonic
from shared.db import clock_row
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.retention import run_retention
from shared.db.unit_of_work import Database, NewWork, Work
from shared.db.watchdog import run_watchdog
from shared.http import app as http_app
from shared.http import ops
from shared.http.server import Server
from shared.messaging.bindings import Bindings
from shared.messaging.consumer import Consumer
from shared.messaging.faults import BROKER_FAULTS
from shared.messaging.inbox import Inbox, Subscribers
from shared.messaging.relay import Relay
from shared.messaging.retries import run_retries
from shared.messaging.signals import Signals
from shared.messaging.topology import SUBSCRIPTIONS, queues
from shared.service import readiness
from shared.service.due import DueWork
from shared.service.gauges import Gauges
from shared.service.in_flight import InFlight
from shared.service.settings import Settings
from shared.telemetry import logs, traces
from shared.version import VERSION

if TYPE_CHECKING:
    from shared.sandbox.clock_follower import ClockFollower

FINISH_SECONDS = 15

_MOVED = "the database's clock was moved ({}): that is a sandbox's database, production needs one of its own"

Loop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Service(Generic[Work]):
    """One service, put together in its app.py."""

    name: str
    settings: Settings
    work: NewWork[Work]
    routers: Sequence[APIRouter]
    subscribers: Subscribers[Work]
    loops: dict[str, Loop] = field(default_factory=dict)
    """Loops of the service's own, e.g. the sweeper; each runs until cancelled."""
    due: list[DueWork] = field(default_factory=list)
    """Work that becomes due by business time, each kind with a loop of its own."""
    forgets: Sequence[str] = ()
    """SQL of the service's own retention; each deletes one small batch."""
    sockets: bool = False
    """Whether it takes WebSockets."""
    checks: readiness.Own | None = None
    """The service's own checks of readiness; may be set after construction."""
    database: Database[Work] = field(init=False)
    inbox: Inbox[Work] = field(init=False)
    bindings: Bindings = field(init=False)
    relay: Relay = field(init=False)
    consumer: Consumer = field(init=False)
    signals: Signals = field(init=False)
    gauges: Gauges[Work] = field(init=False)
    app: FastAPI = field(init=False)
    in_flight: InFlight = field(init=False)
    clock_follower: "ClockFollower | None" = field(init=False, default=None)
    """What moves business time in a sandbox; None in production."""
    _works: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        """Build the parts; nothing is connected yet. Raises ValueError when events and handlers differ."""
        given = self.settings
        consumed = {kind.name for kind in SUBSCRIPTIONS[self.name]}
        if consumed != set(self.subscribers.handlers):
            raise ValueError(f"{self.name} consumes {consumed} but handles {set(self.subscribers.handlers)}")
        url, broker = given.database_url.get_secret_value(), given.broker_url.get_secret_value()
        self.database = Database(url, self.name, self.work, given.pool_size)
        self.inbox = Inbox(self.database, self.subscribers)
        api = given.broker_api_url
        self.bindings = Bindings(self.name, api.get_secret_value() if api else None)
        self.relay = Relay(self.name, url, broker, self.bindings)
        self.database.on_commit(self.relay.wake)
        self.consumer = Consumer(broker, queues(self.name), self.inbox, given.prefetch)
        self.signals = Signals(self.name, broker)
        self.gauges = Gauges(self.name, self.database, self.consumer)
        routers, scrape = [*self.routers, ops.router(self.name)], self.gauges.scrape
        self.app = http_app.build(self.name, given, self.database, routers, self._checks, scrape, VERSION)
        self.in_flight = self.app.state.commands
        if given.sandbox:
            self._follow_clock()

    def _follow_clock(self) -> None:
        """The only place where sandbox code enters a service; production does not even load it."""
        from shared.sandbox.clock_follower import ClockFollower

        parts = (self.database, self.inbox, self.relay, self.consumer, self.in_flight, self.due)
        self.clock_follower = ClockFollower(self.name, self.settings.instance, *parts)
        self.signals.attach = self.clock_follower.attached

    async def _checks(self) -> readiness.Found:
        works = (self.relay, self.consumer, self.bindings) if self._works else (None, None, None)
        parts = readiness.Parts(*works)
        return await readiness.look(self.name, self.database, parts, self.checks, sandbox=self.settings.sandbox)

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; exits 1 when a loop ended by itself."""
        logs.configure(self.name, self.settings.instance, self.settings.log_level)
        traces.configure(self.name, self.settings.instance, self.settings.traces)
        role = _role()
        self._works = role != "api"
        # what is loaded by now stays: scanning it in every collection would take 66 ms each time (measured)
        gc.collect()
        gc.freeze()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            code = runner.run(self._serve(role))
        sys.exit(code)

    async def _serve(self, role: str) -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        if not self.settings.sandbox and not await self._time_is_real(stop):
            await self.database.close()
            return 0 if stop.is_set() else 1
        server = Server(self.app, self.settings, sockets=self.sockets)
        tasks: dict[str, asyncio.Task[Any]] = {
            name: asyncio.create_task(loop(), name=name) for name, loop in self._loops().items()
        }
        tasks["http"] = asyncio.create_task(server.serve(), name="http")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        logs.logger().info("service.started", role=role, port=self.settings.port)
        done, _ = await asyncio.wait({*tasks.values(), stopping}, return_when=asyncio.FIRST_COMPLETED)
        died = [task for task in done if task is not stopping]
        for task in died:
            error = None if task.cancelled() else task.exception()
            logs.logger().error("loop.ended", loop=task.get_name(), exc_info=error)
        await self._stop(server, tasks)
        stopping.cancel()
        logs.logger().info("service.stopped")
        return 1 if died else 0

    async def _time_is_real(self, stop: asyncio.Event) -> bool:
        """Whether nobody has moved this database's clock; production checks it before it handles anything.

        Waits for the database. In a sandbox's database every deadline would expire at a wrong moment.
        """
        while not stop.is_set():
            try:
                clock = await clock_row.read(self.database)
            except (DatabaseUnavailable, Contention) as error:
                logs.log_seldom("service.waits_for_database", reason=str(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1)
                continue
            if clock.moved:
                logs.logger().error("service.refused", reason=_MOVED.format(clock.words()))
            return not clock.moved
        return False

    def _loops(self) -> dict[str, Loop]:
        workers: dict[str, Loop] = {
            "relay": self.relay.run,
            "bindings": self.bindings.run,
            "consumer": self.consumer.run,
            "retries": lambda: run_retries(self.database, self.inbox),
            "retention": lambda: run_retention(self.database, self.forgets),
            **{each.name: each.run for each in self.due},
            **self.loops,
        }
        always: dict[str, Loop] = {"signals": self.signals.run, "watchdog": lambda: run_watchdog(self.database)}
        return always | (workers if self._works else {})

    async def _stop(self, server: Server, tasks: dict[str, asyncio.Task[Any]]) -> None:
        """Stop consuming first, then finish, then close."""
        started = monotonic()
        server.should_exit = True
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self.consumer.stop_taking()
                while self.inbox.in_flight or self.app.state.commands.in_flight:
                    await asyncio.sleep(0.01)
                await asyncio.wait({tasks["http"]})
        except BROKER_FAULTS as error:
            logs.logger().warning("service.stop_incomplete", reason=type(error).__name__)
        for task in tasks.values():
            task.cancel()
        await asyncio.wait(tasks.values(), timeout=max(1.0, FINISH_SECONDS + 3 - (monotonic() - started)))
        await self.database.close()
        traces.shut_down()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    import uvloop

    return uvloop.new_event_loop


def _role() -> str:
    parser = argparse.ArgumentParser(description="Run one service of the marketplace.")
    parser.add_argument("--role", choices=("all", "api", "worker"), default="all", help="default: all")
    return str(parser.parse_args().role)
