"""A Boleto's numbers: 44 digits as bars, 47 digits to type in, each group with a check digit (Febraban)."""

from datetime import date

BANK, REAL = "999", "9"
"""A bank that does not exist, and the currency's digit."""
FREE_DIGITS = 25
_FIRST, _AGAIN = date(1997, 10, 7), date(2025, 2, 22)
"""Due dates are days: counted from the first, and from 1000 again when four digits were not enough any more."""
_LEAST, _DAYS = 1000, 9000


def factor(due: date) -> int:
    """The due date as four digits."""
    if due < _AGAIN:
        return (due - _FIRST).days
    return _LEAST + (due - _AGAIN).days % _DAYS


def bars(amount: int, due: date, free: int) -> str:
    """The 44 digits of the bar code; `amount` in centavos, `free` is the bank's own reference."""
    remainder = f"{factor(due):04d}{amount:010d}{free % 10**FREE_DIGITS:0{FREE_DIGITS}d}"
    return f"{BANK}{REAL}{check_digit_11(BANK + REAL + remainder)}{remainder}"


def line(code: str) -> str:
    """The 47 digits of a bar code as they are typed in, in their five groups."""
    head, check, dated, free = code[:4], code[4], code[5:19], code[19:]
    groups = (head + free[:5], free[5:15], free[15:])
    typed = [f"{each}{check_digit_10(each)}" for each in groups]
    return " ".join([*(f"{each[:5]}.{each[5:]}" for each in typed), check, dated])


def check_digit_10(digits: str) -> int:
    """The check digit of a group: every second digit doubled, from the right."""
    doubled = (int(each) * (2 if place % 2 == 0 else 1) for place, each in enumerate(reversed(digits)))
    return -sum(each // 10 + each % 10 for each in doubled) % 10


def check_digit_11(digits: str) -> int:
    """The check digit of all bars: weights 2 to 9 from the right; 1 where the remainder gives none."""
    total = sum(int(each) * (2 + place % 8) for place, each in enumerate(reversed(digits)))
    found = 11 - total % 11
    return found if found < 10 else 1
