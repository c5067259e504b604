"""What people write: whether a text has visible characters, and which characters it may not hold. Pure."""

import unicodedata

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00016fe4\U0001d159")
"""Letters and signs that are drawn as nothing: fillers of Hangul and Khitan, the empty Braille cell, a blank note."""
_SILENT = frozenset(("Cc", "Cf", "Cs", "Co", "Mn", "Mc", "Me", "Zs", "Zl", "Zp"))
"""Categories of Unicode that show nothing by themselves: control, format, private use, combining marks, spaces."""
_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {*map(ord, "\t\n\r")}
_SHOWN = {code: f"[U+{code:04X}]" for code in (*_CONTROLS, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def has_text(text: str | None) -> bool:
    """Whether a reader sees anything of the text; every field that people write in is checked with it.

    Spaces, zero-width and other invisible characters, marks without a letter and blank-looking letters are nothing.
    """
    return text is not None and any(map(_is_seen, text))


def is_printable(character: str) -> bool:
    """Whether a text may hold the character: no control but line breaks and tabs, no half of a pair, no override of
    the reading direction, nothing that is no character at all.
    """
    if character in "\n\r\t":
        return True
    is_control = unicodedata.category(character) in ("Cc", "Cs")
    return not is_control and character not in _OVERRIDES and not _is_noncharacter(ord(character))


def shown(text: str) -> str:
    """A text for a page: characters that turn the direction of what follows, and controls, are shown and not obeyed."""
    return text.translate(_SHOWN)


def _is_seen(character: str) -> bool:
    if unicodedata.category(character) in _SILENT or character in _BLANK:
        return False
    return not _is_reserved_ignorable(ord(character))


def _is_noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _is_reserved_ignorable(code: int) -> bool:
    """Code points without a character that Unicode keeps for invisible ones; others may be a newer emoji."""
    ignorable = 0xE0000 <= code <= 0xE0FFF or 0xFFF0 <= code <= 0xFFF8 or code == 0x2065
    return ignorable or _is_noncharacter(code)
