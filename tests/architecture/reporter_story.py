"""A named report from its filing to its review, with whoever sent it written into everything that can be sent."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports import filing, merging, receipts, tracking
from credit_register.reports.models import ImpostorWarning, Kind, Matter, Report
from credit_register.reports.work_models import Extension, Inquiry
from tests.accounts.signing_in import client_of, make_account, send
from tests.core.handmade_files import document, pdf, stream
from tests.factories import make_commitment, make_institution, make_report
from tests.reports.citizens import file_report, form_of, open_case, write
from tests.reports.officers import done, fresh

NAME = "欧阳啼鹃"
PHONE = "13987650321"
ADDRESS = "四川省成都市武侯区听鹂巷 88 号 7 栋 1901 室"
HOME = "听鹂巷"  # what alone tells where somebody lives
REASON = "需要与提交人当面核对合同原件。"
OWN, OTHER = "510100", "330100"


def names_itself(*given: str) -> str:
    """A sentence with everything about the reporter, as people write it."""
    shown = "，".join(given)
    return f"我是{NAME}，电话 139-8765-0321（{PHONE}），住{ADDRESS}。{shown}请查处。"


@dataclass
class Told:
    """What happened: the people, the rows, the receipts, and every answer that was given on the way."""

    app: Flask
    institution: Institution
    people: dict[str, FlaskClient]
    report: Report
    receipt: str
    objection: Report = field(init=False)
    other_receipt: str = field(init=False)
    joined: Report = field(init=False)
    warning: ImpostorWarning = field(init=False)
    inquiry: Inquiry = field(init=False)
    rows: dict[str, list[object]] = field(
        default_factory=dict
    )  # what fills addresses; rows themselves go stale

    @property
    def secrets(self) -> dict[str, str]:
        return {
            "name": NAME,
            "phone": PHONE,
            "address": HOME,
            "receipt": self.receipt,
            "other receipt": self.other_receipt,
        }


def photograph(*words: str) -> bytes:
    """A picture whose metadata hold the words."""
    exif = Image.Exif()
    text = "; ".join(words).encode()
    for tag in (0x013B, 0x8298, 0x010E):  # artist, copyright, description
        exif[tag] = text
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(
        target, "JPEG", exif=exif, comment=text, xmp=b"<x:xmpmeta>" + text + b"</x:xmpmeta>"
    )
    return target.getvalue()


def paper(*words: str) -> bytes:
    """A PDF whose author is the words."""
    text = "; ".join(words)
    author = b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"
    return pdf(
        b"<</Author %s/Title(scan)>>" % author,
        stream(b"/Type/Metadata/Subtype/XML", b"<dc:creator>" + text.encode() + b"</dc:creator>"),
        catalog=b"/Metadata 6 0 R",
        trailer=b"/Info 5 0 R",
    )


def letter(*words: str) -> bytes:
    """A text document whose creator is the words."""
    text = "; ".join(words)
    core = f"<cp:coreProperties><dc:creator>{text}</dc:creator><cp:lastModifiedBy>{text}</cp:lastModifiedBy></cp:coreProperties>"
    app = f"<Properties><Manager>{text}</Manager><Company>{text}</Company></Properties>"
    return document({"docProps/core.xml": core.encode(), "docProps/app.xml": app.encode()})


def files(*words: str) -> list[tuple[io.BytesIO, str]]:
    """One of each kind, named after the reporter and with the words in its metadata."""
    name = " ".join(words)
    made = {"jpg": photograph(*words), "pdf": paper(*words), "docx": letter(*words)}
    return [(io.BytesIO(content), f"{name}.{ending}") for ending, content in made.items()]


def _people(app: Flask, institution: Institution) -> dict[str, Account]:
    """One of each role where the report is, and those of the region that it goes to."""
    found = {
        role.value: make_account(role, email=f"{role.value}.story@example.cn").account
        for role in Role
        if role.is_staff
    }
    for name, role, region in (
        ("colleague", Role.LOCAL, OWN),
        ("foreign", Role.LOCAL, OTHER),
        ("foreign_auditor", Role.AUDITOR, "330000"),
    ):
        found[name] = make_account(
            role, email=f"{name}@example.cn", name=f"{role.label}乙", region=region
        ).account
    for role in (Role.AGENT, Role.LEGAL_REP):
        found[role.value] = make_account(
            role, email=f"{role.value}.story@example.cn", uscc_code=institution.uscc
        ).account
    return found


def tell_story(app: Flask) -> Told:
    """Everything that moves a report along; the rows are those of the database afterwards."""
    institution = make_institution(name="成都示例受托信用管理有限公司", region_code=OWN)
    accounts = _people(app, institution)
    people = {name: client_of(app, account) for name, account in accounts.items()}
    people["citizen"], people["objector"] = app.test_client(), app.test_client()
    receipt = _file(institution)
    report_id = tracking.find_report(receipt)
    assert report_id is not None
    told = Told(app, institution, people, db.session.get_one(Report, report_id), receipt)
    _object(told)
    _investigate(told)
    _travel(told)
    _merge(told)
    _more_time(told)
    _decide_and_warn(told)
    _review(told)
    told.rows = {
        "report_id": [told.report.id, told.objection.id, told.joined.id],
        "inquiry_id": [told.inquiry.id],
        "institution_id": [told.institution.id],
        "commitment_id": [make_commitment(told.institution).id],
        "uscc": [told.institution.uscc],
    }
    return told


def _file(institution: Institution) -> str:
    submission = filing.Submission(
        kind=Kind.REPORT,
        matter=Matter.IMPERSONATION,
        subject_uscc=institution.uscc,
        subject_name=institution.name,
        facts=names_itself("对方冒用该机构名义收取费用，"),
        anonymous=False,
        contact_name=NAME,
        contact_phone="139 8765 0321",
        contact_address=ADDRESS,
        uploads=tuple(files(NAME, PHONE, ADDRESS)),
    )
    return filing.file_report(submission, idempotency_key="one key", actor=None, now=now())


def _object(told: Told) -> None:
    """An objection of the same person through the form, which quotes the receipt of the first."""
    browser = told.people["objector"]
    shown = file_report(
        browser,
        kind="objection",
        subject_uscc=told.institution.uscc,
        subject_name=told.institution.name,
        facts=f"我是{NAME}，{PHONE}。登记的住所有误，上次的回执码是 {receipts.grouped(told.receipt)}。",
        anonymous="0",
        contact_name=NAME,
        contact_phone=PHONE,
        files=files(NAME, PHONE, receipts.grouped(told.receipt)),
    )
    told.other_receipt = receipts.normalise(shown)
    assert browser.post("/reports/receipt", data=form_of(browser, "/account/login")).status_code == 303
    found = tracking.find_report(told.other_receipt)
    assert found is not None
    told.objection = db.session.get_one(Report, found)
    local = told.people["local"]
    done(told.objection, "take", local)
    done(told.objection, "mark", local, text="登记的住所")
    assert open_case(browser, shown).status_code == 303
    # The form asks whoever objects for no address, so that none is known that could be hidden.
    assert write(browser, f"我是{NAME}，{PHONE}。回执码 {shown}，请尽快更正。").status_code == 303


def _investigate(told: Told) -> None:
    local, citizen, report = told.people["local"], told.people["citizen"], told.report
    done(report, "take", local)
    done(report, "note", local, text="已联系被冒用的机构。")
    done(report, "ask", local, text="请补充转账凭证。")
    assert open_case(citizen, told.receipt).status_code == 303
    answer = write(
        citizen,
        names_itself(f"我的回执码是 {receipts.grouped(told.receipt)}，"),
        files=files(NAME, PHONE, ADDRESS, receipts.grouped(told.receipt)),
    )
    assert answer.status_code == 303, answer.text
    done(report, "inquire", local, text="请说明贵机构今年是否委托他人代办业务。")
    told.inquiry = db.session.scalars(select(Inquiry).filter_by(report_id=told.report.id)).one()
    page = f"/workspace/inquiries/{told.inquiry.id}"
    fields = {"text": "本机构从未委托他人。", "version": told.inquiry.version}
    assert send(told.people["agent"], f"{page}/answer", fields, page=page).status_code == 302


def _travel(told: Told) -> None:
    """To another region, where it is taken up, and back."""
    done(told.report, "forward", told.people["local"], region=OTHER, reason="对方在那里经营。")
    done(told.report, "take", told.people["foreign"])
    done(told.report, "note", told.people["foreign"], text="本地没有这家企业。")
    done(told.report, "forward", told.people["foreign"], region=OWN, reason="对方的住所在那里。")
    done(told.report, "take", told.people["local"])


def _merge(told: Told) -> None:
    told.joined = make_report(
        subject_name=told.institution.name,
        subject_uscc=told.institution.uscc,
        institution_id=told.institution.id,
        region_code=OWN,
        received_at=now() + timedelta(days=20),
        facts="另一位提交人反映的同一件事。",
    )
    done(told.joined, "merge", told.people["local"], other=told.report.number, reason="同一件事，一并办理。")
    lead = db.session.get_one(Report, told.report.id)
    assert [each.id for each in merging.merged_into(lead)] == [told.joined.id]


def _more_time(told: Told) -> None:
    local = told.people["local"]
    done(told.report, "extension", local, days="5", reason="等待银行的回函。")
    extension = db.session.scalars(select(Extension).filter_by(report_id=told.report.id)).one()
    done(told.report, f"extension/{extension.id}", told.people["colleague"], decision="approve")


def _decide_and_warn(told: Told) -> None:
    local, colleague, report = told.people["local"], told.people["colleague"], told.report
    done(report, "decide", local, outcome="upheld", matter="impersonation", reason="经核查，情况属实。")
    text = {
        "kind": "impersonation",
        "pretender": "示例“修复专家”团队",
        "imitated_uscc": told.institution.uscc,
        "conduct": "自称受该机构委托，向企业收取“征信修复费”。",
        "reason": "经向被冒用机构核实，双方没有任何委托关系。",
    }
    assert send(local, f"/staff/warnings/new?report={report.id}", text).status_code == 302
    told.warning = db.session.scalars(select(ImpostorWarning).filter_by(report_id=told.report.id)).one()
    page = f"/staff/warnings/{told.warning.id}"
    fields = {"reason": "证据充分，同意公布。", "version": told.warning.version}
    assert send(colleague, f"{page}/confirm", fields, page=page).status_code == 302
    done(report, "answer", local, text="您反映的情况属实，已公布警示。")
    done(report, "close", local)


def _review(told: Told) -> None:
    citizen = told.people["citizen"]
    token = form_of(citizen, "/account/login")
    everything = names_itself(f"回执码 {told.receipt}，")
    rated = {**token, "stars": "4", "words": everything}
    assert citizen.post("/reports/track/rating", data=rated).status_code == 303
    asked = {**token, "reason": everything}
    assert citizen.post("/reports/track/review", data=asked).status_code == 303
    done(told.report, "uphold", told.people["colleague"], reason="原处理结果正确。")
    done(told.report, "close", told.people["colleague"])
    assert fresh(told.report).state == "closed"


def reveal(told: Told) -> Any:
    """Ask, once, who sent the report."""
    page = f"/staff/reports/{told.rows['report_id'][0]}"
    return send(told.people["provincial"], f"{page}/reveal", {"reason": REASON}, page=page)
