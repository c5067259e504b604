"""The database limit: the statements of recorded orders, played by pgbench with its own keys, nothing else around them.

Each service's share runs in an empty database of its own shape, all at once, as the services do. After the share of a
order follows what its relay executes for it: one claim and one mark for all its events, as under load.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic
from shared.db.migrations import upgrade
from tests.bench.errors import BenchError
from tests.bench.lifecycles import SELLERS
from tests.bench.recording import Statement, Transaction

CLIENTS = {"orders": 3, "payments": 4, "scheduler": 1}
"""Eight in all, split so that the shares end at about the same time."""

_ID = re.compile(
    r"[KP][0-9]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=_)[0-9a-f]{32}"
    r"|(?<=bench-seller-)[0-9]{2}|(?<=bench-buyer-)[0-9]{2}|(?<=bench-listing-)[0-9]{2}"
)
_HEAD = ("\\set i :i + 1", f"\\set who (:i * 7 + :client_id * 5) % {SELLERS}")
_VALUE = re.compile(r"\$([0-9]+)")
_CLAIM = """
select id, message_id, event, routing_key, subject, sequence, body, traceparent, correlation_id, causation_id,
       happened_at, attempts
from outbox where published_at is null and (retry_at is null or retry_at <= clock_timestamp())
  and message_id = any({ids}) order by id for update skip locked
"""
_MARK = "update outbox set published_at = clock_timestamp(), error = null where message_id = any({ids})"
_SEED = """
insert into stores (seller, currency) select 'bench-seller-' || to_char(n, 'FM00'), 'MYR' from generate_series(0, $1) n
"""
_LISTINGS = """
insert into listings select 'bench-listing-' || to_char(n, 'FM00'), 'bench-seller-' || to_char(n, 'FM00'),
    'Sword of Dawn', 'Traded in game within minutes.', 'item', 10000, 'MYR', 1000000000, 'in_game_trade', 24, 'live',
    false, 1, now(), now()
from generate_series(0, $1) n
"""


def limit_dsn(stack: Stack, service: str) -> str:
    """Where a service's share is played."""
    return stack.admin_dsn(f"limit_{service}")


async def prepare(stack: Stack) -> None:
    """Make the databases in which the shares are played: as migrated, with the sellers' listings and nothing else."""
    sql = await asyncpg.connect(stack.admin_dsn())
    for service in SERVICES:
        await sql.execute(f"create database limit_{service}")
    await sql.close()
    for service in SERVICES:
        await upgrade(service, limit_dsn(stack, service))
    sql = await asyncpg.connect(limit_dsn(stack, "orders"))
    await sql.execute(_SEED, SELLERS - 1)
    await sql.execute(_LISTINGS, SELLERS - 1)
    await sql.close()


async def analyse(stack: Stack) -> None:
    """Let the planner know that the tables are not empty any more."""
    for service in SERVICES:
        sql = await asyncpg.connect(limit_dsn(stack, service))
        await sql.execute("analyze")
        await sql.close()


async def write(stack: Stack, sale: Sequence[Transaction]) -> dict[str, Path]:
    """One pgbench script from a recorded order for each service that took part in it."""
    numbers: dict[str, int] = {}
    taking_part = {each.database for each in sale}
    return {name: await _script(stack, name, sale, numbers) for name in SERVICES if name in taking_part}


async def play(stack: Stack, scripts: dict[str, Path], load: int) -> float:
    """Plays so many orders, all shares at once; returns orders per second, counted when the last share has ended."""
    begun = monotonic()
    shares = (
        run(stack, service, file, clients, "-t", str(load // clients))
        for service, file in scripts.items()
        for clients in (CLIENTS.get(service, 1),)
    )
    await asyncio.gather(*shares)
    return load / (monotonic() - begun)


async def run(stack: Stack, service: str, file: Path, clients: int, *options: str) -> float:
    """Run one script; answers its transactions per second."""
    dsn = limit_dsn(stack, service)
    start = (
        "-D",
        f"i={int(monotonic() * 10_000)}",
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        str(min(clients, 2)),
    )
    child = await asyncio.create_subprocess_exec(
        str(_binary()), *start, *options, "-f", str(file), dsn, stdout=-1, stderr=-1
    )
    result, complained = await child.communicate()
    found = re.search(rb"tps = ([0-9.]+) \(without", result)
    if child.returncode or found is None:
        raise BenchError(f"pgbench failed in {urlsplit(dsn).path}: {complained.decode()[-800:]}")
    return float(found[1])


async def _script(stack: Stack, service: str, sale: Sequence[Transaction], numbers: dict[str, int]) -> Path:
    sql = await asyncpg.connect(limit_dsn(stack, service))
    lines, result = list[str](), list[str]()
    for each in sale:
        if each.database != service:
            continue
        lines.append("begin;")
        returned = ""
        for statement in each.statements:
            text = await _text(sql, statement, numbers)
            table = re.match(r"\s*(?:insert into|update) (\w+)", statement.sql)
            if table and returned == table[1]:
                text = re.sub(r"where id = '?\d+'?::(?:int8|bigint)", f"where id = :{returned}_id", text)
            if table and re.search(r"returning id$", statement.sql):
                returned = table[1]
                lines.append(f"{text} \\gset {returned}_")
            else:
                lines.append(f"{text};")
            if statement.sql.startswith("insert into outbox"):
                result += _ID.findall(statement.values[0])
        lines.append("commit;")
    if result:
        ids = f"array[{', '.join(_unique(each, numbers) for each in result)}]::uuid[]"
        lines += ["begin;", f"{_one_line(_CLAIM.format(ids=ids))};", f"{_MARK.format(ids=ids)};", "commit;"]
    await sql.close()
    used = {each for line in lines for each in re.findall(r":v([0-9]+)", line)}
    head = [
        *_HEAD,
        *(f"\\set v{each} (:client_id + 1) * 1000000000000000 + :i * 100 + {each}" for each in sorted(used)),
    ]
    return script(stack, f"life.{service}", [*head, *lines])


def script(stack: Stack, name: str, lines: Sequence[str]) -> Path:
    """Write a script for pgbench."""
    file = stack.run_dir / f"{name}.sql"
    file.write_text("\n".join(lines) + "\n")
    return file


async def _text(sql: "asyncpg.Connection[asyncpg.Record]", statement: Statement, numbers: dict[str, int]) -> str:
    """The statement with its values in it, each cast to the type that the server infers for it."""
    types = [each.name for each in (await sql.prepare(statement.sql)).get_parameters()]
    values = [_literal(value, kind, numbers) for value, kind in zip(statement.values, types, strict=True)]
    return _one_line(_VALUE.sub(lambda found: values[int(found[1]) - 1], statement.sql))


def _literal(value: str, kind: str, numbers: dict[str, int]) -> str:
    """The value as SQL; what must be unique in each order is made from the order's own number."""
    if value == "NULL" or kind in {"json", "json[]", "jsonb", "bytea"} or not _ID.search(value):
        return f"{_quoted(value[1:-1]) if value != 'NULL' else value}::{kind}"
    if not kind.endswith("[]"):
        return f"({_woven(value[1:-1], numbers)})::{kind}"
    parts = value[2:-2].split(",")
    return f"array[{', '.join(_woven(part.strip(chr(34)), numbers) for part in parts)}]::{kind}"


def _woven(text: str, numbers: dict[str, int]) -> str:
    parts, end = [], 0
    for found in _ID.finditer(text):
        parts += [_quoted(text[end : found.start()])] if found.start() > end else []
        parts.append(_unique(found[0], numbers))
        end = found.end()
    parts += [_quoted(text[end:])] if end < len(text) else []
    return " || ".join(parts) or "''"


def _quoted(text: str) -> str:
    """The text, in which quotes are doubled already, as a literal that pgbench finds none of its variables in."""
    return "E'" + text.replace("\\", "\\\\").replace(":", "\\x3A") + "'" if ":" in text else f"'{text}'"


def _unique(name: str, numbers: dict[str, int]) -> str:
    if len(name) == 2:
        return "lpad(:who::text, 2, '0')"
    number = f":v{numbers.setdefault(name, len(numbers))}::text"
    return number if len(name) == 11 else f"lpad({number}, 32, '0')"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _binary() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/pgbench"))
    if not found:
        raise BenchError("pgbench is not installed: apt-get install postgresql-contrib")
    return found[-1]
