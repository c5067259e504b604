"""HTTP bodies of disputes and conduct: strict inputs (`In`) and answers (`View`)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.disputes.commands.conduct import Flag
from services.disputes.domain.case import Case, Outcome, Role, State
from services.disputes.domain.conduct import Account, AccountStatus
from services.disputes.domain.excerpt import Kind
from services.disputes.queries import CaseFile, ConductFile
from services.disputes.tables import EntryRow
from shared.http.fields import AnyMoneyIn, Body, EachOnce, LongText, Moment, MoneyView, ReasonText, ShortText, View

PICTURES_MAX = 10
PictureId = Annotated[UUID, Field(strict=False)]
FlagKind = Literal["conduct_report", "duplicate_listing", "off_site_offer"]


class EvidenceIn(Body):
    """What a party or support adds to a case."""

    text: LongText
    video_reference: ShortText | None = Field(default=None, description="Subject or link of a video sent by e-mail.")
    attachments: Annotated[list[PictureId], Field(max_length=PICTURES_MAX, examples=[[]]), EachOnce] = Field(
        default_factory=list, description="Ids of pictures that one uploaded for this dispute and has not used yet."
    )


class RulingIn(Body):
    """What support decides; for a split, how much the buyer gets."""

    outcome: Literal["buyer_wins", "seller_wins", "split"]
    buyer_amount: AnyMoneyIn | None = None
    """Only for a split."""
    reason: ReasonText | None = None


class ReasonIn(Body):
    """Why, in words; it stays on record."""

    reason: ReasonText | None = None


class SuspendIn(Body):
    """How an account is suspended, and why."""

    freeze: bool = Field(default=False, description="Freeze both balances too.")
    permanent: bool = False
    """Nobody can reinstate the account."""
    reason: ReasonText | None = None


class FlagIn(Body):
    """What support should look at."""

    kind: FlagKind
    text: ShortText


class ResolutionIn(Body):
    """What support did about it."""

    resolution: ShortText


class RulingView(View):
    """What support decided."""

    outcome: Outcome
    buyer_amount: MoneyView
    reason: str
    by: str
    at: Moment


class CaseView(View):
    """A case in short."""

    id: UUID
    order_number: str
    buyer: str
    seller: str
    held: MoneyView
    """What escrow held when it was opened."""
    cause: str
    """`escalated` or `charged_back`."""
    state: State
    outcome: Outcome | None
    overtaken: bool
    """Whether a ruling came too late to be executed."""
    assigned_to: str | None
    """The member of support."""
    decision: RulingView | None
    opened_at: Moment
    active_at: Moment
    """When something last happened."""
    escalated_at: Moment | None
    """When an operator was notified."""
    closed_at: Moment | None
    version: int


class EvidenceView(View):
    """Something added to a case."""

    id: UUID
    by: str
    role: Role
    text: str
    video_reference: str | None
    attachments: list[UUID]
    """The pictures that it names; GET /attachments/{id} leads to those that were uploaded for it."""
    at: Moment


class StepView(View):
    """One step of a case."""

    row: str
    """E.g. `C1`."""
    by: str | None
    """Null for a deadline or an event."""
    role: Role
    at: Moment
    why: str


class ClockView(View):
    """When somebody is notified that the case is idle; no outcome depends on it."""

    kind: str
    due_at: Moment


class EntryView(View):
    """A message of the two parties, or a line of the order's log."""

    id: UUID
    """Of the message or the line."""
    kind: Kind
    """A message, a comment in the log, or the log's line of a transition."""
    seq: int
    """Its place in the conversation, or in the log."""
    by: str | None
    """Who wrote it; null for a deadline."""
    role: Literal["buyer", "seller", "support", "provider"] | None
    row: str | None
    """The row of the order's table, e.g. `T7`; null for what people wrote."""
    text: str
    attachments: list[UUID]
    """Its pictures; GET /attachments/{id} leads to each."""
    auto: bool
    """Whether it is the seller's automatic reply."""
    at: Moment


class ExcerptView(View):
    """What the parties wrote until the dispute was requested, and the order's log with later comments, by time."""

    items: list[EntryView]
    """The newest ones, oldest first; all of them are at `/disputes/{id}/excerpt`."""
    total: int
    """How many there are."""
    complete: bool
    """Whether everything that was written before the dispute has arrived."""
    omitted: bool
    """Whether the parties wrote more before than a case keeps."""


class CaseFileView(CaseView):
    """The whole case: the order, its terms, history and request as they were, evidence, steps and decision."""

    order: dict[str, Any]
    """The latest event of the order, with its history and windows."""
    evidence: list[EvidenceView]
    steps: list[StepView]
    excerpt: ExcerptView
    clock: ClockView | None


class OffenceView(View):
    """Contact information that was found, and whether support annulled it."""

    id: UUID
    source: str
    """Where it was written."""
    source_id: str
    """Which text it was."""
    kinds: list[str]
    at: Moment
    annulled: bool


class AccountStepView(View):
    """One change of the account's status; only support sees it."""

    row: str
    """E.g. `O2`."""
    by: str | None
    """Null for an offence."""
    standing: AccountStatus
    reason: str
    at: Moment


class ConductView(View):
    """The status of an account."""

    user: str
    standing: AccountStatus
    counted_offences: int
    frozen: bool
    offences: list[OffenceView]
    steps: list[AccountStepView]


class AccountStatusView(View):
    """The status of an account after a decision of support."""

    user: str
    standing: AccountStatus
    counted_offences: int
    frozen: bool
    reason: str
    version: int


class FlagView(View):
    """A record that support works through."""

    id: UUID
    user: str
    kind: FlagKind
    text: str
    by: str
    """Who reported it, or `detector`."""
    at: Moment
    resolved_at: Moment | None
    resolved_by: str | None
    resolution: str | None
    """What support did."""


def case_view(case: Case) -> CaseView:
    """A case in short."""
    return CaseView.of(case, **_case(case))


def case_file_view(file: CaseFile) -> CaseFileView:
    """The whole case."""
    return CaseFileView.of(
        file.case,
        **_case(file.case),
        order=file.snapshot,
        evidence=[EvidenceView.of(each, by=each.by_user, role=each.by_role) for each in file.evidence],
        steps=[StepView.of(each, by=each.by_user, role=each.by_role) for each in file.steps],
        excerpt=ExcerptView.of(file.excerpt, items=[entry_view(each) for each in file.excerpt.entries]),
        clock=ClockView.of(file.clock) if file.clock else None,
    )


def entry_view(row: EntryRow) -> EntryView:
    """A message or a line of the log."""
    return EntryView.of(row, by=row.by_user, role=row.by_role)


def conduct_view(file: ConductFile) -> ConductView:
    """The status of an account."""
    account = file.account
    return ConductView(
        user=account.user,
        standing=account.status,
        counted_offences=account.offences,
        frozen=account.frozen,
        offences=[OffenceView.of(each, annulled=each.annulled_at is not None) for each in file.offences],
        steps=[AccountStepView.of(each, by=each.by_user) for each in file.steps],
    )


def account_status_view(account: Account) -> AccountStatusView:
    """The status of an account after a decision."""
    return AccountStatusView.of(account, standing=account.status, counted_offences=account.offences)


def flag_view(flag: Flag) -> FlagView:
    """Something about an account that support works through."""
    return FlagView.of(flag)


def _case(case: Case) -> dict[str, Any]:
    """What a case in short and a case file have under other names or in another form."""
    ruling, decision = case.ruling, None
    if ruling is not None:
        amount = MoneyView(amount=ruling.buyer_amount, currency=case.currency)
        decision = RulingView.of(ruling, buyer_amount=amount)
    held = MoneyView(amount=case.held, currency=case.currency)
    return {"order_number": case.number, "held": held, "decision": decision}
