"""Gift cards by the hash of their PIN, and how often a user's PINs were refused.

Both are guarded: the tries of one user come one after the other, whatever the number of instances, by an advisory lock
that is taken before everything else; a card is locked by its row, before account statuses and ledger accounts.
"""

from collections.abc import Sequence
from datetime import datetime

from services.payments.domain.gift_card import TRIES_MAX, GiftCard
from services.payments.tables import to_gift_card
from shared.db.repository import Repository

_ADD = """
insert into gift_cards (id, pin_hash, batch, amount, currency, bought_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_LOCK = "select * from gift_cards where pin_hash = any($1::bytea[]) limit 1 for no key update"
_USE = "update gift_cards set used_by = $2, used_at = $3 where id = $1"
_LOCK_TRIES = "select pg_advisory_xact_lock(hashtextextended('top_up:' || $1::text, 0))"
_REFUSED = 'select at from refused_pins where "user" = $1 and at > $2 order by at desc limit $3'
_FORGET = 'delete from refused_pins where "user" = $1 and at <= $2'
_ADD_REFUSED = 'insert into refused_pins ("user", at) values ($1, $2)'


class GiftCards(Repository):
    """The gift cards of this database, for one transaction."""

    async def add(self, card: GiftCard, pin_hash: bytes) -> None:
        """Add a new card under the hash of its PIN."""
        of = (card.batch, card.amount, card.currency, card.bought_at, card.expires_at)
        await self._sql.execute(_ADD, card.id, pin_hash, *of)

    async def lock(self, hashes: Sequence[bytes]) -> GiftCard | None:
        """The card that is stored under one of these hashes, locked until the end of the transaction."""
        row = await self._sql.fetchrow(_LOCK, list(hashes))
        return to_gift_card(row) if row is not None else None

    async def use(self, card: GiftCard, user: str, at: datetime) -> None:
        """Save who used a locked card."""
        await self._sql.execute(_USE, card.id, user, at)

    async def lock_tries(self, user: str) -> None:
        """Wait until no other try of this user is under way; until the end of the transaction none begins."""
        await self._sql.execute(_LOCK_TRIES, user)

    async def refused_since(self, user: str, since: datetime) -> tuple[datetime, ...]:
        """When PINs of a user were refused after this moment, as far as it matters, newest first."""
        return tuple(row["at"] for row in await self._sql.fetch(_REFUSED, user, since, TRIES_MAX))

    async def add_refused(self, user: str, at: datetime, until: datetime) -> None:
        """Count a refused PIN, and forget those up to `until`, which count no more."""
        await self._sql.execute(_FORGET, user, until)
        await self._sql.execute(_ADD_REFUSED, user, at)
