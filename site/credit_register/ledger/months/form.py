"""The form of attachment 1 (发改办财金〔2021〕156号 附件1): its columns, titles and notes.

待主管单位确认: the notes below the table are our own draft after what the notice says of each column.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from credit_register.core import regions
from credit_register.core.sheets import Column, HeaderSpec, Kind

CONFIRMED: bool = False  # until the authority has confirmed the notes
UNCONFIRMED_NOTE: Final = "附件1的填表说明为系统拟稿，待主管单位确认"

NUMBER, NAME, CODE, RECORDS = "序号", "治理对象", "统一社会信用代码", "失信记录数"
GROUP = "专项治理措施实施情况"
INTERVIEW, CORRECTION, COMMITMENT, REPAIR, SUPERVISION = (
    "重点约谈",
    "纠正行为履行义务",
    "信用承诺",
    "信用修复",
    "重点监管",
)
EXIT, REMARK = "是否退出台账", "备注"
COLUMNS: Final = (
    NUMBER,
    NAME,
    CODE,
    RECORDS,
    INTERVIEW,
    CORRECTION,
    COMMITMENT,
    REPAIR,
    SUPERVISION,
    EXIT,
    REMARK,
)
WIDTH: Final = len(COLUMNS)
WIDTHS: Final = (7, 34, 23, 11, 24, 20, 16, 24, 26, 12, 28)  # of the columns, in characters

YES, NO = "是", "否"
CORRECTED, COLLECTED = "已纠正并履行义务", "已归集上报"
SUSPENDED = "是 已暂停其开展相关业务"

NOTES: Final = (
    "填表说明：",
    "1.“重点约谈”填写开展约谈的单位。",
    "2.“纠正行为履行义务”填写是否已纠正失信行为并履行相关义务。",
    "3.“信用承诺”填写治理对象及其法定代表人的信用承诺是否已归集上报。",
    "4.“信用修复”填写“失信记录数”中已完成信用修复的条数。",
    "5.“重点监管”填写是否纳入重点监管，并填写是否暂停其开展相关业务。",
    "6.“是否退出台账”填写“是”或“否”；已剔除的治理对象不列入本表。",
)

SPEC: Final = HeaderSpec(
    (
        Column(NUMBER, aliases=("编号",)),
        Column(NAME, aliases=("治理对象名称", "机构名称", "企业名称"), required=True),
        Column(CODE, aliases=("社会信用代码", "信用代码"), kind=Kind.CODE),
        Column(RECORDS, aliases=("失信记录条数", "失信记录")),
        Column(INTERVIEW, aliases=("约谈",), group=GROUP),
        Column(CORRECTION, aliases=("纠正行为、履行义务", "纠正行为和履行义务", "纠正履行"), group=GROUP),
        Column(COMMITMENT, group=GROUP),
        Column(REPAIR, group=GROUP),
        Column(SUPERVISION, group=GROUP),
        Column(EXIT, aliases=("是否退出", "退出台账"), required=True),
        Column(REMARK),
    )
)

_MONTH_SAID: Final = re.compile(r"((?:19|20|21)\d{2})\s*[年./-]\s*(0?[1-9]|1[0-2])(?!\d)", re.ASCII)


def title_of(region: str) -> str:
    """The title of a region's ledger: 四川省成都市信用服务机构失信问题专项治理台账."""
    return f"{place_of(region)}信用服务机构失信问题专项治理台账"


def place_of(region: str) -> str:
    """A region as titles name it."""
    return "全国" if region == regions.NATION else regions.full_name(region)


def date_line_of(day: date) -> str:
    """The line below the title: 时间：2026年10月13日."""
    return f"时间：{day.year}年{day.month}月{day.day}日"


def month_said(date_line: str) -> str:
    """The month that a date line names, as 2026-10; empty where it names none."""
    found = _MONTH_SAID.search(date_line)
    return f"{found[1]}-{int(found[2]):02}" if found else ""


def header_rows() -> list[list[str | None]]:
    """The two rows of the header."""
    above: list[str | None] = []
    below: list[str | None] = []
    for name in COLUMNS:
        grouped = name == INTERVIEW
        inside = name in (INTERVIEW, CORRECTION, COMMITMENT, REPAIR, SUPERVISION)
        above.append(GROUP if grouped else None if inside else name)
        below.append(name if inside else None)
    return [above, below]


def header_merges(first: int) -> list[str]:
    """The merges of the two rows of the header, the first of which is the row of this number."""
    return [f"E{first}:I{first}", *(f"{letter}{first}:{letter}{first + 1}" for letter in "ABCDJK")]
