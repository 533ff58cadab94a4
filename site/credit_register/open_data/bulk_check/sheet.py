"""The answers as a workbook and as JSON; both say the same as the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from io import BytesIO
from typing import Any, Final

from credit_register.core.sheets import Column, Kind, write_xlsx
from credit_register.institutions.verification import NOTICE, Result
from credit_register.institutions.views.public import public_address
from credit_register.open_data.bulk_check.answers import Answer

RESULT_WORDS: Final = {Result.REGISTERED: "已登记", Result.NEAR: "须核对", Result.UNKNOWN: "不在名录中"}
UNKNOWN_FACTS: Final = "不掌握"
NEVER_RECEIVED: Final = "尚未接收所在地区的全量名单"
IMPOSTOR: Final = "与公布中的冒名警示所指的名称相同"

_COLUMNS: Final = (
    Column("行", kind=Kind.NUMBER),
    Column("您提供的内容"),
    Column("核对结果"),
    Column("说明"),
    Column("统一社会信用代码", kind=Kind.CODE),
    Column("登记名称"),
    Column("登记状态"),
    Column("状态日期", kind=Kind.DATE),
    Column("公示中的严重失信主体名单"),
    Column("公示中未修复的行政处罚（件）", kind=Kind.NUMBER),
    Column("处罚决定书文号"),
    Column("失信名单截至"),
    Column("公示中的信用承诺"),
    Column("已公开的专项治理措施"),
    Column("冒名警示"),
)


def workbook(answers: Iterable[Answer], *, on: date) -> BytesIO:
    """All answers as an xlsx file."""
    target = BytesIO()
    write_xlsx(
        target,
        _COLUMNS,
        _rows(answers),
        title="信用服务机构批量核对结果",
        subtitle=f"名录、承诺和措施截至 {on.isoformat()}，严重失信和处罚截至各行所列的名单日期。{NOTICE}"
        "“不掌握”不等于没有。",
    )
    target.seek(0)
    return target


def _rows(answers: Iterable[Answer]) -> Iterator[tuple[object, ...]]:
    for one in answers:
        entry, facts = one.entry, one.facts
        yield (
            one.question.line,
            one.question.given,
            RESULT_WORDS[one.result],
            one.note,
            entry.uscc if entry else None,
            entry.name if entry else None,
            entry.status_label if entry else None,
            entry.status_since if entry else None,
            severe_words(one),
            len(facts.penalties) if facts and facts.penalties_known else UNKNOWN_FACTS,
            "；".join(filter(None, facts.penalties)) if facts else None,
            list_date_words(one),
            (facts.commitment or "无") if facts else UNKNOWN_FACTS,
            measure_words(one),
            IMPOSTOR if one.impostor else None,
        )


def severe_words(answer: Answer) -> str:
    """The lists on which the entry stands, in a cell."""
    if answer.facts is None or not answer.facts.severe_known:
        return UNKNOWN_FACTS
    return (
        "；".join(f"{one.list_name or '严重失信主体名单'}（{one.authority}）" for one in answer.facts.severe)
        or "无"
    )


def list_date_words(answer: Answer) -> str:
    """Up to when the lists hold that were received for the entry's region, in a cell."""
    if answer.facts is None:
        return UNKNOWN_FACTS
    return answer.facts.as_of.isoformat() if answer.facts.as_of else NEVER_RECEIVED


def measure_words(answer: Answer) -> str:
    """The published measures, in a cell."""
    if answer.facts is None:
        return UNKNOWN_FACTS
    return (
        "；".join(f"{one.label}（{one.published_on.isoformat()} 公开）" for one in answer.facts.measures)
        or "无"
    )


def as_json(answer: Answer) -> dict[str, Any]:
    """One answer for machines; what is not known of an entry is null, which is not the same as none."""
    entry, facts = answer.entry, answer.facts
    return {
        "input": answer.question.given,
        "result": answer.result.value,
        "note": answer.note,
        "uscc": entry.uscc if entry else None,
        "name": entry.name if entry else None,
        "status": entry.status if entry else None,
        "status_since": entry.status_since.isoformat() if entry else None,
        "severe_list": [
            {"list_name": one.list_name, "authority": one.authority, "decided_on": one.decided_on.isoformat()}
            for one in facts.severe
        ]
        if facts and facts.severe_known
        else None,
        "unrepaired_penalties": len(facts.penalties) if facts and facts.penalties_known else None,
        "penalty_documents": list(facts.penalties) if facts and facts.penalties_known else None,
        "credit_records_date": facts.as_of.isoformat() if facts and facts.as_of else None,
        "commitment": (facts.commitment or None) if facts else None,
        "commitment_until": facts.commitment_until.isoformat() if facts and facts.commitment_until else None,
        "measures": [
            {"kind": one.kind, "label": one.label, "published_on": one.published_on.isoformat()}
            for one in facts.measures
        ]
        if facts
        else None,
        "impostor_warning": answer.impostor,
        "url": public_address("institutions.show", uscc=entry.uscc) if entry else None,
    }
