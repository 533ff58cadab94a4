"""Mail that announces messages: to a real server on loopback, into files, and through every kind of failure."""

from __future__ import annotations

import json
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.settings import MailServer
from credit_register.notices import mailing, posts
from credit_register.notices.mailing import LEASE, WAITS, retry_mail, send_mail
from credit_register.notices.models import Mail, Notice
from credit_register.notices.posts import FolderPost, SmtpPost
from credit_register.notices.services import tell
from credit_register.web.jobs import JOBS
from tests.accounts.signing_in import make_account
from tests.notices.mail_server import mail_server, make_certificate

TITLE = "登记申请有了结果"
SECRET = "不予登记的理由：示例"  # the text of the message, which no mail carries


@pytest.fixture
def account(app: Flask) -> Account:
    return make_account(Role.AGENT, email="agent@example.cn", sample=False).account


@pytest.fixture
def log_lines(app: Flask) -> Iterator[list[dict[str, Any]]]:
    with structlog.testing.capture_logs() as lines:
        yield lines  # type: ignore[misc]


def announced(account: Account, now: datetime, *, title: str = TITLE, count: int = 1) -> list[Mail]:
    for _ in range(count):
        tell([account.id], title=title, text=SECRET, path="/workspace/registration", now=now)
    db.session.commit()
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def configure(app: Flask, **changes: Any) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], **changes)


def use(app: Flask, port: int, *, security: str = "none", user: str = "", password: str = "") -> None:
    server = MailServer("127.0.0.1", port, security, user, password)
    configure(app, mail_server=server, mail_from="register@example.org")


def mails() -> list[Mail]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def text_of(mail: Any) -> str:
    text: str = mail.get_content()
    return text.replace("\r\n", "\n")


@contextmanager
def a_port_where_nobody_listens() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        yield taken.getsockname()[1]


def test_a_mail_carries_the_title_the_site_and_where_to_look_and_nothing_else(
    app: Flask, account: Account, clock: datetime
) -> None:
    announced(account, clock)
    configure(app, public_url="https://register.example.org", site_name="示例专栏")
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 1
        assert send_mail(clock) == 0
    [mail] = inbox.mails
    assert mail["Subject"] == f"{TITLE}（示例专栏）"
    assert mail["From"] == "示例专栏 <register@example.org>"
    assert (mail["To"], inbox.recipients) == ("agent@example.cn", ["<agent@example.cn>"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    assert text_of(mail) == (
        f"{TITLE}\n\n请登录后查看：https://register.example.org/account/messages\n\n示例专栏\n"
    )
    assert mails()[0].sent_at == clock


def test_the_minutely_job_sends_mail() -> None:
    assert JOBS["send_mail"] is send_mail


def test_one_round_uses_one_connection(app: Flask, account: Account, clock: datetime) -> None:
    announced(account, clock, count=3)
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 3
    assert (inbox.connections, len(inbox.raw)) == (1, 3)


def test_mail_that_is_not_due_waits(app: Flask, account: Account, clock: datetime) -> None:
    announced(account, clock + timedelta(seconds=1))
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 0
        assert inbox.connections == 0
        assert send_mail(clock + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_encrypted_with_user_and_password(
    app: Flask,
    account: Account,
    clock: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
) -> None:
    announced(account, clock)
    certificate = make_certificate(tmp_path)
    with mail_server(certificate=certificate, tls=security == "tls") as inbox:
        use(app, inbox.port, security=security, user="register", password="p:ss w@rd")
        assert send_mail(clock) == 0  # nobody vouches for the certificate
        assert (inbox.raw, inbox.sign_ins) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send_mail(clock + WAITS[0]) == 1
    assert inbox.sign_ins == ["\0register\0p:ss w@rd"]
    assert len(inbox.raw) == 1
    assert inbox.encrypted >= 1


def test_a_server_without_encryption_gets_no_password(app: Flask, account: Account, clock: datetime) -> None:
    announced(account, clock)
    with mail_server() as inbox:
        use(app, inbox.port, security="starttls", user="register", password="secret")
        assert send_mail(clock) == 0
    assert (inbox.raw, inbox.sign_ins) == ([], [])


def test_without_a_server_mail_becomes_files_that_only_the_owner_reads(
    app: Flask, account: Account, clock: datetime, instance_path: Path
) -> None:
    announced(account, clock, count=2)
    assert send_mail(clock) == 2
    folder = instance_path / "mail"
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    content = files[0].read_bytes()
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["To"] == "agent@example.cn"
    assert mail["From"].addresses[0].addr_spec == "noreply@localhost"
    assert text_of(mail).startswith(f"{TITLE}\n\n请登录本站查看。")


def test_mail_to_sample_accounts_is_never_sent(
    app: Flask, account: Account, clock: datetime, instance_path: Path
) -> None:
    account.sample = True
    announced(account, clock)
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 1
    assert inbox.connections == 0
    assert len(list((instance_path / "mail").iterdir())) == 1


def test_a_closed_account_hears_nothing_more(app: Flask, account: Account, clock: datetime) -> None:
    account.active = False
    announced(account, clock)
    assert send_mail(clock) == 0
    assert mails() == []
    assert db.session.query(Notice).count() == 1


def test_a_server_that_is_down_is_tried_again_later_and_later_until_the_mail_is_given_up(
    log_lines: list[dict[str, Any]], app: Flask, account: Account, clock: datetime
) -> None:
    announced(account, clock, count=2)
    moment = clock
    with a_port_where_nobody_listens() as port:
        use(app, port)
        send_mail(moment)
        first, second = mails()
        assert (first.attempts, first.next_attempt_at) == (1, clock + WAITS[0])
        assert second.attempts == 0  # the server was not asked again for the others
        db.session.delete(second)
        db.session.commit()
        for attempt, wait in enumerate(WAITS, start=1):
            [mail] = mails()
            assert (mail.attempts, mail.gave_up_at, mail.next_attempt_at - moment) == (attempt, None, wait)
            send_mail(moment + wait - timedelta(seconds=1))
            assert mails()[0].attempts == attempt
            moment += wait
            send_mail(moment)
    [mail] = mails()
    assert (mail.attempts, mail.gave_up_at) == (len(WAITS) + 1, moment)
    assert timedelta(days=3) < moment - clock < timedelta(days=7)
    send_mail(moment + timedelta(days=30))
    assert mails()[0].attempts == len(WAITS) + 1
    assert [line["reason"] for line in log_lines] == ["ConnectionRefusedError"] * (len(WAITS) + 1)
    assert "example.cn" not in json.dumps(log_lines)


@pytest.mark.parametrize("word", ["RCPT", "."])
def test_a_final_refusal_ends_it_at_once_and_does_not_hold_up_the_others(
    log_lines: list[dict[str, Any]], app: Flask, account: Account, clock: datetime, word: str
) -> None:
    announced(account, clock, count=2)
    with mail_server({word: "550 no such user agent@example.cn"}) as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 0
    assert [(mail.attempts, mail.gave_up_at) for mail in mails()] == [(1, clock), (1, clock)]
    assert [line["reason"].endswith("550") for line in log_lines] == [True, True]
    assert "example.cn" not in json.dumps(log_lines)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "450 mailbox busy"},
        {".": "451 try again"},
        {"MAIL": "550 sender not allowed"},
        {"RCPT": "421 closing"},
        {"DATA": "hang up"},
        {"EHLO": "hang up"},
    ],
    ids=str,
)
def test_trouble_that_may_pass_puts_the_mail_off(
    app: Flask, account: Account, clock: datetime, answers: dict[str, str]
) -> None:
    announced(account, clock)
    with mail_server(answers) as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 0
        [mail] = mails()
        assert (mail.attempts, mail.gave_up_at, mail.sent_at) == (1, None, None)
        assert mail.next_attempt_at == clock + WAITS[0]
        inbox.answers.clear()
        assert send_mail(clock + WAITS[0]) == 1
    assert len(inbox.raw) == 1


def test_a_wrong_password_of_the_server_is_no_fault_of_the_mail(
    app: Flask, account: Account, clock: datetime
) -> None:
    announced(account, clock, count=2)
    with mail_server({"AUTH": "535 wrong"}) as inbox:
        use(app, inbox.port, user="register", password="wrong")
        assert send_mail(clock) == 0
    assert [(mail.attempts, mail.gave_up_at) for mail in mails()] == [(1, None), (0, None)]


def test_of_two_workers_only_one_sends(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(account, clock)
    send, seen = SmtpPost.send, []

    def send_while_another_worker_looks(self: SmtpPost, *arguments: Any) -> None:
        seen.append(arguments)
        assert send_mail(clock) == 0
        send(self, *arguments)

    monkeypatch.setattr(SmtpPost, "send", send_while_another_worker_looks)
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 1
    assert (len(seen), len(inbox.raw)) == (1, 1)


def test_two_workers_at_the_same_moment_share_the_work(app: Flask, account: Account, clock: datetime) -> None:
    announced(account, clock, count=12)
    db.session.rollback()

    def work(_: int) -> int:
        with app.app_context():
            return send_mail(clock)

    with mail_server() as inbox, ThreadPoolExecutor(3) as pool:
        use(app, inbox.port)
        assert sum(pool.map(work, range(3))) == 12
    assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.raw) == 12


def test_a_worker_that_saw_the_mail_due_but_came_second_leaves_it(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    [mail] = announced(account, clock)
    seen_due = [mail.id]
    assert send_mail(clock) == 1
    monkeypatch.setattr(mailing, "_due", lambda moment: seen_due)
    assert send_mail(clock) == 0
    assert mails()[0].attempts == 1


class PowerCut(BaseException):
    """The process ends between sending and marking."""


def test_a_mail_whose_worker_died_is_sent_once_more_with_the_same_number(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(account, clock)

    def cut(*arguments: object) -> None:
        raise PowerCut

    with mail_server() as inbox:
        use(app, inbox.port)
        with monkeypatch.context() as patch:
            patch.setattr(mailing, "_note_sent", cut)
            with pytest.raises(PowerCut):
                send_mail(clock)
        db.session.rollback()
        assert send_mail(clock + LEASE - timedelta(seconds=1)) == 0
        assert send_mail(clock + LEASE) == 1
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_mail_that_kills_its_worker_each_time_is_given_up(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    [mail] = announced(account, clock)
    mail.attempts = len(WAITS) + 1
    db.session.commit()
    assert send_mail(clock) == 0
    assert mails()[0].gave_up_at == clock


def test_a_full_disk_puts_the_mail_off(
    app: Flask, account: Account, clock: datetime, instance_path: Path
) -> None:
    announced(account, clock)
    (instance_path / "mail").write_text("a file where the folder should be", encoding="utf-8")
    assert send_mail(clock) == 0
    [mail] = mails()
    assert (mail.gave_up_at, mail.next_attempt_at) == (None, clock + WAITS[0])


@pytest.mark.parametrize("address", ["no address", "a@b\nBcc: c@example.cn", "用户@example.cn"])
def test_an_address_that_no_mail_can_carry_is_given_up(
    app: Flask, account: Account, clock: datetime, address: str
) -> None:
    account.email = address
    announced(account, clock)
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 0
    assert inbox.raw == []
    assert mails()[0].gave_up_at == clock


def test_a_title_with_line_ends_makes_no_header(app: Flask, account: Account, clock: datetime) -> None:
    announced(account, clock, title="第一行\r\nBcc: other@example.cn")
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 1
    [mail] = inbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("第一行 Bcc: other@example.cn")


def test_mail_of_ninety_days_ago_is_deleted_with_its_file(
    app: Flask, account: Account, clock: datetime, instance_path: Path
) -> None:
    announced(account, clock)
    send_mail(clock)
    send_mail(clock + timedelta(days=90))
    assert len(mails()) == 1
    send_mail(clock + timedelta(days=90, minutes=1))
    assert mails() == []
    assert list((instance_path / "mail").iterdir()) == []
    assert db.session.query(Notice).count() == 1


def test_the_operator_sees_what_was_given_up_and_queues_it_again(
    app: Flask, account: Account, clock: datetime
) -> None:
    announced(account, clock, count=2)
    with mail_server({"RCPT": "550 unknown"}) as inbox:
        use(app, inbox.port)
        send_mail(clock)
    runner = app.test_cli_runner()
    db.session.rollback()
    status = runner.invoke(args=["mail", "status", "--json"])
    assert json.loads(status.output) == {"waiting": 0, "sent": 0, "gave_up": 2}
    assert "mail retry" in runner.invoke(args=["mail", "status"]).output
    with clock_at(clock):
        assert json.loads(runner.invoke(args=["mail", "retry", "--json"]).output) == {"queued": 2}
    assert retry_mail(now=clock) == 0
    with mail_server() as inbox:
        use(app, inbox.port)
        assert send_mail(clock) == 2
    db.session.rollback()
    assert "90 天内已发 2 封" in runner.invoke(args=["mail", "status"]).output


def test_no_transaction_is_open_while_a_server_takes_its_time(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(account, clock)
    open_transactions = []
    monkeypatch.setattr(
        FolderPost, "send", lambda *arguments: open_transactions.append(db.session().in_transaction())
    )
    assert send_mail(clock) == 1
    assert open_transactions == [False]


@pytest.mark.parametrize("step", ["", "EHLO", "MAIL", "."])
@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_drips_does_not_hold_the_worker(
    app: Flask,
    account: Account,
    clock: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    security: str,
) -> None:
    announced(account, clock)
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(posts, "LONGEST_TALK", 0.4)
    with mail_server({step: "drip"}, certificate=certificate, tls=security == "tls") as inbox:
        use(app, inbox.port, security=security)
        started = time.monotonic()
        assert send_mail(clock) == 0
        assert time.monotonic() - started < 2
    [mail] = mails()
    assert (mail.sent_at, mail.next_attempt_at) == (None, clock + WAITS[0])


def test_a_talk_that_has_lasted_too_long_is_over(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(account, clock, count=2)
    monkeypatch.setattr(posts, "LONGEST_TALK", 0.2)
    with mail_server() as inbox:
        use(app, inbox.port)
        with SmtpPost(app.extensions["settings"].mail_server) as post:
            first = EmailMessage()
            first["From"], first["To"] = "register@example.org", "agent@example.cn"
            post.send(first, "first.eml")
            time.sleep(0.3)
            with pytest.raises(posts.NotSent) as told:
                post.send(first, "second.eml")
        assert (told.value.final, told.value.stop) == (False, True)
        assert len(inbox.raw) == 1


def test_a_slow_round_ends_after_a_while_and_goes_on_in_the_next(
    app: Flask, account: Account, clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(account, clock, count=3)
    monkeypatch.setattr(mailing, "LONGEST_ROUND", 0.0)
    assert send_mail(clock) == 1
    assert send_mail(clock) == 1
    monkeypatch.undo()
