"""A cursor is ours: one that was made up, or made for another list, is refused and never reaches the database."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.pages import cursor, read_cursor, read_time_cursor
from shared.http.problems import RefusedError
from shared.refusals import Refusal, RefusalCode


def forged(text: str) -> str:
    """A cursor that holds this JSON."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def refused(text: str, *shape: type) -> RefusalCode:
    """The code with which the cursor of the list `parked` is refused."""
    with pytest.raises(RefusedError) as caught:
        read_cursor(text, "parked", *shape)
    return caught.value.refused.code


class TestWhatIsInACursor:
    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.integers(-(2**63), 2**63 - 1))
    def test_exactly_what_was_put_in(self, text: str, number: int) -> None:
        assert read_cursor(cursor("list", text, number), "list", str, int) == (text, number)

    def test_the_first_page_has_none(self) -> None:
        assert read_cursor(None, "list", str) is None

    @pytest.mark.parametrize("key", [1, 10**15])
    def test_it_fits_into_an_address(self, key: int) -> None:
        made = cursor("parked", key)
        assert made.replace("-", "").replace("_", "").isalnum()


class TestCanICheatWithACursor:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "A",
            "=",
            "é",
            "\ud800",
            "[]" * 3,
            forged("[]"),
            forged("{}"),
            forged("null"),
            forged("7"),
            forged('"parked"'),
            forged("[" * 200),
            forged('["parked",1]'),
            forged('["parked",1,"7"]'),
            forged('["parked",1,7.0]'),
            forged('["parked",1,true]'),
            forged('["parked",1,7,7]'),
            forged('["parked",2,7]'),
            forged('["orders",1,7]'),
            forged('["parked",1,9223372036854775808]'),
            forged('["parked",1,18446744073709551615]'),
            forged('["parked",1,1e400]'),
        ],
    )
    def test_a_forged_one_is_refused(self, text: str) -> None:
        assert refused(text, int) is Refusal.VALIDATION_FAILED

    def test_one_of_another_list_is_refused(self) -> None:
        assert refused(cursor("orders", 7), int) is Refusal.VALIDATION_FAILED

    def test_no_nul_reaches_the_database(self) -> None:
        assert refused(forged('["parked",1,"\\u0000"]'), str) is Refusal.VALIDATION_FAILED

    @pytest.mark.parametrize(
        "moment",
        ["", "now", "2026-03-02", "2026-03-02T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
    )
    def test_a_time_that_we_would_not_write_is_refused(self, moment: str) -> None:
        with pytest.raises(RefusedError) as caught:
            read_time_cursor(cursor("orders", moment, "K1"), "orders")
        assert caught.value.refused.code is Refusal.VALIDATION_FAILED

    def test_a_time_that_we_wrote_is_read(self) -> None:
        after = read_time_cursor(cursor("orders", "2026-03-02T00:59:59.999Z", "K1"), "orders")
        assert after is not None
        assert (after[0].isoformat(), after[1]) == ("2026-03-02T00:59:59.999000+00:00", "K1")
