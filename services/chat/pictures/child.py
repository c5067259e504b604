"""The process that reads one picture of a stranger and writes it anew; it has no settings, no network and no database.

It is started as a file, imports nothing of this project, takes the picture from stdin and answers on stdout: a line of
JSON, then the bytes of the new picture. The line has `refused` with a code, or `sha256` of what came, and `type`,
`width` and `height` of what is answered. An end without such a line means that a limit was reached.
"""

import json
import resource
import sys
import warnings
from contextlib import suppress
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageCms

CPU_SECONDS = 2
MEMORY_BYTES = 256 * 1024 * 1024
"""All of the process, the interpreter included (address space). 24 megapixels of PNG or JPEG take 216 MiB."""
WEBP_MEMORY_BYTES = 448 * 1024 * 1024
"""The WebP decoder holds 16 bytes per pixel: 24 megapixels take 409 MiB."""
PIXELS_MAX = 24_000_000
ANSWER_BYTES_MAX = 20 * 1024 * 1024
JPEG_QUALITY = 90
PNG_LEVEL = 3
"""zlib's level; from 4 on a large picture would take half of the time that there is."""
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The picture is not taken; the argument is the code."""


def main() -> None:
    """Answer for the picture on stdin."""
    _limit()
    given, made = sys.stdin.buffer.read(), b""
    try:
        head, made = _anew(given)
        head["sha256"] = sha256(given).hexdigest()
    except Refused as refused:
        head = {"refused": str(refused)}
    except Exception:  # noqa: BLE001 - a decoder fails in as many ways as there are broken files
        head = {"refused": "image_invalid"}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made)


def _limit() -> None:
    """Lower what the process may use, before it sees a byte of the picture."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, WEBP_MEMORY_BYTES))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def _anew(given: bytes) -> tuple[dict[str, object], bytes]:
    """What is answered for a picture. Raises Refused, and whatever a decoder raises."""
    kind = _kind(given)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if kind == "WEBP":
        resource.setrlimit(resource.RLIMIT_AS, (WEBP_MEMORY_BYTES, WEBP_MEMORY_BYTES))
    picture: Image.Image = Image.open(BytesIO(given), formats=(kind,))
    if kind != "JPEG" and getattr(picture, "n_frames", 1) != 1:
        raise Refused("image_animated")
    picture.load()  # first: looking for metadata loads a PNG too, and a second load hides what is broken
    turn, profile = _turn(picture), picture.info.get("icc_profile")
    picture = _in_srgb(_plain(picture), profile)
    if turn is not None:
        picture = picture.transpose(turn)
    return _written(picture, lossless=kind == "PNG" or picture.mode == "RGBA")


def _kind(given: bytes) -> str:
    """The format of a picture by its first bytes, whatever its sender calls it. Raises Refused for any other."""
    if given.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if given.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if given.startswith(b"RIFF") and given[8:12] == b"WEBP":
        return "WEBP"
    raise Refused("unsupported_media_type")


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How the picture must be turned to stand upright; metadata that can't be read turns nothing."""
    with suppress(Exception):
        return TURNS.get(picture.getexif().get(ORIENTATION, 1))
    return None


def _plain(picture: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel: grey, RGB or CMYK, or RGBA if a part of it may be transparent."""
    if "transparency" in picture.info or picture.mode in ("LA", "PA", "La", "RGBa"):
        return picture.convert("RGBA")
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("L", "RGB", "RGBA", "CMYK"):
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB; a profile that can't be read, or is of another kind of picture, is ignored as by viewers."""
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        in_place = picture.mode != "CMYK"
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.getOpenProfile(BytesIO(profile))
            if in_place and ImageCms.getProfileDescription(source).startswith("sRGB"):
                return picture
            target, mode = ImageCms.createProfile("sRGB"), picture.mode if in_place else "RGB"
            made = ImageCms.profileToProfile(picture, source, target, outputMode=mode, inPlace=in_place)
            return made or picture
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _written(picture: Image.Image, *, lossless: bool) -> tuple[dict[str, object], bytes]:
    """A new file with nothing in it but the pixels, and what is answered beside it."""
    picture.info.clear()
    target = BytesIO()
    if lossless:
        picture.save(target, "PNG", compress_level=PNG_LEVEL)
    else:
        picture.save(target, "JPEG", quality=JPEG_QUALITY)
    content = target.getvalue()
    if len(content) > ANSWER_BYTES_MAX:
        raise Refused("image_invalid")
    kind = "image/png" if lossless else "image/jpeg"
    return {"type": kind, "width": picture.width, "height": picture.height}, content


if __name__ == "__main__":
    main()
