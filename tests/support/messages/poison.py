"""Messages that can't be handled: because they are nonsense, or because the handler has a bug until it is mended."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.services import SERVICES
from shared.messaging.topology import events_queue
from tests.support.market import Market
from tests.support.messages.broker import send
from tests.support.races.meeting import eventually

_BUG = """
create function test_bug() returns trigger language plpgsql as $$ begin
    if {condition} then raise exception 'a bug' using errcode = '{code}'; end if;
    return new;
end $$
"""
_CALLED = "create trigger test_bug before insert or update on {table} for each row execute function test_bug()"
_GIVEN_UP = "update kept_messages set state = 'skipped', settled_by = 'a test' where state in ('waiting', 'parked')"


@asynccontextmanager
async def bug(market: Market, database: str, table: str, condition: str, code: str = "P0001") -> AsyncIterator[None]:
    """Inside, whoever writes such a row into the table (`new.number = 'K…'`) meets an exception; then it is mended."""
    await market.sql(database, _BUG.format(condition=condition, code=code))
    await market.sql(database, _CALLED.format(table=table))
    try:
        yield
    finally:
        await market.sql(database, f"drop trigger test_bug on {table}")
        await market.sql(database, "drop function test_bug")


async def give_everything_up(market: Market) -> None:
    """Settle every failed message, so that no service tries one again."""
    for service in SERVICES:
        await market.sql(service, _GIVEN_UP)


async def failed_message(market: Market, service: str, message_id: str) -> dict[str, Any] | None:
    """The failed message of this id, if there is one."""
    rows = await market.sql(service, "select * from kept_messages where message_id = $1", message_id)
    return rows[0] if rows else None


async def until_failed(market: Market, service: str, message_id: str, state: str, attempts: int = 1) -> dict[str, Any]:
    """The failed message, once it is in this state after at least so many tries."""

    async def has_come() -> bool:
        row = await failed_message(market, service, message_id)
        return row is not None and row["state"] == state and row["attempts"] >= attempts

    await eventually(has_come)
    row = await failed_message(market, service, message_id)
    assert row is not None
    return row


async def nonsense(market: Market, service: str) -> int:
    """The number of a message that this service parked because it is nonsense."""
    message_id = await send(market.stack, events_queue(service), b"nonsense", event_headers("order.paid"))
    return int((await until_failed(market, service, message_id, "parked"))["id"])


async def its_time_is_now(market: Market, service: str, message_id: str) -> None:
    """Make the next try of a failed message due now."""
    await market.sql(service, "update kept_messages set next_try_at = now() where message_id = $1", message_id)


async def tried_again(market: Market, service: str, message_id: str) -> dict[str, Any]:
    """The failed message after its next try."""
    before = await failed_message(market, service, message_id)
    assert before is not None
    await its_time_is_now(market, service, message_id)

    async def has_been_tried() -> bool:
        row = await failed_message(market, service, message_id)
        return row is not None and (row["attempts"] > before["attempts"] or row["state"] == "handled")

    await eventually(has_been_tried)
    row = await failed_message(market, service, message_id)
    assert row is not None
    return row


def event_headers(name: str, message_id: str = "") -> dict[str, str]:
    """The headers of every real message."""
    return {"ce-type": name, "ce-id": message_id, "ce-source": "/services/nobody", "ce-specversion": "1.0"}


async def captured(market: Market, order: Any) -> str:
    """The order's money is captured; returns the id of the message that orders consumes."""
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
    (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "capture"})).ok()
    (event,) = await market.events(order["payment_number"], "payments")
    return str(event["message_id"])


def log_lines(market: Market, service: str, event: str) -> list[dict[str, Any]]:
    """What a service has logged under this name."""
    lines = market.stack.layout.log(service).read_text(encoding="utf-8").splitlines()
    return [result for result in (json.loads(line) for line in lines if event in line) if result["event"] == event]
