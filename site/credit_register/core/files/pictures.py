"""Pictures drawn anew: what is kept is what one sees, without place, device, author or hidden passengers."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from credit_register.core.files.errors import FileBroken
from credit_register.core.files.models import FileKind

MOST_PIXELS: Final = 60_000_000  # about 180 MB while it is decoded

_QUALITY: Final = 88
_MODES: Final = {
    FileKind.JPEG: ("RGB", "L"),
    FileKind.PNG: ("RGB", "RGBA", "L", "LA", "1"),
    FileKind.WEBP: ("RGB", "RGBA"),
}
# Palettes and the like become plain colour; those that may be transparent keep it where the format can.
_WITH_ALPHA: Final = frozenset({"P", "PA", "LA", "La", "RGBa", "RGBA"})


def clean_picture(content: bytes, kind: FileKind) -> bytes:
    """The picture encoded again in its format, upright; raises FileBroken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of its own pixel limit, which is checked here
            return _encoded_again(content, kind)
    except FileBroken:
        raise
    except Exception as error:  # a malformed picture makes Pillow raise nearly anything
        raise FileBroken("图片已损坏或不完整，请重新拍摄或导出后再上传") from error


def _encoded_again(content: bytes, kind: FileKind) -> bytes:
    with Image.open(io.BytesIO(content), formats=(kind.name,)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise FileBroken(f"图片超过 {MOST_PIXELS // 10_000} 万像素，请缩小尺寸后再上传")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    modes = _MODES[kind]
    if upright.mode not in modes:
        alpha = upright.mode in _WITH_ALPHA or "transparency" in upright.info
        upright = upright.convert("RGBA" if alpha and "RGBA" in modes else "RGB")
    elif "transparency" in upright.info and "RGBA" in modes:
        upright = upright.convert("RGBA")
    bare = Image.new(upright.mode, upright.size)  # a copy would take the comments and profiles along
    bare.paste(upright)
    target = io.BytesIO()
    if kind is FileKind.PNG:
        bare.save(target, "PNG")
    else:
        bare.save(target, kind.name, quality=_QUALITY)
    return target.getvalue()
