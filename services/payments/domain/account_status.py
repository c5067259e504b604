"""Account status as disputes publishes it: whether an account may pay, and whether its money is frozen (rules 1.2)."""

from dataclasses import dataclass

from services.payments.domain import ledger
from services.payments.domain.ledger import FROZEN, Account


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """The status of one account; a higher version replaces every lower one, whatever arrives first."""

    account: str
    suspended: bool = False
    """It can't pay; money that is on its way still arrives."""
    frozen: bool = False
    """Both balances are out of its reach, and so is what it is given from now on."""
    version: int = 0

    def __post_init__(self) -> None:
        """Money is frozen only with a suspension; raises ValueError otherwise."""
        if self.frozen and not self.suspended:
            raise ValueError(f"{self.account} is frozen but not suspended")

    def is_older_than(self, other: "AccountStatus") -> bool:
        """Whether the other status replaces this one."""
        return self.version < other.version


def twins(user: str) -> tuple[tuple[Account, Account], ...]:
    """Each balance of a user with the account that holds it while frozen: first the wallet, then the sales income."""
    open_ = (ledger.buyer_balance(user), ledger.seller_available(user))
    return tuple((account, Account(FROZEN[account.kind], user)) for account in open_)
