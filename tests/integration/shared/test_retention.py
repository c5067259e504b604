"""Old answers and handled messages are forgotten, young ones and open ones are kept."""

import asyncpg

from deploy.stack import Stack
from services.disputes.repository import FORGOTTEN
from shared.db.retention import forget
from shared.db.unit_of_work import Database, UnitOfWork
from tests.scenarios.steps import disputed
from tests.support.market import Market

_OLD = """
insert into answers (caller, route, key, fingerprint, status, headers, body, stored_at)
select 'me', 'POST /x', 'k' || n, '\\x00', 200, '{}', '\\x00', clock_timestamp() - make_interval(hours => n)
from unnest(array[1, 47, 49, 500]) n;
insert into inbox (consumer, message_id, event, handled_at)
select 'q', 'm' || n, 'e', clock_timestamp() - make_interval(days => n) from unnest(array[1, 34, 36]) n;
insert into kept_messages (consumer, message_id, event, headers, body, state, attempts, error, next_try_at, settled_at)
select 'q', 'k' || state, 'e', '{}', '\\x00', state, 1, 'x', clock_timestamp(), clock_timestamp() - interval '40 days'
from unnest(array['parked', 'handled', 'skipped']) state;
"""

_CLOSED = """
insert into closings (number, version, row, at)
select 'forget-' || n, 1, 'T24', clock_timestamp() - make_interval(days => n) from unnest(array[1, 34, 36]) n
"""

_WAITING = """
with given as (
    select case n when 40 then $1 else 'forget-' || n end as number,
           case n when 0 then null else clock_timestamp() - make_interval(days => n) end as since
    from unnest(array[0, 1, 34, 36, 40]) n),
parts as (
    insert into excerpt_parts (number, part, parts, omitted, waiting_since)
    select number, 99, 99, false, since from given)
insert into case_entries (number, id, kind, seq, text, auto, at, waiting_since)
select number, gen_random_uuid(), 'comment', 1, 'forget', false, clock_timestamp() - interval '1 year', since from given
"""


_OURS = {"excerpt_parts": "part = 99", "case_entries": "text = 'forget'"}
"""How to tell these rows from those of other tests' cases, which can wait too: a part may overtake its case."""


class TestWhatIsForgotten:
    async def test_only_what_is_old_and_done(self, stack: Stack) -> None:
        connection = await asyncpg.connect(stack.admin_dsn("scheduler"))
        database = Database(stack.owner_dsn("scheduler"), "scheduler", UnitOfWork)
        try:
            await connection.execute(_OLD)
            await forget(database)
            answers = await connection.fetch("select key from answers where caller = 'me' order by key")
            inbox = await connection.fetch("select message_id from inbox where consumer = 'q' order by 1")
            remaining = await connection.fetch("select state from kept_messages where consumer = 'q'")
            assert [row["key"] for row in answers] == ["k1", "k47"]
            assert [row["message_id"] for row in inbox] == ["m1", "m34"]
            assert [row["state"] for row in remaining] == ["parked"]
        finally:
            await connection.execute("delete from answers where caller = 'me'")
            await connection.execute("delete from inbox where consumer = 'q'")
            await connection.execute("delete from kept_messages where consumer = 'q'")
            await connection.close()
            await database.close()

    async def test_disputes_also_forgets_how_orders_without_a_case_ended(self, stack: Stack) -> None:
        connection = await asyncpg.connect(stack.admin_dsn("disputes"))
        database = Database(stack.owner_dsn("disputes"), "disputes", UnitOfWork)
        try:
            await connection.execute(_CLOSED)
            await forget(database, FORGOTTEN)
            closings = await connection.fetch("select number from closings where number like 'forget-%' order by 1")
            assert [row["number"] for row in closings] == ["forget-1", "forget-34"]
        finally:
            await connection.execute("delete from closings where number like 'forget-%'")
            await connection.close()
            await database.close()

    async def test_disputes_also_forgets_excerpts_and_comments_that_never_got_a_case(self, market: Market) -> None:
        order, stack = await disputed(market), market.stack
        await market.settles()
        connection = await asyncpg.connect(stack.admin_dsn("disputes"))
        database = Database(stack.owner_dsn("disputes"), "disputes", UnitOfWork)
        try:
            await connection.execute(_WAITING, order["number"])
            await forget(database, FORGOTTEN)
            for table, ours in _OURS.items():
                left = await connection.fetch(f"select number from {table} where number like 'forget-%' order by 1")
                assert [row["number"] for row in left] == ["forget-0", "forget-1", "forget-34"]
                late = f"select count(*) from {table} where number = $1 and {ours}"
                assert await connection.fetchval(late, order["number"]) == 1
        finally:
            for table, ours in _OURS.items():
                await connection.execute(f"delete from {table} where {ours}")
            await connection.close()
            await database.close()
