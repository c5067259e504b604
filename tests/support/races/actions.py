"""Every action of an order: its name in the rules, and its request over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.client.http import Answer
from services.orders.domain.request import Action, ActionInput, Outcome, Role
from services.orders.domain.review import ReviewAction, ReviewInput
from tests.support.effort import EFFORT
from tests.support.market import Actor, Market

A, R = Action, Role
WHY = "As agreed"


@dataclass(frozen=True)
class PartyAction:
    """One side's action on an order."""

    given: ActionInput | ReviewInput
    method: str
    path: str
    body: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The name in the rules; of a forced decision also its outcome."""
        outcome = self.given.outcome if isinstance(self.given, ActionInput) else None
        return f"{self.given.action}:{outcome}" if outcome else str(self.given.action)

    async def perform(self, who: Actor, number: str) -> Answer:
        """Send the command, without waiting for its consequences."""
        return await who.sends(self.method, f"/orders/{number}{self.path}", self.body)

    async def preview(self, who: Actor, number: str) -> Answer:
        """Send its preview."""
        return await who.sends(self.method, f"/orders/{number}{self.path}?preview=true", self.body)


def person(market: Market, act: PartyAction) -> Actor:
    """The person who has this action."""
    people = {R.BUYER: market.buyer, R.SELLER: market.seller}
    return people.get(act.given.role) or market.support


def _forced(outcome: Outcome) -> PartyAction:
    body = {"outcome": str(outcome), "reason": WHY}
    return PartyAction(ActionInput(A.FORCE_DECISION, R.SUPPORT, WHY, outcome=outcome), "POST", "/decision", body)


def _review_action(action: ReviewAction, role: Role, path: str, rating: int = 0) -> PartyAction:
    body = {"text": WHY} | ({"rating": rating} if rating else {})
    judged = role is R.SUPPORT
    return PartyAction(ReviewInput(action, role, WHY, rating), "POST", f"/review{path}", None if judged else body)


_REQUEST = {"reason": "other", "description": WHY, "amount": {"amount": 30_00, "currency": "MYR"}}
DELETE = PartyAction(ActionInput(A.DELETE, R.BUYER), "DELETE", "")
DELIVER = PartyAction(ActionInput(A.DELIVER, R.SELLER), "POST", "/deliver")
GIVE_BACK = PartyAction(
    ActionInput(A.REFUND, R.SELLER, "other", WHY), "POST", "/refund", {"reason": "other", "description": WHY}
)
CONFIRM = PartyAction(ActionInput(A.CONFIRM, R.BUYER), "POST", "/confirm")
REQUEST = PartyAction(
    ActionInput(A.REQUEST_REFUND, R.BUYER, "other", WHY, 30_00, "MYR"), "POST", "/refund-request", _REQUEST
)
TAKE_BACK = PartyAction(ActionInput(A.CANCEL_REFUND_REQUEST, R.BUYER), "DELETE", "/refund-request")
AGREE = PartyAction(ActionInput(A.AGREE_REFUND, R.SELLER), "POST", "/refund-request/agree")
REFUSE = PartyAction(ActionInput(A.REFUSE_REFUND, R.SELLER, WHY), "POST", "/refund-request/refuse", {"reason": WHY})
ESCALATE = PartyAction(ActionInput(A.ESCALATE, R.BUYER), "POST", "/dispute")
FORCE_REFUND, FORCE_PAY = _forced(Outcome.REFUND), _forced(Outcome.COMPLETE)
REVIEW = _review_action(ReviewAction.REVIEW, R.BUYER, "", 5)
REPLY = _review_action(ReviewAction.REPLY_REVIEW, R.SELLER, "/reply", 5)
REPORT = _review_action(ReviewAction.REPORT_REVIEW, R.SELLER, "/report")
UPHOLD = _review_action(ReviewAction.UPHOLD_REPORT, R.SUPPORT, "/report/uphold")
REJECT = _review_action(ReviewAction.REJECT_REPORT, R.SUPPORT, "/report/reject")
FORCED = (FORCE_REFUND, FORCE_PAY) if EFFORT > 1 else (FORCE_REFUND,)
OF_ORDER = (
    *(DELETE, DELIVER, GIVE_BACK, CONFIRM, REQUEST, TAKE_BACK, AGREE, REFUSE, ESCALATE),
    *(FORCE_REFUND, FORCE_PAY),
)
OF_REVIEW = (REVIEW, REPLY, REPORT, UPHOLD, REJECT)
PARTY_ACTIONS = (*OF_ORDER, *OF_REVIEW)
"""All there are."""
