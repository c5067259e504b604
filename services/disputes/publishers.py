"""What disputes publishes: cases and account statuses as events of shared.contracts."""

from datetime import datetime
from uuid import UUID

from services.disputes.domain.case import Case, CaseTimeouts, current
from services.disputes.domain.conduct import SUSPENDED, Account, AccountStatus
from services.disputes.unit_of_work import DisputesWork
from shared.contracts import disputes as said
from shared.deadlines import Deadlines

OWNER = "disputes"


def opened(work: DisputesWork, case: Case) -> None:
    """A case lies before support."""
    work.outbox.add(said.DisputeOpened.model_validate({**_of(case, case.opened_at), "cause": case.cause}))


def evidence_added(work: DisputesWork, case: Case, evidence_id: UUID, by: str, role: str, at: datetime) -> None:
    """Somebody added to a case."""
    added = {"evidence_id": evidence_id, "by": by, "role": role}
    work.outbox.add(said.DisputeEvidenceAdded.model_validate({**_of(case, at), **added}))


def decided(work: DisputesWork, case: Case) -> None:
    """Support has ruled; orders applies it."""
    ruling = case.ruling
    assert ruling is not None
    told = {
        "outcome": str(ruling.outcome),
        "buyer_amount": ruling.buyer_amount,
        "currency": case.currency,
        "reason": ruling.reason,
        "decided_by": ruling.by,
    }
    work.outbox.add(said.DisputeDecided.model_validate({**_of(case, ruling.at), **told}))


def closed(work: DisputesWork, case: Case, at: datetime) -> None:
    """The order is closed, and the case with it."""
    told = {"outcome": str(case.outcome), "overtaken": case.overtaken}
    work.outbox.add(said.DisputeClosed.model_validate({**_of(case, at), **told}))


def account_status(work: DisputesWork, before: Account, after: Account) -> None:
    """Publish the account's status where it, or the freeze of its money, has changed."""
    if (before.standing, before.frozen) == (after.standing, after.frozen):
        return
    assert after.changed_at is not None
    told = {"user": after.user, "version": after.version, "reason": after.reason, "at": after.changed_at}
    if after.standing in SUSPENDED:
        permanent = after.standing is AccountStatus.TERMINATED
        work.outbox.add(said.AccountSuspended.model_validate({**told, "freeze": after.frozen, "permanent": permanent}))
    elif after.standing is AccountStatus.WARNED and before.standing not in SUSPENDED:
        work.outbox.add(said.AccountWarned.model_validate({**told, "offences": after.offences}))
    else:
        work.outbox.add(said.AccountReinstated.model_validate(told))


def deadlines(timeouts: CaseTimeouts) -> Deadlines[Case]:
    """The deadlines of cases in an installation with these time-outs."""
    return Deadlines(
        OWNER, lambda case: current(case, timeouts), key=lambda case: str(case.id), subject=lambda case: case.number
    )


def _of(case: Case, at: datetime) -> dict[str, object]:
    return {"dispute_id": case.id, "number": case.number, "buyer": case.buyer, "seller": case.seller, "at": at}
