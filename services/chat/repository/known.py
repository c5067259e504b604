"""What other services published of listings and accounts."""

from shared.db.repository import Repository

_LISTING = """
insert into listings (listing_id, seller, version) values ($1, $2, $3)
on conflict (listing_id) do update set seller = excluded.seller, version = excluded.version
where listings.version < excluded.version
"""
_SELLER_OF = "select seller from listings where listing_id = $1"
_IS_SELLER = "select exists (select from listings where seller = $1)"
_STATUS = """
insert into account_statuses (account, suspended, version) values ($1, $2, $3)
on conflict (account) do update set suspended = excluded.suspended, version = excluded.version
where account_statuses.version < excluded.version
"""
_SUSPENDED = "select exists (select from account_statuses where suspended and account = any($1::text[]))"


class Known(Repository):
    """What other services published of listings and accounts."""

    async def put_listing(self, listing_id: str, seller: str, version: int) -> None:
        """Note whose a listing is; an older version changes nothing."""
        await self._sql.execute(_LISTING, listing_id, seller, version)

    async def seller_of(self, listing_id: str) -> str | None:
        """Whose a listing is."""
        seller: str | None = await self._sql.fetchval(_SELLER_OF, listing_id)
        return seller

    async def is_seller(self, account: str) -> bool:
        """Whether the account has ever published a listing."""
        known: bool = await self._sql.fetchval(_IS_SELLER, account)
        return known

    async def set_account_status(self, account: str, *, suspended: bool, version: int) -> None:
        """Note whether an account is suspended; an older version changes nothing."""
        await self._sql.execute(_STATUS, account, suspended, version)

    async def any_suspended(self, accounts: frozenset[str]) -> bool:
        """Whether one of these accounts is suspended."""
        found: bool = await self._sql.fetchval(_SUSPENDED, list(accounts))
        return found
