"""PayNow's QR text in EMVCo's merchant-presented format: tags and lengths of two digits, a checksum at the end."""

from binascii import crc_hqx
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

SINGAPORE = timezone(timedelta(hours=8))
RECIPIENT, NAME, CITY = "201912345A", "HOLDFAST SANDBOX", "SINGAPORE"
"""Who is paid: the business number of a company that does not exist."""
REFERENCE_MAX = 25
_CHECKSUM = "6304"
"""The tag and length of the checksum, which it covers too."""


def text(amount: int, reference: str, valid_until: datetime) -> str:
    """What the QR code says: an amount of Singapore cents that can't be changed, to be paid once and until then."""
    account = _joined(
        ("00", "SG.PAYNOW"),
        ("01", "2"),  # the recipient is named by its business number
        ("02", RECIPIENT),
        ("03", "0"),  # the amount is fixed
        ("04", f"{valid_until.astimezone(SINGAPORE):%Y%m%d%H%M%S}"),
    )
    content = _joined(
        ("00", "01"),
        ("01", "12"),  # for one payment
        ("26", account),
        ("52", "0000"),
        ("53", "702"),
        ("54", f"{amount // 100}.{amount % 100:02d}"),
        ("58", "SG"),
        ("59", NAME),
        ("60", CITY),
        ("62", _joined(("01", reference[:REFERENCE_MAX]))),
    )
    return f"{content}{_CHECKSUM}{checksum(content + _CHECKSUM)}"


def checksum(content: str) -> str:
    """The CRC-16 of ISO/IEC 13239 that EMVCo asks for, in four hexadecimal digits."""
    return f"{crc_hqx(content.encode(), 0xFFFF):04X}"


def fields(content: str) -> Iterator[tuple[str, str]]:
    """The tags and values of a text. Raises ValueError for one that is cut off."""
    while content:
        tag, length = content[:2], int(content[2:4])
        value, content = content[4 : 4 + length], content[4 + length :]
        if len(value) != length:
            raise ValueError(f"tag {tag} is cut off")
        yield tag, value


def _joined(*values: tuple[str, str]) -> str:
    return "".join(f"{tag}{len(value):02d}{value}" for tag, value in values)
