"""Pictures for tests: good ones with everything that cameras write into them."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

PLACE = b"Kuala Lumpur 3.1390 N 101.6869 E"
"""A text that stands in the metadata of `photo`, beside the same place as numbers."""
GPS, ORIENTATION, DESCRIPTION = 0x8825, 0x0112, 0x010E


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture whose upper left quarter is red and whose rest is blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    return saved(image, kind, **options)


def photo(orientation: int = 1, kind: str = "JPEG") -> bytes:
    """A picture as a phone takes it: turned, with a place, a description and a profile."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION] = orientation, PLACE.decode()
    exif.get_ifd(GPS).update({1: "N", 2: (3.0, 8.0, 20.4), 3: "E", 4: (101.0, 41.0, 12.8)})
    return picture(kind, exif=exif, quality=95)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file."""
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def animated(kind: str) -> bytes:
    """Two frames."""
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def other_profile() -> bytes:
    """A profile in which red and green have changed places."""
    found = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", found[128:132])
    names = {bytes(found[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = names[b"rXYZ"], names[b"gXYZ"]
    found[red : red + 4], found[green : green + 4] = found[green : green + 4], found[red : red + 4]
    return bytes(found).replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, each with its right checksum."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, content in (*chunks, (b"IEND", b"")):
        checksum = zlib.crc32(name + content)
        parts.append(struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum))
    return b"".join(parts)


def header(width: int, height: int, depth: int = 1, kind: int = 0) -> tuple[bytes, bytes]:
    """The first chunk of a PNG; kind 0 is grey."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
