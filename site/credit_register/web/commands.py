"""Commands of the operator: set up, serve, work, accounts, search, calendar, jobs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts import services as accounts
from credit_register.core import search
from credit_register.core.calendar.services import CalendarNotImported
from credit_register.core.clock import clock_at, now
from credit_register.core.database import Model, db
from credit_register.core.encryption import CannotDecrypt, rotate_all
from credit_register.core.outbox import IndexName
from credit_register.core.sheets import SheetError
from credit_register.credit_records.commands import init_record_imports
from credit_register.institutions.commands import import_group
from credit_register.ledger.cases.commands import ledger_group
from credit_register.ledger.commands import export_group
from credit_register.notices.commands import mail_group
from credit_register.web.calendar_import import import_calendar_file
from credit_register.web.jobs import run_due
from credit_register.web.serving import serve
from credit_register.web.setting_up import set_up
from credit_register.web.worker import run_worker
from search_index import IndexUnavailable

user_group = AppGroup("user", help="账号。")
search_group = AppGroup("search", help="检索索引。")
jobs_group = AppGroup("jobs", help="到期事项。")
calendar_group = AppGroup("calendar", help="工作日历。")
keys_group = AppGroup("keys", help="字段加密密钥。")


def init_commands(app: Flask) -> None:
    """Hang all commands into `flask --app wsgi`."""
    init_record_imports()
    for command in (
        setup_command,
        serve_command,
        worker_command,
        user_group,
        search_group,
        jobs_group,
        calendar_group,
        keys_group,
        mail_group,
        import_group,
        ledger_group,
        export_group,
    ):
        app.cli.add_command(command)


def _say(as_json: bool, values: dict[str, Any], sentence: str) -> None:
    click.echo(json.dumps(values, ensure_ascii=False) if as_json else sentence)


def _fail(as_json: bool, sentence: str) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    click.echo(sentence, err=True)
    sys.exit(2)


@click.command("setup", help="建立或升级数据库、日历、索引；首次启动装入示例数据（SAMPLE=no 则不装）。")
@with_appcontext
def setup_command() -> None:
    set_up(current_app, say=click.echo)


@click.command("serve", help="启动网站和后台进程，地址 127.0.0.1:$PORT。")
@with_appcontext
def serve_command() -> None:
    sys.exit(serve(current_app.extensions["settings"], say=click.echo))


@click.command("worker", help="只启动后台进程。")
@with_appcontext
def worker_command() -> None:
    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]


@user_group.command("create", help="建立账号；密码从标准输入读取。")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--region", help="行政区划代码，工作人员用。")
@click.option("--uscc", help="统一社会信用代码，机构经办人和法定代表人用。")
@click.option("--name", default="", help="姓名或岗位。")
@click.option("--password-stdin", is_flag=True, required=True)
@click.option("--json", "as_json", is_flag=True)
def user_create(
    email: str,
    role: str,
    region: str | None,
    uscc: str | None,
    name: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    try:
        made = accounts.create_account(
            email=email,
            name=name,
            role=Role(role),
            password=sys.stdin.readline().rstrip("\r\n"),
            region=region,
            uscc_code=uscc,
            actor=OPERATOR,
            now=now(),
        )
    except accounts.AccountRefused as refusal:
        _fail(as_json, str(refusal))
        return
    account = made.account
    values = {
        "email": account.email,
        "role": account.role,
        "region": account.region_code,
        "uscc": account.uscc,
        "totp_secret": made.totp_secret,
    }
    sentence = f"已建立账号 {account.email}（{Role(account.role).label}）"
    if made.totp_secret:
        sentence += f"\n身份验证器密钥（只显示这一次）：{made.totp_secret}"
    _say(as_json, values, sentence)


@search_group.command("rebuild", help="从数据库重建索引，建成后切换，期间检索不中断。")
@click.option("--json", "as_json", is_flag=True)
def search_rebuild(as_json: bool) -> None:
    values, sentences = {}, []
    for name in search.names():
        try:
            documents = search.rebuild(name=name)
            report = search.check(name)
        except (IndexUnavailable, OSError) as trouble:
            _fail(as_json, f"索引没有重建成，原有索引不变：{trouble}")
        values[name] = {"documents": documents, "missing": len(report.missing), "stale": len(report.stale)}
        sentences.append(f"索引已重建：{documents} {name.counted}")
    _say(as_json, _institutions_first(values), "\n".join(sentences))


@search_group.command("check", help="比对数据库与索引。")
@click.option("--json", "as_json", is_flag=True)
def search_check(as_json: bool) -> None:
    checked = {name: _compared(name) for name in search.names()}
    values = {name: counts for name, (counts, _) in checked.items()}
    _say(as_json, _institutions_first(values), "\n".join(sentence for _, sentence in checked.values()))


def _compared(name: IndexName) -> tuple[dict[str, int], str]:
    """The numbers of one index, and the sentence that says them."""
    try:
        report = search.check(name)
    except IndexUnavailable:
        everything = sum(1 for _ in search.source(name).revisions())
        db.session.rollback()
        values = {"documents": 0, "missing": everything, "stale": 0, "extra": 0}
        return (
            values,
            f"索引缺失或损坏，{everything} {name.counted}都不在其中。请执行：flask --app wsgi search rebuild",
        )
    values = {
        "documents": report.documents,
        "missing": len(report.missing),
        "stale": len(report.stale),
        "extra": len(report.extra),
    }
    sentence = "索引中 {documents} {counted}；缺 {missing}，旧 {stale}，多余 {extra}"
    return values, f"{sentence.format(counted=name.counted, **values)}；待更新 {search.waiting(name)}"


def _institutions_first(values: dict[IndexName, dict[str, int]]) -> dict[str, Any]:
    """The numbers of the institutions as the public contract has them; those of the other indexes under their names."""
    others = {name.value: counts for name, counts in values.items() if name is not IndexName.INSTITUTIONS}
    return {**values[IndexName.INSTITUTIONS], **others}


@jobs_group.command("run-due", help="办理到期事项；--at 指定时刻（ISO 8601，带时区）。")
@click.option("--at", "moment", help="例如 2026-12-01T09:00:00+08:00")
@click.option("--json", "as_json", is_flag=True)
def jobs_run_due(moment: str | None, as_json: bool) -> None:
    at = now()
    if moment:
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            _fail(as_json, "--at 须为 ISO 8601 时刻，例如 2026-12-01T09:00:00+08:00")
        if at.tzinfo is None:
            _fail(as_json, "--at 须带时区，例如 2026-12-01T09:00:00+08:00")
    with clock_at(at):
        ran = run_due(at)
    _say(
        as_json,
        {"ran": ran},
        "已办理到期事项：" + ("、".join(f"{name} {count}" for name, count in ran.items()) or "无"),
    )


@calendar_group.command("import", help="导入一年的放假和调休安排（csv：日期,类型,名称）。")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--year", type=int, required=True)
@click.option("--source", required=True, help="依据，例如 国办发明电〔2026〕×号。")
@click.option("--json", "as_json", is_flag=True)
def calendar_import(path: Path, year: int, source: str, as_json: bool) -> None:
    try:
        with path.open("rb") as stream:
            done = import_calendar_file(stream, year=year, source=source, actor=OPERATOR, now=now())
    except OSError:
        _fail(as_json, f"无法读取文件 {path}，请核对路径和权限")
        return
    except (CalendarNotImported, SheetError) as refusal:
        _fail(as_json, str(refusal))
        return
    values = {
        "year": year,
        "holidays": done.stored.holidays,
        "makeup_days": done.stored.makeup_days,
        "moved_deadlines": len(done.moved),
    }
    _say(
        as_json,
        values,
        f"已导入 {year} 年：放假 {done.stored.holidays} 天（工作日），调休上班 {done.stored.makeup_days} 天；"
        f"重算期限 {len(done.moved)} 件",
    )


@keys_group.command("rotate", help="用 FIELD_KEYS 中的第一把密钥重新加密全部加密字段。")
@click.option("--json", "as_json", is_flag=True)
def keys_rotate(as_json: bool) -> None:
    try:
        count = rotate_all(db.session(), Model)
    except CannotDecrypt as error:
        _fail(as_json, str(error))
    _say(as_json, {"fields": count}, f"已重新加密 {count} 个字段")
