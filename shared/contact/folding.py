"""Folds text to plain letters: disguised and foreign characters become those they stand for, invisible ones go."""

import re
from itertools import chain
from unicodedata import combining, normalize, numeric

PLAIN = chain(
    range(0xA0, 0x250), range(0x1D00, 0x1DC0), range(0x1E00, 0x1F00), range(0x2000, 0x2190), range(0x2460, 0x24EB),
    range(0xFB00, 0xFB07), range(0xFE30, 0xFE70), range(0xFF01, 0xFF5F), range(0x1D400, 0x1D800),
    range(0x1F100, 0x1F150),
)  # fmt: skip
"""Blocks whose characters are styles of plain ones: accents, bold, circled, full width."""

INVISIBLE = chain(
    (0xAD, 0x34F, 0x61C, 0x180E, 0x20E3, 0xFEFF), range(0x300, 0x370), range(0x483, 0x488), range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00), range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070), range(0x20D0, 0x2100),
    range(0xFE00, 0xFE10), range(0xFE20, 0xFE30), range(0x1F3FB, 0x1F400), range(0xE0000, 0xE0080),
)  # fmt: skip
"""Zero width, bidirectional marks, combining marks, variation selectors, skin colours, the frame of emoji digits."""

BLANKS = (
    0x9,
    0xD,
    0xA0,
    0x115F,
    0x1160,
    0x1680,
    *range(0x2000, 0x200B),
    0x202F,
    0x205F,
    0x2800,
    0x3000,
    0x3164,
    0xFFA0,
)

ZEROS = (
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040,
    0x17E0, 0x1810, 0x19D0, 0x1A80, 0xA9D0, 0xAA50,
)  # fmt: skip
"""Where the ten digits of other scripts begin."""

TWINS = {
    "a": "\u0430\u03b1\u0251\u1d00",
    "b": "\u0432\u044c\u03b2\u0299",
    "c": "\u0441\u03f2\u1d04",
    "d": "\u0501\u0111\u1d05\u0257",
    "e": "\u0435\u0451\u03b5\u1d07\u0454\u0259",
    "f": "\ua730\u0192",
    "g": "\u0261\u0262",
    "h": "\u043d\u04bb\u0570\u029c\u0127",
    "i": "\u0456\u0457\u03b9\u0131\u026a\u0269",
    "j": "\u0458\u1d0a",
    "k": "\u043a\u03ba\u1d0b",
    "l": "\u04cf\u029f\u0142\u2113",
    "m": "\u043c\u1d0d",
    "n": "\u03b7\u0274\u043f\u0578",
    "o": "\u043e\u03bf\u03c3\u1d0f\u00f8\u0585",
    "p": "\u0440\u03c1\u1d18",
    "q": "\u051b\u01eb",
    "r": "\u0433\u0280",
    "s": "\u0455\ua731",
    "t": "\u0442\u03c4\u1d1b",
    "u": "\u03c5\u03bc\u00b5\u057d\u1d1c",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u051d\u03c9\u1d21",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3\u04af\u028f",
    "z": "\u1d22\u03b6",
    ".": "\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\uff61\u30fb\u25cf\u26ab",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u301c\uff5e",
    "[": "\u3010\u300c\u300e\u3014\u300a\u3008",
    "]": "\u3011\u300d\u300f\u3015\u300b\u3009",
    "'": "\u2018\u2019\u02bc",
    ">": "\u2192\u21d2\u279c\u27a1\u21e8\u279e\u2794\U0001f449",
    "@": "\U0001f4e7",
}
"""Plain characters and what looks like them in Cyrillic, Greek, Armenian, small capitals and punctuation."""

FLAG = re.compile("(?<![\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]{2}(?![\U0001f1e6-\U0001f1ff])")
ENDING = re.compile(r"(?<=[a-z0-9])\.(?=[A-Z][a-z])")
"""A full stop without a space before the next sentence: no domain."""
SHOUTED = re.compile(r"\b([A-Z][A-Za-z0-9-]{2,40}+)\.(Com|Net|Org|Gg|Io)\b")


def fold(text: str) -> str:
    """The text in small plain letters, with at most two characters for one of the original's."""
    plain = FLAG.sub(" ", text).translate(TABLE)
    return ENDING.sub(". ", SHOUTED.sub(_lowered, plain)).lower()


def _lowered(found: re.Match[str]) -> str:
    return found[0].lower()


def _styles() -> dict[int, str]:
    """What the styles of plain characters stand for; bracketed ones come without their brackets."""
    bare = {code: normalize("NFKD", chr(code)) for code in PLAIN}
    bare = {code: "".join(each for each in found if not combining(each)) for code, found in bare.items()}
    return {code: (found.strip("()") or found)[:2] for code, found in bare.items() if found != chr(code)}


def _has_capital(letter: str) -> bool:
    """Whether the capital of a letter is one letter too, and another one."""
    return letter.upper() != letter and len(letter.upper()) == 1


def _table() -> dict[int, str | None]:
    circled = (*range(0x2460, 0x2474), 0x24EA, *range(0x24F5, 0x2500), *range(0x2776, 0x2794))
    letters = ((0x1F150, "a"), (0x1F170, "a"), (0x1F1E6, "a"))
    return {
        **_styles(),
        **{zero + digit: str(digit) for zero in ZEROS for digit in range(10)},
        **{code: str(int(numeric(chr(code)))) for code in circled},
        **{first + step: chr(ord(to) + step) for first, to in letters for step in range(26)},
        **{ord(twin): plain for plain, twins in TWINS.items() for twin in twins},
        **{ord(twin.upper()): plain.upper() for plain, twins in TWINS.items() for twin in twins if _has_capital(twin)},
        **dict.fromkeys(BLANKS, " "),
        **dict.fromkeys(INVISIBLE),
    }  # fmt: skip


TABLE = _table()
