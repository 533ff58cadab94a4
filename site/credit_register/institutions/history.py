"""What changed from one published version of an agency to the next, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credit_register.core.sanitise import plain_text
from credit_register.institutions.categories import category_name
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, InstitutionVersion
from credit_register.institutions.profile import product_entry, region_name, shown_reason
from credit_register.institutions.queries import version, versions

Content = Mapping[str, Any]

_PER_PAGE = 20


@dataclass(frozen=True)
class Change:
    """One thing that changed: empty `before` means added, empty `after` removed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class PublishedVersion:
    """A version with what it changed against the one before; the first one changes nothing."""

    number: int
    at: datetime
    by: str
    reason: str
    content: Content
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class History:
    """A page of an agency's versions, newest first."""

    versions: tuple[PublishedVersion, ...]
    page: int
    pages: int
    total: int


def history_of(entry: Institution, *, page: int = 1, per_page: int = _PER_PAGE) -> History:
    """One page of the published versions of an entry."""
    rows, total = versions(entry, page=page, per_page=per_page)
    older = version(entry, rows[-1].number - 1) if rows and rows[-1].number > 1 else None
    before: list[InstitutionVersion | None] = [*rows[1:], older]
    found = tuple(_published(row, previous) for row, previous in zip(rows, before, strict=False))
    return History(found, page, max(1, -(-total // per_page)), total)


def published_version(entry: Institution, number: int) -> PublishedVersion | None:
    """One published version with what it changed."""
    row = version(entry, number)
    if row is None:
        return None
    return _published(row, version(entry, number - 1) if number > 1 else None)


def _published(row: InstitutionVersion, before: InstitutionVersion | None) -> PublishedVersion:
    differences = tuple(changes(before.content, row.content)) if before else ()
    return PublishedVersion(row.number, row.at, row.by_label, row.reason, row.content, differences)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _list(value: Sequence[str] | None) -> str:
    return "、".join(value or ())


def _conduct(value: Mapping[str, Any] | None) -> str:
    if not value:
        return ""
    document = value.get("document_sha256")
    parts = (value["title"], value["version"], value["date"], document and f"文件 {document[:12]}")
    return "，".join(part for part in parts if part)


def _long(value: str) -> str:
    plain = " ".join(plain_text(value).split())
    return plain if len(plain) <= 120 else plain[:120] + "…"


_FIELDS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("机构名称", _plain),
    "uscc": ("统一社会信用代码", _plain),
    "status": ("登记状态", REGISTRATION.label),
    "status_reason": ("状态原因", _plain),
    "status_since": ("状态起始日期", _plain),
    "former_names": ("曾用名", _list),
    "short_name": ("简称", _plain),
    "legal_representative": ("法定代表人", _plain),
    "founded_on": ("成立日期", _plain),
    "registered_on": ("登记日期", _plain),
    "committed": ("信用承诺", lambda value: "已作出承诺" if value else "未作出承诺"),
    "committed_on": ("承诺日期", _plain),
    "region": ("所在地区", region_name),
    "address": ("住所", _plain),
    "phone": ("联系电话", _plain),
    "website": ("官网", _plain),
    "chief_supervisor": ("首席信用监督官", _plain),
    "code_of_conduct": ("行为准则", _conduct),
    "introduction": ("机构简介", _long),
    "voluntary": ("自愿公示信息", _long),
}
_LICENCE_FIELDS = {
    "licence_number": "许可或备案编号",
    "licence_issuer": "发证或备案机关",
    "licence_expires_on": "有效期至",
    "verified_on": "核验日期",
}


def changes(before: Content, after: Content) -> Iterator[Change]:
    """The differences of two published contents, in the order in which the page shows them."""
    before, after = _as_read(before), _as_read(after)
    for key, (label, words) in _FIELDS.items():
        if before.get(key) != after.get(key):
            yield Change(label, _words(before.get(key), words), _words(after.get(key), words))
    yield from _category_changes(before.get("categories", ()), after.get("categories", ()))
    yield from _product_changes(before.get("products", ()), after.get("products", ()))


def _as_read(content: Content) -> Content:
    """The content with the reason of its status as readers see it."""
    reason = shown_reason(str(content.get("status", "")), str(content.get("status_reason") or ""))
    return {**content, "status_reason": reason}


def _words(value: Any, words: Callable[[Any], str]) -> str:
    return "" if value in (None, "", []) else words(value)


def _category_changes(before: Sequence[Content], after: Sequence[Content]) -> Iterator[Change]:
    old = {entry["code"]: entry for entry in before}
    new = {entry["code"]: entry for entry in after}
    for code in sorted(old.keys() | new.keys()):
        name = category_name(code)
        if code not in new:
            yield Change("服务类别", name, "")
        elif code not in old:
            yield Change("服务类别", "", name)
        else:
            for field, label in _LICENCE_FIELDS.items():
                if old[code].get(field) != new[code].get(field):
                    yield Change(
                        f"{name}：{label}", _plain(old[code].get(field)), _plain(new[code].get(field))
                    )


def _product_changes(before: Sequence[Content], after: Sequence[Content]) -> Iterator[Change]:
    old = {(entry["category"], entry["name"]): entry for entry in before}
    new = {(entry["category"], entry["name"]): entry for entry in after}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        label = f"服务产品“{key[1]}”（{category_name(key[0])}）"
        yield Change(label, _product(was), _product(now))


def _product(entry: Content | None) -> str:
    if entry is None:
        return ""
    read = product_entry(entry)
    return f"{read.fee.text}；{read.included}" if read.included else read.fee.text
