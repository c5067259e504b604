"""Digits that are written as words, as letters that look like them, or as Chinese and Korean numerals."""

import re
from itertools import pairwise

from shared.contact.vocabulary import CJK_DIGITS, DIGITS

LETTERED = re.compile(r"(?<![^\W_])(?:\d++[oil]|[oil]++\d)[\doil]*+(?![^\W_])")
"""Digits among which letters stand for digits: O12 or 0l2."""
LETTERS = str.maketrans("oil", "011")
CJK = "".join(map(chr, CJK_DIGITS))
CJK_RUN = re.compile(rf"[{CJK}](?:[\s.-]?[{CJK}]){{6,}}")
DIGIT_WORDS = "|".join(sorted(map(re.escape, DIGITS), key=len, reverse=True))
ITEM = rf"(?=((?:\d++|{DIGIT_WORDS})+))\{{group}}(?![^\W_])"
RUN = re.compile(rf"(?<![^\W_]){ITEM.format(group=1)}(?:[\W_]{{1,4}}+{ITEM.format(group=2)})*")
"""Digits and digit words one after the other, glued together or with little between them."""
PART = re.compile(rf"\d++|({DIGIT_WORDS})|[\W_]++")
WORD = re.compile("|".join(word for word in DIGIT_WORDS.split("|") if len(word) > 1))
LETTER = re.compile(r"[^\W\d_]")
FILLER = re.compile(
    r"(?<=\d)[\W_]{0,3}+(?:then|and then|and|dash|hyphen|minus|strip|lalu|kemudian|dan|depois|luego|y|e|space|spasi"
    r"|followed by|next)[\W_]{0,3}+(?=\d)"
)
REPEATED = re.compile(r"([DT])(\d)")
CERTAIN_WORDS, CERTAIN_DIGITS = 5, 7


def written_out(text: str) -> tuple[str, bool]:
    """The text with its digits as digits, and whether so many stood in words that it must be a phone number."""
    text = CJK_RUN.sub(lambda found: found[0].translate(CJK_DIGITS), text)
    text = LETTERED.sub(lambda found: found[0].translate(LETTERS), text)
    if WORD.search(text) is None:
        return FILLER.sub("-", text), False
    certain = False

    def in_digits(found: re.Match[str]) -> str:
        nonlocal certain
        if LETTER.search(found[0]) is None:
            return found[0]
        digits, words = _digits(found[0])
        certain = certain or (words >= CERTAIN_WORDS and len(digits) >= CERTAIN_DIGITS and not _only_grows(digits))
        return digits if len(digits) > 1 else found[0]

    text = RUN.sub(in_digits, text)
    return FILLER.sub("-", text), certain


def _digits(run: str) -> tuple[str, int]:
    """A run with its words as digits and without the gaps beside them, and how many words it had."""
    pieces: list[str] = []
    gap, after_word, words = "", False, 0
    for part in PART.finditer(run):
        if part[1] is None and not part[0].isdigit():
            gap = part[0]
            continue
        is_word = part[1] is not None
        pieces.append("" if is_word or after_word else gap)
        pieces.append(DIGITS[part[1]] if is_word else part[0])
        gap, after_word, words = "", is_word, words + is_word
    repeated = REPEATED.sub(lambda found: found[2] * (2 if found[1] == "D" else 3), "".join(pieces))
    return repeated.replace("D", "").replace("T", ""), words


def _only_grows(digits: str) -> bool:
    """Whether somebody only counts: one two three."""
    return all(one <= other for one, other in pairwise(digits))
