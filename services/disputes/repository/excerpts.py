"""What chat published for cases: parts of excerpts, and messages and log lines as entries; nothing is ever changed.

Events come in any order, so both may be stored before their case is opened: they wait for it, and are forgotten if
there never is one.
"""

from collections.abc import Sequence

from services.disputes.domain.excerpt import Entry, Part
from services.disputes.repository.cases import CLOSING_DAYS
from shared.db.repository import Repository

_WAITING_SINCE = "case when exists (select from cases where number = $1) then null else clock_timestamp() end"
_PART = f"""
insert into excerpt_parts (number, part, parts, omitted, waiting_since) values ($1, $2, $3, $4, {_WAITING_SINCE})
on conflict do nothing
"""
_ENTRIES = f"""
insert into case_entries (number, id, kind, seq, by_user, by_role, row, text, auto, at, attachments, waiting_since)
select $1, id, kind, seq, by_user, by_role, "row", text, auto, at, string_to_array(pictures, ',')::uuid[],
       {_WAITING_SINCE}
from unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bool[],
            $10::timestamptz[], $11::text[])
     as each (id, kind, seq, by_user, by_role, "row", text, auto, at, pictures)
on conflict do nothing
"""
_WAIT_NO_LONGER = tuple(
    f"update {table} set waiting_since = null where number = $1 and waiting_since is not null"
    for table in ("excerpt_parts", "case_entries")
)
FORGOTTEN = tuple(
    f"""delete from {table} where (number, {key}) in (
            select number, {key} from {table} waiting
            where waiting_since < clock_timestamp() - interval '{CLOSING_DAYS} days'
              and not exists (select from cases where cases.number = waiting.number) limit 1000)"""
    for table, key in (("excerpt_parts", "part"), ("case_entries", "id"))
)


class Excerpts(Repository):
    """Parts of excerpts, and messages and log lines as entries of a case."""

    async def add_part(self, number: str, part: Part) -> None:
        """Note that a part has arrived; a second time nothing changes."""
        await self._sql.execute(_PART, number, part.part, part.parts, part.omitted)

    async def add(self, number: str, entries: Sequence[Entry]) -> int:
        """Write entries for the case of an order; answers how many are new."""
        names = ("id", "kind", "seq", "by_user", "by_role", "row", "text", "auto", "at")
        columns = ([getattr(each, name) for each in entries] for name in names)
        pictures = [",".join(map(str, each.attachments)) for each in entries]  # arrays of arrays have one length
        done: str = await self._sql.execute(_ENTRIES, number, *columns, pictures)
        return int(done.rpartition(" ")[2])

    async def case_opened(self, number: str) -> None:
        """What was stored before the case of this order is kept for good."""
        for statement in _WAIT_NO_LONGER:
            await self._sql.execute(statement, number)
