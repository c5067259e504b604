"""The generated passwords and secrets of one stack: made once, kept beside the data that they open."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.services import Secret


class Passwords:
    """One file, readable by its owner only; a name that is asked for the first time gets its secret then."""

    def __init__(self, layout: Layout) -> None:
        self._file = layout / "secrets.json"
        self._data = layout / "postgres" / "data"
        self._known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def require_with_data(self) -> None:
        """Raises StackError if there is data without its passwords: no service could log in."""
        if not self._known and self._data.exists():
            raise StackError(
                f"{self._file} is gone, and with it the passwords of the databases beside it.",
                "Put the file back, or start afresh: make clean, then make up",
            )

    def password(self, owner: str) -> str:
        """A password that needs no quoting in a URL."""
        return self._get(owner, lambda: secrets.token_hex(16))

    def secret(self, secret: Secret) -> str:
        """A secret that a service needs by its entry in the registry."""
        return self._get(secret.name, secret.make)

    def _get(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._known:
            self._known[name] = make()
            write_private(self._file, json.dumps(self._known, indent=2) + "\n")
        return self._known[name]


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, all of it or nothing."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:  # noqa: PTH123
        handle.write(text)
    draft.replace(file)
