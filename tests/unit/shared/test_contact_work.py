"""Detection's work grows no faster than the text, whatever the text: compared with itself, not with a limit."""

import time

import pytest

from shared.contact import kinds

SHORT, LONG, BOUND = 1_000, 16_000, 64
"""Sixteen times the text: linear work is sixteen times as much, quadratic 256 times."""
TRIES = 3

NASTY = [
    *(
        "a",
        "1",
        "@",
        ".",
        "-",
        "+",
        "#",
        " ",
        "\n",
        "_",
        "/",
        ":",
        "'",
        "0",
        "a ",
        "1 ",
        "0 ",
        "a.",
        "1.",
        "0-",
        "a@",
        "1a",
    ),
    *(
        "a@a",
        "@a",
        "a.b ",
        "a.co ",
        "01 ",
        "001 ",
        "1\n",
        "a\n",
        "0,",
        "a-b.",
        "www.",
        "http://",
        "://",
        "t . ",
        "t.",
        "a_",
    ),
    *("(at)", "(dot)", "[.]", "dot ", "dot com", " at gmail ", "@gmail", "@ ", "my @", "@abc ", "@abc_", "visit x.me "),
    *(
        "qq ",
        "tg ",
        "line ",
        "telegram ",
        "tele gram ",
        "on telegram ",
        "x on tg ",
        "discord: yes ",
        "zalo: free ",
        "qq a ",
    ),
    *(
        "abc#1234;",
        "abc#0012 ",
        "zero ",
        "zero",
        "one 1 ",
        "onetwo",
        "one sixth ",
        "oi",
        "il0",
        "o1",
        "then 1 ",
        "1dash",
    ),
    *(
        "1234567,",
        "0999999999;",
        "id 0123456789 ",
        "+1",
        "+60 ",
        "+999999999;",
        "(11)",
        "call ",
        "call 123456,",
        "24/7",
    ),
    *(
        "id 01 2345 6789 0 ",
        "12345678901 ",
        "6012345678;",
        "wa 12345678901234567 ",
        "2024-01-01 ",
        "20:00 ",
        "9.30 ",
        "1.2.3.",
    ),
    *(
        "1 1 1 1 1 1 1 x",
        "0 0 0 0 0 0 0 x",
        "a.a.a.a.xa ",
        "a a a a aa ",
        "01dash",
        "one 1 1dash@",
        "A-",
        "Ab.Com ",
        "0-0",
    ),
    *(
        "\u0301",
        "\u200b",
        "\u202e",
        "\ufdfa",
        "\u2473",
        "\ufb01",
        "\u3007",
        "\u4e00 ",
        "\uc77c",
        "\U0001f525",
        "a\U0001f525",
    ),
    *(
        "\U0001f1f2\U0001f1fe",
        "\uff20",
        "e\u0301\u0316",
        "\u5fae\u4fe1",
        "\u52a0v",
        "\u5fae\u4fe1\u53f7:",
        "\ub77c\uc778",
        "a dot com ",
        "agar.io ",
        "x.shop ",
        "abc.my/",
        "99999999 gold call ",
    ),
]


def seconds(text: str) -> float:
    """Processor time of this thread for one look at the text."""
    begun = time.thread_time()
    kinds(text)
    return time.thread_time() - begun


def grows_with_the_text(short: str, long: str) -> bool:
    """Whether the long one's best time is within the bound of the short one's; the next try is for a busy machine."""
    least = min(seconds(short) for _ in range(TRIES))
    return any(seconds(long) < BOUND * least for _ in range(TRIES))


class TestNoTextTakesLong:
    @pytest.mark.parametrize("piece", NASTY)
    def test_of_one_piece_repeated(self, piece: str) -> None:
        short, long = ((piece * size)[:size] for size in (SHORT, LONG))
        assert grows_with_the_text(short, long)

    @pytest.mark.parametrize("piece", NASTY)
    def test_of_a_long_run_that_ends_otherwise(self, piece: str) -> None:
        short, long = (f"{(piece * size)[:size]}x!x" for size in (SHORT, LONG))
        assert grows_with_the_text(short, long)
