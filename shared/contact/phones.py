"""Phone numbers: international ones, those of the markets as written there, others beside a word for calling."""

import re
from bisect import bisect_left
from itertools import pairwise

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from shared.contact.numerals import written_out

SEVEN = re.compile(r"\d(?:\D{0,5}+\d){6}")
"""Fewer digits, or any of them far apart, are no phone number: most texts end here."""
DATE = re.compile(
    r"(?<![\d.-])(?:[0-3]?\d([./-])[01]?\d\1(?:19|20)\d\d|(?:19|20)\d\d([./-])[01]?\d\2[0-3]?\d)(?![\d]|[./-]\d)"
)
TIME = re.compile(
    r"(?<![\d.+-])(?<!\d[ ])(?:[01]?\d|2[0-3])[.h][0-5]\d(?![\d]|[.h]\d)|(?<!\d)24/7(?!\d)|(?<!\d)\d{1,2}:\d\d(?!\d)"
)
GAP = r"[^\w,:/%=#$<>\[\]{}&;!?\"'+\n]"
NUMBER = re.compile(rf"(?<!\d)\d(?:(?:{GAP}|_){{0,3}}\d){{6,}}")
SINGLES = re.compile(r"(?<![\w.])\d(?:[^\w\s]\s?\d(?!\w)){6,}")
GROUP = re.compile(r"\d++")
PAIR, ZERO = re.compile(r"\d\d"), re.compile(r"\s0\d")
LOCAL = re.compile(
    r"(?<![\w(+])(?:\(\d\d\)\s?9?\d{4}[-\s.]\d{4}|\([2-9]\d\d\)\s?\d{3}[-.\s]\d{4}|[2-9]\d\d([-.])[2-9]\d\d\1\d{4}"
    r"|[1-9]\d\s?9\d{4}-\d{4})(?![\w%]|[-.]\d)"
)
"""Brackets or hyphens where only phone numbers have them: (11) 91234-5678 or 415-555-2671."""
CALLING = re.compile(
    r"(?<![a-z])(?:call(?!\sof)|phone|tel|telp|telephone|cell|sms|text\s?(?:me|to|at|:)|whats?\s?app|watsapp|wassap"
    r"|wasap|wsap|wa|ring|dial|hubungi|telefon|telepon|talian|no\.?\shp|hp\s?(?:no|:)|handphone"
    r"|mobile\s?(?:no|num(?:ber)?|:|phone)|(?:my|contact)\s(?:num(?:ber)?|no)|nombor|nomor|ligue|llam[ae](?:me|nos)?"
    r"|celular|telefone|fone|zap|zapzap|contato|contacto|contact|reach|sdt|goi|lien he|hit me|msg me"
    r"|pm me|nr)(?![a-z])|\u0e42\u0e17\u0e23|\uc804\ud654|\uc5f0\ub77d|\u7535\u8bdd|\u624b\u673a|\u8054\u7cfb"
)
"""Words before or right after a phone number; at the end Thai, Korean and Chinese."""
OTHER = re.compile(
    r"(?:(?<![a-z])(?:id|uid|pid|order|serial|seed|code|codes|key|item|lot|player|ref|ticket|steam64|guild|match|build"
    r"|version|ver|patch|invoice|receipt|payment|transaction|sku|ean|isbn|barcode|level|lv|exp|xp|power|score|damage"
    r"|price|float|hash|coordinates|coords|asset|pattern|replay|map|world|zone|rating|mmr|stats|bp|cp)|#)"
    r"(?:\s?(?:no|number|is))?[\s:.#(-]{0,4}$"
)
"""What says that the number behind it is one of something else."""
UNIT = re.compile(
    r"\s?(?:k|m|b|mil|million|golds?|coins?|silver|diamonds?|gems?|robux|adena|mesos?|gil|isk|points?|pts|exp|xp|power"
    r"|cp|hp|dmg|damage|dps|views?|followers?|likes?|subs|usd|myr|rm|eur|idr|rp|php|thb|vnd|krw|won|brl|credits?|zeny"
    r"|kamas|souls|runes|bells|crystals?|tokens?|vbucks|v-bucks|cash|kinah|lumens|shards?|members|players|score|kills"
    r"|trophies|penya|gp|dollars|stones?|yang|alz|zen|elo|mmr|bp|rubies|ruby|honor|copper|platinum|plat)(?![a-z])"
    r"|\s?[%:]"
)
"""What says that the number before it is an amount."""

MOBILE_ONLY, ALL_LINES = ("JP", "TW", "AU", "GB"), ("MY", "TH", "ID", "KR", "VN", "PH")
BARE_CODES = {
    "MY": "60", "ID": "62", "PH": "63", "SG": "65", "TH": "66", "KR": "82", "VN": "84", "BR": "55", "HK": "852",
}  # fmt: skip
"""Whose numbers are known without a plus: with a leading zero, and with the country's code."""
BARE_BEGINNINGS = frozenset(code[:2] for code in BARE_CODES.values())
BARE_STARTS = BARE_BEGINNINGS | {code[0] for code in BARE_BEGINNINGS} | {""}
DIGITS_MIN, DIGITS_MAX, PARTS_MAX = 9, 14, 6
"""How many digits, and in how many parts, a number has that needs no word beside it; single digits apart."""
TABLE_MIN, PARTS_MAX_IN_TABLE = 12, 4
"""From how many numbers on they are a table, in which pairs of digits are no phone number."""
AHEAD, BEHIND = 28, 12
"""How many characters before and behind a number a word for calling may stand."""


def _plan(region: str, *, lines: bool) -> str:
    """A region's numbers without any prefix, as its numbering plan has them."""
    known = PhoneMetadata.metadata_for_region(region)
    assert known is not None, f"{region} has a numbering plan"
    kinds = (known.mobile, known.fixed_line) if lines else (known.mobile,)
    return "|".join(each.national_number_pattern for each in kinds if each and each.national_number_pattern)


NATIONAL = re.compile("0(?:" + "|".join(_plan(each, lines=each in ALL_LINES) for each in ALL_LINES + MOBILE_ONLY) + ")")
BARE = re.compile("|".join(f"{code}0?(?:{_plan(each, lines=False)})" for each, code in BARE_CODES.items()))
AMERICAN = re.compile(f"1(?:{_plan('US', lines=True)})")
CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)


def has_phone(text: str) -> bool:
    """Whether there is a phone number: seven digits or more, and no price, date or number of something else."""
    text, certain = written_out(text)
    if certain:
        return True
    if SEVEN.search(text) is None:
        return False
    text = SINGLES.sub(lambda found: "".join(GROUP.findall(found[0])), TIME.sub(",", DATE.sub(",", text)))
    if any(not _is_round(_digits(found[0])) for found in LOCAL.finditer(text)):
        return True
    found_words = list(CALLING.finditer(text))
    words, glued = [each.start() for each in found_words], {each.end() for each in found_words}
    return any(
        _is_phone(text, found, words)
        for found in NUMBER.finditer(text)
        if not text[found.start() - 1 : found.start()].isalpha() or found.start() in glued
    )


def has_word_for_calling(text: str) -> bool:
    """Whether the text has a word that stands before phone numbers, such as "call"."""
    return CALLING.search(text) is not None


def _is_phone(text: str, found: re.Match[str], words: list[int]) -> bool:
    start, end, written = found.start(), found.end(), found[0]
    near = _is_near_word(text, start, end, words)
    everywhere = text[max(0, start - 2) : start].rstrip().endswith(("+", "+(")) and _is_international(written)
    local = not everywhere and _is_national(written)
    if not (near or everywhere or local) or _is_round(_digits(written)):
        return False
    if near and local:
        return True
    if UNIT.match(text, end) or (not everywhere and OTHER.search(text, max(0, start - 20), start)):
        return False
    groups = GROUP.findall(written)
    return everywhere or (local and not _is_list(groups)) or (near and _is_plain(groups, written))


def _is_near_word(text: str, start: int, end: int, words: list[int]) -> bool:
    """Whether a word for calling stands in the same line, just before or right after it."""
    first, last = max(0, start - AHEAD), end + BEHIND
    first, line_end = max(first, text.rfind("\n", first, start)), text.find("\n", end, last)
    place = bisect_left(words, first)
    return place < len(words) and words[place] < (last if line_end < 0 else line_end)


def _is_plain(groups: list[str], written: str) -> bool:
    """Whether a number beside such a word may be one of any country: not too long, no decimal fraction, no list."""
    fraction = len(groups) == 2 and written.count(".") == 1 and len(groups[0]) < 3
    return 7 <= sum(map(len, groups)) <= 15 and not fraction and not _is_list(groups)


def _is_national(written: str) -> bool:
    """Whether a part between spaces is a number of one of the markets, with its leading zero or its country's code."""
    digits = _digits(written)
    if PAIR.search(written) is None or digits == written:
        return DIGITS_MIN <= len(digits) <= DIGITS_MAX and _is_number(digits, parts=1 if digits == written else 3)
    if digits[0] != "0" and digits[:2] not in BARE_BEGINNINGS and ZERO.search(written) is None:
        return False
    parts = [(found[0], found.end()) for found in GROUP.finditer(written)]
    if len(parts) >= 4 and all(len(group) == 4 for group, _ in parts):
        return False
    return any(
        _fits(parts, place, written)
        for place, (group, _) in enumerate(parts)
        if len(group) > 1 and (place == 0 or (group[0] == "0" and written[parts[place - 1][1]].isspace()))
    )


def _fits(parts: list[tuple[str, int]], first: int, written: str) -> bool:
    """Whether a number begins with this group and ends before a space or with the last."""
    digits = ""
    if parts[first][0].startswith("00") and parts[first][0][2:4] not in BARE_STARTS:
        return False
    parts_max = PARTS_MAX if len(parts) <= TABLE_MIN else PARTS_MAX_IN_TABLE
    for place in range(first, min(first + parts_max, len(parts))):
        group, end = parts[place]
        digits += group
        if len(digits) > DIGITS_MAX:
            return False
        if len(digits) < DIGITS_MIN:
            continue
        closes = place + 1 == len(parts) or written[end].isspace()
        if closes and _is_number(digits, parts=place + 1 - first):
            return not _is_list([part for part, _ in parts[first : place + 1]])
    return False


def _is_number(digits: str, parts: int) -> bool:
    if digits.startswith("00"):
        return digits[2:4] in BARE_BEGINNINGS and BARE.fullmatch(digits, 2) is not None
    if digits[0] == "0":
        return NATIONAL.fullmatch(digits) is not None
    return (len(digits) >= 11 or parts >= 3) and BARE.fullmatch(digits) is not None


def _is_international(written: str) -> bool:
    """Whether what follows a plus is a number somewhere; what comes behind a space may be something else."""
    digits = ""
    for group in GROUP.findall(written):
        digits += group
        if len(digits) >= 8 and _begins_with_code(digits) and len(digits) <= 15:
            return digits[0] != "1" or AMERICAN.fullmatch(_digits(written)[:11]) is not None
    return False


def _begins_with_code(digits: str) -> bool:
    return any(digits[:size] in CODES for size in (1, 2, 3))


def _digits(written: str) -> str:
    return "".join(GROUP.findall(written))


def _is_round(digits: str) -> bool:
    """Whether these digits are an amount: hardly anything but zeros behind the first."""
    return len(digits.rstrip("0")) <= 3 or digits.count("0") * 3 > len(digits) * 2


def _is_list(groups: list[str]) -> bool:
    """Whether these look like levels or sizes: small numbers that grow, or many that never shrink."""
    numbers = [int(group) for group in groups]
    if len(groups) >= 4 and max(map(len, groups)) > 1:
        return numbers == sorted(numbers)
    return len(groups) > 1 and max(map(len, groups)) <= 2 and all(one < other for one, other in pairwise(numbers))
