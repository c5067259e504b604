"""How an account stands, as far as payments has heard: what it may pay, and where its money lands (rules 1.2)."""

from dataclasses import dataclass

from services.payments.domain import ledger
from services.payments.domain.ledger import FROZEN, Account


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account's standing; a higher version replaces every lower one, whatever arrives first."""

    account: str
    suspended: bool = False
    """It can't pay and can't take money out; money that is on its way still arrives."""
    frozen: bool = False
    """Both balances are out of its reach, and what it is given from now on is too."""
    version: int = 0

    def __post_init__(self) -> None:
        """Money is frozen only with a suspension."""
        if self.frozen and not self.suspended:
            raise ValueError(f"{self.account} is frozen but not suspended")

    def yields_to(self, told: "AccountStatus") -> bool:
        """Whether what we are told now is newer than this."""
        return self.version < told.version


def twins(user: str) -> tuple[tuple[Account, Account], ...]:
    """Each balance of a user and the place where it is kept while frozen: the wallet first, then the sales income."""
    open_ = (ledger.buyer_balance(user), ledger.seller_available(user))
    return tuple((account, Account(FROZEN[account.kind], user)) for account in open_)
