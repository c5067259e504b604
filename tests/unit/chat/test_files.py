"""The store of files keeps one promise on every adapter: a folder, and an object store (obstore's own, in memory)."""

import asyncio
from pathlib import Path

import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore

from services.chat.api.attachments import _sent
from services.chat.domain.attachment import Attachment, Picture, UploadContext
from services.chat.files import Files, FilesUnavailable, files
from services.chat.files.folder import Folder
from services.chat.files.objects import Objects
from shared.http.problems import RefusedError
from shared.ids import new_id

ID = new_id()
PICTURE = Attachment(ID, UploadContext(number="K1"), "bob", "bob", Picture("a" * 64, "image/jpeg", 1, 1), None, None)
CONTENT = b"\x89PNG" + bytes(range(256)) * 400


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Each adapter."""
    return Folder(tmp_path / "files") if request.param == "folder" else Objects(MemoryStore())


class TestAFile:
    async def test_that_is_stored_can_be_read_and_no_other(self, store: Files) -> None:
        name = new_id()
        await store.put(name, CONTENT)
        assert await store.get(name) == CONTENT
        assert await store.get(new_id()) is None

    async def test_that_is_stored_again_is_the_same(self, store: Files) -> None:
        name = new_id()
        for _ in range(2):
            await store.put(name, CONTENT)
        assert await store.get(name) == CONTENT

    async def test_that_is_deleted_is_gone_and_deleting_it_again_is_no_fault(self, store: Files) -> None:
        name, other = new_id(), new_id()
        await store.put(name, CONTENT)
        await store.put(other, b"other")
        for _ in range(2):
            await store.delete(name)
        assert await store.get(name) is None
        assert await store.get(other) == b"other"


class TestAStoreThatIsAway:
    async def test_of_a_folder_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "files").write_text("no folder")
        store = Folder(tmp_path / "files")
        for act in (store.put(new_id(), CONTENT), store.get(new_id()), store.delete(new_id())):
            with pytest.raises(FilesUnavailable):
                await act

    async def test_of_objects_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_: object) -> None:
            raise GenericError("connection refused")

        for name in ("put", "get", "delete"):
            monkeypatch.setattr(f"services.chat.files.objects.obstore.{name}", away)
        store = Objects(LocalStore(str(tmp_path)))
        for act in (store.put(new_id(), CONTENT), store.get(new_id()), store.delete(new_id())):
            with pytest.raises(FilesUnavailable):
                await act


class TestAFolder:
    def test_tells_the_gateway_where_a_file_is_and_leaves_nothing_else_behind(self, tmp_path: Path) -> None:
        store, name = Folder(tmp_path), new_id()
        asyncio.run(store.put(name, CONTENT))
        assert (tmp_path / store.path(name)).read_bytes() == CONTENT
        assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == [str(name)]


class TestHowAPictureIsSent:
    """From a folder the gateway sends it, under headers that it sets itself; from an object store the service does."""

    async def test_from_a_folder_the_gateway_is_told_where_it_is(self, tmp_path: Path) -> None:
        answer = await _sent(Folder(tmp_path), PICTURE)
        assert (answer.body, answer.headers["x-accel-redirect"]) == (b"", f"/-/files/{ID.hex[-2:]}/{ID}")
        assert answer.headers["content-type"] == "image/jpeg"

    async def test_from_an_object_store_the_service_sends_it_itself(self) -> None:
        store = Objects(MemoryStore())
        await store.put(ID, CONTENT)
        answer = await _sent(store, PICTURE)
        assert (answer.body, answer.headers["content-type"]) == (CONTENT, "image/jpeg")
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["content-disposition"] == f'attachment; filename="{ID}.jpeg"'
        assert "x-accel-redirect" not in answer.headers

    async def test_one_that_is_gone_from_the_store_is_not_found(self) -> None:
        with pytest.raises(RefusedError) as refused:
            await _sent(Objects(MemoryStore()), PICTURE)
        assert refused.value.refused.code == "not_found"


class TestAnAddress:
    def test_is_a_folder_or_a_bucket(self, tmp_path: Path) -> None:
        assert isinstance(files(str(tmp_path)), Folder)
        bucket = files("s3://pictures/chat")
        assert isinstance(bucket, Objects)
        assert bucket.path(new_id()) is None

    @pytest.mark.parametrize("address", ["", "files", "./files", "s3://", "http://example.com/x"])
    def test_can_be_nothing_else(self, address: str) -> None:
        with pytest.raises(ValueError, match="neither"):
            files(address)
