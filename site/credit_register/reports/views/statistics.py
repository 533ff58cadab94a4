"""Numbers of finished reports, as a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core.clock import today
from credit_register.core.sheets.model import Column
from credit_register.core.sheets.writing import csv_lines
from credit_register.reports.small_cells import Cell, Shown
from credit_register.reports.statistics import (
    FEWEST_DECISIONS,
    KINDS,
    STEP_OF_SHARES,
    Statistics,
    region_title,
    report_statistics,
)

blueprint = Blueprint("report_statistics", __name__)

COLUMNS = tuple(Column(name) for name in ("统计项", "地区", "月份", "类型", "数值", "单位"))
ALL = "合计"
FINISHED, IN_TIME, DAYS = "办结件数", "期限内作出决定", "办理用时中位数"


@blueprint.get("/reports/statistics")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The tables, with what is not shown said to be so."""
    statistics = report_statistics(today())
    regions, months = statistics.published.tables
    by_month = list(zip(statistics.months, months.rows, months.row_totals, strict=True))
    empty = next((place for place, (_, _, total) in enumerate(by_month) if total != 0), 0)
    shown = [total for total in months.row_totals if isinstance(total, int)]
    return render_template(
        "reports/statistics.html",
        statistics=statistics,
        kinds=KINDS,
        by_region=list(zip(statistics.regions, regions.rows, regions.row_totals, strict=True)),
        by_month=by_month[empty:][::-1],
        nothing_before=by_month[empty][0] if empty else None,
        longest=max(shown, default=0),
        region_title=region_title,
        cell=cell_text,
        is_number=lambda value: isinstance(value, int),
        fewest=FEWEST_DECISIONS,
        step=STEP_OF_SHARES,
    )


@blueprint.get("/reports/statistics.csv")
@access(PUBLIC)
def download() -> ResponseReturnValue:
    """The same numbers, one in each line."""
    statistics = report_statistics(today())
    lines = "".join(csv_lines(COLUMNS, _lines(statistics)))
    name = f"report-statistics-{statistics.last:%Y-%m}.csv"
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"},
    )


def cell_text(cell: Cell) -> str:
    """A number, or what stands in its place."""
    match cell:
        case Shown.SMALL:
            return "<5"
        case Shown.HIDDEN:
            return "—"
        case _:
            return f"{cell:,}"


def _lines(statistics: Statistics) -> Iterator[tuple[str, ...]]:
    regions, months = statistics.published.tables
    span = f"{statistics.first:%Y-%m} 至 {statistics.last:%Y-%m}"
    kinds = [*(kind.label for kind in KINDS), ALL]
    for code, row, total in zip(statistics.regions, regions.rows, regions.row_totals, strict=True):
        for kind, cell in zip(kinds, (*row, total), strict=True):
            yield FINISHED, region_title(code), span, kind, _plain(cell), "件"
    for month, row, total in zip(statistics.months, months.rows, months.row_totals, strict=True):
        for kind, cell in zip(kinds, (*row, total), strict=True):
            yield FINISHED, "全国", f"{month:%Y-%m}", kind, _plain(cell), "件"
    totals = (*statistics.published.column_totals, statistics.published.total)
    for kind, cell in zip(kinds, totals, strict=True):
        yield FINISHED, "全国", span, kind, _plain(cell), "件"
    for each in statistics.timeliness:
        title = region_title(each.code)
        yield IN_TIME, title, span, ALL, "" if each.in_time is None else str(each.in_time), "%"
        yield DAYS, title, span, ALL, "" if each.days is None else str(each.days), "个工作日"


def _plain(cell: Cell) -> str:
    """A number without separators, or what stands in its place."""
    return str(cell) if isinstance(cell, int) else cell_text(cell)
