"""Support and both sides read the pictures of a case: of evidence, and of what was written before (rules 5.4, 8.3)."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scenarios.steps import disputed, refused
from tests.scenarios.test_conversations import talks
from tests.support.market import Actor, Market
from tests.support.pictures import picture
from tests.support.uploads import follow, link, uploaded


async def adds(actor: Actor, case: str, *ids: str) -> Any:
    """Add evidence that names pictures."""
    return await actor.posts(f"/disputes/{case}/evidence", {"text": "See the picture", "attachments": list(ids)})


async def case_of(market: Market) -> str:
    """A dispute that all services know of."""
    order = await disputed(market)
    await market.settles()
    return str(order["dispute_id"])


async def reads(actor: Actor, attachment_id: str) -> bool:
    """Whether somebody gets the picture itself."""
    answer = await actor.gets(f"/attachments/{attachment_id}")
    if answer.status == 404 or answer.code == "not_a_party":
        return False
    return (await follow(actor, await link(actor, attachment_id))).status_code == 200


class TestEvidence:
    async def test_with_a_picture_is_read_by_the_other_side_and_support(self, market: Market) -> None:
        case, support = await case_of(market), market.support
        for who in (market.buyer, market.seller, support):
            shown = await uploaded(who, dispute_id=case)
            assert [await reads(each, shown) for each in (market.buyer, market.seller, support)].count(True) == 1
            (await adds(who, case, shown)).ok()
            await market.settles()
            assert all([await reads(each, shown) for each in (market.buyer, market.seller, support)])
            assert not await reads(market.someone("eve"), shown)
            last = (await support.gets(f"/disputes/{case}")).ok()["evidence"][-1]
            assert (last["by"], last["attachments"]) == (who.name, [shown])
            assert f"Picture <bdi>{shown}</bdi>" in (await support.gets(f"/disputes/{case}/case.html")).ok()

    async def test_shows_nobody_a_picture_that_was_not_uploaded_for_it(self, market: Market) -> None:
        case = await case_of(market)
        mine = await uploaded(market.seller, dispute_id=case)
        chat = (await talks(market)).rpartition("/")[2]
        elsewhere = await uploaded(market.buyer, conversation_id=chat)
        (await adds(market.buyer, case, mine, elsewhere, str(uuid4()))).ok()
        await market.settles()
        assert not await reads(market.buyer, mine)
        assert not await reads(market.support, elsewhere)
        assert await reads(market.seller, mine)
        (await adds(market.seller, case, mine)).ok()
        await market.settles()
        assert await reads(market.buyer, mine)

    async def test_names_at_most_ten_each_once(self, market: Market) -> None:
        case, some = await case_of(market), [str(uuid4()) for _ in range(11)]
        for ids in (some, [some[0]] * 2, ["x"]):
            assert (await adds(market.buyer, case, *ids)).code == "validation_failed"

    async def test_of_a_suspended_party_may_have_pictures_in_its_own_case_only(self, market: Market) -> None:
        case = await case_of(market)
        chat = (await talks(market)).rpartition("/")[2]
        (await market.support.posts(f"/conduct/{market.seller.name}/suspend", {"reason": "Scam"})).ok()
        await market.settles()
        assert (await market.seller.uploads(picture(), conversation_id=chat)).code == "account_suspended"
        shown = await uploaded(market.seller, dispute_id=case)
        (await adds(market.seller, case, shown)).ok()
        await market.settles()
        assert await reads(market.support, shown)


class TestWhatWasWrittenBefore:
    async def test_has_its_pictures_in_the_case_and_support_reads_them_from_then_on(self, market: Market) -> None:
        number = (await refused(market))["number"]
        await market.settles()
        chat = await talks(market, order_number=number)
        conversation = chat.rpartition("/")[2]
        spoken, later = [await uploaded(market.buyer, conversation_id=conversation) for _ in range(2)]
        (await market.buyer.posts(f"{chat}/messages", {"client_id": "m-1", "attachments": [spoken]})).ok()
        proof, more = [await uploaded(market.seller, order_number=number) for _ in range(2)]
        (await market.seller.posts(f"/orders/{number}/log", {"attachments": [proof]})).ok()
        assert [await reads(market.support, each) for each in (spoken, proof)] == [False, True]
        order = (await market.buyer.performs(number, "dispute")).ok()
        await market.settles()
        (await market.seller.posts(f"/orders/{number}/log", {"attachments": [more]})).ok()
        (await market.buyer.posts(f"{chat}/messages", {"client_id": "m-2", "attachments": [later]})).ok()
        await market.settles()
        found = (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()["excerpt"]["items"]
        shown = [each["attachments"] for each in found if each["attachments"]]
        assert sorted(shown) == sorted([[spoken], [proof], [more]])
        readable = await asyncio.gather(*(reads(market.support, each) for each in (spoken, proof, more, later)))
        assert readable == [True, True, True, False]
