"""Searches everything that a stack stores for texts that must be nowhere in clear: tables, files, logs, queues."""

import asyncio
import subprocess
from base64 import b64encode
from collections.abc import Collection

from deploy.services import SERVICES
from tests.support.market import Market

_TABLES = """
select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = 'public' order by 1
"""


def spellings(secret: str) -> set[str]:
    """The secret as it is, in hex, as bytes are shown, and in base64 wherever in a longer text it begins."""
    text = secret.encode()
    inner = {b64encode(b"x" * start + text)[4 * -(-start // 3) :].rstrip(b"=")[:-1].decode() for start in range(3)}
    return {secret, text.hex(), text.hex().upper(), *inner}


async def tables_with(market: Market, secrets: Collection[str]) -> set[str]:
    """The tables of all services in which one of these is."""
    wanted, found = sorted({each for secret in secrets for each in spellings(secret)}), set()
    for service in SERVICES:
        for row in await market.sql(service, _TABLES):
            query = f'select 1 from "{row["name"]}" t, unnest($1::text[]) w where position(w in t::text) > 0 limit 1'
            if await market.sql(service, query, wanted):
                found.add(f"{service}.{row['name']}")
    return found


async def files_with(market: Market, secrets: Collection[str]) -> set[str]:
    """The files of the whole run directory in which one of these is: data, write-ahead log, queues, logs."""
    await market.sql("orders", "checkpoint")
    wanted = "\n".join(sorted({each for secret in secrets for each in spellings(secret)}))
    where = market.stack.run_dir
    options = ("--recursive", "--devices=skip", "--text", "--fixed-strings", "--files-with-matches", "--file=-")
    command = ["grep", *options, str(where)]
    done = await asyncio.to_thread(
        subprocess.run, command, input=wanted, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode in (0, 1, 2), done.stderr  # 2: a file went away meanwhile
    return {each.removeprefix(f"{where}/") for each in done.stdout.splitlines()}
