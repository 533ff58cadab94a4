"""One row of a list of penalties in the national fields, of this version or of 2016."""

from __future__ import annotations

from typing import Final

from credit_register.core import uscc
from credit_register.core.masking import PersonalData, find_personal_data
from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.cells import Cells, iso
from credit_register.credit_records.imports.degree import derived_degree, kinds_of, named_degree
from credit_register.credit_records.imports.line import Line, key_of
from credit_register.credit_records.models import Degree, RecordKind
from credit_register.institutions.facts import BadFact

# 2016's 当前状态: 0 正常, 1 撤销, 2 异议, 3 其他.
_IN_FORCE: Final = ("", "0", "正常", "有效")
_NATURAL_PERSON: Final = "自然人"
_NOT_HERE: Final = "行政相对人是自然人。本系统只登记机构的信用记录，本行没有导入，请从文件中删除后再报送"


def names_a_person(row_kind: str, code: str) -> bool:
    """Whether a row is about a natural person; then nothing of it may be kept."""
    if _NATURAL_PERSON in row_kind and "非" not in row_kind:
        return True
    return not uscc.check(code).ok and any(
        finding.kind is PersonalData.IDENTITY for finding in find_personal_data(code)
    )


def read_penalty(cells: Cells) -> Line | None:
    """The row as a record would keep it; None where it has a fault."""
    if names_a_person(cells.raw(columns.SUBJECT_KIND), cells.raw(columns.CODE)):
        cells.fault(columns.SUBJECT_KIND, _NOT_HERE)
        return None
    state = cells.raw(columns.PRESENT_STATE).strip()
    if state not in _IN_FORCE:
        cells.fault(
            columns.PRESENT_STATE,
            "当前状态不是“正常”（撤销、异议等），本行没有导入；已登记的，请在该信用记录的页面办理撤下",
        )
    code, name = cells.code(columns.CODE), cells.name(columns.SUBJECT)
    document = cells.line(columns.DOCUMENT, 120, required=True)
    authority = cells.line(columns.AUTHORITY, 120, required=True)
    authority_code = cells.authority_code(columns.AUTHORITY_CODE)
    kinds = _kinds(cells)
    degree, derived, remark = _degree(cells, kinds)
    title = cells.line(columns.PENALTY_NAME, 200)
    if title:
        remark = f"处罚名称：{title}" + (f"\n{remark}" if remark else "")
    source, place = cells.line(columns.SOURCE, 120), cells.line(columns.PLACE, 40)
    decided_on = cells.past_day(columns.DECIDED, required=True)
    listed_until = cells.day(columns.LISTED_UNTIL)
    if decided_on and listed_until and listed_until < decided_on:
        cells.fault(columns.LISTED_UNTIL, f"公示截止期早于处罚决定日期 {decided_on}，请核对")
    content = {
        "document_number": document,
        "authority": authority,
        "authority_code": authority_code,
        "decided_on": iso(decided_on),
        "degree": degree.value if degree else None,
        "degree_derived": derived,
        "conduct": cells.line(columns.CONDUCT, 400),
        "facts": cells.prose(columns.FACTS, 5000),
        "basis": cells.prose(columns.BASIS, 2000),
        "penalty_kinds": "、".join(kinds)[:200],
        "content": cells.prose(columns.CONTENT, 5000),
        "fine": cells.amount(columns.FINE),
        "confiscated": cells.amount(columns.CONFISCATED),
        "licence": cells.line(columns.LICENCE, 200),
        "valid_until": iso(cells.day(columns.VALID_UNTIL)),
        "listed_until": iso(listed_until),
        "source": source or (f"地方编码 {place}" if place else ""),
        "remark": remark,
    }
    key = key_of(document, authority_code or authority, code)
    return Line(RecordKind.PENALTY.value, key, code, name, content)


def _kinds(cells: Cells) -> list[str]:
    written = [
        cells.line(column, 200)
        for column in (columns.PENALTY_KINDS, columns.PENALTY_KIND_ONE, columns.PENALTY_KIND_TWO)
    ]
    try:
        return kinds_of(*written)
    except BadFact as bad:
        cells.fault(columns.PENALTY_KINDS if written[0] else columns.PENALTY_KIND_ONE, str(bad))
        return []


def _degree(cells: Cells, kinds: list[str]) -> tuple[Degree | None, bool, str]:
    """The degree, whether it only follows from the kinds of penalty, and what remains as the remark."""
    remark = cells.prose(columns.REMARK, 2000, public=False)
    try:
        named = named_degree(cells.raw(columns.DEGREE))
    except BadFact as bad:
        cells.fault(columns.DEGREE, str(bad))
        return None, False, remark
    if named is None and remark in [degree.label for degree in Degree]:
        named, remark = named_degree(remark), ""
    if named is not None:
        return named, False, remark
    if not kinds and not cells.raw(columns.PENALTY_KIND_ONE):
        cells.fault(columns.PENALTY_KINDS, "处罚类别为空，无从判断失信等级，请填写处罚类别或失信等级")
    return derived_degree(kinds), True, remark
