"""Commands of the operator for mail."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from credit_register.core.clock import now
from credit_register.notices.mailing import mail_counts, retry_mail

mail_group = AppGroup("mail", help="提醒邮件。")


@mail_group.command("status", help="待发、已发、放弃发送的邮件各有几封。")
@click.option("--json", "as_json", is_flag=True)
def mail_status(as_json: bool) -> None:
    counts = mail_counts()
    sentence = "提醒邮件：待发 {waiting} 封，90 天内已发 {sent} 封，放弃发送 {gave_up} 封".format(**counts)
    if counts["gave_up"]:
        sentence += "。请核对 MAIL_URL 和收件邮箱，再执行：flask --app wsgi mail retry"
    click.echo(json.dumps(counts) if as_json else sentence)


@mail_group.command("retry", help="重新发送已放弃的邮件。")
@click.option("--json", "as_json", is_flag=True)
def mail_retry(as_json: bool) -> None:
    count = retry_mail(now=now())
    click.echo(json.dumps({"queued": count}) if as_json else f"{count} 封邮件已重新排队，一分钟内开始发送")
