"""What is not clean JSON is refused before anybody looks at it: 400 for broken, 422 for impossible."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.problems import RefusedError
from shared.http.strict import parse
from shared.refusals import Refusal, RefusalCode

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


def refused(body: bytes) -> RefusalCode:
    """The code with which the body is refused."""
    with pytest.raises(RefusedError) as caught:
        parse(body)
    return caught.value.refused.code


def outcome(body: bytes) -> str:
    """What becomes of any bytes."""
    try:
        parse(body)
    except RefusedError as error:
        return error.refused.code
    return "read"


class TestWhichBodiesAreBroken:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"{'a': 1}",
            b'{"a": 1} {}',
            b'{"a": 1,}',
            b'{"amount": 1, "amount": 2}',
            b'[{"x": {"a": 1, "a": 1}}]',
            '{"a": 1}'.encode("utf-16"),
            '{"a": 1}'.encode("utf-16-le"),
            '{"a": 1}'.encode("utf-32"),
            b"\xef\xbb\xbf{}",
            b'"\xff\xfe"',
            b'"\xed\xa0\x80"',
            b"[" * 100_000,
            b"[" * 33 + b"]" * 33,
            b'{"a":' * 33 + b"1" + b"}" * 33,
        ],
        ids=lambda body: repr(body[:16]),
    )
    def test_they_are_malformed(self, body: bytes) -> None:
        assert refused(body) is Refusal.MALFORMED_JSON

    def test_thirty_two_levels_are_enough_for_everybody(self) -> None:
        assert parse(b"[" * 32 + b"]" * 32)


class TestWhichValuesCantBe:
    @pytest.mark.parametrize(
        "body",
        [
            b"NaN",
            b'{"amount": NaN}',
            b"Infinity",
            b"[-Infinity]",
            b"1e999",
            b'{"amount": -1e999}',
            b"1" + b"0" * 5000,
            b"-" + b"9" * 5000,
            b"1" + b"0" * 5000 + b".5",
            b'"\\u0000"',
            b'{"\\u0000": 1}',
            b'{"a": ["x\\u0000y"]}',
            b'"\\ud800"',
            b'{"\\udfff": 1}',
            b'"\\udc00\\ud800"',
        ],
        ids=lambda body: repr(body[:24]),
    )
    def test_they_fail_the_validation(self, body: bytes) -> None:
        assert refused(body) is Refusal.VALIDATION_FAILED

    def test_the_refusal_never_repeats_the_input(self) -> None:
        with pytest.raises(RefusedError) as caught:
            parse(b'{"card": "4111 1111 1111 1111\\u0000"}')
        assert "4111" not in f"{caught.value} {caught.value.refused}"


class TestWhatIsTaken:
    @given(JSON)
    def test_every_clean_value_is_read_as_it_is(self, value: Any) -> None:
        assert parse(orjson.dumps(value)) == value

    def test_a_pair_of_surrogates_is_one_character(self) -> None:
        assert parse(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"

    @given(st.binary(max_size=40))
    def test_whatever_comes_is_read_or_refused(self, body: bytes) -> None:
        assert outcome(body) in {"read", Refusal.MALFORMED_JSON, Refusal.VALIDATION_FAILED}
