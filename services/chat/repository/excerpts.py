"""What is read of conversations and logs for a dispute's case."""

from datetime import datetime

from services.chat.domain.conversation import Message
from services.chat.domain.excerpt import DISPUTE_ROWS, LINES_MAX, MESSAGES_BEFORE, MESSAGES_MAX
from services.chat.domain.log import Line
from services.chat.tables import to_line, to_message
from shared.db.repository import Repository

_DISPUTES = "select count(*) from log_lines where number = $1 and row = any($2::text[])"
_MESSAGES = """
select m.* from conversations c join messages m on m.conversation_id = c.id
where c.buyer = $1 and c.seller = $2 and m.at < $3 order by m.seq desc limit $4
"""
_LINES = "select * from log_lines where number = $1 order by seq desc limit $2"


class Excerpts(Repository):
    """What is read of conversations and logs for a dispute's case."""

    async def disputes(self, number: str) -> int:
        """How many lines of a locked order's log say that a dispute was requested: the first makes the excerpt."""
        lines: int = await self._sql.fetchval(_DISPUTES, number, DISPUTE_ROWS)
        return lines

    async def messages(self, buyer: str, seller: str, until: datetime) -> list[Message]:
        """The newest messages of the two in these roles until then, oldest first; one more than an excerpt has."""
        rows = await self._sql.fetch(_MESSAGES, buyer, seller, until, MESSAGES_BEFORE + MESSAGES_MAX + 1)
        return [to_message(dict(row)) for row in rows][::-1]

    async def lines(self, number: str) -> list[Line]:
        """The newest lines of a locked order's log, oldest first; one more than an excerpt has."""
        return [to_line(dict(row)) for row in await self._sql.fetch(_LINES, number, LINES_MAX + 1)][::-1]
