"""The page 信息准确性、一致性核对, and the same as a sheet."""

from __future__ import annotations

import io
from typing import Any

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import current_actor
from credit_register.access.queue_filters import one_of, region_of, regions_below, typed
from credit_register.core import regions
from credit_register.core.clock import today
from credit_register.core.paging import page_number
from credit_register.core.sheets import Column, Kind, write_xlsx
from credit_register.credit_records import consistency
from credit_register.credit_records.consistency import Difference, Filter
from credit_register.credit_records.imports.queries import waiting_repairs_count

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLUMNS = (
    Column("差异"),
    Column("名称"),
    Column("统一社会信用代码", kind=Kind.CODE),
    Column("地区"),
    Column("本系统"),
    Column("收到的名单"),
    Column("来源"),
    Column("建议处理"),
)


def page() -> ResponseReturnValue:
    """One page of the differences."""
    actor, wanted = current_actor(), _wanted()
    chosen = _chosen(wanted)
    found, number = consistency.compare(actor, wanted), page_number()
    return render_template(
        "records/staff_consistency.html",
        actor=actor,
        found=found,
        waiting_repairs=waiting_repairs_count(actor),
        lines=found.page(number),
        number=number,
        wanted=wanted,
        chosen=chosen,
        differences=list(Difference),
        regions_below=regions_below(actor, wanted.region),
        sheet_url=url_for("records_staff.consistency_sheet", **chosen),
        page_url=lambda page: url_for("records_staff.consistency", page=page, **chosen),
        tab_url=lambda value: url_for("records_staff.consistency", **{**chosen, "difference": value}),
        most=consistency.MOST,
    )


def sheet() -> ResponseReturnValue:
    """All differences that the filter lets through, as a workbook."""
    actor, wanted = current_actor(), _wanted()
    rows = [
        (
            line.difference.label,
            line.name,
            line.uscc,
            regions.full_name(line.region),
            line.here,
            line.there,
            line.source,
            line.difference.action,
        )
        for line in consistency.compare(actor, wanted).lines
    ]
    target = io.BytesIO()
    place = regions.full_name(actor.region or regions.NATION)
    write_xlsx(
        target, _COLUMNS, rows, "信用信息准确性、一致性核对", f"{place}，{today()}，{len(rows)} 处差异"
    )
    target.seek(0)
    return send_file(
        target, mimetype=_XLSX, as_attachment=True, download_name=f"信用信息一致性核对-{today()}.xlsx"
    )


def _wanted() -> Filter:
    return Filter(
        difference=one_of("difference", [each.value for each in Difference]),
        region=region_of(),
        text=typed("q"),
    )


def _chosen(wanted: Filter) -> dict[str, Any]:
    return {{"text": "q"}.get(name, name): value for name, value in vars(wanted).items() if value}
