"""Pictures drawn anew: what is kept is what one sees, without place, device, author or hidden passengers."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from credit_register.core.files.errors import FileBroken
from credit_register.core.files.models import FileKind

MOST_PIXELS: Final = 50_000_000  # about 150 MB while it is decoded
LARGE: Final = 16_000_000  # pixels, from which on a picture is made smaller

_LONG_SIDE, _SHORT_SIDE = 5_000, 3_000
_SAVED: Final = {
    "JPEG": {"quality": 88},
    "WEBP": {"quality": 88},
    "PNG": {"compress_level": 3},  # a third of the time of the usual 6, for nearly the same size
}
_MODES: Final = {
    "JPEG": ("RGB", "L"),
    "PNG": ("RGB", "RGBA", "L", "LA", "1"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("RGB", "RGBA", "L"),
    "BMP": ("RGB", "L", "1"),
}
_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
)
# What is transparent stays so where the format can; a palette without it becomes plain colour.
_WITH_ALPHA: Final = frozenset({"PA", "LA", "La", "RGBa", "RGBA"})


def clean_picture(content: bytes, kind: FileKind) -> bytes:
    """The picture encoded again in its format, upright, a large one smaller; raises FileBroken."""
    return _redrawn(content, kind.name, upright=True, most_pixels=MOST_PIXELS)[0]


def clean_inner_picture(content: bytes, most_pixels: int) -> tuple[bytes, int] | None:
    """A picture of a document drawn anew, and its pixels; None for a format that is not known. Raises FileBroken.

    It is not turned: Word and LibreOffice place a photograph as its pixels lie, whatever the camera noted.
    """
    name = next((name for beginning, name in _BEGINNINGS if content.startswith(beginning)), "")
    if not name and content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        name = "WEBP"
    return _redrawn(content, name, upright=False, most_pixels=most_pixels) if name else None


def _redrawn(content: bytes, name: str, *, upright: bool, most_pixels: int) -> tuple[bytes, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of its own pixel limit, which is checked here
            return _encoded_again(content, name, upright, most_pixels)
    except FileBroken:
        raise
    except Exception as error:  # a malformed picture makes Pillow raise nearly anything
        raise FileBroken("图片已损坏或不完整，请重新拍摄或导出后再上传") from error


def _encoded_again(content: bytes, name: str, upright: bool, most_pixels: int) -> tuple[bytes, int]:
    with Image.open(io.BytesIO(content), formats=(name,)) as picture:
        pixels = picture.width * picture.height
        if pixels > MOST_PIXELS:
            raise FileBroken(f"图片超过 {MOST_PIXELS // 10_000} 万像素，请缩小尺寸后再上传")
        if pixels > most_pixels:
            raise FileBroken("文件里的图片太多、太大，请压缩图片或拆分文件后再上传")
        if pixels > LARGE and min(picture.size) >= 2 * _SHORT_SIDE:
            # A JPEG can be decoded at half its size in a quarter of the memory.
            picture.draft(picture.mode, (picture.width // 2, picture.height // 2))
        picture.load()
        if upright:
            ImageOps.exif_transpose(picture, in_place=True)
        shown = _fit_to_be_seen(_plain(picture, _MODES[name]))
        bare = Image.new(shown.mode, shown.size)  # a copy would take the comments and profiles along
        bare.paste(shown)
    target = io.BytesIO()
    bare.save(target, name, **_SAVED.get(name, {}))
    return target.getvalue(), pixels


def _plain(picture: Image.Image, modes: tuple[str, ...]) -> Image.Image:
    """The picture in a mode that its format can hold."""
    transparent = "transparency" in picture.info
    if picture.mode in modes and not (transparent and "RGBA" in modes):
        return picture
    alpha = picture.mode in _WITH_ALPHA or transparent
    return picture.convert("RGBA" if alpha and "RGBA" in modes else "RGB")


def _fit_to_be_seen(picture: Image.Image) -> Image.Image:
    """A large picture at 5000 pixels on its long side; a long one keeps 3000 on its short side, so that text stays legible."""
    share = max(_LONG_SIDE / max(picture.size), _SHORT_SIDE / min(picture.size))
    if picture.width * picture.height <= LARGE or share >= 1:
        return picture
    if picture.mode == "1":
        picture = picture.convert("L")
    return picture.resize((round(picture.width * share), round(picture.height * share)), reducing_gap=2.0)
