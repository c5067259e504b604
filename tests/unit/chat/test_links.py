"""A link leads to one picture, for one reader, for 60 seconds; whatever is changed in it, it leads nowhere."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.chat.links import LIFETIME, Links
from shared.actor import Actor

NOW = datetime(2026, 11, 29, 6, 30, 0, 250_000, tzinfo=UTC)
ID = UUID(int=7)
BOB = Actor("bob", "user", None)


class TestALink:
    @pytest.mark.parametrize("reader", [BOB, Actor("sam", "support"), Actor("helper/é", "user", "alice")])
    def test_says_who_asked_for_which_picture(self, reader: Actor) -> None:
        signed, expires_at = Links("k" * 32).make(ID, reader, NOW)
        found = Links("k" * 32).read(signed, NOW)
        assert found is not None
        assert (found.attachment_id, found.reader, found.expires_at) == (ID, reader, expires_at)

    def test_works_until_its_time_is_over_and_never_longer_than_a_minute(self) -> None:
        links = Links("k" * 32)
        signed, expires_at = links.make(ID, BOB, NOW)
        assert NOW + timedelta(seconds=58) < expires_at <= NOW + LIFETIME
        assert links.read(signed, expires_at - timedelta(milliseconds=1)) is not None
        assert links.read(signed, expires_at) is None

    def test_of_another_key_leads_nowhere(self) -> None:
        signed, _ = Links("k" * 32).make(ID, BOB, NOW)
        assert Links("l" * 32).read(signed, NOW) is None

    def test_in_which_any_byte_is_changed_leads_nowhere(self) -> None:
        links = Links("k" * 32)
        signed, _ = links.make(ID, BOB, NOW)
        whole = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
        for at in range(len(whole)):
            other = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            assert links.read(base64.urlsafe_b64encode(other).decode().rstrip("="), NOW) is None

    @pytest.mark.parametrize("text", ["", "a", "=", "é", "\x00", "....", "A" * 4000, "../../etc/passwd"])
    def test_that_is_none_leads_nowhere(self, text: str) -> None:
        assert Links("k" * 32).read(text, NOW) is None
