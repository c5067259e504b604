"""Where pictures lie: one port, and what implements it. A file's name is the id of its attachment (decision 0012)."""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID


class FilesUnavailable(Exception):
    """The store of files can't be used right now."""


class Files(Protocol):
    """A store of files that are written once and never changed."""

    async def put(self, name: UUID, content: bytes) -> None:
        """Store a file; when this returns, it survives a crash. Raises FilesUnavailable."""

    async def get(self, name: UUID) -> bytes | None:
        """The bytes of a file, None if there is none. Raises FilesUnavailable."""

    async def delete(self, name: UUID) -> None:
        """Delete a file; one that is gone is no fault. Raises FilesUnavailable."""

    def path(self, name: UUID) -> str | None:
        """Where the gateway finds the file below the folder that it shares with this store; None if it shares none."""


def files(address: str) -> Files:
    """The store at an address: `s3://bucket/folder`, or a folder of this machine. Raises ValueError for another."""
    from services.chat.files.folder import Folder
    from services.chat.files.objects import bucket

    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        return bucket(parts.netloc, parts.path.strip("/"))
    if not Path(address).is_absolute():
        raise ValueError("is neither s3://bucket/folder nor an absolute path")
    return Folder(Path(address))
