"""A marketplace as its users know it: actors press the buttons of the help page, the clock is moved by hand.

Everything goes through the gateway over HTTP. Times are written as in the rules: "72:00:00" after the test's own T0.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.local.tokens import mint
from deploy.stack import Stack
from shared.clock import written
from tests.support.plain import PlainClient

TOKEN_SECONDS = 3600
HTTP_SECONDS = 90


@dataclass(frozen=True)
class Answer:
    """What the marketplace answered: a body, or a refusal's code."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        """The refusal's stable code, None for a yes."""
        return self.body.get("code") if self.status >= 400 and isinstance(self.body, dict) else None

    def ok(self) -> Any:
        """The body; anything but a yes fails the test with what was said instead."""
        assert self.status < 400, f"{self.status}: {self.body}"
        return self.body


class Market:
    """One test's view of the running marketplace, with a buyer and a seller of its own."""

    def __init__(self, stack: Stack, client: PlainClient) -> None:
        self.stack, self.client = stack, client
        self.t0 = datetime.min.replace(tzinfo=UTC)
        self.buyer = self.someone("buyer")
        self.seller = self.someone("seller")

    def someone(self, name: str, *roles: str, **claims: object) -> "Actor":
        """A new person with a token."""
        return Actor(self, f"{name}-{uuid4().hex[:10]}", roles or ("user",), claims)

    @property
    def support(self) -> "Actor":
        """Somebody of support."""
        return self.someone("support", "user", "support")

    @property
    def nobody(self) -> "Actor":
        """A visitor without a token."""
        return Actor(self, "", (), {})

    async def starts(self) -> None:
        """T0 is now, and from now on the clock stands still."""
        self.t0 = datetime.fromisoformat((await self.advances({"by": "PT0S"}))["now"])

    async def at(self, clock: str, *, fire: bool = True) -> Any:
        """Move the clock to T0 plus this; what is due on the way happens at its own time, unless nothing may ring."""
        return await self.advances({"to": written(self.when(clock)), "fire": fire})

    async def settles(self) -> Any:
        """Wait until every service has heard everything and is done."""
        return await self.advances({"by": "PT0S"})

    async def closes_cases(self) -> None:
        """Support decides what the test left in dispute: a case that lies still reminds somebody every day."""
        support = self.support
        for row in await self.sql("disputes", "select id::text from cases where state = 'open'"):
            ruling = {"outcome": "seller_wins", "reason": "The test is over"}
            await support.posts(f"/disputes/{row['id']}/decision", ruling)

    async def advances(self, body: Mapping[str, Any]) -> Any:
        """Ask the sandbox clock."""
        return (await self.nobody.posts("/sandbox/clock/advance", body)).ok()

    def when(self, clock: str) -> datetime:
        """The moment "hh:mm:ss[.mmm]" after T0."""
        hours, minutes, rest = clock.split(":")
        return self.t0 + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(rest))

    def written(self, clock: str) -> str:
        """The moment as the API writes it."""
        return written(self.when(clock))

    async def published(self, subject: str, service: str = "orders") -> list[str]:
        """The names of the events that a service has said about this, in order; deadlines left out."""
        return [each["event"] for each in await self.events(subject, service)]

    async def events(self, subject: str, service: str = "orders") -> list[dict[str, Any]]:
        """The events that a service has said about this, in order; deadlines left out."""
        query = """select event, sequence, body, message_id::text, published_at from outbox
                   where subject = $1 and event not like 'deadline.%' order by id"""
        rows = await self.sql(service, query, subject)
        return [{**row, "body": json.loads(row["body"])} for row in rows]

    async def sql(self, database: str, query: str, *values: object) -> list[dict[str, Any]]:
        """Look into a service's database."""
        async with self.client.connection(self.stack.admin_dsn(database)) as connection:
            return [dict(row) for row in await connection.fetch(query, *values)]


class Actor:
    """A person with a token; the verbs are the buttons."""

    def __init__(self, market: Market, name: str, roles: tuple[str, ...], claims: Mapping[str, object]) -> None:
        self.market, self.name = market, name
        self.headers: dict[str, str] = {}
        if name:
            key = market.stack.layout.private_key
            self.headers["Authorization"] = f"Bearer {mint(key, name, roles, TOKEN_SECONDS, **claims)}"

    async def lists(self, amount: int = 100_00, currency: str = "MYR", **changes: object) -> str:
        """Put something up for sale; answers the listing id."""
        listing_id = str(changes.pop("listing_id", f"l-{uuid4().hex[:12]}"))
        body = a_listing(amount, currency, **changes)
        (await self.puts(f"/listings/{listing_id}", body)).ok()
        return listing_id

    async def orders(self, *listing_ids: str, quantity: int = 1) -> Any:
        """Check out one order per listing; answers the checkout."""
        lines = [{"listing_id": listing_id, "quantity": quantity} for listing_id in listing_ids]
        checkout = (await self.posts("/checkouts", {"lines": lines})).ok()
        await self.market.settles()
        return checkout

    async def pays(self, payment_number: str, method: str = "card", **event: object) -> str:
        """Pay with a provider's method, the webhook included; answers the attempt id."""
        attempt = (await self.attempts(payment_number, method)).ok()
        await self.captures(attempt["attempt_id"], **event)
        return str(attempt["attempt_id"])

    async def attempts(self, payment_number: str, method: str = "card", **details: object) -> Answer:
        """Begin to pay with a method."""
        return await self.posts(f"/payments/{payment_number}/attempts", {"method": method, "details": details})

    async def pays_from_balance(self, payment_number: str) -> Answer:
        """Pay from the balance, having proved again who one is."""
        return await self.attempts(payment_number, "balance", reauthentication="it is me")

    async def captures(self, attempt_id: str, **event: object) -> None:
        """The provider tells us by webhook that the money of an attempt is there."""
        (await self.posts(f"/sandbox/payments/{attempt_id}", {"action": "capture", **event})).ok()
        await self.market.settles()

    async def delivers(self, number: str) -> Answer:
        """Press "Delivered"."""
        return await self.performs(number, "deliver")

    async def confirms(self, number: str) -> Answer:
        """Press "Confirmed received"."""
        return await self.performs(number, "confirm")

    async def gives_back(self, number: str, reason: str | None = "out_of_stock", text: str | None = "Sorry") -> Answer:
        """Press "Refund to Buyer"."""
        return await self.performs(number, "refund", {"reason": reason, "description": text})

    async def requests_refund(
        self, number: str, amount: int | None = None, currency: str = "MYR", **changes: object
    ) -> Answer:
        """Press "Request Refund"; without an amount for all that is held."""
        body = {"reason": "not_received", "description": "Nothing came", **changes}
        if amount is not None:
            body["amount"] = {"amount": amount, "currency": currency}
        return await self.performs(number, "refund-request", body)

    async def takes_request_back(self, number: str) -> Answer:
        """Cancel one's own refund request."""
        answer = await self.asks("DELETE", f"/orders/{number}/refund-request")
        await self.market.settles()
        return answer

    async def agrees(self, number: str) -> Answer:
        """Press "Agree refund"."""
        return await self.performs(number, "refund-request/agree")

    async def refuses(self, number: str, reason: str | None = "It was delivered, see the log") -> Answer:
        """Press "Refuse refund"."""
        return await self.performs(number, "refund-request/refuse", {"reason": reason})

    async def decides(self, number: str, outcome: str, reason: str | None = "Both agreed by phone") -> Answer:
        """Support ends an order by force."""
        return await self.performs(number, "decision", {"outcome": outcome, "reason": reason})

    async def previews(self, number: str, act: str, body: Mapping[str, Any] | None = None) -> Any:
        """What a button would do."""
        return (await self.posts(f"/orders/{number}/{act}?preview=true", body)).ok()

    async def deletes(self, number: str) -> Answer:
        """Remove an unpaid order."""
        return await self.asks("DELETE", f"/orders/{number}")

    async def performs(self, number: str, act: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Any button of an order; what follows from it has happened when this returns."""
        answer = await self.posts(f"/orders/{number}/{act}", body)
        await self.market.settles()
        return answer

    async def sees(self, number: str) -> Any:
        """An order as this person sees it."""
        return (await self.gets(f"/orders/{number}")).ok()

    async def status(self, number: str) -> str:
        """The status as this person sees it."""
        return str((await self.sees(number))["status"])

    async def wallet(self, currency: str = "MYR") -> dict[str, int]:
        """This person's money in one currency; zeros where there never was any."""
        empty = dict.fromkeys(("balance", "available", "frozen_balance", "frozen_available", "in_escrow"), 0)
        wallets = (await self.gets("/balance")).ok()["wallets"]
        found = next((wallet for wallet in wallets if wallet["currency"] == currency), empty)
        return {name: found[name] for name in empty}

    async def ledger(self, number: str) -> Any:
        """The order's entries and their proof."""
        return (await self.gets(f"/ledger/{number}")).ok()

    async def gets(self, path: str) -> Answer:
        """Read something."""
        return await self.asks("GET", path)

    async def posts(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Answer:
        """Ask for something once."""
        return await self.asks("POST", path, body, key)

    async def puts(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Say how something shall be."""
        return await self.asks("PUT", path, body)

    async def asks(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Answer:
        """One HTTP request through the gateway, with a fresh Idempotency-Key unless one is given."""
        headers = {**self.headers, "Idempotency-Key": key or str(uuid4())}
        url = f"{self.market.stack.url}/v1{path}"
        got = await self.market.client.request(method, url, json=body, headers=headers, timeout=HTTP_SECONDS)
        is_json = "json" in got.headers.get("content-type", "")
        return Answer(got.status_code, got.json() if is_json else got.text, got.headers)


def a_listing(amount: int = 100_00, currency: str = "MYR", **changes: object) -> dict[str, Any]:
    """A listing that anybody would buy."""
    return {
        "title": "Sword of Dawn",
        "description": "Traded in game within minutes.",
        "category": "item",
        "unit_price": {"amount": amount, "currency": currency},
        "stock": 10,
        "delivery_method": "in_game_trade",
        "delivery_hours": 24,
        "state": "live",
        "account_declaration": changes.get("category") == "account",
        **changes,
    }
