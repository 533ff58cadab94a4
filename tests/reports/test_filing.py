"""Taking a report in: rules, routing, receipt, one report however often it is sent, and what is kept."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from credit_register.access.actor import CITIZEN
from credit_register.access.roles import Permission, Role
from credit_register.audit.models import AuditEvent
from credit_register.audit.queries import deeds
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadlines
from credit_register.core.files import StorageFull, StoredFile, open_original
from credit_register.reports import attachments, filing
from credit_register.reports.filing import FormUsedBefore, Submission
from credit_register.reports.models import Identity, Kind, Matter, Report, State
from tests.accounts.signing_in import actor, client_of, hidden, make_account
from tests.core.codes import uscc
from tests.factories import make_institution
from tests.reports.citizens import (
    FACTS,
    file_report,
    picture,
    report_fields,
    seed_deadline_rules,
    send_report,
    the_report,
)

NAMED = {"anonymous": "0", "contact_name": "王示例", "contact_phone": "13800005678"}


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def reports() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Report)) or 0


class TestReceipts:
    def test_a_report_gives_a_receipt_of_five_groups(self, client: FlaskClient) -> None:
        receipt = file_report(client)
        assert [len(group) for group in receipt.split("-")] == [4] * 5
        report = the_report()
        assert (report.state, report.kind, report.matter, report.anonymous) == (
            State.RECEIVED,
            "report",
            "other",
            True,
        )
        assert receipt.replace("-", "") not in str(vars(report))

    def test_the_same_form_twice_is_one_report_with_one_receipt(self, client: FlaskClient) -> None:
        fields = report_fields(client, **NAMED)
        given = []
        for _ in range(2):
            photo = (io.BytesIO(picture()), "合影.jpg")
            assert client.post("/reports/new", data={**fields, "files": photo}).status_code == 303
            given.append(client.get("/reports/receipt").text.split('data-receipt="')[1][:24])
        assert given[0] == given[1]
        assert reports() == 1
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"facts": FACTS + "又补充一点"},
            {"anonymous": "0", **NAMED},
            {"files": b"a file"},
        ],
    )
    def test_the_same_key_with_other_content_is_told_and_gets_a_fresh_key(
        self, client: FlaskClient, change: dict[str, Any]
    ) -> None:
        fields = report_fields(client)
        assert client.post("/reports/new", data=fields).status_code == 303
        if "files" in change:
            change = {"files": (io.BytesIO(change["files"]), "a.txt")}
        answer = client.post("/reports/new", data={**fields, **change})
        assert answer.status_code == 422
        assert "这份表单已经提交过，内容不同" in answer.text
        assert change.get("facts", FACTS) in answer.text
        assert hidden(answer.text, "idempotency_key") != fields["idempotency_key"]
        assert reports() == 1

    def test_without_a_key_every_sending_is_a_report(self, client: FlaskClient) -> None:
        assert file_report(client, idempotency_key=None) != file_report(client, idempotency_key=None)
        assert reports() == 2

    def test_the_same_form_at_the_same_moment_is_one_report(self, app: Flask) -> None:
        db.session.remove()
        given, failed = at_once(app, [submission()] * 4)
        assert failed == []
        assert len(set(given)) == 1
        assert reports() == 1

    def test_of_two_contents_under_one_key_at_the_same_moment_one_is_told(self, app: Flask) -> None:
        db.session.remove()
        given, failed = at_once(app, [submission(), submission(facts=FACTS + "不同")])
        assert len(given) == 1
        assert [type(error) for error in failed] == [FormUsedBefore]
        assert reports() == 1


def submission(**changes: Any) -> Submission:
    values: dict[str, Any] = {
        "kind": Kind.REPORT,
        "matter": Matter.OTHER,
        "subject_uscc": "",
        "subject_name": "示例某某",
        "facts": FACTS,
        "anonymous": True,
        **changes,
    }
    return Submission(**values)


def at_once(app: Flask, submissions: list[Submission]) -> tuple[list[str], list[Exception]]:
    """File under one key in threads that start together."""
    gate, given, failed = threading.Barrier(len(submissions)), [], []

    def run(sent: Submission) -> None:
        with app.test_request_context("/reports/new", method="POST"):
            gate.wait()
            try:
                given.append(filing.file_report(sent, idempotency_key="one-key", actor=None, now=now()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(sent,)) for sent in submissions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given, failed


class TestIdentity:
    def test_who_reported_stands_encrypted_in_a_table_of_its_own(self, client: FlaskClient) -> None:
        file_report(client, **NAMED)
        with db.engine.connect() as connection:
            raw = connection.execute(text("SELECT * FROM report_identity")).one()
            everything = str(connection.execute(text("SELECT * FROM report")).all())
            everything += str(connection.execute(text("SELECT * FROM audit_event")).all())
        assert all(str(value).startswith("f1:") for value in raw[1:] if value is not None)
        assert "王示例" not in str(raw) + everything
        assert "13800005678" not in str(raw) + everything
        identity = db.session.scalars(select(Identity)).one()
        assert (identity.name, identity.phone) == ("王示例", "13800005678")

    def test_who_chose_anonymous_leaves_nothing_behind(self, client: FlaskClient) -> None:
        file_report(client, **{**NAMED, "anonymous": "1"})
        assert the_report().anonymous
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 0

    def test_who_chose_nothing_is_named_only_with_contact_details(self, client: FlaskClient) -> None:
        file_report(client, anonymous=None)
        assert the_report().anonymous
        db.session.execute(text("DELETE FROM deadline"))
        db.session.execute(text("DELETE FROM report"))
        db.session.commit()
        file_report(client, **{**NAMED, "anonymous": None})
        assert not the_report().anonymous

    def test_the_audit_knows_that_a_report_came_and_nothing_of_who_sent_it(
        self, app: Flask, client: FlaskClient
    ) -> None:
        institution = make_institution()
        person = client_of(app, make_account(Role.AGENT, uscc_code=uscc(serial=77)).account)
        file_report(person, subject_uscc=institution.uscc)
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.receive")).one()
        assert (event.actor_id, event.actor_name, event.actor_role) == (None, "公众", "public")
        assert event.detail == {"kind": "report"}
        assert event.region_code == institution.region_code
        report = the_report()
        assert report.objector_id is None
        assert [(deed.person, deed.role) for deed in deeds("report", report.id)] == [("公众", "举报渠道")]

    def test_the_public_may_do_nothing_that_needs_a_permission(self) -> None:
        assert not any(CITIZEN.can(permission) for permission in Permission)
        assert not CITIZEN.sees_region("510100")
        assert not CITIZEN.acts_for("")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"contact_name": ""}, "实名须填写联系人姓名"),
            ({"contact_phone": ""}, "实名须填写联系电话"),
            ({"contact_phone": "没有"}, "这个号码不完整"),
            ({"contact_phone": "1234"}, "这个号码不完整"),
        ],
    )
    def test_a_named_report_needs_a_name_and_a_number(
        self, client: FlaskClient, changes: dict[str, str], sentence: str
    ) -> None:
        answer = send_report(client, **{**NAMED, **changes})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert reports() == 0

    @pytest.mark.parametrize(
        "number", ["12315", "０２８－８７６５４３２１", "+86 138 0000 5678", "028-87654321 转 8"]
    )
    def test_numbers_are_taken_as_people_write_them(self, client: FlaskClient, number: str) -> None:
        file_report(client, **{**NAMED, "contact_phone": number})
        assert reports() == 1


class TestRouting:
    @pytest.mark.parametrize(
        ("subject", "region"),
        [
            ({"subject_uscc": "REGISTERED"}, "510104"),
            ({"subject_uscc": "registered with blanks"}, "510104"),
            ({"subject_name": "成都示例唯一信用有限公司"}, "510104"),
            ({"subject_name": "成都示例唯一信用"}, "000000"),
            ({"subject_name": "成都示例同名信用有限公司", "region": "330000"}, "330000"),
            ({"subject_uscc": uscc(division="330106", serial=9), "region": "440000"}, "330000"),
            ({"subject_uscc": uscc(division="100000", serial=9), "region": "440000"}, "440000"),
            ({"subject_uscc": "91510100FAKE", "subject_name": "冒牌", "region": "44"}, "440000"),
            ({"subject_name": "不知道在哪里"}, "000000"),
            ({"subject_name": "在兵团", "region": "660000"}, "660000"),
            ({"subject_name": "知道区县", "region": "510104"}, "510104"),
            # An impostor's own code beside the name of another leads to the province of the code.
            (
                {
                    "subject_uscc": uscc(division="330106", serial=9),
                    "subject_name": "成都示例唯一信用有限公司",
                },
                "330000",
            ),
        ],
    )
    def test_a_report_goes_to_the_office_that_is_in_charge(
        self, client: FlaskClient, subject: dict[str, str], region: str
    ) -> None:
        known = make_institution(name="成都示例唯一信用有限公司", region_code="510104")
        for _ in range(2):
            make_institution(name="成都示例同名信用有限公司", region_code="510100")
        code = subject.get("subject_uscc", "")
        if code == "REGISTERED":
            code = known.uscc
        elif code.startswith("registered"):
            code = f" {known.uscc[:9].lower()}-{known.uscc[9:]} "
        file_report(client, **{"subject_name": "", **subject, "subject_uscc": code})
        report = the_report()
        assert report.region_code == region
        assert report.institution_id == (known.id if region == "510104" and "region" not in subject else None)

    def test_an_invented_code_is_kept_with_a_name_and_said_so(self, client: FlaskClient) -> None:
        file_report(client, subject_uscc="91510100MA00000XXX", subject_name="冒牌示例")
        assert the_report().subject_uscc == "91510100MA00000XXX"
        assert "不是有效的统一社会信用代码" in client.get("/reports/receipt").text

    @pytest.mark.parametrize(
        ("subject", "sentence"),
        [
            ({"subject_name": "", "subject_uscc": ""}, "至少填一项"),
            ({"subject_name": "", "subject_uscc": "9151010"}, "少了 11 位"),
            ({"subject_name": "有名称", "subject_uscc": "9" * 19}, "把它写进事实经过"),
            ({"subject_name": "示" * 121}, "最多 120 字"),
            ({"region": "999999"}, "请从列表中选择所在省份"),
        ],
    )
    def test_a_subject_that_leads_nowhere_is_explained(
        self, client: FlaskClient, subject: dict[str, str], sentence: str
    ) -> None:
        answer = send_report(client, **subject)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert FACTS in answer.text
        assert reports() == 0


class TestDeadlines:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("report", {"report_acceptance"}),
            ("question", {"report_acceptance"}),
            ("objection", {"objection_mark", "objection_decision_self"}),
        ],
    )
    def test_they_run_from_the_day_of_receipt(
        self, client: FlaskClient, clock: object, kind: str, expected: set[str]
    ) -> None:
        file_report(client, kind=kind, **NAMED)
        running = open_deadlines("report", the_report().id)
        assert {deadline.rule.name for deadline in running} == expected
        assert {deadline.started_on.isoformat() for deadline in running} == {"2026-03-12"}

    def test_a_gap_in_the_table_of_rules_turns_nobody_away(self, client: FlaskClient) -> None:
        db.session.execute(text("DELETE FROM deadline_rule"))
        db.session.commit()
        file_report(client)
        assert reports() == 1


class TestObjections:
    def test_it_cannot_be_anonymous(self, client: FlaskClient) -> None:
        answer = send_report(client, kind="objection")
        assert answer.status_code == 422
        assert "异议需要核对身份，不能匿名" in answer.text

    def test_with_contact_details_anybody_may_object(self, client: FlaskClient) -> None:
        file_report(client, kind="objection", **NAMED)
        report = the_report()
        assert (report.anonymous, report.objector_id) == (False, None)

    @pytest.mark.parametrize("by_name", [False, True])
    def test_the_institutions_own_person_needs_no_contact_details(self, app: Flask, by_name: bool) -> None:
        institution = make_institution()
        account = make_account(Role.AGENT, uscc_code=institution.uscc).account
        account_id, person = account.id, client_of(app, account)
        subject = (
            {"subject_name": institution.name}
            if by_name
            else {"subject_uscc": institution.uscc, "subject_name": ""}
        )
        file_report(person, kind="objection", **subject)
        report = the_report()
        assert (report.anonymous, report.objector_id) == (False, account_id)
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 0

    @pytest.mark.parametrize("reason", ["unconfirmed", "other institution"])
    def test_nobody_objects_in_the_name_of_another(self, app: Flask, reason: str) -> None:
        institution = make_institution()
        code = institution.uscc if reason == "unconfirmed" else uscc(serial=88)
        account = make_account(Role.AGENT, uscc_code=code).account
        if reason == "unconfirmed":
            account.confirmed = False
            db.session.commit()
        answer = send_report(client_of(app, account), kind="objection", subject_uscc=institution.uscc)
        assert answer.status_code == 422
        assert reports() == 0

    def test_an_officer_who_is_signed_in_is_no_institution(self, app: Flask) -> None:
        found = filing.problems(submission(kind=Kind.OBJECTION), actor(Role.LOCAL))
        assert list(found) == ["anonymous"]


class TestFiles:
    def test_they_are_cleaned_and_hang_on_the_report(self, client: FlaskClient) -> None:
        photo = picture()
        files = [(io.BytesIO(photo), "照片.jpg"), (io.BytesIO("聊天记录".encode()), "聊天.txt")]
        file_report(client, files=files)
        attached = [one.file for one in the_report().files]
        assert [(file.original_name, file.purpose, file.stored_by) for file in attached] == [
            ("附件1.jpg", "report", None),  # the names it came with may tell who took it
            ("附件2.txt", "report", None),
        ]
        assert attached[0].clean_sha256 != attached[0].sha256
        with open_original(attached[0]) as stream:
            assert stream.read() == photo

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("程序.exe", b"MZ\x90\x00", "不接受程序"),
            ("假.pdf", b"MZ\x90\x00", "不接受程序"),
            ("包.zip", b"PK\x03\x04rest", "不接受压缩包"),
            ("空.txt", b"", "文件是空的"),
            ("表.csv", "名称,金额\n甲,1\n".encode(), "这里不接受"),
            ("坏.jpg", b"\xff\xd8\xff\xe0broken", "图片已损坏"),
            ("大.txt", b"a" * 100_001, "文件超过"),
        ],
    )
    def test_a_refused_file_is_named_and_the_rest_is_kept(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, sentence: str
    ) -> None:
        monkeypatch.setattr(attachments, "FILES", replace(attachments.FILES, max_bytes=100_000))
        files = [(io.BytesIO(picture()), "好的.jpg"), (io.BytesIO(content), name)]
        answer = send_report(client, files=files)
        assert answer.status_code == 422
        assert f"“{name}”没有收下：" in answer.text
        assert sentence in answer.text
        assert "“好的.jpg”没有收下" not in answer.text
        assert FACTS in answer.text
        assert reports() == 0
        kept = db.session.scalars(select(StoredFile)).one()
        assert (kept.purpose, kept.original_name) == ("report_held", "暂存.jpg")

    def test_six_are_too_many(self, client: FlaskClient) -> None:
        files = [(io.BytesIO(b"text"), f"{number}.txt") for number in range(6)]
        answer = send_report(client, files=files)
        assert answer.status_code == 422
        assert "最多上传 5 个文件" in answer.text

    def test_a_full_disk_loses_nothing_typed(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise StorageFull

        monkeypatch.setattr(attachments, "store_uploads", full)
        answer = send_report(client, files=(io.BytesIO(b"text"), "a.txt"))
        assert answer.status_code == 503
        assert "存储空间不足" in answer.text
        assert FACTS in answer.text


class TestFacts:
    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [
            ("", "请写明发生了什么"),
            ("   \n ", "请写明发生了什么"),
            ("骗子", "至少写 4 个字"),
            ("字" * 5023, "现有 5023 字，多了 23 字"),
        ],
    )
    def test_too_little_and_too_much_is_counted(self, client: FlaskClient, facts: str, sentence: str) -> None:
        answer = send_report(client, facts=facts)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert facts.strip() in answer.text

    def test_line_ends_of_windows_count_once(self, client: FlaskClient) -> None:
        file_report(client, facts="第一行\r\n" * 1000 + "完")
        assert the_report().facts.count("\n") == 1000

    @pytest.mark.parametrize("name", ["kind", "matter", "anonymous"])
    def test_a_choice_that_is_not_on_offer_is_refused(self, client: FlaskClient, name: str) -> None:
        answer = send_report(client, **{name: "wild"})
        assert answer.status_code == 422
        assert "请" in answer.text
        assert FACTS in answer.text

    def test_all_faults_are_told_at_once(self, client: FlaskClient) -> None:
        program = (io.BytesIO(b"MZ\x90\x00"), "程序.exe")
        answer = send_report(client, facts="短", subject_name="", anonymous="0", files=program)
        for sentence in (
            "“程序.exe”没有收下",
            "至少写 4 个字",
            "至少填一项",
            "实名须填写联系人姓名",
            "实名须填写联系电话",
        ):
            assert sentence in answer.text
