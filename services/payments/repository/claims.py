"""Claims of bank transfers, and the one name space that they share with the transactions of providers.

Whoever books money under a reference, a claim or a provider's message, first takes the lock of the normalised
reference: of two at once the second sees what the first has booked. It is an advisory lock, because the first has no
row to lock. It is taken after the lock of the payment and before those of account statuses and ledger accounts.
"""

from services.payments.domain.claim import BANK, Claim, Earlier
from shared.db.repository import Repository

_LOCK = "select pg_advisory_xact_lock(hashtextextended('reference:' || $1::text, 0))"
_CLAIMED = "select amount, currency from lock_claim($1, $2)"
_EARLIER = """
select coalesce(l.id, c.id) as id, l.id is not null as is_claim, c.provider, c.transaction_id, c.payment_number,
       c.amount, c.currency, c.at
from captures c left join claims l on c.provider = $2 and l.reference = c.transaction_id
where c.reference = $1 order by is_claim desc, c.id limit 1
"""
_ADD = """
insert into claims (id, reference, amount, currency, value_date, payment_number, "user", claimed_by, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


class Claims(Repository):
    """The claims of this database, for one transaction."""

    async def claimed(self, reference: str) -> tuple[int, str] | None:
        """The amount (minor units) and currency that were claimed under a normalised reference, which is locked."""
        row = await self._sql.fetchrow(_CLAIMED, reference, BANK)
        return (row["amount"], row["currency"]) if row is not None else None

    async def earlier(self, reference: str) -> Earlier | None:
        """What was booked under a normalised reference before, first a claim; the reference is locked."""
        await self._sql.execute(_LOCK, reference)
        row = await self._sql.fetchrow(_EARLIER, reference, BANK)
        if row is None:
            return None
        of = {name: row[name] for name in Earlier.__dataclass_fields__ if name != "kind"}
        return Earlier("claim" if row["is_claim"] else "transaction", **of)

    async def add(self, claim: Claim) -> None:
        """Add a claim whose reference is locked and free."""
        of = (claim.value_date, claim.payment_number, claim.user, claim.claimed_by, claim.at)
        await self._sql.execute(_ADD, claim.id, claim.reference, claim.amount, claim.currency, *of)
