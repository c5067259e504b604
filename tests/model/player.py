"""Plays the steps of a scenario on the running marketplace: each one is a request over HTTP by the person who acts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.client.http import Answer
from tests.model.book import SECOND
from tests.model.payment import Payment
from tests.model.steps import Scenario, Step, clock
from tests.support.market import Actor, Market

FOREIGN = "EUR"
PATHS = {
    "delete": ("DELETE", ""),
    "cancel_refund_request": ("DELETE", "/refund-request"),
    "request_refund": ("POST", "/refund-request"),
    "agree_refund": ("POST", "/refund-request/agree"),
    "refuse_refund": ("POST", "/refund-request/refuse"),
    "escalate": ("POST", "/dispute"),
    "force_decision": ("POST", "/decision"),
    "confirm": ("POST", "/confirm"),
    "deliver": ("POST", "/deliver"),
    "refund": ("POST", "/refund"),
}


class Player:
    """The people of one scenario, and the numbers that the marketplace assigned."""

    def __init__(self, market: Market, scenario: Scenario) -> None:
        self.market, self.scenario = market, scenario
        self.listing = f"l-{uuid4().hex[:12]}"
        self.support = market.support
        people = {"buyer": market.buyer, "seller": market.seller, "stranger": market.someone("eve")}
        assistant = market.someone("assistant", "user", acts_for=market.seller.name)
        self.people = {**people, "assistant": assistant, "support": self.support, "nobody": market.nobody}
        self.number = self.payment = self.case = ""
        self.attempts: list[str] = []
        self.captured: dict[str, Any] = {}

    async def opens_the_shop(self) -> None:
        """Puts up the listing before the scenario begins."""
        scenario = self.scenario
        await self.market.seller.lists(
            scenario.price, scenario.currency, listing_id=self.listing, category=scenario.category, stock=scenario.stock
        )

    async def does(self, step: Step) -> Answer:
        """The step as a request."""
        if step.verb in PATHS:
            method, path = PATHS[step.verb]
            return await self._who(step).sends(method, f"/orders/{self.number}{path}", self._body(step))
        answer: Answer = await getattr(self, f"_{step.verb}")(step)
        return answer

    async def settles(self, *, fire: bool) -> None:
        """Waits until every event is handled, with or without firing deadlines."""
        await self.market.advances({"by": "PT0S", "fire": fire})

    def moment(self, written: str | None) -> str | None:
        """A time of the marketplace as a time of the scenario."""
        if written is None:
            return None
        return clock((datetime.fromisoformat(written) - self.market.t0) // timedelta(milliseconds=1))

    def _who(self, step: Step) -> Actor:
        return self.people[step.who]

    def _money(self, amount: int, ours: bool = True) -> dict[str, Any]:
        return {"amount": amount, "currency": self.scenario.currency if ours else FOREIGN}

    def _body(self, step: Step) -> dict[str, Any] | None:
        arguments: dict[str, Any] = {}
        if step.amount is not None or not step.ours:
            arguments["amount"] = self._money(1 if step.amount is None else step.amount, step.ours)
        if step.verb in ("request_refund", "refund"):
            return arguments | {"reason": step.choice, "description": step.text}
        if step.verb == "refuse_refund":
            return {"reason": step.text}
        return {"outcome": step.choice, "reason": step.text} if step.verb == "force_decision" else None

    async def _passes(self, step: Step) -> Answer:
        seconds, milliseconds = divmod(step.at, SECOND)
        await self.market.at(f"0:0:{seconds}.{milliseconds:03}", fire=not step.silent)
        return Answer(200, None, {})

    async def _checkout(self, step: Step) -> Answer:
        lines = {"lines": [{"listing_id": self.listing, "quantity": 1}]}
        answer = await self._who(step).posts("/checkouts", lines)
        if answer.status == 201:
            self.number, self.payment = answer.body["orders"][0]["number"], answer.body["payment_number"]
            self.attempts, self.captured, self.case = [], {}, ""
        return answer

    async def _attempt(self, step: Step) -> Answer:
        details = {"reauthentication": step.text} if step.text else {}
        body = {"method": step.choice, "details": details}
        answer = await self._who(step).posts(f"/payments/{self.payment}/attempts", body)
        if answer.status == 201 and step.choice == "card":
            self.attempts.append(answer.body["attempt_id"])
        return answer

    async def _capture(self, step: Step) -> Answer:
        pays = step.choice or ""
        if pays != "repeat":
            self.captured = {"event_id": f"e-{uuid4()}", "transaction_id": f"t-{uuid4()}"}
            self.captured["attempt"] = self.attempts[0 if step.text else -1]
            if pays == "foreign":
                self.captured["amount"] = self._money(self.scenario.price, ours=False)
            elif pays != "right":
                self.captured["amount"] = self._money(Payment.amount_of(pays, self.scenario.price))
        event = {name: value for name, value in self.captured.items() if name != "attempt"}
        return await self._reports(self.captured["attempt"], {"action": "capture", **event})

    async def _charge_back(self, _step: Step) -> Answer:
        return await self._reports(self.captured["attempt"], {"action": "charge_back"})

    async def _fail(self, step: Step) -> Answer:
        return await self._reports(self.attempts[-1], {"action": step.verb})

    _authorise = _fail

    async def _reports(self, attempt: str, event: dict[str, Any]) -> Answer:
        return await self.market.nobody.posts(f"/sandbox/payments/{attempt}", event)

    async def _rule(self, step: Step) -> Answer:
        body: dict[str, Any] = {"outcome": step.choice, "reason": step.text}
        if step.amount is not None:
            body["buyer_amount"] = self._money(step.amount)
        return await self._who(step).posts(f"/disputes/{self.case}/decision", body)

    async def _suspend(self, step: Step) -> Answer:
        body = {"freeze": step.text is not None, "reason": "Two accounts of one person"}
        return await self._conduct(step, "suspend", body)

    async def _reinstate(self, step: Step) -> Answer:
        return await self._conduct(step, "reinstate", {"reason": "It was somebody else"})

    async def _conduct(self, step: Step, act: str, body: dict[str, Any]) -> Answer:
        name = self.people[step.choice or ""].name
        return await self.support.posts(f"/conduct/{name}/{act}", body)

    async def _store(self, step: Step) -> Answer:
        return await self.market.seller.puts("/store", {"open": step.choice == "open"})
