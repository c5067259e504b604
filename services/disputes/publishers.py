"""Events of disputes: pure functions that return events of shared.contracts; commands add them to the outbox."""

from datetime import datetime
from functools import partial

from services.disputes.domain.case import Case, CaseTimeouts, current
from services.disputes.domain.conduct import SUSPENDED, Account, AccountStatus
from services.disputes.repository import Evidence
from shared.contracts import disputes as contracts
from shared.contracts.base import Event
from shared.deadlines import Deadlines


def opened(case: Case) -> Event:
    """Support has a new case."""
    return contracts.DisputeOpened.model_validate({**_case(case, case.opened_at), "cause": case.cause})


def evidence_added(case: Case, evidence: Evidence) -> Event:
    """A party or support added to a case."""
    added = {
        "evidence_id": evidence.id,
        "by": evidence.user,
        "role": evidence.role,
        "attachments": evidence.attachments,
    }
    return contracts.DisputeEvidenceAdded.model_validate({**_case(case, evidence.at), **added})


def decided(case: Case) -> Event:
    """Support has ruled; orders executes it. The case has a ruling."""
    ruling = case.ruling
    assert ruling is not None
    facts = {
        "outcome": str(ruling.outcome),
        "buyer_amount": ruling.buyer_amount,
        "currency": case.currency,
        "reason": ruling.reason,
        "decided_by": ruling.by,
    }
    return contracts.DisputeDecided.model_validate({**_case(case, ruling.at), **facts})


def closed(case: Case, at: datetime) -> Event:
    """The order is closed, and the case with it."""
    facts = {"outcome": str(case.outcome), "overtaken": case.overtaken}
    return contracts.DisputeClosed.model_validate({**_case(case, at), **facts})


def account_status(before: Account, after: Account) -> Event | None:
    """The account's new status; None if neither it nor the freeze of its money has changed."""
    if (before.status, before.frozen) == (after.status, after.frozen):
        return None
    facts = {"user": after.user, "version": after.version, "reason": after.reason, "at": after.changed_at}
    if after.status in SUSPENDED:
        permanent = after.status is AccountStatus.TERMINATED
        return contracts.AccountSuspended.model_validate({**facts, "freeze": after.frozen, "permanent": permanent})
    if after.status is AccountStatus.WARNED and before.status not in SUSPENDED:
        return contracts.AccountWarned.model_validate({**facts, "offences": after.offences})
    return contracts.AccountReinstated.model_validate(facts)


def deadlines(timeouts: CaseTimeouts) -> Deadlines[Case]:
    """The deadlines of cases in an installation with these time-outs."""
    of_case = partial(current, timeouts=timeouts)
    return Deadlines("disputes", of_case, key=lambda case: str(case.id), subject=lambda case: case.number)


def _case(case: Case, at: datetime) -> dict[str, object]:
    """What every event of a case carries."""
    return {"dispute_id": case.id, "number": case.number, "buyer": case.buyer, "seller": case.seller, "at": at}
