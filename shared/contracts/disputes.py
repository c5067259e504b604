"""Events of disputes: cases, and the status of accounts."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Moment, event


class OfDispute(Event):
    """A fact about one case; a case belongs to exactly one order."""

    dispute_id: UUID
    """The case."""
    number: str
    """The order's number."""
    buyer: str
    """The order's buyer."""
    seller: str
    """The order's seller."""
    at: Moment
    """When it happened."""

    def about(self) -> str:
        """The order number."""
        return self.number


@event("disputes", "dispute.opened", public=True)
class DisputeOpened(OfDispute):
    """Support has a new case: the buyer escalated a refusal, or the payment was charged back."""

    cause: Literal["escalated", "charged_back"]
    """Why support must decide."""


@event("disputes", "dispute.evidence_added", public=True)
class DisputeEvidenceAdded(OfDispute):
    """A party or support added something to the case; the text stays in the case."""

    evidence_id: UUID
    """What was added."""
    by: str
    """Who added it."""
    role: Literal["buyer", "seller", "support"]
    """As whom."""
    attachments: tuple[UUID, ...] = ()
    """The pictures that it names."""


@event("disputes", "dispute.decided", public=True)
class DisputeDecided(OfDispute):
    """Support has ruled, once; orders applies it under the order's own lock (T26). Amounts in minor units."""

    outcome: Literal["buyer_wins", "seller_wins", "split"]
    """Who wins."""
    buyer_amount: int
    """What the buyer gets back, in minor units."""
    currency: str
    """ISO 4217 code."""
    reason: str
    """Support's words."""
    decided_by: str
    """The member of support."""


@event("disputes", "dispute.closed", public=True)
class DisputeClosed(OfDispute):
    """The order is closed and the case with it; a ruling that came too late is shown as overtaken."""

    outcome: Literal["buyer_wins", "seller_wins", "split", "seller_agreed", "withdrawn"]
    """How the case ended; the last two are the parties' own."""
    overtaken: bool
    """Whether a ruling came too late to be executed."""


class OfAccount(Event):
    """The status of an account; a higher version replaces every lower one, whatever arrives first."""

    user: str
    """The account."""
    version: int
    """Raised by every change of the account."""
    reason: str
    """Why it changed."""
    at: Moment
    """When it changed."""

    def about(self) -> str:
        """The account whose status it is."""
        return self.user

    def sequence(self) -> int:
        """The version of the account's status."""
        return self.version


@event("disputes", "account.warned", public=False)
class AccountWarned(OfAccount):
    """The first offence: everything is still allowed, the next one suspends."""

    offences: int
    """How many offences count."""


@event("disputes", "account.suspended", public=True)
class AccountSuspended(OfAccount):
    """The account can't buy, sell or take money out; with `freeze` its balances are frozen too."""

    freeze: bool
    """Whether both balances are frozen."""
    permanent: bool
    """Whether nobody can reinstate it."""


@event("disputes", "account.reinstated", public=True)
class AccountReinstated(OfAccount):
    """The account may do everything again; frozen money goes back to where it came from."""
