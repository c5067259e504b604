"""Pictures in conversations and logs: who may send, use and see one, and for how long (rules 8.3, 8.6; D12)."""

import asyncio
import base64
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from services.chat.links import Links
from shared.actor import Actor as Reader
from shared.clock import real_now
from shared.ids import new_id
from tests.scenarios.steps import delivered, disputed, paid, placed
from tests.support.chat_sockets import chatting
from tests.support.market import Actor, Market
from tests.support.pictures import PLACE, animated, photo, picture
from tests.support.uploads import follow, link, uploaded


async def talks(market: Market) -> str:
    """The conversation of the two."""
    await market.seller.lists()
    await market.settles()
    opening = {"with": market.seller.name, "as": "buyer"}
    return str((await market.buyer.posts("/conversations", opening)).ok()["id"])


async def sends(actor: Actor, conversation: str, *ids: str, text: str = "", client_id: str = "m-1") -> Any:
    """Write a message with these pictures."""
    body = {"client_id": client_id, "text": text, "attachments": list(ids)}
    return await actor.posts(f"/conversations/{conversation}/messages", body)


async def gone(market: Market, attachment_id: str) -> bool:
    """Whether the file of a picture is deleted within a few rounds of the purge."""
    file = market.stack.layout.files / attachment_id[-2:] / attachment_id
    for _ in range(150):
        if not await asyncio.to_thread(file.exists):
            return True
        await asyncio.sleep(0.1)
    return False


async def looked_at(market: Market, attachment_id: str) -> None:
    """Wait until the purge has looked at it and put it off."""
    query = "select 1 from attachments where id = $1 and keep_until > market_now()"
    async with asyncio.timeout(20):
        while not await market.sql("chat", query, attachment_id):
            await asyncio.sleep(0.1)


async def left_behind(market: Market) -> list[str]:
    """The rows and files of what the seller uploaded, used or not."""
    rows = await market.sql("chat", "select id::text from attachments where account = $1", market.seller.name)
    found = [each["id"] for each in rows]
    files = await asyncio.to_thread(lambda: {each.name for each in market.stack.layout.files.rglob("*-*")})
    assert {each for each in found if each not in files} == set(), "a row without a file"
    return found


class TestAPictureInAMessage:
    async def test_is_seen_by_the_other_side_upright_and_without_its_place(self, market: Market) -> None:
        chat, original = await talks(market), photo(6)
        taken = (await market.seller.uploads(original, "image/jpeg", conversation_id=chat)).ok()
        assert (taken["sha256"], taken["width"], taken["height"]) == (sha256(original).hexdigest(), 30, 40)
        (await sends(market.seller, chat, taken["id"])).ok()
        (message,) = (await market.buyer.gets(f"/conversations/{chat}/messages")).ok()["items"]
        assert (message["text"], message["attachments"]) == ("", [taken["id"]])
        seen = (await market.buyer.gets(f"/attachments/{taken['id']}")).ok()
        assert seen["sha256"] == sha256(original).hexdigest()
        got = await follow(market.buyer, seen["url"])
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert PLACE not in got.content
        assert Image.open(BytesIO(got.content)).size == (30, 40)

    async def test_is_sent_by_the_gateway_under_headers_that_keep_it_harmless(self, market: Market) -> None:
        chat = await talks(market)
        got = await follow(
            market.seller, await link(market.seller, await uploaded(market.seller, conversation_id=chat))
        )
        assert got.headers["cache-control"] == "private, no-store"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert got.headers["content-disposition"].startswith("attachment; ")
        assert not {"x-accel-redirect", "etag", "set-cookie"} & {*got.headers}

    async def test_comes_over_the_socket_and_goes_out_over_it(self, market: Market) -> None:
        chat = await talks(market)
        shown = await uploaded(market.seller, conversation_id=chat)
        async with chatting(market.seller) as seller, chatting(market.buyer) as buyer:
            await seller.sends(type="message", conversation_id=chat, client_id="m-1", attachments=[shown])
            for each in (seller, buyer):
                frame = await each.gets("message")
                assert (frame["seq"], frame["text"], frame["attachments"]) == (1, "", [shown])
            await seller.sends(type="message", conversation_id=chat, client_id="m-2", attachments=[str(uuid4())])
            assert (await seller.gets("error"))["code"] == "attachment_not_allowed"

    async def test_makes_its_text_optional_and_nothing_else_does(self, market: Market) -> None:
        chat = await talks(market)
        assert (await sends(market.seller, chat)).code == "validation_failed"
        ids = [await uploaded(market.seller, conversation_id=chat) for _ in range(10)]
        assert (await sends(market.seller, chat, *ids, str(uuid4()))).code == "validation_failed"
        assert (await sends(market.seller, chat, ids[0], ids[0])).code == "validation_failed"
        assert (await sends(market.seller, chat, *ids)).ok()["attachments"] == ids

    async def test_belongs_to_what_the_client_id_stands_for(self, market: Market) -> None:
        chat = await talks(market)
        one, other = [await uploaded(market.seller, conversation_id=chat) for _ in range(2)]
        first = (await sends(market.seller, chat, one, text="Here")).ok()
        assert (await sends(market.seller, chat, one, text="Here")).ok() == first
        assert (await sends(market.seller, chat, other, text="Here")).code == "client_id_conflict"
        assert (await sends(market.seller, chat, text="Here")).code == "client_id_conflict"


class TestWhatIsNotAllowed:
    async def test_is_a_picture_of_somebody_else_of_elsewhere_or_used_before(self, market: Market) -> None:
        order = await delivered(market)
        chat = await talks(market)
        mine = await uploaded(market.seller, conversation_id=chat)
        elsewhere = await uploaded(market.seller, order_number=order["number"])
        helper = market.someone("helper", acts_for=market.seller.name)
        for actor, ids in (
            (market.buyer, [mine]),
            (helper, [mine]),
            (market.seller, [elsewhere]),
            (market.seller, [mine, str(uuid4())]),
        ):
            assert (await sends(actor, chat, *ids)).code == "attachment_not_allowed"
        log = f"/orders/{order['number']}/log"
        assert (await market.seller.posts(log, {"attachments": [mine]})).code == "attachment_not_allowed"
        (await sends(market.seller, chat, mine)).ok()
        assert (await sends(market.seller, chat, mine, client_id="m-2")).code == "attachment_not_allowed"

    async def test_is_an_upload_by_a_stranger_or_for_nothing(self, market: Market) -> None:
        order = await placed(market)
        chat, stranger = await talks(market), market.someone("eve")
        for actor, context, code in (
            (stranger, {"conversation_id": chat}, "not_found"),
            (stranger, {"order_number": order["number"]}, "order_not_found"),
            (market.seller, {"order_number": order["number"]}, "order_not_found"),
            (market.support, {"conversation_id": chat}, "not_a_party"),
            (market.buyer, {"conversation_id": str(uuid4())}, "not_found"),
            (market.buyer, {"dispute_id": str(uuid4())}, "not_found"),
            (market.buyer, {"order_number": "K5657777893"}, "order_not_found"),
            (market.buyer, {"conversation_id": "x"}, "not_found"),
            (market.buyer, {}, "validation_failed"),
            (market.buyer, {"conversation_id": chat, "order_number": order["number"]}, "validation_failed"),
        ):
            assert (await actor.uploads(picture(), **context)).code == code, context

    async def test_is_an_upload_by_somebody_who_is_suspended(self, market: Market) -> None:
        chat = await talks(market)
        (await market.support.posts(f"/conduct/{market.seller.name}/suspend", {"reason": "Scam"})).ok()
        await market.settles()
        assert (await market.seller.uploads(picture(), conversation_id=chat)).code == "account_suspended"

    @pytest.mark.parametrize(
        ("content", "kind", "status", "code"),
        [
            (picture(), "application/json", 415, "unsupported_media_type"),
            (picture(), "image/svg+xml", 415, "unsupported_media_type"),
            (b"<svg/>", "image/png", 415, "unsupported_media_type"),
            (picture("GIF"), "image/png", 415, "unsupported_media_type"),
            (picture()[:60], "image/png", 422, "image_invalid"),
            (picture(size=(6000, 4001)), "image/png", 422, "image_invalid"),
            (animated("PNG"), "image/png", 422, "image_animated"),
            (animated("WEBP"), "image/webp", 422, "image_animated"),
            (bytes(5 * 1024 * 1024 + 1), "image/png", 413, "payload_too_large"),
        ],
        ids=["json", "svg", "svg as png", "gif as png", "cut", "too many pixels", "apng", "webp", "too large"],
    )
    async def test_is_what_is_no_picture_of_ours(
        self, market: Market, content: bytes, kind: str, status: int, code: str
    ) -> None:
        answer = await market.seller.uploads(content, kind, conversation_id=await talks(market))
        assert (answer.status, answer.code) == (status, code)
        assert await left_behind(market) == []

    async def test_is_an_upload_without_a_key(self, market: Market) -> None:
        chat, headers = await talks(market), {**market.seller.headers, "Content-Type": "image/png"}
        url = f"{market.stack.url}/v1/attachments?conversation_id={chat}"
        answer = await market.client.post(url, content=picture(), headers=headers)
        assert answer.json()["code"] == "idempotency_key_required"


class TestAnUpload:
    async def test_of_5_mebibytes_and_named_as_another_kind_is_taken_for_what_it_is(self, market: Market) -> None:
        chat, whole = await talks(market), picture("JPEG")
        padded = whole + bytes(5 * 1024 * 1024 - len(whole))
        taken = (await market.seller.uploads(padded, "image/webp", conversation_id=chat)).ok()
        assert (taken["type"], taken["sha256"]) == ("image/jpeg", sha256(padded).hexdigest())

    async def test_that_comes_again_under_its_key_is_the_same_and_other_bytes_are_refused(self, market: Market) -> None:
        chat, key = await talks(market), str(uuid4())
        first, again = [await market.seller.uploads(picture(), key=key, conversation_id=chat) for _ in range(2)]
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        other = await market.seller.uploads(picture(size=(41, 30)), key=key, conversation_id=chat)
        assert other.code == "idempotency_conflict"
        assert await left_behind(market) == [first.body["id"]]

    async def test_is_refused_while_fifty_others_are_not_used(self, market: Market) -> None:
        chat = await talks(market)
        query = """insert into attachments (id, conversation_id, account, by_user, uploaded_at, keep_until)
                   select gen_random_uuid(), $1, $2, $2, market_now(), market_now() + interval '24 hours'
                   from generate_series(1, 49)"""
        await market.sql_write("chat", query, chat, market.seller.name)
        await uploaded(market.seller, conversation_id=chat)
        assert (await market.seller.uploads(picture(), conversation_id=chat)).code == "rate_limited"
        await market.advances({"by": "PT24H"})
        async with asyncio.timeout(20):
            while (await market.seller.uploads(picture(), conversation_id=chat)).status != 201:
                await asyncio.sleep(0.2)

    async def test_side_by_side_is_taken_or_told_to_come_again(self, market: Market) -> None:
        chat = await talks(market)
        tried = [market.seller.uploads(picture(), conversation_id=chat) for _ in range(20)]
        answers = await asyncio.gather(*tried)
        assert {each.status for each in answers} <= {201, 429}
        assert sum(each.status == 201 for each in answers) >= 8
        assert {each.code for each in answers if each.status == 429} <= {"rate_limited"}


class TestWithoutItsFolder:
    async def test_an_upload_is_503_and_succeeds_later_under_the_same_key(self, market: Market) -> None:
        chat, key, folder = await talks(market), str(uuid4()), market.stack.layout.files
        away = folder.with_name("files-away")
        await asyncio.to_thread(folder.rename, away)
        try:
            await asyncio.to_thread(folder.write_text, "no folder")
            answer = await market.seller.uploads(picture(), key=key, conversation_id=chat)
        finally:
            await asyncio.to_thread(folder.unlink)
            await asyncio.to_thread(away.rename, folder)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "1")
        shown = (await market.seller.uploads(picture(), key=key, conversation_id=chat)).ok()["id"]
        assert (await follow(market.seller, await link(market.seller, shown))).status_code == 200


class TestALink:
    async def test_is_given_to_the_parties_once_the_picture_is_used_and_before_to_its_uploader(
        self, market: Market
    ) -> None:
        chat = await talks(market)
        shown = await uploaded(market.seller, conversation_id=chat)
        path, stranger = f"/attachments/{shown}", market.someone("eve")
        helper = market.someone("helper", acts_for=market.seller.name)
        assert [(await each.gets(path)).status for each in (market.seller, helper, market.buyer)] == [200, 200, 404]
        (await sends(market.seller, chat, shown)).ok()
        assert [(await each.gets(path)).status for each in (market.seller, helper, market.buyer)] == [200, 200, 200]
        assert [(await each.gets(path)).code for each in (stranger, market.support, market.nobody)] == [
            "not_found",
            "not_a_party",
            "unauthenticated",
        ]
        assert (await market.buyer.gets("/attachments/x")).code == "not_found"

    async def test_ends_after_a_minute_and_is_good_for_nobody_who_may_not_read_the_picture(
        self, market: Market
    ) -> None:
        chat = await talks(market)
        shown = await uploaded(market.seller, conversation_id=chat)
        links = Links(market.stack.service_env("chat")["MARKET_LINK_KEY"])
        bob, eve, now = Reader(market.seller.name), Reader("eve"), real_now()

        async def status(reader: Reader, age: timedelta, name: Any = shown) -> int:
            signed, _ = links.make(type(new_id())(name), reader, now - age)
            return (await follow(market.seller, f"{market.stack.url}/v1/files/{signed}")).status_code

        assert await status(bob, timedelta(seconds=30)) == 200
        assert await status(bob, timedelta(seconds=61)) == 404
        assert await status(eve, timedelta()) == 404
        assert await status(Reader(market.buyer.name), timedelta()) == 404
        assert await status(bob, timedelta(), str(uuid4())) == 404

    async def test_that_somebody_made_up_and_the_file_itself_lead_nowhere(self, market: Market) -> None:
        shown = await uploaded(market.seller, conversation_id=await talks(market))
        signed = (await link(market.seller, shown)).rpartition("/")[2]
        other = base64.urlsafe_b64encode(base64.urlsafe_b64decode(signed + "==")[:-1] + b"x").decode()
        inside = f"/-/files/{shown[-2:]}/{shown}"
        for path in (f"/v1/files/{other}", inside, f"/v1/files/..{inside}", "/v1/files/x", f"/files/{shown}"):
            got = await follow(market.seller, market.stack.url + path)
            assert (got.status_code, got.json()["code"]) == (404, "not_found"), path


class TestProofInTheLog:
    async def test_is_part_of_its_lines_hash_and_is_seen_by_both_and_support(self, market: Market) -> None:
        order = await delivered(market)
        log = f"/orders/{order['number']}/log"
        proof = await uploaded(market.seller, order_number=order["number"])
        line = (await market.seller.posts(log, {"attachments": [proof]})).ok()
        assert (line["text"], line["attachments"]) == ("", [proof])
        assert (await market.buyer.gets(log)).ok()["items"][-1] == line
        for who in (market.buyer, market.seller, market.support):
            original = (await who.gets(f"/attachments/{proof}")).ok()["sha256"]
        values = [line["previous_hash"], order["number"], str(line["seq"]), line["id"], "comment"]
        (row,) = await market.sql("chat", "select at from log_lines where id = $1", line["id"])
        values += [market.seller.name, "seller", "", "", row["at"].isoformat(timespec="microseconds")]
        whole = "".join(f"{len(each.encode())}:{each}" for each in [*values, f"{proof}:{original}"])
        assert line["hash"] == sha256(whole.encode()).hexdigest()

    async def test_of_an_account_is_missing_until_the_seller_posts_a_picture(self, market: Market) -> None:
        order = await paid(market, category="account")
        await market.settles()
        log = f"/orders/{order['number']}/log"
        assert (await market.buyer.gets(log)).ok()["proof"] == {"state": "none", "since": order["paid_at"]}
        (
            await market.buyer.posts(log, {"attachments": [await uploaded(market.buyer, order_number=order["number"])]})
        ).ok()
        (await market.seller.posts(log, {"text": "It is yours"})).ok()
        assert (await market.buyer.gets(log)).ok()["proof"]["state"] == "none"
        await market.at("01:00:00")
        proof = await uploaded(market.seller, order_number=order["number"])
        (await market.seller.posts(log, {"attachments": [proof]})).ok()
        shown = (await market.buyer.gets(f"{log}?after_seq=99")).ok()
        assert shown["proof"] == {"state": "posted", "since": market.written("01:00:00")}
        item = await delivered(market)
        assert (await market.buyer.gets(f"/orders/{item['number']}/log")).ok()["proof"] is None


class TestHowLongAPictureIsKept:
    async def test_is_a_day_if_nobody_uses_it(self, market: Market) -> None:
        chat = await talks(market)
        shown = await uploaded(market.seller, conversation_id=chat)
        await market.advances({"by": "PT23H59M"})
        assert (await market.seller.gets(f"/attachments/{shown}")).status == 200
        await market.advances({"by": "PT1M"})
        assert await gone(market, shown)
        async with asyncio.timeout(10):
            while (await market.seller.gets(f"/attachments/{shown}")).status != 404:
                await asyncio.sleep(0.1)
        assert (await sends(market.seller, chat, shown)).code == "attachment_not_allowed"

    async def test_scenario_74_is_90_days_after_the_order_closed_and_its_hash_for_ever(self, market: Market) -> None:
        order = await delivered(market)
        proof = await uploaded(market.seller, order_number=order["number"])
        (await market.seller.posts(f"/orders/{order['number']}/log", {"attachments": [proof]})).ok()
        await market.advances({"by": "PT24H"})
        (await market.buyer.confirms(order["number"])).ok()
        await market.settles()
        await market.advances({"by": f"PT{90 * 24 - 1}H"})
        await looked_at(market, proof)
        url = await link(market.buyer, proof)
        assert (await follow(market.buyer, url)).status_code == 200
        await market.advances({"by": "PT1H"})
        assert await gone(market, proof)
        assert (await follow(market.buyer, url)).status_code == 404
        async with asyncio.timeout(10):
            while (seen := (await market.buyer.gets(f"/attachments/{proof}")).ok())["url"] is not None:
                await asyncio.sleep(0.1)
        assert seen["sha256"] == sha256(picture()).hexdigest()

    async def test_is_as_long_as_a_dispute_about_an_order_of_the_two_is_open(self, market: Market) -> None:
        order = await disputed(market)
        chat = await talks(market)
        spoken = await uploaded(market.buyer, conversation_id=chat)
        (await sends(market.buyer, chat, spoken)).ok()
        proof = await uploaded(market.seller, order_number=order["number"])
        (await market.seller.posts(f"/orders/{order['number']}/log", {"attachments": [proof]})).ok()
        await market.advances({"by": f"PT{120 * 24}H"})
        for each in (spoken, proof):
            await looked_at(market, each)
            assert (await follow(market.buyer, await link(market.buyer, each))).status_code == 200
        ruling = {"outcome": "seller_wins", "reason": "The log shows it"}
        (await market.support.posts(f"/disputes/{order['dispute_id']}/decision", ruling)).ok()
        await market.settles()
        await market.advances({"by": f"PT{91 * 24}H"})
        assert await gone(market, spoken)
        assert await gone(market, proof)
