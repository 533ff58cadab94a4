"""Commands of the ledger: attachment 1 in and out, and the exchange with the national platform."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import with_appcontext
from tqdm import tqdm

from credit_register.access.actor import OPERATOR
from credit_register.core import regions
from credit_register.core.clock import now, today
from credit_register.core.dates import NotADate, parse_date
from credit_register.core.lifecycle import StaleVersion
from credit_register.institutions.commands import import_group
from credit_register.ledger.models import MonthOrigin
from credit_register.ledger.months import queries, services
from credit_register.ledger.months.case_rows import Progress, rows_of, silent
from credit_register.ledger.months.periods import MonthUnreadable, month_of, parse_month, words_of
from credit_register.ledger.months.reading import LedgerUnreadable, Remark, read_ledger
from credit_register.ledger.months.sheet import made_sheet, sheet_of
from credit_register.ledger.months.writing import write_sheet
from credit_register.ledger.platform import receipts
from credit_register.ledger.platform import services as platform

SHOWN = 20


@click.group("export")
def export_group() -> None:
    """Write files for other offices and systems."""


_JSON = click.option("--json", "as_json", is_flag=True, help="最后输出一个 JSON 对象")
_REGION = click.option("--region", required=True, help="行政区划代码；全国 000000，兵团 660000")
_MONTH = click.option("--month", required=True, help="月份，例如 2026-10")
_FILE = click.argument("file", type=click.Path(path_type=Path))


@import_group.command("ledger")
@_REGION
@_MONTH
@click.option("--reason", default="", help="该月已导入过其他内容时，更正的理由")
@_JSON
@_FILE
@with_appcontext
def import_ledger(file: Path, region: str, month: str, reason: str, as_json: bool) -> None:
    """Keep attachment 1 of a month as a historical snapshot; no case moves."""
    code, wanted = _region(region, as_json), _month(month, as_json)
    try:
        read = read_ledger(file, region=code)
        kept = services.keep_imported(
            file,
            read,
            region=code,
            month=wanted,
            reason=reason,
            file_name=file.name,
            actor=OPERATOR,
            now=now(),
        )
    except (
        LedgerUnreadable,
        services.ClosedHere,
        services.CorrectionNeedsReason,
        services.ReasonTooLong,
    ) as refusal:
        _refuse(str(refusal), as_json)
    except (services.AlreadyClosed, StaleVersion):
        _refuse("同时有人导入了这个月的台账，本次没有导入。请核对后再导入一次。", as_json)
    state = "内容与已导入的相同，没有改动" if kept is None else "已按原样保存"
    if kept is not None and kept.number:
        state += f"，为更正第 {kept.number} 号"
    click.echo(
        f"{words_of(wanted)} {regions.full_name(code)}台账：{read.rows} 户，其中退出 {read.exited} 户；{state}。"
    )
    _list("需要改正", read.errors)
    _list("提请核对（不影响导入）", read.warnings)
    if as_json:
        _json(
            rows=read.rows,
            exited=read.exited,
            warnings=[remark.as_json() for remark in read.warnings],
            errors=[remark.as_json() for remark in read.errors],
        )


@export_group.command("ledger")
@_REGION
@_MONTH
@click.option("--draft", is_flag=True, help="本月尚未关账时，导出目前的情况供核对，不作上报用")
@_JSON
@_FILE
@with_appcontext
def export_ledger(file: Path, region: str, month: str, draft: bool, as_json: bool) -> None:
    """Write attachment 1 of a month: as it was closed here, else the imported snapshot word for word."""
    code, wanted = _region(region, as_json), _month(month, as_json)
    frozen = queries.exportable(code, wanted)
    with _bar() as progress:
        if frozen is not None:
            sheet, verbatim = sheet_of(frozen), frozen.origin == MonthOrigin.IMPORTED
        elif draft and wanted == month_of(today()):
            sheet, verbatim = (
                made_sheet(code, rows_of(code, on=today(), progress=progress), on=today()),
                False,
            )
        else:
            _refuse(
                f"{regions.full_name(code)} {words_of(wanted)}的台账还没有关账，也没有导入，不能导出。"
                "请先在“月度台账”页面关账。"
                + ("" if wanted != month_of(today()) else "只供核对的，可加 --draft 导出目前的情况。"),
                as_json,
            )
        try:
            with file.open("wb") as target:
                rows = write_sheet(target, sheet, verbatim=verbatim, progress=progress)
        except OSError as error:
            _refuse(f"不能写出 {file}（{error.strerror}），请换一个位置。", as_json)
    click.echo(f"已写出 {file}：{rows} 行。")
    if as_json:
        _json(rows=rows)


@export_group.command("platform")
@click.option("--since", required=True, help="自哪一天起的事项，例如 2026-11-01")
@click.option("--region", default=regions.NATION, show_default=True, help="报送单位的行政区划代码")
@click.option("--again", is_flag=True, help="已发送、尚无回执的也再次列入")
@_JSON
@_FILE
@with_appcontext
def export_platform(file: Path, since: str, region: str, again: bool, as_json: bool) -> None:
    """Write what has happened since a day as a numbered batch (xlsx, or csv by the ending) for the national platform."""
    code, day = _region(region, as_json), _day(since, as_json)
    try:
        made = platform.send_batch(file, region=code, since=day, again=again, actor=OPERATOR, now=now())
    except platform.BatchRefused as refusal:
        _refuse(str(refusal), as_json)
    if made is None:
        click.echo("没有需要报送的事项，没有写出文件。")
    else:
        click.echo(f"已写出 {file}：批次 {made.number}，{len(made.rows)} 行。")
    if as_json:
        _json(number=made.number if made else None, rows=len(made.rows) if made else 0)


@import_group.command("platform-receipts")
@_JSON
@_FILE
@with_appcontext
def import_receipts(file: Path, as_json: bool) -> None:
    """Read the receipts and error rows of the national platform back."""
    try:
        found = receipts.take_receipts(file, actor=OPERATOR, now=now())
    except receipts.ReceiptsUnreadable as refusal:
        _refuse(str(refusal), as_json)
    click.echo(
        f"回执：{found.accepted} 行，其中无变化 {found.unchanged} 行；平台接收 {found.taken} 行，退回 {found.returned} 行；"
        f"未能识别 {len(found.errors)} 行。"
    )
    if found.returned:
        click.echo("退回的事项改正后，下次导出批次时自动再次列入。")
    _list("需要改正", [Remark(error.row, error.column, error.message) for error in found.errors])
    if as_json:
        _json(
            accepted=found.accepted,
            unchanged=found.unchanged,
            rejected=len(found.errors),
            platform_accepted=found.taken,
            platform_rejected=found.returned,
            errors=[error.as_json() for error in found.errors],
        )


def _region(text: str, as_json: bool) -> str:
    if regions.find(text) is None:
        _refuse(f"没有代码为“{text[:20]}”的行政区划，请写六位代码，例如 510100。", as_json)
    return text


def _month(text: str, as_json: bool) -> str:
    try:
        return parse_month(text)
    except MonthUnreadable as error:
        _refuse(str(error), as_json)


def _day(text: str, as_json: bool) -> date:
    try:
        day = parse_date(text)
    except NotADate as error:
        _refuse(str(error), as_json)
    if day is None:
        _refuse("请写明日期，例如 --since 2026-11-01", as_json)
    return day


def _refuse(sentence: str, as_json: bool) -> NoReturn:
    click.echo(sentence, err=True)
    if as_json:
        _json(error=sentence)
    raise SystemExit(2)


def _json(**values: Any) -> None:
    click.echo(json.dumps(values, ensure_ascii=False))


def _list(title: str, remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    click.echo(f"{title}，共 {len(remarks)} 条：")
    for remark in remarks[:SHOWN]:
        place = f"第 {remark.row} 行 " if remark.row else ""
        click.echo(f"  {place}{remark.column}：{remark.message}")
    if len(remarks) > SHOWN:
        click.echo(f"  ……其余 {len(remarks) - SHOWN} 条没有列出，用 --json 可列出全部。")


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on the terminal; nothing where the output goes into a file."""
    if not sys.stderr.isatty():
        yield silent
        return
    with tqdm(unit="行", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            if done < bar.n:
                bar.reset(total)
            bar.update(done - bar.n)

        yield show
