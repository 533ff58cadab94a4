"""What may stand in one field of the register: trimmed, measured, put into the form that is kept, or refused.

The staff pages and the imports judge by these rules alone, so that no way into the register is laxer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from credit_register.core.plain_text import one_line, visible

NAME_LENGTHS: Final = (2, 120)
MOST_FORMER_NAMES: Final = 20

_NOTHING: Final = frozenset(
    {"", "无", "暂无", "没有", "不详", "未填", "-", "--", "—", "——", "－", "/", "／", "\\", "N/A", "n/a"}
)
_FORMULA_SIGNS: Final = "=+-@＝＋－＠"
_HAN: Final = r"\u3400-\u9fff"
_INNER_BLANKS: Final = re.compile(rf"(?<=[{_HAN}）)]) +(?=[{_HAN}（(])")
_PHONE: Final = re.compile(r"[0-9+\-() /,;、，；#*·.~转分机至或]+")
_HOST: Final = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")


class BadFact(Exception):
    """A text that cannot be kept; the message is a Chinese sentence that says how to mend it."""


def shown(text: str) -> str:
    """A text as a message quotes it."""
    line = one_line(text)
    return line if len(line) <= 30 else line[:30] + "…"


def is_blank(text: str) -> bool:
    """Whether the text says nothing, be it in words."""
    return visible(text).strip() in _NOTHING


def name(text: str, what: str) -> str:
    """The name of an institution or product: 2 to 120 characters that neither run nor hide."""
    line = _one_line(text, what)
    if not line:
        raise BadFact(f"{what}为空，请填写")
    if line[0] in _FORMULA_SIGNS:
        raise BadFact(
            f"{what}不能以“{line[0]}”开头（会被表格软件当作公式），请改为营业执照或登记证书上的名称"
        )
    fewest, most = NAME_LENGTHS
    if not fewest <= len(line) <= most:
        raise BadFact(f"{what}应为 {fewest} 至 {most} 个字，现为 {len(line)} 个字，请核对")
    if re.search(rf"[{_HAN}]", line):
        line = line.replace("(", "（").replace(")", "）")  # the form of business licences
        line = _INNER_BLANKS.sub("", line)
    return line


def text_line(text: str, what: str, most: int) -> str:
    """A short text on one line; blank where it says nothing."""
    if is_blank(text):
        return ""
    line = _one_line(text.replace("\r", " ").replace("\n", " "), what)
    _refuse_formula(line, what)
    return _measured(line, what, most)


def long_text(text: str, what: str, most: int) -> str:
    """A text that may have paragraphs; blank where it says nothing."""
    if is_blank(text):
        return ""
    plain = "\n".join(line.rstrip() for line in visible(text).split("\n")).strip()
    _refuse_formula(plain, what)
    return _measured(plain, what, most)


def person(text: str, what: str) -> str:
    """The name of a person; blank where nothing is said."""
    line = text_line(text, what, 60)
    if line and line[0] in _FORMULA_SIGNS:
        raise BadFact(f"{what}不能以“{line[0]}”开头，请填写姓名")
    return line


def phone(text: str) -> str:
    """A telephone number as written, or several; half-width."""
    line = _measured(unicodedata.normalize("NFKC", text_line(text, "联系电话", 200)), "联系电话", 60)
    if not line:
        return ""
    if not _PHONE.fullmatch(line) or sum(each.isdigit() for each in line) < 5:
        raise BadFact(f"联系电话“{shown(line)}”无法识别，请填写如 028-12345678 的办公电话")
    return line


def website(text: str) -> str:
    """An http or https address; https:// is added where the scheme is missing."""
    line = text_line(text, "官网", 400)
    if not line:
        return ""
    address = line if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", line) else f"https://{line}"
    wrong = BadFact(f"官网“{shown(line)}”不是网址，请填写如 https://www.example.cn 的网址")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https"):
        raise BadFact(f"官网只能是 http:// 或 https:// 开头的网址，现为“{shown(line)}”")
    host = parts.hostname or ""
    if " " in address or "@" in parts.netloc or port == 0 or not _HOST.fullmatch(host):
        raise wrong
    return _measured(address, "官网", 200)


def _line(what: str, most: int) -> Callable[[str], str]:
    return partial(text_line, what=what, most=most)


# Attribute of an institution → its rule. What is not here is no free text, and is checked elsewhere.
INSTITUTION_FACTS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": partial(name, what="机构名称"),
    "short_name": _line("简称", 60),
    "legal_representative": partial(person, what="法定代表人"),
    "address": _line("住所", 200),
    "phone": phone,
    "website": website,
    "chief_supervisor": partial(person, what="首席信用监督官"),
    "conduct_title": _line("行为准则名称", 120),
    "conduct_version": _line("行为准则版本", 40),
    "introduction": partial(long_text, what="简介", most=5_000),
    "voluntary": partial(long_text, what="自愿公示信息", most=20_000),
}
FORMER_NAME: Final = partial(name, what="曾用名")
LICENCE_NUMBER: Final = _line("许可或备案号", 80)
LICENCE_ISSUER: Final = _line("发证机关", 120)
PRODUCT_NAME: Final = partial(name, what="产品名称")
INCLUDED: Final = partial(long_text, what="收费说明", most=1_000)


def _one_line(text: str, what: str) -> str:
    line = visible(text).strip()
    if any(unicodedata.category(each) in ("Cc", "Cn", "Co") for each in line):
        raise BadFact(f"{what}含有换行或无法显示的字符，请删除后重新填写")
    return " ".join(line.split())


def _refuse_formula(text: str, what: str) -> None:
    if text.startswith(("=", "＝")):
        raise BadFact(f"{what}是公式，请在表格软件中复制该列并“选择性粘贴为数值”，再填写或导入")


def _measured(text: str, what: str, most: int) -> str:
    if len(text) > most:
        raise BadFact(f"{what}最多 {most} 个字，现为 {len(text)} 个字，请缩短")
    return text
