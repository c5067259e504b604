"""The ground that is attacked: a market with an order of the attacker's own, so that malicious input gets far."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from deploy.services import SERVICES
from services.payments.sandbox.provider import SandboxMessages
from tests.support.malicious.attacks import Attacker
from tests.support.malicious.routes import Route, routes
from tests.support.malicious.traces import Logs
from tests.support.market import Actor, Market

CHANGES_BY_ITSELF = frozenset({"answers", "tickets", "instances"})
"""Tables that grow by refusals, as a decided answer is kept under its key, or lose rows because time goes on."""

READY_SECONDS = 120

_TABLES = """
select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = 'public' order by 1
"""


@dataclass(frozen=True)
class Ground:
    """One market under attack."""

    market: Market
    attacker: Attacker
    routes: tuple[Route, ...]
    owner: Actor
    """Whose token the attacker has: a user who is also support and operator."""

    @property
    def address(self) -> tuple[str, int]:
        """The gateway."""
        return "127.0.0.1", self.market.stack.ports["gateway"]

    async def rows(self) -> dict[str, int]:
        """How many rows every table of every service has, those left out that may grow."""
        found: dict[str, int] = {}
        for service in SERVICES:
            names = [row["name"] for row in await self.market.sql(service, _TABLES)]
            counts = ", ".join(
                f"(select count(*) from {name}) as {name}" for name in names if name not in CHANGES_BY_ITSELF
            )
            (row,) = await self.market.sql(service, f"select {counts}")
            found |= {f"{service}.{name}": count for name, count in row.items()}
        return found


@asynccontextmanager
async def unharmed(ground: Ground) -> AsyncIterator[set[str]]:
    """What is done inside changes no table but those that are put into the set, leaves no fault in any log, and
    every service is ready afterwards.
    """
    await ground.market.settles()
    before = await ground.rows()
    may_change: set[str] = set()
    async with faultless(ground):
        yield may_change
    after = await ground.rows()
    changed = {name: (count, after[name]) for name, count in before.items() if count != after[name]}
    assert not changed.keys() - may_change, f"rows before and after: {changed}"


@asynccontextmanager
async def faultless(ground: Ground) -> AsyncIterator[None]:
    """What is done inside leaves no fault in any log, and every service is ready afterwards."""
    market, logs = ground.market, Logs(ground.market.stack)
    yield
    await market.settles()
    left = logs.complaints()
    assert not left, "\n".join(left[:20])
    for service in SERVICES:
        await asyncio.to_thread(market.stack.wait, service, READY_SECONDS)


async def prepared(market: Market) -> Ground:
    """A market in which the attacker has bought, sold and finished something, and nothing else is left to do."""
    owner = market.someone("attacker", "user", "support", "operator")
    listing_id = await owner.lists()
    await owner.lists()
    (await owner.puts("/store", {"open": True})).ok()
    number, payment_number = await _finished(market, owner)
    known = {"number": number, "payment_number": payment_number, "listing_id": listing_id}
    found: list[Route] = []
    for service in SERVICES:
        document = (await market.client.get(f"http://127.0.0.1:{market.stack.ports[service]}/openapi.json")).json()
        found += routes(service, document, known)
    attacker = Attacker(owner.headers["Authorization"], _signer(market), await _live(market, owner))
    await market.settles()
    return Ground(market, attacker, tuple(found), owner)


async def _finished(market: Market, buyer: Actor) -> tuple[str, str]:
    order: Any = (await buyer.orders(await market.seller.lists()))["orders"][0]
    await buyer.pays(order["payment_number"])
    (await market.seller.delivers(order["number"])).ok()
    (await buyer.confirms(order["number"])).ok()
    (await buyer.posts(f"/orders/{order['number']}/review", {"rating": 5, "text": "As described"})).ok()
    return order["number"], order["payment_number"]


async def _live(market: Market, buyer: Actor) -> str:
    """An order that waits for delivery, paid long enough ago for a refund to be asked for."""
    order: Any = (await buyer.orders(await market.seller.lists()))["orders"][0]
    await buyer.pays(order["payment_number"])
    await market.at("02:00:00")
    return str(order["number"])


def _signer(market: Market) -> Any:
    """Signs as the provider does, so that malicious content of a webhook is read and not only refused."""
    secret = market.stack.service_env("payments")["MARKET_SANDBOX_WEBHOOK_SECRET"]
    provider = SandboxMessages((secret,))

    def sign(body: bytes) -> Mapping[str, bytes]:
        signed = body if _is_text(body) else b"{}"
        headers = provider.signed(f"evt_{uuid4().hex}", signed)
        return {name: value.encode() for name, value in headers.items() if name.startswith("webhook-")}

    return sign


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
