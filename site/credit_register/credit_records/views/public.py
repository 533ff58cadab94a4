"""The section of an agency's page that shows its records in public."""

from __future__ import annotations

from collections import Counter

from credit_register.core.clock import today
from credit_register.credit_records import public_queries
from credit_register.institutions.profile import CREDIT_RECORDS, Glance, InShort, register_section


def register_profile_section() -> None:
    """Put the section in the place of the awaited one."""
    register_section(
        20,
        CREDIT_RECORDS,
        "records/section.html",
        lambda code: public_queries.records_of(code, on=today()),
        stamp=public_queries.stamp,
        glance=_glance,
        in_short=_in_short,
    )


def _glance(data: object) -> Glance | None:
    """The word in the head of the page; where lists are missing nothing is said, for that would read as clean."""
    assert isinstance(data, public_queries.PublicRecords)
    if data.records:
        return Glance(f"公示中的失信信息 {len(data.records)} 条", "bad", "warning")
    # The lists may be older than the page.
    return Glance(f"无公示中的失信信息（名单截至 {data.as_of}）", "good", "check") if data.as_of else None


def _in_short(data: object) -> InShort:
    """How many of each kind, and up to when that holds; a list that is missing is named."""
    assert isinstance(data, public_queries.PublicRecords)
    lines = []
    if data.records:
        kinds = Counter(record.kind.label for record in data.records)
        lines.append("、".join(f"{label} {count} 条" for label, count in kinds.items()))
        if data.as_of:
            lines.append(f"名单截至 {data.as_of}")
    if data.missing:
        missing = "和".join(kind.label for kind in data.missing)
        lines.append(f"尚未接收所在地区的{missing}（全量），没有显示不等于没有")
    return InShort(CREDIT_RECORDS, tuple(lines), _glance(data))
