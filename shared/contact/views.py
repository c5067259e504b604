"""The text as it can be read: as written, and with separated letters joined."""

import re

TOP = "com|net|org|info|biz|xyz|gg|io|app|co|ru|cn|cc|tv|me|ly|shop|store|site|online|club|vip"
MAIL = (
    "gmail|yahoo|hotmail|outlook|protonmail|proton|icloud|naver|hanmail|daum|ymail|rocketmail|zoho|gmx|yandex|live|msn"
    "|aol|tutanota|qq|163|126|mail|googlemail"
)
DOT = "dot|punto|ponto|titik|noktah|d0t|tochka"
APART = re.compile(r"(?<!\S)\S(\s{1,3})\S(?!\S)(?:\1\S(?!\S)){2,}")
"""Four or more characters that all stand alone, the same gap between them."""
BROKEN = re.compile(r"(?<![a-z0-9])[a-z0-9@](?:[^a-z0-9\s]{1,2}[a-z0-9](?![a-z0-9])){3,}")
"""Four or more single letters with signs between them."""
SIGNS = re.compile(r"[^a-z0-9@]++")
BRACKETS = re.compile(rf"\s{{0,2}}+[\[({{<*_|]\s?(?:(at|@|a|arroba)|({DOT}|\.))\s?[\])}}>*_|]\s{{0,2}}+")
AGE = "era|boom|bubble|bust|crash|age|days?|times?|style|themed?|years?|compan(?:y|ies)|startups?|millionaires?"
"""What the dot com was, around 2000: no address."""
WRITTEN_DOT = re.compile(
    rf"(?<=[a-z0-9])(?<!\bthe)(?<!\ba)[\s_*~,-]{{1,3}}+(?:{DOT})[\s_*~,-]{{1,3}}+"
    rf"(?=(?:{TOP})(?![a-z0-9])(?!\W{{1,3}}(?:{AGE})(?![a-z])))"
)
APART_DOT = re.compile(r"(?<=[a-z0-9])(?:\s{1,3}\.\s{0,3}|,)(?=(?:com|net|org|gg|io|shop|xyz)(?![a-z0-9]))")
WRITTEN_AT = re.compile(
    rf"(?<=[a-z0-9_.])(?:[\s_*~-]{{1,3}}+(?:at|arroba|et|arobase)[\s_*~-]{{1,3}}+|\s{{0,3}}@\s{{0,3}}|at)"
    rf"(?=(?:{MAIL})\s{{0,2}}(?:{DOT}|[.,]|\s)\s{{0,2}}(?:com?|net|org|me|ru|de|fr|my|sg)(?![a-z0-9]))"
)
PROVIDER_DOT = re.compile(rf"(?<=@)({MAIL})\s{{0,2}}(?:{DOT}|[.,]|\s)\s{{0,2}}(?=(?:com?|net|org|me|ru)(?![a-z0-9]))")


def views_of(folded: str) -> tuple[str, ...]:
    """The texts to search: the text, and those of its lines that read differently with separated letters joined."""
    joined = BROKEN.sub(_without_signs, APART.sub(_without_gaps, folded))
    if joined == folded:
        return (_with_signs(folded),)
    known = set(folded.split("\n"))
    return _with_signs(folded), _with_signs("\n".join(line for line in joined.split("\n") if line not in known))


def _without_gaps(found: re.Match[str]) -> str:
    return "".join(found[0].split())


def _without_signs(found: re.Match[str]) -> str:
    return SIGNS.sub("", found[0])


def _with_signs(text: str) -> str:
    """With "at" and "dot" as signs, where they are meant as such."""
    text = BRACKETS.sub(lambda found: "@" if found[1] else ".", text)
    text = APART_DOT.sub(".", WRITTEN_DOT.sub(".", text))
    return PROVIDER_DOT.sub(r"\1.", WRITTEN_AT.sub("@", text))
