"""Attachments and what keeps them; the same in memory and on PostgreSQL."""

from dataclasses import replace
from uuid import UUID

from services.chat.domain.attachment import PROOF_LIFETIME, UNUSED_LIFETIME, Attachment, Picture, Proof, UploadContext
from services.chat.domain.log import FIRST_HASH, Line, chained
from shared.actor import Actor
from shared.ids import new_id
from tests.integration.repositories.examples import HOUR, name
from tests.integration.repositories.storage import T0, Storage

PICTURE = Picture("a" * 64, "image/png", 40, 30)


async def known(storage: Storage, number: str, version: int = 1, *, closed: bool = False) -> None:
    """The order is known to chat, at this version."""
    async with storage.chat.transaction() as work:
        closed_at = await work.now() if closed else None
        facts = (number, f"buyer-{number}", f"seller-{number}", "item")
        await work.logs.know(*facts, paid=True, version=version, paid_at=T0, closed_at=closed_at)


async def stored(storage: Storage, context: UploadContext, by: Actor) -> UUID:
    """A picture of somebody who may write there."""
    attachment_id = new_id()
    async with storage.chat.transaction() as work:
        await work.attachments.reserve(attachment_id, context, by, UNUSED_LIFETIME)
        assert await work.attachments.stored(attachment_id, PICTURE) is not None
    return attachment_id


async def due(storage: Storage, attachment_id: UUID) -> tuple[bool, object] | None:
    """Whether it is open and when its last order closed, if its time seems to be over."""
    async with storage.chat.transaction() as work:
        found = [each for each in await work.attachments.due(1000) if each.id == attachment_id]
    return (found[0].is_open, found[0].closed_at) if found else None


class TestAnAttachment:
    async def test_is_there_once_its_file_is_stored_and_is_used_at_once(self, storage: Storage) -> None:
        number, by, attachment_id = name("K"), Actor("bob"), new_id()
        await known(storage, number)
        context = UploadContext(number=number)
        async with storage.chat.transaction() as work:
            unused = await work.attachments.count_unused("bob")
            await work.attachments.reserve(attachment_id, context, by, UNUSED_LIFETIME)
            assert await work.attachments.lock([attachment_id]) == {}
            assert await work.attachments.count_unused("bob") == unused + 1
            new = await work.attachments.stored(attachment_id, PICTURE)
            assert new == Attachment(attachment_id, context, "bob", "bob", PICTURE, None, None)
            assert await work.attachments.stored(new_id(), PICTURE) is None
        async with storage.chat.transaction() as work:
            await work.attachments.use([attachment_id], T0)
            assert await work.attachments.count_unused("bob") == unused
            found = await work.attachments.lock([attachment_id, new_id()])
        assert found == {attachment_id: replace(new, used_at=T0)}

    async def test_is_due_when_its_time_is_over_and_leaves_its_hash_if_it_was_used(self, storage: Storage) -> None:
        number = name("K")
        await known(storage, number, closed=True)
        unused, used = [await stored(storage, UploadContext(number=number), Actor("bob")) for _ in range(2)]
        async with storage.chat.transaction() as work:
            await work.attachments.use([used], T0)
        assert await due(storage, unused) is None
        await storage.at(T0 + UNUSED_LIFETIME)
        assert await due(storage, unused) == (False, T0)
        assert await due(storage, used) is None
        await storage.at(T0 + PROOF_LIFETIME)
        assert await due(storage, used) == (False, T0)
        async with storage.chat.transaction() as work:
            for each in (unused, used):
                await work.attachments.purge(each, T0 + PROOF_LIFETIME)
        assert [await due(storage, each) for each in (unused, used)] == [None, None]
        async with storage.chat.transaction() as work:
            left = await work.attachments.lock([unused, used])
        assert {each: left[each].picture.sha256 for each in left} == {used: PICTURE.sha256}

    async def test_is_open_with_its_order_and_with_every_dispute_about_it(self, storage: Storage) -> None:
        number, case_id = name("K"), new_id()
        await known(storage, number)
        picture = await stored(storage, UploadContext(number=number), Actor("bob"))
        await storage.at(T0 + 2 * UNUSED_LIFETIME)
        assert await due(storage, picture) == (True, None)
        await known(storage, number, 3, closed=True)
        await known(storage, number, 2)
        async with storage.chat.transaction() as work:
            await work.attachments.case_opened(case_id, number)
            assert await work.attachments.number_of(case_id) == number
        closed_at = T0 + 2 * UNUSED_LIFETIME
        assert await due(storage, picture) == (True, closed_at)
        async with storage.chat.transaction() as work:
            await work.attachments.case_closed(case_id, number)
            await work.attachments.case_opened(case_id, number)
        assert await due(storage, picture) == (False, closed_at)

    async def test_of_a_conversation_is_open_with_any_order_of_the_two(self, storage: Storage) -> None:
        number = name("K")
        async with storage.chat.transaction() as work:
            locked = await work.conversations.open(new_id(), f"buyer-{number}", f"seller-{number}")
        context = UploadContext(conversation_id=locked.conversation.id)
        picture = await stored(storage, context, Actor(f"buyer-{number}"))
        await storage.at(T0 + UNUSED_LIFETIME)
        assert await due(storage, picture) == (False, None)
        await known(storage, number)
        assert await due(storage, picture) == (True, None)
        async with storage.chat.transaction() as work:
            await work.attachments.keep(picture, T0 + UNUSED_LIFETIME + HOUR)
        assert await due(storage, picture) is None


class TestALineWithPictures:
    async def test_is_written_with_them(self, storage: Storage) -> None:
        number, proof = name("K"), Proof(new_id(), "b" * 64)
        await known(storage, number)
        async with storage.chat.transaction() as work:
            found = await work.logs.lock(number)
            assert found is not None
            line = Line(number, 0, new_id(), "comment", "bob", "buyer", None, None, "", T0, (proof,), FIRST_HASH)
            await work.logs.add(chained(found[0], line))
        async with storage.chat.transaction() as work:
            assert [each.attachments for each in await work.excerpts.lines(number)] == [(proof,)]
