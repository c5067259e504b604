"""Commands of an account's status: offences that detectors report, and what support decides; all audited."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.disputes import publishers
from services.disputes.domain import conduct
from services.disputes.domain.conduct import Account, Action, Change
from services.disputes.unit_of_work import DisputesWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, RefusalCode, Refused, conflict_of_interest
from shared.telemetry import metrics


@dataclass(frozen=True, slots=True)
class Violation:
    """Contact information that somebody wrote, as a detector reports it."""

    source: str
    source_id: str
    user: str
    side: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A record that support works through."""

    id: UUID
    user: str
    kind: str
    text: str
    by: str
    at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None


async def offend(work: DisputesWork, violation: Violation) -> None:
    """Count an offence once per source: a seller is warned, then suspended; a buyer is only flagged (rules 8.5)."""
    account, at = await work.conduct.lock(violation.user)
    text = f"contact information in a {violation.source}: {', '.join(violation.kinds)}"
    if violation.side == "buyer":
        source = f"{violation.source}:{violation.source_id}"
        await work.conduct.flag(new_id(), violation.user, "off_site_offer", text, "detector", source, at)
        return
    source_of = (violation.source, violation.source_id)
    if await work.conduct.add_offence(new_id(), violation.user, source_of, list(violation.kinds), at):
        await _change(work, account, Change(Action.OFFEND, at, reason=text))


async def annul(work: DisputesWork, user: str, offence_id: UUID, actor: Actor, reason: str | None) -> Account | Refused:
    """Support finds that an offence was none; a suspension stays until support reinstates."""
    if not _may_judge(actor, user):
        return Refused(Refusal.NOT_A_PARTY)
    account, at = await work.conduct.lock(user)
    change = Change(Action.ANNUL, at, actor.account, reason or "")
    if isinstance(row := conduct.decide(account, change), RefusalCode):
        return Refused(row)
    if not await work.conduct.annul(offence_id, user, at, actor.account, reason or ""):
        known = await work.conduct.has_offence(offence_id, user)
        return Refused(Refusal.WRONG_STATUS, {"annulled": True}) if known else Refused(Refusal.NOT_FOUND)
    return await _change(work, account, change)


async def suspend(
    work: DisputesWork, user: str, actor: Actor, reason: str | None, *, freeze: bool, permanent: bool
) -> Account | Refused:
    """Support suspends an account, with or without its money, until it is reinstated or for ever."""
    if not _may_judge(actor, user):
        return Refused(Refusal.NOT_A_PARTY)
    account, at = await work.conduct.lock(user)
    change = Change(Action.SUSPEND, at, actor.account, reason or "", freeze, permanent)
    return await _change(work, account, change)


async def reinstate(work: DisputesWork, user: str, actor: Actor, reason: str | None) -> Account | Refused:
    """Support lets a suspended account do everything again; the counter stays."""
    if not _may_judge(actor, user):
        return Refused(Refusal.NOT_A_PARTY)
    account, at = await work.conduct.lock(user)
    return await _change(work, account, Change(Action.REINSTATE, at, actor.account, reason or ""))


def _may_judge(actor: Actor, user: str) -> bool:
    """Whether the account is not the member of support's own."""
    return conflict_of_interest(actor.accounts, user) is None


async def flag(work: DisputesWork, user: str, actor: Actor, kind: str, text: str) -> Flag | Refused:
    """Somebody reports an account's conduct, or support notes a duplicate listing or an off-site offer."""
    if kind != "conduct_report" and not _may_judge(actor, user):
        return Refused(Refusal.NOT_A_PARTY)
    at = await work.now()
    made = Flag(new_id(), user, kind, text, actor.account, at)
    await work.conduct.flag(made.id, user, kind, text, actor.account, str(made.id), at)
    return made


async def resolve(work: DisputesWork, flag_id: UUID, actor: Actor, resolution: str) -> Flag | Refused:
    """Support closes a record, once."""
    about = await work.conduct.flagged(flag_id)
    if about is not None and not _may_judge(actor, about):
        return Refused(Refusal.NOT_A_PARTY)
    row = await work.conduct.resolve(flag_id, await work.now(), actor.account, resolution)
    if row is None:
        return Refused(Refusal.WRONG_STATUS, {"open": False}) if about is not None else Refused(Refusal.NOT_FOUND)
    given = (row["id"], row["user"], row["kind"], row["text"], row["by_user"], row["at"])
    return Flag(*given, row["resolved_at"], row["resolved_by"], row["resolution"])


async def _change(work: DisputesWork, account: Account, change: Change) -> Account | Refused:
    row = conduct.decide(account, change)
    if isinstance(row, RefusalCode):
        return Refused(row, {"standing": str(account.status)})
    after = conduct.apply(account, change, row)
    await work.conduct.save(account, after, row.id, change.by)
    if (event := publishers.account_status(account, after)) is not None:
        work.outbox.add(event)
    work.on_commit(metrics.TRANSITIONS.labels("account", row.id).inc)
    work.log("account.transition", user=account.user, row=row.id, status=str(after.status), by=change.by)
    return after
