"""What sellers prepared to say."""

from datetime import datetime, timedelta

from shared.db.repository import Repository

_PUT_AUTO_REPLY = """
insert into sellers (seller, auto_reply, quick_replies) values ($1, $2, '{}')
on conflict (seller) do update set auto_reply = excluded.auto_reply
"""
_PUT_QUICK_REPLIES = """
insert into sellers (seller, quick_replies) values ($1, $2)
on conflict (seller) do update set quick_replies = excluded.quick_replies
"""
_AUTO_REPLY = "select auto_reply from sellers where seller = $1"
_AUTO_REPLIED = """
insert into auto_replied (seller, buyer, at) values ($1, $2, $3)
on conflict (seller, buyer) do update set at = excluded.at where auto_replied.at <= excluded.at - $4::interval
returning true
"""


class Sellers(Repository):
    """What sellers prepared to say."""

    async def put_auto_reply(self, seller: str, text: str | None) -> None:
        """Set or remove the automatic reply."""
        await self._sql.execute(_PUT_AUTO_REPLY, seller, text)

    async def put_quick_replies(self, seller: str, texts: list[str]) -> None:
        """Set the quick replies."""
        await self._sql.execute(_PUT_QUICK_REPLIES, seller, texts)

    async def auto_reply(self, seller: str) -> str | None:
        """The automatic reply, if there is one."""
        text: str | None = await self._sql.fetchval(_AUTO_REPLY, seller)
        return text

    async def take_auto_reply(self, seller: str, buyer: str, at: datetime, pause: timedelta) -> bool:
        """Note that the automatic reply goes to the buyer now; False while the pause since the last one lasts."""
        return await self._sql.fetchval(_AUTO_REPLIED, seller, buyer, at, pause) is not None
