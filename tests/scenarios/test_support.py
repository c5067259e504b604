"""I write to support and am answered within a day; support shares its work and keeps its notes (rules 8.7)."""

import asyncio

from tests.support.chat_sockets import chatting
from tests.support.market import Actor, Market

MAIL = "My mail is dawn.trader@example.com, and nothing arrived"


async def writes_to_support(actor: Actor, text: str = "Where is my money?") -> str:
    """Write a message to support; answers its id."""
    return str((await actor.posts("/support/messages", {"text": text})).ok()["id"])


async def item_of(market: Market, actor: Actor) -> dict[str, object]:
    """The item of the queue in which this person waits."""
    waiting = (await market.support.gets("/support/queue?limit=100")).ok()["items"]
    return dict(next(each for each in waiting if each["user"] == actor.name))


async def overdue(market: Market, item: str) -> int:
    """How often operators were alarmed about an item."""
    return (await market.published(item, "chat")).count("support_message.overdue")


class TestIWriteAMessage:
    async def test_and_see_the_answer_and_not_who_answered(self, market: Market) -> None:
        question = await writes_to_support(market.buyer)
        answer = await market.support.posts(f"/support/messages/{question}/answer", {"text": "On its way"})
        assert answer.ok()["answers"] == question
        shown = (await market.buyer.gets("/support/messages")).ok()["items"]
        assert [(each["from"], each["text"], each["answers"]) for each in shown] == [
            ("user", "Where is my money?", None),
            ("support", "On its way", question),
        ]
        assert "support-" not in str(shown)

    async def test_scenario_71_a_picture_is_refused_and_text_is_accepted(self, market: Market) -> None:
        refused = await market.buyer.posts("/support/messages", {"text": "See", "attachments": ["a-1"]})
        assert (refused.status, refused.code) == (422, "validation_failed")
        assert "chat with support" in str(refused.body)
        await writes_to_support(market.buyer)
        item = str((await item_of(market, market.buyer))["id"])
        await market.at("23:59:59")
        assert await overdue(market, item) == 0
        await market.at("24:00:00")
        assert await overdue(market, item) == 1
        await market.at("72:00:00")
        assert await overdue(market, item) == 1
        assert (await item_of(market, market.buyer))["status"] == "overdue"

    async def test_contact_information_is_no_offence_there(self, market: Market) -> None:
        await writes_to_support(market.seller, MAIL)
        await market.settles()
        assert (await market.seller.gets(f"/conduct/{market.seller.name}")).ok()["standing"] == "active"

    async def test_also_while_i_am_suspended(self, market: Market) -> None:
        (await market.support.posts(f"/conduct/{market.seller.name}/suspend", {"reason": "Threats"})).ok()
        await market.settles()
        await writes_to_support(market.seller)
        chat = (await market.seller.posts("/support/conversations")).ok()["id"]
        written = await market.seller.posts(f"/conversations/{chat}/messages", {"client_id": "m-1", "text": "Why?"})
        assert written.ok()["seq"] == 1


class TestTheDay:
    async def test_begins_with_my_first_message_and_is_not_restarted(self, market: Market) -> None:
        await writes_to_support(market.buyer)
        await market.at("23:00:00")
        await writes_to_support(market.buyer, "Hello?")
        item = await item_of(market, market.buyer)
        assert (item["waiting_since"], item["due_at"]) == (market.written("00:00:00"), market.written("24:00:00"))
        await market.at("24:00:00")
        assert await overdue(market, str(item["id"])) == 1

    async def test_ends_with_an_answer(self, market: Market) -> None:
        question = await writes_to_support(market.buyer)
        item = str((await item_of(market, market.buyer))["id"])
        (await market.support.posts(f"/support/messages/{question}/answer", {"text": "On its way"})).ok()
        await market.at("30:00:00")
        assert await overdue(market, item) == 0

    async def test_does_not_end_with_a_note_or_by_taking_the_item(self, market: Market) -> None:
        await writes_to_support(market.buyer)
        item = str((await item_of(market, market.buyer))["id"])
        (await market.support.posts(f"/support/queue/{item}/assign")).ok()
        (await market.support.posts(f"/support/queue/{item}/notes", {"text": "Called the bank"})).ok()
        await market.at("24:00:00")
        assert await overdue(market, item) == 1

    async def test_an_answer_to_the_first_leaves_the_second_waiting_for_its_own_day(self, market: Market) -> None:
        first = await writes_to_support(market.buyer)
        await market.at("10:00:00")
        await writes_to_support(market.buyer, "And where is my order?")
        item = await item_of(market, market.buyer)
        (await market.support.posts(f"/support/messages/{first}/answer", {"text": "On its way"})).ok()
        left = await item_of(market, market.buyer)
        assert (left["status"], left["due_at"]) == ("waiting", market.written("34:00:00"))
        await market.at("33:59:59")
        assert await overdue(market, str(item["id"])) == 0
        await market.at("34:00:00")
        assert await overdue(market, str(item["id"])) == 1


class TestIChatWithSupport:
    async def test_live_and_support_sees_what_it_follows(self, market: Market) -> None:
        chat = (await market.buyer.posts("/support/conversations")).ok()["id"]
        agent, other = market.someone("agent", "user", "support"), market.someone("agent", "user", "support")
        async with chatting(market.buyer) as user, chatting(agent) as follower, chatting(other) as bystander:
            await follower.resumes(**{chat: 0})
            await user.sends(type="message", conversation_id=chat, client_id="m-1", text=MAIL)
            assert (await follower.gets("message"))["from"] == market.buyer.name
            await follower.sends(type="message", conversation_id=chat, client_id="m-1", text="I look into it")
            assert (await user.gets("message", seq=2))["from"] == "support"
            await bystander.resumes()
            assert bystander.messages(chat) == []
        shown = (await market.buyer.gets(f"/conversations/{chat}")).ok()
        assert (shown["kind"], shown["seller"], shown["unread"]) == ("support_chat", "support", 1)
        assert (await market.seller.gets(f"/conversations/{chat}")).code == "not_found"

    async def test_an_answer_in_the_chat_ends_the_day(self, market: Market) -> None:
        chat = (await market.buyer.posts("/support/conversations")).ok()["id"]
        (await market.buyer.posts(f"/conversations/{chat}/messages", {"client_id": "m-1", "text": "Hello"})).ok()
        assert (await item_of(market, market.buyer))["due_at"] == market.written("24:00:00")
        (await market.support.posts(f"/conversations/{chat}/messages", {"client_id": "m-1", "text": "Hi"})).ok()
        await market.at("25:00:00")
        assert await overdue(market, chat) == 0


class TestSupportSharesItsWork:
    async def test_of_two_at_once_one_gets_it(self, market: Market) -> None:
        await writes_to_support(market.buyer)
        path = f"/support/queue/{(await item_of(market, market.buyer))['id']}/assign"
        agents = [market.someone("agent", "user", "support") for _ in range(4)]
        found = await asyncio.gather(*(each.posts(path) for each in agents))
        assert sorted(each.code or "" for each in found) == ["", *["already_assigned"] * 3]

    async def test_whoever_names_the_other_takes_it_over(self, market: Market) -> None:
        await writes_to_support(market.buyer)
        path = f"/support/queue/{(await item_of(market, market.buyer))['id']}/assign"
        one, other = market.someone("agent", "user", "support"), market.someone("agent", "user", "support")
        (await one.posts(path)).ok()
        refused = await other.posts(path)
        assert (refused.code, refused.body["current"]["assigned_to"]) == ("already_assigned", one.name)
        assert (await other.posts(path, {"taken_from": one.name})).ok()["assigned_to"] == other.name
        assert (await one.posts(path)).code == "already_assigned"

    async def test_notes_are_in_the_transcript_and_never_reach_the_user(self, market: Market) -> None:
        await writes_to_support(market.buyer)
        item = f"/support/queue/{(await item_of(market, market.buyer))['id']}"
        (await market.support.posts(f"{item}/notes", {"text": "A known fraudster"})).ok()
        whole = (await market.support.gets(f"{item}/transcript")).ok()
        assert [each["text"] for each in whole["notes"]] == ["A known fraudster"]
        assert [each["text"] for each in whole["messages"]] == ["Where is my money?"]
        for path in ("/support/messages", "/conversations"):
            assert "fraudster" not in str((await market.buyer.gets(path)).body)
        assert (await market.buyer.gets(f"{item}/transcript")).code == "forbidden"
        for service in ("chat", "disputes", "orders"):
            assert await market.sql(service, "select 1 from outbox where body::text like '%fraudster%'") == []

    async def test_nobody_answers_themselves(self, market: Market) -> None:
        agent = market.someone("agent", "user", "support")
        question = await writes_to_support(agent)
        answer = await agent.posts(f"/support/messages/{question}/answer", {"text": "Pay them twice"})
        assert answer.code == "not_a_party"
