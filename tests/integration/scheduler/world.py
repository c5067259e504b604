"""The steps of these tests: scheduler instances, an owner that sets deadlines and consumes their expiry, a clock."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx2
from pydantic import SecretStr
from sqlalchemy.pool import QueuePool

from deploy.local.plan import Plan
from deploy.local.postgres import SUPERUSER
from deploy.local.provision import owner
from deploy.local.supervision import Supervisor
from deploy.local.tokens import mint
from services.scheduler.app import service as scheduler_service
from services.scheduler.settings import SchedulerSettings
from shared.contracts.base import Event
from shared.contracts.deadlines import DeadlineExpired, DeadlineSet, DeadlineWithdrawn
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.inbox import Subscribers
from shared.messaging.topology import SUBSCRIPTIONS
from shared.sandbox.clock_follower import ClockFollower
from shared.service.runtime import Service
from tests.integration.scheduler.servers import app_dsn

TIMEOUT_SECONDS = 120.0
Reaction = Callable[[DeadlineExpired, UnitOfWork], Awaitable[None]]


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = TIMEOUT_SECONDS) -> Any:
    """Wait until the condition returns something, and return it."""
    limit = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < limit, "the condition was never met"
        await asyncio.sleep(0.01)
    return found


@dataclass
class Instance:
    """A service that runs here, loop by loop; the HTTP server is left out, its application is asked directly."""

    service: Service[Any]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        loops = self.service._loops()
        self.tasks = [asyncio.create_task(loop(), name=name) for name, loop in loops.items()]

    @property
    def follower(self) -> ClockFollower:
        """What moves its clock; there is one in a sandbox."""
        assert self.service.clock_follower is not None
        return self.service.clock_follower

    async def ready(self) -> bool:
        assert not any(task.done() for task in self.tasks), [task for task in self.tasks if task.done()]
        follower = self.service.clock_follower
        connected = follower is None or follower.connected
        return self.service.consumer.running and connected and self.service.relay.last_round_at > 0

    async def stop(self) -> None:
        await self.service.consumer.stop_taking()
        await self.crash()

    async def crash(self) -> None:
        """Every loop ends where it is."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        pool = cast("QueuePool", self.service.database.engine.pool)
        await until(lambda: _true(pool.checkedout() == 0))
        await self.service.database.close()


class World:
    """Instances, and an owner called orders."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.instances: list[Instance] = []
        self.consumed: list[DeadlineExpired] = []
        self.consumed_at: list[datetime] = []
        self.reaction: Reaction | None = None
        self.may_end = asyncio.Event()
        """What a reaction that takes long waits for."""
        self._owner: Service[UnitOfWork] | None = None

    async def scheduler(self, instance: str = "scheduler-1", **settings: Any) -> Instance:
        """Start a scheduler."""
        given = SchedulerSettings(**{**self._settings("scheduler", instance), **settings})
        return await self._started(scheduler_service(given))

    async def owner(self, instance: str = "orders-1", consumer_url: str | None = None) -> Instance:
        """Start an owner; it records what it consumes and then runs the reaction of the test."""
        subscribers: Subscribers[UnitOfWork] = Subscribers()
        for kind in SUBSCRIPTIONS["orders"]:
            subscribers.listen(kind)(self._consume_any)
        given = SchedulerSettings(**self._settings("orders", instance))
        made = Service("orders", given, UnitOfWork, [], subscribers)
        self._owner = self._owner or made
        if consumer_url is not None:
            made.consumer._url = consumer_url
        return await self._started(made)

    async def publish(self, *events: Event, publisher: Instance | None = None) -> None:
        """Write these events in one transaction of the owner (or another instance); its relay publishes them."""
        made = publisher.service if publisher is not None else self._owner
        assert made is not None
        async with made.database.transaction() as work:
            for event in events:
                work.outbox.add(event)

    async def t0(self) -> datetime:
        """Stop the clock at this moment."""
        return datetime.fromisoformat((await self.advances({"by": "PT0S"}))["now"])

    async def now(self, service: str = "scheduler") -> datetime:
        found = await self.sql(service, "select market_now() as now")
        moment: datetime = found[0]["now"]
        return moment

    async def timers(self) -> dict[str, tuple[str, int]]:
        """State and generation by key."""
        rows = await self.sql("scheduler", "select key, state, generation from timers")
        return {row["key"]: (row["state"], row["generation"]) for row in rows}

    async def sql(self, service: str, query: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.plan.postgres.dsn(service, owner(service)))
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def admin(self, query: str, *values: object) -> None:
        """As the superuser."""
        connection = await asyncpg.connect(self.plan.postgres.dsn("postgres", SUPERUSER))
        try:
            await connection.fetch(query, *values)
        finally:
            await connection.close()

    async def stops(self, server: str) -> None:
        """Stop a server."""
        await asyncio.to_thread(Supervisor(self.plan.layout).stop, server)

    async def starts(self, server: str) -> None:
        """Start it again."""
        await asyncio.to_thread(Supervisor(self.plan.layout).start, server)
        wait = self.plan.rabbitmq.wait if server == "rabbitmq" else self._wait_for_postgres
        await asyncio.to_thread(wait)

    def _wait_for_postgres(self) -> None:
        while not self.plan.postgres.ready():
            time.sleep(0.02)

    async def gets(self, path: str, *roles: str, at: int = 0) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token(*roles)}"} if roles else {}
        async with self._client(at) as client:
            return await client.get(f"/v1{path}", headers=headers)

    async def posts_clock(self, body: Mapping[str, Any], at: int = 0) -> httpx2.Response:
        async with self._client(at) as client:
            return await client.post("/v1/sandbox/clock/advance", json=body)

    async def advances(self, body: Mapping[str, Any], at: int = 0) -> Any:
        answer = await self.posts_clock(body, at)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, *roles: str) -> str:
        return mint(self.plan.layout.private_key, "somebody", roles, 600)

    async def crashes(self, instance: Instance) -> None:
        """Kill the process."""
        self.instances.remove(instance)
        await instance.crash()

    async def takes_long(self, _event: DeadlineExpired, _work: UnitOfWork) -> None:
        """A reaction that ends when the test wants."""
        await self.may_end.wait()

    async def ends(self) -> None:
        self.may_end.set()
        for instance in reversed(self.instances):
            await instance.crash()

    def _client(self, at: int) -> httpx2.AsyncClient:
        schedulers = [each for each in self.instances if each.service.name == "scheduler"]
        transport = httpx2.ASGITransport(schedulers[at].service.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://scheduler", timeout=90)

    async def _started(self, service: Service[Any]) -> Instance:
        instance = Instance(service)
        self.instances.append(instance)
        instance.start()
        await until(instance.ready)
        return instance

    def _settings(self, service: str, instance: str) -> dict[str, Any]:
        return {
            "profile": "sandbox",
            "database_url": SecretStr(app_dsn(self.plan, service)),
            "broker_url": SecretStr(self.plan.rabbitmq.service_url(service)),
            "token_keys": Path(self.plan.layout.public_keys),
            "port": 1,
            "instance": instance,
            "services": "scheduler,orders",
        }

    async def _consume_any(self, event: Event, work: UnitOfWork) -> None:
        if not isinstance(event, DeadlineExpired):
            return
        now = await work.now()
        self.consumed.append(event)
        self.consumed_at.append(now)
        if self.reaction is not None:
            await self.reaction(event, work)


async def _true(found: bool) -> bool:
    return found


def a_set(key: str, due_at: datetime, generation: int = 1, kind: str = "D1") -> DeadlineSet:
    return DeadlineSet(owner="orders", key=key, subject=key, generation=generation, kind=kind, due_at=due_at)


def a_withdrawal(key: str, generation: int = 1) -> DeadlineWithdrawn:
    return DeadlineWithdrawn(owner="orders", key=key, subject=key, generation=generation)


def an_expiry(key: str, due_at: datetime, generation: int = 1) -> DeadlineExpired:
    return DeadlineExpired(owner="orders", key=key, subject=key, generation=generation, kind="D1", due_at=due_at)


def later(moment: datetime, **parts: float) -> datetime:
    return moment + timedelta(**parts)
