"""Somebody who uses the marketplace: a token, and a verb for each action of the API."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.client.http import Answer, Request, Send
from deploy.local.tokens import mint

TOKEN_SECONDS = 7200
WALLET = ("balance", "available", "frozen_balance", "frozen_available", "in_escrow")


class Person:
    """One account. Without a name it is a visitor without a token."""

    def __init__(
        self,
        send: Send,
        key: Path,
        name: str = "",
        roles: tuple[str, ...] = ("user",),
        claims: Mapping[str, object] | None = None,
    ) -> None:
        """`key` is the sandbox's signing key; `claims` are added to the token or replace its claims."""
        self.send, self.name = send, name
        self.headers: dict[str, str] = {}
        if name:
            self.headers["Authorization"] = f"Bearer {mint(key, name, roles, TOKEN_SECONDS, **(claims or {}))}"

    async def settled(self) -> None:
        """Called after each command whose effects reach other services; here it does nothing."""

    async def lists(self, amount: int = 100_00, currency: str = "MYR", **changes: object) -> str:
        """Offer something for sale, for `amount` in minor units; returns the listing's id."""
        listing_id = str(changes.pop("listing_id", f"l-{uuid4().hex[:12]}"))
        (await self.puts(f"/listings/{listing_id}", a_listing(amount, currency, **changes))).ok()
        return listing_id

    async def orders(self, *listing_ids: str, quantity: int = 1) -> Any:
        """Check out one order per listing; returns the checkout."""
        checkout = (await self.checks_out(*listing_ids, quantity=quantity)).ok()
        await self.settled()
        return checkout

    async def checks_out(self, *listing_ids: str, quantity: int = 1) -> Answer:
        """Send a checkout with one line per listing."""
        lines = [{"listing_id": listing_id, "quantity": quantity} for listing_id in listing_ids]
        return await self.posts("/checkouts", {"lines": lines})

    async def pays(self, payment_number: str, method: str = "card", **event: object) -> str:
        """Pay with a provider's method, the webhook included; returns the attempt's id."""
        attempt = (await self.attempts(payment_number, method)).ok()
        await self.captures(attempt["attempt_id"], **event)
        return str(attempt["attempt_id"])

    async def attempts(self, payment_number: str, method: str = "card", **details: object) -> Answer:
        """Begin to pay with a method."""
        return await self.posts(f"/payments/{payment_number}/attempts", {"method": method, "details": details})

    async def pays_from_balance(self, payment_number: str) -> Answer:
        """Pay from the balance, with a new proof of identity."""
        return await self.attempts(payment_number, "balance", reauthentication="it is me")

    async def captures(self, attempt_id: str, **event: object) -> None:
        """The sandbox's provider reports by webhook that the money of an attempt was captured."""
        (await self.posts(f"/sandbox/payments/{attempt_id}", {"action": "capture", **event})).ok()
        await self.settled()

    async def delivers(self, number: str, hand_over: Mapping[str, str] | None = None) -> Answer:
        """Mark an order as delivered; an account can be handed over with it, sealed."""
        return await self.performs(number, "deliver", {"hand_over": hand_over} if hand_over else None)

    async def reveals(self, number: str) -> Answer:
        """Reveal what the seller handed over with an account."""
        return await self.performs(number, "hand-over/reveal")

    async def confirms(self, number: str) -> Answer:
        """Confirm the receipt."""
        return await self.performs(number, "confirm")

    async def gives_back(self, number: str, reason: str | None = "out_of_stock", text: str | None = "Sorry") -> Answer:
        """The seller refunds the whole order before delivery."""
        return await self.performs(number, "refund", {"reason": reason, "description": text})

    async def requests_refund(
        self, number: str, amount: int | None = None, currency: str = "MYR", **changes: object
    ) -> Answer:
        """The buyer requests a refund; without an amount, of all that is held."""
        body = {"reason": "not_received", "description": "Nothing came", **changes}
        if amount is not None:
            body["amount"] = {"amount": amount, "currency": currency}
        return await self.performs(number, "refund-request", body)

    async def takes_request_back(self, number: str) -> Answer:
        """Cancel one's own refund request."""
        answer = await self.sends("DELETE", f"/orders/{number}/refund-request")
        await self.settled()
        return answer

    async def agrees(self, number: str) -> Answer:
        """The seller agrees to the refund request."""
        return await self.performs(number, "refund-request/agree")

    async def refuses(self, number: str, reason: str | None = "It was delivered, see the log") -> Answer:
        """The seller refuses the refund request."""
        return await self.performs(number, "refund-request/refuse", {"reason": reason})

    async def escalates(self, number: str) -> Answer:
        """The buyer brings a refused refund request before support."""
        return await self.performs(number, "dispute")

    async def decides(self, number: str, outcome: str, reason: str | None = "Both agreed by phone") -> Answer:
        """Support ends an order by force."""
        return await self.performs(number, "decision", {"outcome": outcome, "reason": reason})

    async def deletes(self, number: str) -> Answer:
        """Remove an unpaid order."""
        return await self.sends("DELETE", f"/orders/{number}")

    async def previews(self, number: str, act: str, body: Mapping[str, Any] | None = None) -> Any:
        """What an action would do."""
        return (await self.posts(f"/orders/{number}/{act}?preview=true", body)).ok()

    async def performs(self, number: str, act: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Perform any action on an order."""
        answer = await self.posts(f"/orders/{number}/{act}", body)
        await self.settled()
        return answer

    async def sees(self, number: str) -> Any:
        """An order as this person sees it."""
        return (await self.gets(f"/orders/{number}")).ok()

    async def status(self, number: str) -> str:
        """The status as this person sees it."""
        return str((await self.sees(number))["status"])

    async def wallet(self, currency: str = "MYR") -> dict[str, int]:
        """The person's money in one currency, in minor units by the names of WALLET; zeros without a wallet."""
        wallets = (await self.gets("/balance")).ok()["wallets"]
        found: dict[str, int] = next((wallet for wallet in wallets if wallet["currency"] == currency), {})
        return {name: found.get(name, 0) for name in WALLET}

    async def ledger(self, number: str) -> Any:
        """An order's entries and their proof."""
        return (await self.gets(f"/ledger/{number}")).ok()

    async def advances(self, **how: object) -> Any:
        """Move the sandbox clock; returns where it stands and which timers fired. `by="PT0S"` only waits until idle."""
        return (await self.posts("/sandbox/clock/advance", how)).ok()

    async def gets(self, path: str) -> Answer:
        """Read what is at a path, as this person."""
        return await self.sends("GET", path)

    async def posts(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Answer:
        """Send a command."""
        return await self.sends("POST", path, body, key)

    async def puts(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Set something, such as a listing."""
        return await self.sends("PUT", path, body)

    async def uploads(self, content: bytes, kind: str = "image/png", key: str | None = None, **context: str) -> Answer:
        """Upload a picture for a conversation, an order's log or a dispute."""
        query = "&".join(f"{name}={value}" for name, value in context.items())
        headers = {**self.headers, "Content-Type": kind, "Idempotency-Key": key or str(uuid4())}
        return await self.send(Request("POST", f"/attachments?{query}", content, headers))

    async def sends(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Answer:
        """Send one request, under a new Idempotency-Key unless one is given."""
        return await self.send(Request(method, path, body, {**self.headers, "Idempotency-Key": key or str(uuid4())}))


def a_listing(amount: int = 100_00, currency: str = "MYR", **changes: object) -> dict[str, Any]:
    """The body of a listing that anybody would buy; `amount` is in minor units."""
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
