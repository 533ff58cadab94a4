"""What is refused before any view looks at it: impossible numbers, what is no text, huge forms, strange hosts."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

from credit_register.core.settings import Settings

LARGEST_NUMBER = 2**31 - 1  # of a row, in every database
LARGEST_FORM = 1024 * 1024  # bytes, where no files are sent
# Where files are sent, by the beginning of the address. More than the files may weigh together, so that one that is
# too large is told beside its field and nothing typed is lost. Staff may send as much as the application takes.
LARGEST_WITH_FILES = {
    "/reports": 64 * 1024 * 1024,
    "/workspace": 48 * 1024 * 1024,
    "/verify": 8 * 1024 * 1024,
    "/api/v1/verify": 4 * 1024 * 1024,
}
NUL = "内容中含有无法识别的字符，请删除后重新提交。"
NOT_UTF_8 = "地址中有不是 UTF-8 编码的字符，无法识别。请在页面的搜索框中重新输入。"


class RowNumber(IntegerConverter):
    """A number in an address that a row can have."""

    def __init__(self, *args: int, **options: int) -> None:
        super().__init__(*args, **{"max": LARGEST_NUMBER, **options})  # type: ignore[arg-type]


def trusted_hosts(settings: Settings) -> list[str] | None:
    """The hosts a request may name, once the operator has said where the site stands."""
    host = urlsplit(settings.public_url).hostname
    return [host, "127.0.0.1", "localhost"] if host else None


def init_intake(app: Flask) -> None:
    """Refuse what no person can have meant; routes made after this know the row numbers."""
    app.url_map.converters["int"] = RowNumber

    @app.before_request
    def look() -> None:
        sends = request.method not in ("GET", "HEAD")
        if sends and not request.path.startswith("/staff"):
            largest = next(
                (size for path, size in LARGEST_WITH_FILES.items() if request.path.startswith(f"{path}/")),
                LARGEST_FORM,
            )
            request.max_content_length = min(request.max_content_length or largest, largest)
        # PostgreSQL cannot store NUL, and SQLite would keep it unseen.
        if "\x00" in request.path:
            abort(404)
        try:
            arguments = request.args
        except UnicodeDecodeError:  # written into the address as they are; behind % they would be kept
            abort(400, description=NOT_UTF_8)
        if any("\x00" in value for _, value in arguments.items(multi=True)):
            abort(400, description=NUL)
        if sends and any("\x00" in value for _, value in request.form.items(multi=True)):
            abort(400, description=NUL)
