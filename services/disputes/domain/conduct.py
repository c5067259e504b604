"""How an account stands: one warning, then suspension; annulled, suspended, reinstated by support (rules 8.5)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.refusals import Refusal
from shared.texts import says_something


class Standing(StrEnum):
    """What an account may do."""

    ACTIVE = "active"
    WARNED = "warned"  # everything; the next offence suspends
    SUSPENDED = "suspended"  # nothing, until support reinstates
    TERMINATED = "terminated"  # nothing, for ever


class Action(StrEnum):
    """What changes a standing."""

    OFFEND = "offend"
    ANNUL = "annul"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


BARRED = frozenset({Standing.SUSPENDED, Standing.TERMINATED})


@dataclass(frozen=True, slots=True)
class Account:
    """An account's conduct: how it stands, how many offences count, whether its money is frozen."""

    user: str
    standing: Standing = Standing.ACTIVE
    offences: int = 0
    frozen: bool = False
    reason: str = ""
    version: int = 0
    changed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse to exist as what can't be."""
        assert self.offences >= 0, "offences are counted from zero"
        assert not self.frozen or self.standing in BARRED, "money is frozen only with a suspension"


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked, by whom and why; `by` is None for an offence."""

    action: Action
    at: datetime
    by: str | None = None
    reason: str = ""
    freeze: bool = False
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number, from where, what is asked, and what it announces when the standing changes."""

    id: str
    sources: frozenset[Standing]
    action: Action


S, A = Standing, Action
ANY = frozenset(Standing)
TABLE: tuple[Row, ...] = (
    Row("O1", frozenset({S.ACTIVE}), A.OFFEND),
    Row("O2", frozenset({S.WARNED}), A.OFFEND),
    Row("O3", BARRED, A.OFFEND),
    Row("O4", ANY, A.ANNUL),
    Row("O5", frozenset({S.ACTIVE, S.WARNED, S.SUSPENDED}), A.SUSPEND),
    Row("O6", frozenset({S.SUSPENDED}), A.REINSTATE),
)


def decide(account: Account, change: Change) -> Row | Refusal:
    """Which row answers, or why none does."""
    if change.by is not None and not says_something(change.reason):
        return Refusal.REASON_REQUIRED
    row = next((row for row in TABLE if row.action is change.action and account.standing in row.sources), None)
    return row if row is not None else Refusal.WRONG_STATUS


def apply(account: Account, change: Change) -> Account:
    """The account after the row; the counter survives a reinstatement, so that one more offence suspends again."""
    counted = {Action.OFFEND: 1, Action.ANNUL: -1}.get(change.action, 0)
    after = replace(account, offences=max(0, account.offences + counted), version=account.version + 1)
    after = replace(after, changed_at=change.at, reason=change.reason)
    match change.action:
        case Action.OFFEND:
            return _offended(after)
        case Action.SUSPEND:
            standing = Standing.TERMINATED if change.permanent else Standing.SUSPENDED
            return replace(after, standing=standing, frozen=account.frozen or change.freeze)
        case Action.REINSTATE:
            return replace(after, standing=_free(after), frozen=False)
        case _:
            return after if account.standing in BARRED else replace(after, standing=_free(after))


def _offended(account: Account) -> Account:
    """The first offence warns, the second suspends at once and freezes both balances."""
    if account.standing is Standing.TERMINATED:
        return replace(account, frozen=True)
    if account.offences >= 2 or account.standing is Standing.SUSPENDED:
        return replace(account, standing=Standing.SUSPENDED, frozen=True)
    return replace(account, standing=Standing.WARNED)


def _free(account: Account) -> Standing:
    return Standing.WARNED if account.offences else Standing.ACTIVE
