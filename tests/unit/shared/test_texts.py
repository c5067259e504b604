"""Whether a text has visible characters."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.texts import has_text, is_printable

NOTHING = [
    *("", " ", "\n\t\r", "\u00a0", "\u2003", "\u3000", "\u2028"),
    *("\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\u2065", "\ufeff", "\u00ad", "\u061c", "\u180e", "\ufff9"),
    *("\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u17b4", "\u034f", "\u180b", "\ufe0f", "\u0301"),
    *("\U000e0001", "\U000e0041", "\U000e0100", "\U000e0fff", "\U0001d173", "\U0001d159", "\U00016fe4", "\ue000"),
    "\u200b \u3164\n\u2800",
]
SOMETHING = [
    *("a", "-", "5", "?", "\u4e86", "\U0001f44d", "\u0e44\u0e21\u0e48", "\u0639", "\uc548", "\u2801", "e\u0301"),
    *("\u200ba\u200b", "\U0001fae8", "\U0001f1f2\U0001f1fe"),
]


def escaped(text: str) -> str:
    """A name for a text that can't be seen."""
    return text.encode("unicode_escape").decode()


class TestDoesATextSaySomething:
    @pytest.mark.parametrize("text", NOTHING, ids=escaped)
    def test_what_no_reader_sees_is_nothing(self, text: str) -> None:
        assert not has_text(text)

    @pytest.mark.parametrize("text", SOMETHING, ids=escaped)
    def test_one_visible_character_is_something(self, text: str) -> None:
        assert has_text(text)

    def test_what_is_missing_is_nothing(self) -> None:
        assert not has_text(None)

    @given(st.lists(st.sampled_from(NOTHING)))
    def test_nothing_beside_nothing_is_nothing(self, texts: list[str]) -> None:
        assert not has_text("".join(texts))

    @given(st.lists(st.sampled_from(NOTHING)), st.sampled_from(SOMETHING))
    def test_nothing_around_something_does_not_hide_it(self, texts: list[str], word: str) -> None:
        assert has_text("".join([*texts, word, *texts]))

    def test_every_format_and_space_character_is_nothing(self) -> None:
        every = map(chr, range(sys.maxunicode + 1))
        invisible = [each for each in every if unicodedata.category(each) in ("Cf", "Zs", "Zl", "Zp", "Cc")]
        assert len(invisible) > 150
        assert not has_text("".join(invisible))


class TestWhatATextMayHold:
    @pytest.mark.parametrize("text", [*SOMETHING, "\n", "\t", "\u200d", "\u00ad", "\u3164"], ids=escaped)
    def test_every_language_and_emoji(self, text: str) -> None:
        assert all(map(is_printable, text))

    @pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\ud800", "\uffff", "\ufdd0", "\u202e", "\u2066"])
    def test_no_control_characters(self, character: str) -> None:
        assert not is_printable(character)
