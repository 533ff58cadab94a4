"""Command of the cases: `ledger screen`."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import AppGroup, with_appcontext

from credit_register.access.actor import OPERATOR
from credit_register.core import regions
from credit_register.core.clock import now
from credit_register.ledger.cases.screening import screen

ledger_group = AppGroup("ledger", help="专项治理台账。")


@ledger_group.command("screen", help="把有严重失信记录和未修复处罚的登记机构纳入台账；再次运行不重复纳入。")
@click.option("--region", default="", help="行政区划代码，例如 51、5101；不写为全国")
@click.option("--json", "as_json", is_flag=True, help="最后输出一个 JSON 对象")
@with_appcontext
def screen_command(region: str, as_json: bool) -> None:
    """Screen a region, the whole country when none is named."""
    try:
        code = regions.parse_filter(region) if region else regions.NATION
    except regions.UnknownRegion as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    done = screen(code, actor=OPERATOR, now=now())
    if as_json:
        click.echo(json.dumps(vars(done), ensure_ascii=False))
        return
    click.echo(
        f"新纳入 {done.opened} 家，重新纳入 {done.relapsed} 家，{done.added} 家增加了失信记录，"
        f"{done.overtaken} 家已由他人办理。"
    )
