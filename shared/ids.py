"""Numbers that people read (K…, P…) and ids that machines use (UUIDv7)."""

from hashlib import blake2b
from uuid import UUID

from uuid_utils.compat import uuid7

_SPACE = 10**9
_HALF_BITS = 15
_HALF = (1 << _HALF_BITS) - 1
_ROUNDS = 6

# A totally anti-symmetric quasigroup of order 10 (Damm): finds every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_id() -> UUID:
    """A new UUIDv7: unique everywhere, sorted by the time it was made."""
    return uuid7()


class Numbers:
    """Turns a database sequence into numbers that nobody can guess from their neighbours (rules 3.1).

    `key` is the installation's secret; it must never change, or numbers would collide.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def order(self, sequence: int) -> str:
        """The order number K + nine digits + check digit. Raises ValueError for a sequence beyond 999,999,999."""
        return self._number("K", sequence)

    def payment(self, sequence: int) -> str:
        """The payment number P + nine digits + check digit. Raises ValueError for a sequence beyond 999,999,999."""
        return self._number("P", sequence)

    def _number(self, letter: str, sequence: int) -> str:
        if not 0 <= sequence < _SPACE:
            raise ValueError("the number sequence is used up")
        digits = f"{self._permute(letter, sequence):09d}"
        return f"{letter}{digits}{check_digit(digits)}"

    def _permute(self, letter: str, value: int) -> int:
        """A keyed Feistel network over 30 bits, walked until it lands below 10**9: a permutation, so none collides."""
        while True:
            left, right = value >> _HALF_BITS, value & _HALF
            for turn in range(_ROUNDS):
                left, right = right, left ^ self._round(letter, turn, right)
            value = left << _HALF_BITS | right
            if value < _SPACE:
                return value

    def _round(self, letter: str, turn: int, half: int) -> int:
        digest = blake2b(f"{letter}{turn}{half}".encode(), key=self._key, digest_size=2).digest()
        return int.from_bytes(digest) & _HALF


def check_digit(digits: str) -> int:
    """Damm's check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def is_number(text: str, letter: str) -> bool:
    """Whether the text can be a number of ours: a typing error is found without a look-up."""
    digits = text[1:]
    shaped = text[:1] == letter and len(digits) == 10 and digits.isascii() and digits.isdigit()
    return shaped and check_digit(digits) == 0
