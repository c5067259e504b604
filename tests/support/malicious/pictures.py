"""Files that are no pictures, or pictures that want more than they should get; and what each is answered."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image

from tests.support.pictures import animated, header, photo, picture, png_of, saved

INVALID, ANIMATED, OTHER, STORED = "image_invalid", "image_animated", "unsupported_media_type", "stored"
SCRIPT = b"<script>alert(document.domain)</script>"
MIB = 1024 * 1024


def _bomb() -> bytes:
    """900 megapixels in 110 KB."""
    return png_of(header(30_000, 30_000), (b"IDAT", zlib.compress(bytes(30_000 * 3751), 9)))


def _hidden_bomb(name: bytes, before: bytes) -> bytes:
    """A small picture beside which 100 MB are packed."""
    packed = zlib.compressobj(9)
    bomb = b"".join(packed.compress(bytes(MIB)) for _ in range(100)) + packed.flush()
    pixels = (b"IDAT", zlib.compress(b"\x00\x80"))
    return png_of(header(1, 1), (name, before + bomb), pixels)


def _endless_pixels() -> bytes:
    """A small picture with 100 MB of pixels."""
    packed = zlib.compressobj(9)
    pixels = b"".join(packed.compress(bytes(MIB)) for _ in range(100)) + packed.flush()
    return png_of(header(8, 8), (b"IDAT", pixels))


def _scans() -> bytes:
    """A JPEG in which the same scan of 20 megapixels comes again and again, in 5 MB."""
    whole = saved(Image.new("L", (5000, 4000)), "JPEG", progressive=True, quality=30)
    start = whole.index(b"\xff\xda")
    end = start + 2
    while not (whole[end] == 0xFF and whole[end + 1] not in (0, *range(0xD0, 0xD8))):
        end += 1
    scan = whole[start:end]
    return whole[:start] + scan * (5 * MIB // len(scan) - 1) + whole[end:]


def _zip() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("picture.png", picture())
    return target.getvalue()


def _cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def _noise(kind: str) -> bytes:
    image = Image.effect_noise((200, 200), 80)
    return saved(image.convert("RGB"), kind)


def _huge_riff() -> bytes:
    return b"RIFF" + struct.pack("<I", 0xFFFFFFF0) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00" * 4 + b"\xff" * 6


def _wide(width: int, height: int, kind: str) -> Callable[[], bytes]:
    return lambda: saved(Image.new("L", (width, height)), kind)


BOUNDED = "stored or image_invalid"
"""It depends on the machine whether there is time enough: either is right, within the limits."""
CORPUS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", OTHER),
    "text": (lambda: b"hello", OTHER),
    "html": (lambda: b"<!doctype html>" + SCRIPT, OTHER),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", OTHER),
    "svg behind a picture's name": (lambda: b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", OTHER),
    "gif": (lambda: saved(Image.new("P", (9, 9)), "GIF"), OTHER),
    "gif that is a script": (lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", OTHER),
    "bmp": (lambda: picture("BMP"), OTHER),
    "tiff": (lambda: picture("TIFF"), OTHER),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", OTHER),
    "pdf": (lambda: b"%PDF-1.7\n", OTHER),
    "zip": (_zip, OTHER),
    "gzip": (lambda: b"\x1f\x8b\x08\x00" + bytes(20), OTHER),
    "only the beginning of a png": (lambda: b"\x89PNG\r\n\x1a\n", INVALID),
    "only the beginning of a jpeg": (lambda: b"\xff\xd8\xff\xe0", INVALID),
    "only the beginning of a webp": (lambda: b"RIFF\x00\x00\x00\x00WEBP", INVALID),
    "riff that is a sound": (lambda: b"RIFF\x24\x00\x00\x00WAVEfmt ", OTHER),
    "cut png": (lambda: _cut(_noise("PNG")), INVALID),
    "cut jpeg": (lambda: _cut(_noise("JPEG")), INVALID),
    "cut webp": (lambda: _cut(_noise("WEBP")), INVALID),
    "webp of unlimited length": (_huge_riff, INVALID),
    "png whose end is overwritten": (lambda: picture()[:-20] + bytes(8) + picture()[-12:], INVALID),
    "png with script for pixels": (lambda: png_of(header(8, 8), (b"IDAT", SCRIPT)), INVALID),
    "png without pixels": (lambda: png_of(header(8, 8)), INVALID),
    "png of no width": (lambda: png_of(header(0, 8), (b"IDAT", zlib.compress(b""))), INVALID),
    "png of the largest width": (lambda: png_of(header(2**31 - 1, 2**31 - 1), (b"IDAT", zlib.compress(b"0"))), INVALID),
    "one pixel row too many": (_wide(6000, 4001, "PNG"), INVALID),
    "jpeg of 65,500 by 65,500": (
        lambda: picture("JPEG").replace(struct.pack(">HH", 30, 40), struct.pack(">HH", 65_500, 65_500)),
        INVALID,
    ),
    "bomb of 900 megapixels": (_bomb, INVALID),
    "bomb in a text": (lambda: _hidden_bomb(b"zTXt", b"Comment\x00\x00"), INVALID),
    "bomb in a profile": (lambda: _hidden_bomb(b"iCCP", b"icc\x00\x00"), INVALID),
    "bomb behind the pixels": (_endless_pixels, STORED),
    "jpeg of endless scans": (_scans, BOUNDED),
    "animated png": (lambda: animated("PNG"), ANIMATED),
    "animated webp": (lambda: animated("WEBP"), ANIMATED),
    "png that is a zip": (lambda: picture() + _zip(), STORED),
    "jpeg that is a page": (lambda: picture("JPEG", comment=SCRIPT) + SCRIPT, STORED),
    "webp that is a page": (lambda: picture("WEBP", exif=b"Exif\x00\x00" + SCRIPT) + SCRIPT, STORED),
    "metadata that can't be read": (lambda: picture("JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"), STORED),
    "a profile that is none": (lambda: picture("PNG", icc_profile=SCRIPT), STORED),
    "a place": (photo, STORED),
}
"""Each file by what it is, made when it is needed, and the code of its refusal or `stored`."""
