"""Before I write to a seller I see how they answer (rules 8.4)."""

from tests.support.market import Actor, Market


async def opens(market: Market, buyer: Actor) -> str:
    """The path of the buyer's conversation with the seller."""
    opening = {"with": market.seller.name, "as": "buyer"}
    return f"/conversations/{(await buyer.posts('/conversations', opening)).ok()['id']}/messages"


async def writes(actor: Actor, path: str, *client_ids: str) -> None:
    """Write a message under each of these."""
    for client_id in client_ids:
        (await actor.posts(path, {"client_id": client_id, "text": f"This is {client_id}"})).ok()


async def shown(market: Market) -> tuple[int, int | None, int | None]:
    """Questions, share in basis points and median in seconds, as anybody sees them."""
    found = (await market.nobody.gets(f"/sellers/{market.seller.name}/answers")).ok()
    assert found["user"] == market.seller.name
    return found["questions"], found["answered_basis_points"], found["median_seconds"]


class TestHowASellerAnswers:
    async def test_is_unknown_without_a_question(self, market: Market) -> None:
        assert await shown(market) == (0, None, None)

    async def test_several_messages_are_one_question_and_it_counts_when_it_is_answered(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        path = await opens(market, market.buyer)
        await writes(market.buyer, path, "a-1", "a-2")
        assert await shown(market) == (0, None, None)
        await market.at("01:00:00")
        await writes(market.seller, path, "b-1", "b-2")
        assert await shown(market) == (1, 10_000, 3600)

    async def test_silence_counts_after_a_day_and_a_late_answer_is_not_in_time(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        other = market.someone("buyer")
        first, second = await opens(market, market.buyer), await opens(market, other)
        await writes(market.buyer, first, "a-1")
        await writes(other, second, "a-1")
        await market.at("02:00:00")
        await writes(market.seller, first, "b-1")
        assert await shown(market) == (1, 10_000, 7200)
        await market.at("24:00:00")
        assert await shown(market) == (2, 5_000, 7200)
        await market.at("30:00:00")
        await writes(market.seller, second, "b-1")
        assert await shown(market) == (2, 5_000, (2 + 30) * 3600 // 2)

    async def test_an_automatic_reply_is_no_answer(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        (await market.seller.puts("/me/auto-reply", {"text": "Back soon"})).ok()
        path = await opens(market, market.buyer)
        await writes(market.buyer, path, "a-1")
        await market.at("24:00:00")
        assert await shown(market) == (1, 0, None)

    async def test_after_ninety_days_nobody_remembers(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        path = await opens(market, market.buyer)
        await writes(market.buyer, path, "a-1")
        await writes(market.seller, path, "b-1")
        assert (await shown(market))[0] == 1
        await market.at("2160:00:00")
        assert await shown(market) == (0, None, None)
