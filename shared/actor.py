"""Who makes a request: one person or assistant, as every service knows them."""

from dataclasses import dataclass
from typing import Literal

ActorRole = Literal["user", "support"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that makes the request, its role, and the seller for whom an assistant acts.

    An assistant acts for exactly one seller, and never as support.
    """

    user: str
    role: ActorRole = "user"
    acting_for: str | None = None
    """None for somebody who acts for themselves."""

    @property
    def account(self) -> str:
        """The account whose orders, sales and money are meant: the seller acted for, else one's own."""
        return self.acting_for or self.user

    @property
    def is_support(self) -> bool:
        """Whether the request is made as support."""
        return self.role == "support"

    @property
    def accounts(self) -> frozenset[str]:
        """The account, and the assistant who acts for it: neither may be suspended (rules 1.2)."""
        return frozenset({self.user, self.account})
