"""The status of an account as one table: one warning, then suspension; what support decides about it (rules 8.5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.refusals import Refusal, RefusalCode
from shared.texts import has_text


class AccountStatus(StrEnum):
    """What an account may do."""

    ACTIVE = "active"
    WARNED = "warned"  # everything; the next offence suspends
    SUSPENDED = "suspended"  # nothing, until support reinstates
    TERMINATED = "terminated"  # nothing, for ever


class Action(StrEnum):
    """What changes the status of an account."""

    OFFEND = "offend"
    ANNUL = "annul"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


SUSPENDED = frozenset({AccountStatus.SUSPENDED, AccountStatus.TERMINATED})
"""Statuses in which an account may do nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account's conduct: its status, how many offences count, whether its money is frozen."""

    user: str
    status: AccountStatus = AccountStatus.ACTIVE
    offences: int = 0
    frozen: bool = False
    reason: str = ""
    version: int = 0
    changed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert self.offences >= 0, "offences are counted from zero"
        assert not self.frozen or self.status in SUSPENDED, "money is frozen only with a suspension"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an account, by whom and why; `by` is None for an offence."""

    action: Action
    at: datetime
    by: str | None = None
    reason: str = ""
    freeze: bool = False
    permanent: bool = False


Branch = Callable[[Account, Change], bool]


class Money(StrEnum):
    """What a row does with the account's balances."""

    KEEPS = "keeps"
    FREEZES = "freezes"
    FREES = "frees"
    AS_REQUESTED = "as_requested"  # frozen if support says so; what is frozen already stays frozen


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number, the sources, the action, the target, and what it does with the money."""

    id: str
    sources: frozenset[AccountStatus]
    action: Action
    target: AccountStatus | None
    """None: the account stays what it is."""
    money: Money = Money.KEEPS
    when: tuple[Branch, ...] = ()


def none_left(account: Account, change: Change) -> bool:
    """No offence counts any more."""
    return counted(account, change) == 0


def some_left(account: Account, change: Change) -> bool:
    """An offence still counts: the next one suspends."""
    return counted(account, change) > 0


def for_a_while(_account: Account, change: Change) -> bool:
    """A suspension that support can end."""
    return not change.permanent


def for_good(_account: Account, change: Change) -> bool:
    """A permanent suspension: nobody reinstates the account."""
    return change.permanent


S, A = AccountStatus, Action
FREE, SUSPENDED_ONLY = frozenset({S.ACTIVE, S.WARNED}), frozenset({S.SUSPENDED})
TABLE: tuple[Row, ...] = (
    Row("O1", frozenset({S.ACTIVE}), A.OFFEND, S.WARNED),
    Row("O2", frozenset({S.WARNED}), A.OFFEND, S.SUSPENDED, Money.FREEZES),
    Row("O3", SUSPENDED, A.OFFEND, None, Money.FREEZES),
    Row("O4", FREE, A.ANNUL, S.ACTIVE, when=(none_left,)),
    Row("O4", FREE, A.ANNUL, S.WARNED, when=(some_left,)),
    Row("O4", SUSPENDED, A.ANNUL, None),
    Row("O5", FREE | SUSPENDED_ONLY, A.SUSPEND, S.SUSPENDED, Money.AS_REQUESTED, (for_a_while,)),
    Row("O5", FREE | SUSPENDED_ONLY, A.SUSPEND, S.TERMINATED, Money.AS_REQUESTED, (for_good,)),
    Row("O6", SUSPENDED_ONLY, A.REINSTATE, S.ACTIVE, Money.FREES, (none_left,)),
    Row("O6", SUSPENDED_ONLY, A.REINSTATE, S.WARNED, Money.FREES, (some_left,)),
)
"""One warning, then suspension with both balances frozen. The counter survives a reinstatement, so that one more
offence suspends again."""


def decide(account: Account, change: Change) -> Row | RefusalCode:
    """The row that applies, or why none does."""
    if change.by is not None and not has_text(change.reason):
        return Refusal.REASON_REQUIRED
    rows = (row for row in TABLE if row.action is change.action and account.status in row.sources)
    row = next((row for row in rows if all(branch(account, change) for branch in row.when)), None)
    return row if row is not None else Refusal.WRONG_STATUS


def apply(account: Account, change: Change, row: Row) -> Account:
    """The account after the row."""
    return replace(
        account,
        status=row.target or account.status,
        offences=counted(account, change),
        frozen=_frozen(account, change, row.money),
        reason=change.reason,
        version=account.version + 1,
        changed_at=change.at,
    )


def counted(account: Account, change: Change) -> int:
    """How many offences count after the change."""
    return max(0, account.offences + {Action.OFFEND: 1, Action.ANNUL: -1}.get(change.action, 0))


def _frozen(account: Account, change: Change, money: Money) -> bool:
    match money:
        case Money.KEEPS:
            return account.frozen
        case Money.FREEZES:
            return True
        case Money.FREES:
            return False
        case Money.AS_REQUESTED:
            return account.frozen or change.freeze
