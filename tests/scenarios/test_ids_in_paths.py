"""Accounts whose ids an identity provider made of any characters: whoever can sell can be looked at and suspended."""

from urllib.parse import quote

import pytest

from deploy.client.person import a_listing
from tests.support.market import Actor, Market

IDS = [
    *(
        "https://idp/x/1",
        "a/b",
        "/a",
        "a/",
        "a//b",
        "100%",
        "a%2Fb",
        "%2F",
        "a?b=c",
        "a#b",
        "a b",
        "a+b",
        "\u00e9\u4e2d",
    ),
    *("a..b", "a/../b", "a/suspend", "a/flags", "a@b.example", "a;b", "a&b"),
]


class TestAnyId:
    @pytest.mark.parametrize("name", IDS)
    async def test_is_one_segment_of_a_path(self, market: Market, name: str) -> None:
        person = Actor(market, f"{name}~{market.buyer.name}" if not name.endswith("/") else name, ("user",), {})
        path = quote(person.name, safe="")
        assert (await market.nobody.gets(f"/sellers/{path}")).ok()["seller"] == person.name
        assert (await market.nobody.gets(f"/sellers/{path}/reviews")).ok()["items"] == []
        assert (await person.gets(f"/conduct/{path}")).ok()["user"] == person.name
        why = {"reason": "Under investigation"}
        done = (await market.support.posts(f"/conduct/{path}/suspend", why)).ok()
        assert (done["user"], done["standing"]) == (person.name, "suspended")
        await market.settles()
        assert (await person.puts(f"/listings/l-{market.buyer.name}", a_listing())).code == "account_suspended"
        assert (await market.support.posts(f"/conduct/{path}/reinstate", why)).ok()["standing"] == "active"


class TestNoId:
    @pytest.mark.parametrize("name", ["a\nb", "a\x17b", "\n", "a\x7fb", "x" * 129])
    async def test_is_refused_by_the_service_that_the_path_belongs_to(self, market: Market, name: str) -> None:
        path = quote(name, safe="")
        for read in (f"/sellers/{path}", f"/sellers/{path}/reviews"):
            assert (await market.nobody.gets(read)).code == "validation_failed"
        assert (await market.support.gets(f"/conduct/{path}")).code == "validation_failed"
        report = {"kind": "conduct_report", "text": "Rude in the trade"}
        assert (await market.buyer.posts(f"/conduct/{path}/flags", report)).code == "validation_failed"
