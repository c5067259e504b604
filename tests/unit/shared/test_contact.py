"""What counts as contact information: a corpus of tricks that must be seen, and of game texts that are innocent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contact import KINDS, fingerprint, kinds, kinds_in_id
from tests.unit.shared.contact_corpus import hits, lines

HITS, INNOCENT = hits(), lines("innocent")


class TestIsItSeen:
    @pytest.mark.parametrize("kind, text", HITS, ids=[text for _, text in HITS])
    def test_contact_information(self, kind: str, text: str) -> None:
        assert kind in kinds(text)

    @pytest.mark.parametrize("kind, text", HITS, ids=[text for _, text in HITS])
    def test_also_in_the_midst_of_a_listing(self, kind: str, text: str) -> None:
        listing = f"Sword of Dawn +15, level 99\nDelivered within 2 hours.\n{text}\nStock 25, price 4.99 USD"
        assert kind in kinds(listing)

    def test_all_kinds_in_their_order(self) -> None:
        text = "discord: goldking_77, goldking.com, 012-345 6789, goldking@gmail.com"
        assert kinds(text) == ("email", "phone", "link", "handle")


class TestIsItInnocent:
    @pytest.mark.parametrize("text", INNOCENT)
    def test_a_game_text(self, text: str) -> None:
        assert kinds(text) == ()

    def test_all_of_them_in_one_listing_are_as_innocent(self) -> None:
        pages = ["\n".join(INNOCENT[place : place + 4]) for place in range(0, len(INNOCENT), 4)]
        guilty = [page for page in pages if kinds(page)]
        assert guilty == []

    @pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\U0001f525", "\ud800"])
    def test_nothing(self, text: str) -> None:
        assert kinds(text) == ()


class TestTheCorpus:
    def test_is_large_and_has_no_text_twice(self) -> None:
        texts = [text for _, text in HITS]
        assert min(len(texts), len(INNOCENT)) >= 150
        assert len({*texts, *INNOCENT}) == len(texts) + len(INNOCENT)

    @pytest.mark.parametrize("part", ["heldout", "heldout_late"])
    def test_what_detection_was_not_made_from_is_seen_as_well(self, part: str) -> None:
        given = hits(f"{part}_hits")
        missed = [text for _, text in given if not kinds(text)]
        assert len(missed) * 10 <= len(given), missed

    @pytest.mark.parametrize("part", ["heldout", "heldout_late"])
    def test_and_what_is_innocent_stays_so(self, part: str) -> None:
        given = lines(f"{part}_innocent")
        accused = [text for text in given if kinds(text)]
        assert len(accused) * 50 <= len(given), accused


class TestWhateverIsWritten:
    @given(st.text(max_size=400))
    def test_it_answers_some_kinds_in_order_and_always_the_same(self, text: str) -> None:
        found = kinds(text)
        assert found == kinds(text)
        assert found == tuple(kind for kind in KINDS if kind in found)

    @given(st.sampled_from(HITS), st.sampled_from(["\u200b", "\u200d", "\u2060", "\u00ad", "\ufe0f", "\u202c"]))
    def test_invisible_characters_hide_nothing(self, hit: tuple[str, str], invisible: str) -> None:
        kind, text = hit
        assert kind in kinds(invisible.join(text))

    @given(st.sampled_from([hit for hit in HITS if hit[1].isascii()]))
    def test_nor_do_full_width_letters(self, hit: tuple[str, str]) -> None:
        kind, text = hit
        wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)
        assert kind in kinds(wide)


class TestAnId:
    @pytest.mark.parametrize(
        "identifier",
        [
            *("whatsapp-0123456789-x", "call-60123456789", "WhatsApp_0123456789", "wa60123456789", "0123456789"),
            *(
                "012-345-6789",
                "telegram-goldking88",
                "tg-goldking88",
                "line-id-goldking88",
                "goldking-at-gmail-dot-com",
            ),
        ],
    )
    def test_that_says_where_to_find_somebody_is_seen(self, identifier: str) -> None:
        assert kinds_in_id(identifier)

    @pytest.mark.parametrize(
        "identifier",
        [
            *(
                "discord-nitro-1y",
                "telegram-premium-3m",
                "whatsapp-stickers-100",
                "line-friends-skin-2",
                "gold-1000000",
            ),
            *("l-012345678901", "sku-0123456789", "steam-key-2024-001", "instagram-followers-10000", "wa-state-skin"),
            *("call-of-duty-points-2400", "twitter-acc-2010", "l-3f2a1b9c8d7e", "x"),
        ],
    )
    def test_of_goods_is_innocent(self, identifier: str) -> None:
        assert kinds_in_id(identifier) == ()


class TestTheSameText:
    @pytest.mark.parametrize("other", ["call me 0123 ", "CALL ME 0123", "call\u200bme\n0123", "\uff43all  me 0123"])
    def test_has_one_fingerprint_however_it_is_spaced_and_dressed(self, other: str) -> None:
        assert fingerprint(other) == fingerprint("call me 0123")

    def test_another_text_has_another(self) -> None:
        assert fingerprint("call me 0124") != fingerprint("call me 0123")
