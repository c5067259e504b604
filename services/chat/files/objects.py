"""Files in an object store (S3). The library's synchronous calls run in threads: its asynchronous ones abort a process
that ends while one runs.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from services.chat.files import FilesUnavailable

WAIT_SECONDS = 5
"""How long one operation may take in the store, all its tries together."""


class Objects:
    """A bucket, or a folder in one."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, name: UUID, content: bytes) -> None:
        """Store an object. Raises FilesUnavailable."""
        try:
            await asyncio.to_thread(obstore.put, self._store, str(name), content)
        except BaseError as error:
            raise _unavailable(error) from error

    async def get(self, name: UUID) -> bytes | None:
        """The bytes of an object, None if there is none. Raises FilesUnavailable."""
        try:
            return await asyncio.to_thread(self._read, str(name))
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _unavailable(error) from error

    async def delete(self, name: UUID) -> None:
        """Delete an object; one that is gone is no fault. Raises FilesUnavailable."""
        try:
            await asyncio.to_thread(obstore.delete, self._store, str(name))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _unavailable(error) from error

    def path(self, name: UUID) -> str | None:  # noqa: ARG002 - the port's
        """Nothing: the gateway can't read it."""
        return None

    def _read(self, name: str) -> bytes:
        return bytes(obstore.get(self._store, name).bytes())


def _unavailable(error: BaseError) -> FilesUnavailable:
    return FilesUnavailable(str(error).partition("\n")[0])


def bucket(name: str, folder: str) -> Objects:
    """A bucket of S3 or of what is compatible; address, region and credentials come from the usual AWS_ variables."""
    limit = timedelta(seconds=WAIT_SECONDS)
    return Objects(
        S3Store(
            name,
            prefix=folder or None,
            retry_config={"max_retries": 2, "retry_timeout": limit},
            client_options={"timeout": limit, "allow_http": True},  # the address says which
        )
    )
