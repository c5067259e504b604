"""Numbers that people read aloud: no two alike, not guessable, and a typing error is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import Numbers, check_digit, is_number, new_id

NUMBERS = Numbers(bytes(range(32)))
SEQUENCE = st.integers(0, 10**9 - 1)


class TestAreNumbersUnique:
    def test_the_first_ten_thousand_differ(self) -> None:
        made = {NUMBERS.order(value) for value in range(10_000)}
        assert len(made) == 10_000

    @given(SEQUENCE, SEQUENCE)
    def test_different_values_give_different_numbers(self, one: int, other: int) -> None:
        assert (NUMBERS.order(one) == NUMBERS.order(other)) == (one == other)

    @given(SEQUENCE)
    def test_the_same_value_gives_the_same_number_with_the_same_key_only(self, value: int) -> None:
        assert Numbers(bytes(range(32))).order(value) == NUMBERS.order(value)
        same = [Numbers(bytes([key])).order(value) == NUMBERS.order(value) for key in range(4)]
        assert not all(same)

    def test_neighbours_cant_be_guessed_from_each_other(self) -> None:
        steps = {int(NUMBERS.order(value + 1)[1:]) - int(NUMBERS.order(value)[1:]) for value in range(100)}
        assert len(steps) == 100

    def test_an_order_and_a_payment_of_the_same_value_share_no_digits(self) -> None:
        assert [value for value in range(1000) if NUMBERS.order(value)[1:] == NUMBERS.payment(value)[1:]] == []

    @pytest.mark.parametrize("value", [-1, 10**9])
    def test_a_used_up_sequence_is_an_error(self, value: int) -> None:
        with pytest.raises(ValueError, match="used up"):
            NUMBERS.order(value)


class TestIsATypingErrorNoticed:
    @given(SEQUENCE)
    def test_every_number_of_ours_is_accepted_under_its_own_letter(self, value: int) -> None:
        order, payment = NUMBERS.order(value), NUMBERS.payment(value)
        assert is_number(order, "K")
        assert is_number(payment, "P")
        assert not is_number(order, "P")
        assert not is_number(payment, "K")

    @given(SEQUENCE, st.integers(1, 10), st.integers(1, 9))
    def test_every_wrong_digit(self, value: int, place: int, change: int) -> None:
        number = NUMBERS.order(value)
        wrong = str((int(number[place]) + change) % 10)
        assert not is_number(number[:place] + wrong + number[place + 1 :], "K")

    @given(SEQUENCE, st.integers(1, 9))
    def test_every_swap_of_neighbours(self, value: int, place: int) -> None:
        number = NUMBERS.order(value)
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert is_number(swapped, "K") == (swapped == number)

    @pytest.mark.parametrize(
        "text",
        ["", "K", "K123", "K12345678901", "k5657777893", "K565777789٣", "K565777789²", " K5657777893", "K-657777893"],
    )
    def test_what_has_another_shape(self, text: str) -> None:
        assert not is_number(text, "K")

    def test_the_published_example(self) -> None:
        assert check_digit("572") == 4
        assert check_digit("5724") == 0


class TestAreIdsSortedByTime:
    def test_a_later_one_is_larger(self) -> None:
        made = [new_id() for _ in range(1000)]
        assert made == sorted(made)
        assert {each.version for each in made} == {7}
