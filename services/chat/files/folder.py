"""Files in a folder of this machine, or of a volume that all instances and the gateway share."""

import asyncio
import os
from pathlib import Path
from uuid import UUID

from services.chat.files import FilesUnavailable
from shared.ids import new_id


class Folder:
    """A folder with 256 folders in it, so that none gets too large."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: UUID, content: bytes) -> None:
        """Write a file under another name, wait for the disk, and rename it. Raises FilesUnavailable."""
        try:
            await asyncio.to_thread(self._write, self._root / self.path(name), content)
        except OSError as error:
            raise FilesUnavailable(str(error)) from error

    async def get(self, name: UUID) -> bytes | None:
        """The bytes of a file, None if there is none. Raises FilesUnavailable."""
        try:
            return await asyncio.to_thread((self._root / self.path(name)).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FilesUnavailable(str(error)) from error

    async def delete(self, name: UUID) -> None:
        """Delete a file; one that is gone is no fault. Raises FilesUnavailable."""
        try:
            await asyncio.to_thread((self._root / self.path(name)).unlink, missing_ok=True)
        except OSError as error:
            raise FilesUnavailable(str(error)) from error

    def path(self, name: UUID) -> str:
        """The folder by the last two digits, which are random, and the name."""
        return f"{name.hex[-2:]}/{name}"

    @staticmethod
    def _write(target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{new_id()}.part")
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
