"""What becomes of an uploaded picture: upright, in sRGB, without metadata; and what malicious files can't do."""

import subprocess
import sys
from hashlib import sha256
from io import BytesIO
from time import monotonic

import pytest
from PIL import Image

from services.chat.pictures.child import PIXELS_MAX, WEBP_MEMORY_BYTES
from services.chat.pictures.reader import WALL_SECONDS, Made, PictureReader, QueueFull
from shared.refusals import Refused
from tests.support.malicious.pictures import CORPUS, SCRIPT, STORED
from tests.support.pictures import ORIENTATION, PLACE, other_profile, photo, picture, saved

CORNERS = {1: (2, 2), 2: (37, 2), 3: (37, 27), 4: (2, 27), 5: (2, 2), 6: (27, 2), 7: (27, 37), 8: (2, 37)}
"""Where the upper left corner of a camera's picture is, by the orientation that it notes."""
MEASURE = """
import asyncio, resource
from services.chat.pictures.reader import PictureReader
from tests.support.malicious.pictures import CORPUS

async def read_all():
    for make, _ in CORPUS.values():
        await PictureReader().read(make())

asyncio.run(read_all())
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def reader() -> PictureReader:
    """Reads pictures in child processes."""
    return PictureReader()


async def made(reader: PictureReader, given: bytes) -> tuple[Made, Image.Image]:
    """What is stored of a picture, and what a viewer sees of that."""
    found = await reader.read(given)
    assert isinstance(found, Made)
    return found, Image.open(BytesIO(found.content))


def near(image: Image.Image, at: tuple[int, int], color: tuple[int, int, int]) -> bool:
    """Whether the pixel has this color, but for what JPEG changes."""
    found = image.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 40 for a, b in zip(found, color, strict=True))


class TestWhatIsStored:
    @pytest.mark.parametrize(("kind", "stored"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "jpeg")])
    async def test_is_the_same_picture_beside_the_hash_of_the_original(
        self, reader: PictureReader, kind: str, stored: str
    ) -> None:
        given = picture(kind)
        found, seen = await made(reader, given)
        assert (found.picture.type, seen.format) == (f"image/{stored}", stored.upper())
        assert (found.picture.width, found.picture.height) == seen.size == (40, 30)
        assert near(seen, (5, 5), RED)
        assert near(seen, (35, 25), BLUE)
        assert found.picture.sha256 == sha256(given).hexdigest() != sha256(found.content).hexdigest()

    @pytest.mark.parametrize(("orientation", "corner"), CORNERS.items())
    async def test_stands_upright(self, reader: PictureReader, orientation: int, corner: tuple[int, int]) -> None:
        _, seen = await made(reader, photo(orientation))
        assert seen.size == ((40, 30) if orientation < 5 else (30, 40))
        assert near(seen, corner, RED)
        assert not near(seen, (seen.width - 1 - corner[0], seen.height - 1 - corner[1]), RED)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    async def test_has_no_place_and_nothing_else_that_the_camera_wrote(self, reader: PictureReader, kind: str) -> None:
        given = photo(6, kind)
        assert PLACE in given
        found, seen = await made(reader, given)
        assert (dict(seen.getexif()), seen.info.get("icc_profile"), seen.info.get("comment")) == ({}, None, None)
        assert PLACE not in found.content
        assert ORIENTATION not in seen.getexif()

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    async def test_looks_the_same_without_its_profile(self, reader: PictureReader, kind: str) -> None:
        """In the profile of the original red and green have changed places: a viewer shows the red as green."""
        _, seen = await made(reader, picture(kind, icc_profile=other_profile(), lossless=True, quality=95))
        assert near(seen, (5, 5), (0, 255, 0))
        assert seen.info.get("icc_profile") is None

    @pytest.mark.parametrize(
        ("mode", "color", "shown"),
        [
            ("1", 1, (255, 255, 255)),
            ("L", 100, (100, 100, 100)),
            ("I;16", 100 * 256, (100, 100, 100)),
            ("P", 0, (0, 0, 0)),
            ("LA", (100, 0), (100, 100, 100, 0)),
            ("RGBA", (10, 20, 30, 40), (10, 20, 30, 40)),
        ],
    )
    async def test_keeps_what_is_seen_in_every_kind_of_png(
        self, reader: PictureReader, mode: str, color: int | tuple[int, ...], shown: tuple[int, ...]
    ) -> None:
        _, seen = await made(reader, saved(Image.new(mode, (4, 4), color), "PNG"))
        assert seen.convert("RGBA" if len(shown) == 4 else "RGB").getpixel((1, 1)) == shown

    async def test_of_a_print_in_four_colors_is_one_in_three(self, reader: PictureReader) -> None:
        _, seen = await made(reader, saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
        assert seen.mode == "RGB"
        assert near(seen, (4, 4), RED)

    async def test_keeps_what_is_transparent(self, reader: PictureReader) -> None:
        found, seen = await made(reader, saved(Image.new("RGBA", (8, 8), (255, 0, 0, 7)), "WEBP", lossless=True))
        assert (found.picture.type, seen.getpixel((1, 1))) == ("image/png", (255, 0, 0, 7))

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    async def test_may_have_24_megapixels(self, reader: PictureReader, kind: str) -> None:
        size = (6000, PIXELS_MAX // 6000)
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        options = {"method": 0} if kind == "WEBP" else {}
        found, _ = await made(reader, saved(Image.new("RGB", size, "teal"), kind, exif=exif, **options))
        assert (found.picture.width, found.picture.height) == size[::-1]


class TestAMaliciousFile:
    @pytest.mark.parametrize("name", CORPUS)
    async def test_is_refused_or_written_anew_in_bounded_time_and_memory(
        self, reader: PictureReader, name: str
    ) -> None:
        make, expected = CORPUS[name]
        given, started = make(), monotonic()
        found = await reader.read(given)
        assert (STORED if isinstance(found, Made) else str(found.code)) in expected.split(" or ")
        assert monotonic() - started < WALL_SECONDS + 2
        if isinstance(found, Made):
            assert SCRIPT not in found.content
            assert not found.content.rstrip(b"\x00").endswith(b"PK")
            assert Image.open(BytesIO(found.content)).format in ("PNG", "JPEG")

    def test_none_takes_more_memory_than_a_reader_may_have(self) -> None:
        """Measured in a small process of its own: what a child took counts its parent's memory too."""
        measured = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
        assert 0 < int(measured.stdout.split()[-1]) * 1024 < WEBP_MEMORY_BYTES

    async def test_that_takes_too_long_is_given_up(
        self, reader: PictureReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chat.pictures.reader.WALL_SECONDS", 0.01)
        found = await reader.read(picture())
        assert isinstance(found, Refused)
        assert found.code == "image_invalid"


class TestTheQueue:
    async def test_takes_so_many_and_no_more_and_a_place_is_free_again(self) -> None:
        reader = PictureReader(running=1, waiting=1)
        async with reader.place(), reader.place():
            with pytest.raises(QueueFull):
                async with reader.place():
                    pass
        async with reader.place():
            assert isinstance(await reader.read(picture()), Made)
