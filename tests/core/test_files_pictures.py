"""A picture is drawn anew: what it tells beside what one sees is gone, and a huge one is made smaller."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from credit_register.core.files import FileBroken
from tests.core.handmade_files import document, photograph, picture, take


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_loses_what_it_tells_beside_the_picture_and_stands_upright(kind: str) -> None:
    content = photograph(kind)
    assert b"SecretPhone" in content
    clean = take(content, "照片.jpg")
    assert b"Secret" not in clean
    assert b"Exif" not in clean
    with Image.open(io.BytesIO(clean)) as opened:
        assert opened.format == kind
        assert opened.size == (20, 40)
        assert not opened.getexif()
        assert not set(opened.info) & {"exif", "icc_profile", "xmp", "comment"}


@pytest.mark.parametrize(
    ("kind", "mode", "kept"),
    [
        ("PNG", "P", "RGB"),
        ("PNG", "LA", "LA"),
        ("PNG", "RGBA", "RGBA"),
        ("PNG", "1", "1"),
        ("PNG", "I;16", "RGB"),
        ("JPEG", "CMYK", "RGB"),
        ("JPEG", "L", "L"),
    ],
)
def test_pictures_of_every_colour_mode_are_drawn_anew(kind: str, mode: str, kept: str) -> None:
    with Image.open(io.BytesIO(take(picture(kind, mode), "a"))) as opened:
        assert opened.mode == kept


def test_what_hides_behind_a_picture_is_gone() -> None:
    assert b"PK\x03\x04" not in take(picture("PNG") + document(), "a.png")


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    with pytest.raises(FileBroken):
        take(bomb, "a.png")
    large = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8_000, 8_000, 8, 2, 0, 0, 0))
    with pytest.raises(FileBroken, match="超过 5000 万像素"):
        take(large + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""), "a.png")


@pytest.mark.parametrize(
    ("kind", "mode", "size", "becomes"),
    [
        ("JPEG", "L", (8000, 6001), (4000, 3001)),  # 48 million pixels of a telephone
        ("JPEG", "L", (6000, 4000), (5000, 3333)),
        ("PNG", "1", (4960, 7016), (3535, 5000)),  # a page scanned at 600 points an inch
        ("JPEG", "L", (1080, 20000), (1080, 20000)),  # a long screenshot of a talk
        ("JPEG", "L", (12000, 4000), (9000, 3000)),
        ("JPEG", "L", (4000, 4000), (4000, 4000)),
    ],
)
def test_a_large_picture_becomes_smaller_and_a_long_one_stays_legible(
    kind: str, mode: str, size: tuple[int, int], becomes: tuple[int, int]
) -> None:
    with Image.open(io.BytesIO(take(picture(kind, mode, size), "a"))) as opened:
        assert opened.size == becomes
