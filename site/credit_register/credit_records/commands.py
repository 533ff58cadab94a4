"""Commands that bring credit records in: `import penalties`, `severe-list`, `facts` and `repairs`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
from flask.cli import with_appcontext

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import now
from credit_register.credit_records.imports.receiving import receive_file
from credit_register.credit_records.imports.rejected import write_rejected
from credit_register.credit_records.imports.results import FileRefused, Receipt
from credit_register.credit_records.models import BatchKind
from credit_register.institutions.commands import (
    SHOWN,
    SHOWN_WARNINGS,
    contract_json,
    file_options,
    import_group,
    list_remarks,
    progress_bar,
    rare_collection,
    write_rejected_to,
)
from credit_register.institutions.imports.results import Level
from credit_register.institutions.imports.spool import Spool

_FULL_LIST = click.option(
    "--full-list", is_flag=True, help="文件是报送单位的全量名单：其中已没有的记录提请移出，由复核人决定"
)


def init_record_imports() -> None:
    """Hang the commands into the group `import`, beside those of the register."""
    for name, kind, help_text in (
        ("penalties", BatchKind.PENALTIES, "Receive administrative penalties in the national fields."),
        ("severe-list", BatchKind.SEVERE_LIST, "Receive the list of seriously dishonest entities."),
        ("facts", BatchKind.FACTS, "Receive abnormal operation, bankruptcy, deregistration and revocation."),
        ("repairs", BatchKind.REPAIRS, "Receive results of repair."),
    ):
        import_group.add_command(_command(name, kind, help_text))


def _command(name: str, kind: BatchKind, help_text: str) -> click.Command:
    @with_appcontext
    def run(file: Path, as_json: bool, rejected: Path | None, full_list: bool = False) -> None:
        _run(kind, file, as_json=as_json, rejected=rejected, full_list=full_list)

    wrapped: Callable[..., None] = file_options(run)
    if kind is not BatchKind.REPAIRS:
        wrapped = _FULL_LIST(wrapped)
    return click.command(name, help=help_text)(wrapped)


def _run(kind: BatchKind, file: Path, *, as_json: bool, rejected: Path | None, full_list: bool) -> None:
    with rare_collection(), Spool() as spool:
        try:
            with progress_bar() as progress:
                receipt = receive_file(
                    file,
                    kind,
                    spool,
                    file_name=file.name,
                    full_list=full_list,
                    actor=OPERATOR,
                    now=now(),
                    keep_originals=rejected is not None,
                    progress=progress,
                )
        except FileRefused as refusal:
            click.echo(str(refusal), err=True)
            if as_json:
                click.echo(json.dumps({"error": str(refusal)}, ensure_ascii=False))
            raise SystemExit(2) from None
        _summary(receipt, spool)
        if rejected is not None:
            write_rejected_to(
                rejected,
                receipt.counts.rejected,
                lambda stream: write_rejected(stream, kind, spool.titles, spool.rejected_rows()),
            )
        if as_json:
            for piece in contract_json(receipt.counts.contract(kind), spool):
                click.echo(piece, nl=False)
            click.echo()


def _summary(receipt: Receipt, spool: Spool) -> None:
    counts = receipt.counts
    unknown = "等待对应的失信记录" if receipt.kind is BatchKind.REPAIRS else "名录中没有该机构"
    parts = [f"可用 {counts.accepted} 行（其中无变化 {counts.unchanged}）"]
    if counts.removed:
        parts.append(f"载明移出 {counts.removed} 行")
    if counts.unknown:
        parts.append(f"{unknown}、存放备查 {counts.unknown} 行")
    if counts.missing:
        parts.append(f"全量名单中已没有、提请移出 {counts.missing} 条")
    parts.append(f"未导入 {counts.rejected} 行")
    click.echo(f"{receipt.kind.label}：{'；'.join(parts)}。")
    if receipt.batch is None:
        click.echo("没有需要复核的变化，没有新建批次。")
    else:
        click.echo(
            f"已登记为第 {receipt.batch.id} 号批次，待工作人员在“信用记录批次”中复核确认；确认之前不会公开。"
        )
    if counts.personal_columns:
        click.echo(f"含个人信息、没有读取的列：{'、'.join(counts.personal_columns)}。")
    if counts.ignored_columns:
        click.echo(f"没有用到的列：{'、'.join(counts.ignored_columns)}。")
    list_remarks("需要改正", spool, (Level.REJECTED,), SHOWN)
    list_remarks("提请核对（不影响接收）", spool, (Level.WARNING,), SHOWN_WARNINGS)
