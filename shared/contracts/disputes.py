"""What disputes says: how a case goes, and how an account stands after somebody's conduct."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Moment, event


class OfDispute(Event):
    """A fact about one case; a case belongs to exactly one order."""

    dispute_id: UUID
    number: str
    buyer: str
    seller: str
    at: Moment

    def about(self) -> str:
        """The order number."""
        return self.number


@event("disputes", "dispute.opened", public=True)
class DisputeOpened(OfDispute):
    """A case lies before support: the buyer escalated a refusal, or the payment was charged back."""

    cause: Literal["escalated", "charged_back"]


@event("disputes", "dispute.evidence_added", public=True)
class DisputeEvidenceAdded(OfDispute):
    """A party or support added something to the case; the text stays in the case."""

    evidence_id: UUID
    by: str
    role: Literal["buyer", "seller", "support"]


@event("disputes", "dispute.decided", public=True)
class DisputeDecided(OfDispute):
    """Support has ruled, once; orders applies it under the order's own lock (T26). Amounts in minor units."""

    outcome: Literal["buyer_wins", "seller_wins", "split"]
    buyer_amount: int
    currency: str
    reason: str
    decided_by: str


@event("disputes", "dispute.closed", public=True)
class DisputeClosed(OfDispute):
    """The order is closed and the case with it; a ruling that came too late is shown as overtaken."""

    outcome: Literal["buyer_wins", "seller_wins", "split", "seller_agreed", "withdrawn"]
    overtaken: bool


class OfAccount(Event):
    """How an account stands; a higher version replaces every lower one, whatever arrives first."""

    user: str
    version: int
    reason: str
    at: Moment

    def about(self) -> str:
        """Whose standing it is."""
        return self.user

    def sequence(self) -> int:
        """The standing's version."""
        return self.version


@event("disputes", "account.warned", public=False)
class AccountWarned(OfAccount):
    """The first offence: everything is still allowed, the next one suspends."""

    offences: int


@event("disputes", "account.suspended", public=True)
class AccountSuspended(OfAccount):
    """The account can't buy, sell or take money out; with `freeze` its balances are frozen too."""

    freeze: bool
    permanent: bool


@event("disputes", "account.reinstated", public=True)
class AccountReinstated(OfAccount):
    """The account may do everything again; frozen money goes back to where it came from."""
