"""The base of repositories."""

from typing import Any

import asyncpg


class Repository:
    """The SQL of one subject, for one transaction."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql
