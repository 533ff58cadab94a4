"""One cell at a time: trimmed, measured, put into the form that the register keeps, or refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from credit_register.core import regions, uscc
from credit_register.core.dates import NotADate, parse_date
from credit_register.institutions.categories import CATEGORIES, category_code

NAME_LENGTHS: Final = (2, 120)

_NOTHING: Final = frozenset(
    {"", "无", "暂无", "没有", "不详", "未填", "-", "--", "—", "——", "－", "/", "／", "\\", "N/A", "n/a"}
)
_FORMULA_SIGNS: Final = "=+-@＝＋－＠"
_HAN: Final = r"\u3400-\u9fff"
_INNER_BLANKS: Final = re.compile(rf"(?<=[{_HAN}）)]) +(?=[{_HAN}（(])")
_PHONE: Final = re.compile(r"[0-9+\-() /,;、，；#*·.~转分机至或]+")
_HOST: Final = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
_SEPARATORS: Final = (";\n\t|", ",、", "/", " ")


class BadCell(Exception):
    """A cell that cannot be kept; the text is a Chinese sentence that says how to mend it."""


def sentence(text: str) -> str:
    """The text with a full stop at its end, as pages and lists show it."""
    return text if text.endswith(("。", "！", "？")) else text + "。"


def shown(text: str) -> str:
    """A cell as a message quotes it."""
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:30] + "…"


def is_blank(text: str) -> bool:
    """Whether the cell says nothing, be it in words."""
    return text.strip() in _NOTHING


def name(text: str, what: str) -> str:
    """The name of an institution or product: 2 to 120 characters that neither run nor hide."""
    line = _one_line(text, what)
    if not line:
        raise BadCell(f"{what}为空，请填写")
    if line[0] in _FORMULA_SIGNS:
        raise BadCell(
            f"{what}不能以“{line[0]}”开头（会被表格软件当作公式），请改为营业执照或登记证书上的名称"
        )
    fewest, most = NAME_LENGTHS
    if not fewest <= len(line) <= most:
        raise BadCell(f"{what}应为 {fewest} 至 {most} 个字，现为 {len(line)} 个字，请核对")
    if re.search(rf"[{_HAN}]", line):
        line = line.replace("(", "（").replace(")", "）")  # the form of business licences
        line = _INNER_BLANKS.sub("", line)
    return line


def text_line(text: str, what: str, most: int) -> str:
    """A short text on one line; blank where the cell says nothing."""
    if is_blank(text):
        return ""
    line = _one_line(text.replace("\r", " ").replace("\n", " "), what)
    _refuse_formula(line, what)
    return _measured(line, what, most)


def long_text(text: str, what: str, most: int) -> str:
    """A text that may have paragraphs; blank where the cell says nothing."""
    if is_blank(text):
        return ""
    plain = "\n".join(
        line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in plain):
        raise BadCell(f"{what}含有不可见的控制字符，请删除后重新填写")
    _refuse_formula(plain, what)
    return _measured(plain, what, most)


def person(text: str, what: str) -> str:
    """The name of a person; blank where the cell says nothing."""
    line = text_line(text, what, 60)
    if line and line[0] in _FORMULA_SIGNS:
        raise BadCell(f"{what}不能以“{line[0]}”开头，请填写姓名")
    return line


def phone(text: str) -> str:
    """A telephone number as written, or several; half-width."""
    line = _measured(unicodedata.normalize("NFKC", text_line(text, "联系电话", 200)), "联系电话", 60)
    if not line:
        return ""
    if not _PHONE.fullmatch(line) or sum(each.isdigit() for each in line) < 5:
        raise BadCell(f"联系电话“{shown(line)}”无法识别，请填写如 028-12345678 的办公电话")
    return line


def website(text: str) -> str:
    """An http or https address; https:// is added where the scheme is missing."""
    line = text_line(text, "官网", 400)
    if not line:
        return ""
    address = line if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", line) else f"https://{line}"
    wrong = BadCell(f"官网“{shown(line)}”不是网址，请填写如 https://www.example.cn 的网址")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https"):
        raise BadCell(f"官网只能是 http:// 或 https:// 开头的网址，现为“{shown(line)}”")
    host = parts.hostname or ""
    if " " in address or "@" in parts.netloc or port == 0 or not _HOST.fullmatch(host):
        raise wrong
    return _measured(address, "官网", 200)


def day(value: object, what: str, *, latest: date | None = None) -> date | None:
    """A date cell; None where it is blank; not after `latest`."""
    if isinstance(value, str) and is_blank(value):
        return None
    try:
        found = parse_date(value)
    except NotADate as error:
        raise BadCell(f"{what}{error}") from None
    if found and latest and found > latest:
        raise BadCell(f"{what} {found} 晚于今天，请核对")
    return found


def code(text: str) -> tuple[str, tuple[str, ...]]:
    """The normalised 统一社会信用代码 and what a person should look at although it passes."""
    found = uscc.check(text)
    if not found.ok:
        raise BadCell(found.message)
    return found.code, found.warning_messages


@lru_cache(maxsize=10_000)
def region(text: str) -> str:
    """The six-digit code of an institution's region, given as code or as full name."""
    line = "".join(unicodedata.normalize("NFKC", text).split())
    if not line:
        raise BadCell("区划代码为空，请填写机构所在地的六位行政区划代码，例如 510104")
    found = line if regions.find(line) else _codes_by_full_name().get(line)
    if found is None:
        raise BadCell(f"区划代码“{shown(text)}”不在行政区划表内，请填写机构所在地的六位代码，例如 510104")
    if found == regions.NATION:
        raise BadCell("区划代码不能是全国（000000），请填写机构所在地的六位代码，例如 510104")
    return found


@lru_cache(maxsize=1)
def _codes_by_full_name() -> dict[str, str]:
    codes: dict[str, str] = {}
    for entry in regions.book().regions:
        codes.setdefault(regions.full_name(entry), entry)  # 北京市 before its 市辖区
    return codes


@lru_cache(maxsize=10_000)
def categories(text: str) -> tuple[str, ...]:
    """The category codes of a cell, in the order written, each once.

    The separators are tried from the strongest to the weakest, because some names contain the weaker ones
    (信用调查/尽调; 担保、信用保险、保理).
    """
    folded = unicodedata.normalize("NFKC", text).replace("\r", "\n").strip()
    if not folded:
        raise BadCell(f"服务类别为空，请填写：{_category_names()}；多个类别之间用分号隔开")
    unknown: list[str] = []
    found = _split(folded, _SEPARATORS, unknown)
    if unknown:
        raise BadCell(_unknown_categories(unknown))
    return tuple(dict.fromkeys(found))


def one_category(text: str) -> str:
    """The one category of a product."""
    found = categories(text)
    if len(found) > 1:
        raise BadCell("一个产品只能属于一个服务类别，请按类别分行填写")
    return found[0]


def _split(part: str, separators: tuple[str, ...], unknown: list[str]) -> list[str]:
    known = category_code(part) or (category_code(f"0{part}") if len(part) == 1 else None)
    if known:
        return [known]
    if not separators:
        unknown.append(part)
        return []
    first, weaker = separators[0], separators[1:]
    pieces = [piece.strip() for piece in re.split(f"[{re.escape(first)}]", part)]
    return [found for piece in pieces if piece for found in _split(piece, weaker, unknown)]


def _unknown_categories(unknown: list[str]) -> str:
    named = "、".join(f"“{shown(each)}”" for each in unknown[:5])
    hint = "征信业务请写明“企业征信”或“个人征信”；" if "征信" in unknown else ""
    return f"服务类别{named}无法识别，{hint}可填写：{_category_names()}"


def _category_names() -> str:
    return "，".join(category.name for category in CATEGORIES.values())


def _one_line(text: str, what: str) -> str:
    line = "".join(each for each in text.strip() if unicodedata.category(each) != "Cf")
    if any(unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs", "Cn", "Co") for each in line):
        raise BadCell(f"{what}含有换行或不可见的控制字符，请删除后重新填写")
    return " ".join(line.split())


def _refuse_formula(text: str, what: str) -> None:
    if text.startswith(("=", "＝")):
        raise BadCell(f"{what}是公式，请在表格软件中复制该列并“选择性粘贴为数值”后重新导入")


def _measured(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise BadCell(f"{what}最多 {most} 个字，现为 {len(text)} 个字，请缩短")
    return text
