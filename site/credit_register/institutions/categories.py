"""The service categories of the register and what each needs by law; the authority may confirm or extend the list."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Entry(StrEnum):
    """How one may enter the trade."""

    LICENCE = "licence"
    FILING = "filing"
    FREE = "free"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return {"licence": "须经许可", "filing": "须备案", "free": "一般经营", "other": "另有许可"}[
            self.value
        ]


@dataclass(frozen=True)
class Category:
    """One service category; `note` is what a client should know, with its legal source."""

    code: str
    name: str
    entry: Entry
    authority: str
    note: str
    aliases: tuple[str, ...] = ()


CATEGORIES: dict[str, Category] = {
    category.code: category
    for category in (
        Category(
            "01",
            "企业征信",
            Entry.FILING,
            "中国人民银行",
            "从事企业征信业务，应自登记之日起 30 日内向中国人民银行派出机构备案（《征信业管理条例》第十条）。",
            ("企业征信业务",),
        ),
        Category(
            "02",
            "个人征信",
            Entry.LICENCE,
            "中国人民银行",
            "从事个人征信业务须经中国人民银行批准并取得个人征信业务经营许可证（《征信业管理条例》第六条、第七条）。",
            ("个人征信业务",),
        ),
        Category(
            "03",
            "信用评级",
            Entry.FILING,
            "中国人民银行",
            "从事信用评级业务应办理备案（《信用评级业管理暂行办法》）。",
            ("资信评级", "评级"),
        ),
        Category("04", "信用调查", Entry.FREE, "牵头单位", "", ("信用调查/尽调", "尽职调查", "信用尽调")),
        Category(
            "05",
            "信用评价",
            Entry.FREE,
            "牵头单位",
            "市场化信用评价不同于信用评级，也不同于公共信用综合评价。",
            ("信用评价(非评级)", "信用等级评价"),
        ),
        Category("06", "信用管理咨询", Entry.FREE, "牵头单位", "", ("信用咨询", "信用管理")),
        Category(
            "07",
            "商账管理",
            Entry.FREE,
            "牵头单位",
            "不得以暴力、恐吓、骚扰等方式催收。",
            ("应收账款管理", "商账管理/应收账款管理"),
        ),
        Category(
            "08",
            "信用数据与技术服务",
            Entry.FREE,
            "牵头单位",
            "业务实质为征信的，须另行备案或取得许可。",
            ("信用数据服务", "信用技术服务"),
        ),
        Category(
            "09",
            "信用报告",
            Entry.FREE,
            "牵头单位",
            "报告内容涉及征信业务的，须另行备案。",
            ("信用报告(第三方)", "第三方信用报告"),
        ),
        Category("10", "信用培训", Entry.FREE, "牵头单位", "", ()),
        Category(
            "11",
            "信用修复辅导",
            Entry.FREE,
            "牵头单位",
            "信用修复由认定部门办理，不收取费用；任何机构不得承诺“修复成功”或有偿删除失信信息。",
            ("信用修复咨询",),
        ),
        Category("12", "第三方评估", Entry.FREE, "委托方", "", ("双公示评估", "双公示第三方评估")),
        Category(
            "90",
            "担保、信用保险、保理",
            Entry.OTHER,
            "金融监管部门",
            "不属于 GB/T 4754—2017 的 7295 信用服务，仅作标注。",
            ("担保", "信用保险", "保理", "担保/信保/保理"),
        ),
        Category("99", "其他", Entry.FREE, "牵头单位", "", ("其他信用服务",)),
    )
}


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


_BY_NAME = {
    _folded(name): category.code
    for category in CATEGORIES.values()
    for name in (category.code, category.name, *category.aliases)
}


def category_code(text: str) -> str | None:
    """The code of a category given by code, name or a usual other name; None when nobody knows it."""
    return _BY_NAME.get(_folded(text))


def category_name(code: str) -> str:
    """The name of a category code."""
    return CATEGORIES[code].name
