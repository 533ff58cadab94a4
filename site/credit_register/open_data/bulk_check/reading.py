"""What is asked: one institution a line, from a paste, a sheet or a list of texts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from credit_register.core import uscc
from credit_register.core.sheets import (
    Column,
    HeaderSpec,
    Kind,
    MissingColumns,
    NoHeader,
    Sheet,
    SheetLimits,
    read_sheet,
)
from credit_register.institutions.verification.reading import fold, read

MOST: Final = 10_000
LONGEST: Final = 300  # characters of a line, as on the page that verifies one
LARGEST: Final = 5 * 1024 * 1024  # bytes of a sheet

_LIMITS: Final = SheetLimits(
    file_bytes=LARGEST,
    rows=MOST,
    unpacked_bytes=64 * 1024**2,
    shared_text_bytes=16 * 1024**2,
    other_part_bytes=4 * 1024**2,
)
_CODE: Final = Column(
    "统一社会信用代码",
    ("社会信用代码", "信用代码", "机构代码", "代码", "uscc"),
    kind=Kind.CODE,
)
_NAME: Final = Column(
    "名称",
    ("机构名称", "企业名称", "公司名称", "单位名称", "机构全称", "企业全称", "全称", "治理对象", "name"),
)
# One column is enough, and the finder of headers wants to see all that it knows.
_HEADERS: Final = (HeaderSpec((_CODE, _NAME)), HeaderSpec((_CODE,)), HeaderSpec((_NAME,)))
_TITLES: Final = frozenset(
    fold(title) for column in (_CODE, _NAME) for title in (column.name, *column.aliases)
) | {fold("序号"), fold("编号")}


class BulkRefused(ValueError):
    """Nothing can be answered; the text says what to change."""


@dataclass(frozen=True)
class Question:
    """One institution that is asked about.

    `line` counts from 1 in what was sent; `code` is normalised; `names` are the texts that may be its name, folded,
    the likeliest first; `problem` is a Chinese sentence where the line cannot be answered, or a doubt about its code.
    """

    line: int
    given: str
    code: str = ""
    names: tuple[str, ...] = ()
    problem: str = ""


def read_lines(text: str) -> list[Question]:
    """One question for each line that says something; a header on top is left out. Raises BulkRefused."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and _is_header(lines[0][1]):
        del lines[0]
    return _questions(lines)


def read_texts(texts: Sequence[str]) -> list[Question]:
    """One question for each text of a list, blank ones as well, so that answers stand in its order. Raises BulkRefused."""
    return _questions(list(enumerate(texts, 1)))


def read_upload(stream: BinaryIO) -> list[Question]:
    """The questions of a csv or xlsx file, which lies on the disk only while it is read. Raises BulkRefused or SheetError."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BulkRefused(f"文件超过 {LARGEST // 1024**2} MB，请拆成几个文件分别核对")
    with tempfile.NamedTemporaryFile(prefix="bulk-") as file:
        file.write(content)
        file.flush()
        with _opened(Path(file.name)) as sheet:
            rows = [
                (row.number, f"{row.text(_CODE.name)}\t{row.text(_NAME.name)}".strip(), row.notes)
                for row in sheet
            ]
    questions = _questions([(number, text) for number, text, _ in rows])
    doubts = {number: notes[0].message for number, _, notes in rows if notes}
    return [
        Question(one.line, one.given, one.code, one.names, one.problem or doubts.get(one.line, ""))
        for one in questions
    ]


def as_lines(questions: Iterable[Question]) -> str:
    """The questions as a text from which `read_lines` makes the same ones, at the same lines."""
    lines: list[str] = []
    for one in questions:
        lines += [""] * min(one.line - 1 - len(lines), MOST)
        lines.append(one.given)
    return "\n".join(lines)


def _opened(path: Path) -> Sheet:
    refusal: Exception | None = None
    for header in _HEADERS:
        try:
            return read_sheet(path, header, limits=_LIMITS)
        except (NoHeader, MissingColumns) as error:
            refusal = refusal or error
    raise BulkRefused(
        "没有找到表头。请在第一行写上“统一社会信用代码”或“名称”（两列都有更好），再重新上传"
    ) from refusal


def _questions(lines: Sequence[tuple[int, str]]) -> list[Question]:
    if not lines:
        raise BulkRefused("请粘贴代码或名称，每行一家；或者选择一个表格文件")
    if len(lines) > MOST:
        raise BulkRefused(f"一次最多核对 {MOST} 家，现有 {len(lines)} 家，请分几次核对")
    return [_question(number, text) for number, text in lines]


def _question(number: int, text: str) -> Question:
    plain = "".join(char if char.isprintable() or char == "\t" else " " for char in text).strip()
    given = plain[:LONGEST]
    if len(plain) > LONGEST:
        return Question(number, given, problem=f"这一行有 {len(plain)} 字，最多 {LONGEST} 字，未核对")
    reading = read(plain)
    if len(reading.codes) > 1:
        return Question(number, given, problem="这一行有两个以上的代码，请每行只写一家")
    code = reading.codes[0] if reading.codes else ""
    names = [fold(phrase) for phrase in (reading.name, *reading.phrases) if phrase]
    if not code and (whole := fold(plain)):
        names.insert(0, whole)
    problem = ""
    if not code and not reading.phrases:
        problem = "没有认出名称或统一社会信用代码，请核对这一行"
    elif code and not (check := uscc.check(code)).ok:
        problem = f"代码书写有误：{check.message}"
    return Question(number, given, code, tuple(dict.fromkeys(names)), problem)


def _is_header(line: str) -> bool:
    cells = [fold(cell) for cell in line.replace("，", "\t").replace(",", "\t").split("\t")]
    return all(cell in _TITLES for cell in cells if cell)
