"""Sample reports in every state, and warnings of impostors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports import tracking, triage, warning_services
from credit_register.reports.filing import Submission, file_report
from credit_register.reports.models import ImpostorWarning, Kind, Matter, Outcome, Report, State, WarningKind
from credit_register.reports.receipts import grouped, receipt_hash
from credit_register.reports.warning_grounds import ReportGround
from credit_register.web.sample.story import Story, institutions_of, staff

RECEIPTS = "sample-receipts.json"
FACTS = {
    Matter.FALSE_DISCLOSURE: "公示的服务内容写有“免费复核一次”，实际要求另付 300 元。",
    Matter.IMPERSONATION: "对方自称是这家机构的工作人员，来电要求先付“征信修复”定金，并出示了仿冒的授权书。",
    Matter.BREACH: "承诺书写明不以承诺等级揽业，业务人员在洽谈中承诺可以评到 A 级。",
    Matter.UNLAWFUL_FEE: "办理过程中在公示的收费标准之外，另收“加急费” 500 元，没有发票。",
    Matter.FORGED_REPORT: "出具的信用报告写有现场核查记录，所写日期当天没有人来过本单位。",
    Matter.DATA_LEAK: "只向这家机构提供过的联系方式，次日即接到多家推销公司的来电。",
    Matter.OTHER: "申请查询本单位的评价报告，已超过一个月没有答复。",
}
STATES = (
    State.RECEIVED,
    State.INVESTIGATING,
    State.AWAITING_REPORTER,
    State.DECIDED,
    State.ANSWERED,
    State.CLOSED,
    State.REFUSED,
)


@dataclass(frozen=True)
class Pretence:
    """How somebody poses as an agency, as a citizen reports it and as the warning says it."""

    kind: WarningKind
    name: str
    facts: str
    conduct: str
    reason: str
    site: str = ""


IMPERSONATION = Pretence(
    WarningKind.IMPERSONATION,
    "示例假冒信用修复中心",
    FACTS[Matter.IMPERSONATION],
    "以电话和短信推销“征信修复”，出示仿冒的授权书，要求先付定金。",
    "经核查，该主体与被冒用机构没有任何关系，授权书系伪造。",
)
CLONE = Pretence(
    WarningKind.CLONE,
    "示例仿冒网站“信用修复直通车”",
    "网页的名称、标志和版面与这家机构的网站几乎一样，填写资料后要求扫码支付“修复服务费”。",
    "仿照该机构网站的名称、标志和版面设立网站，骗取企业填报资料并支付“修复服务费”。",
    "经向该机构核实并比对备案信息，该网站不是其设立，也没有授权。",
    site="xiufu.example",
)


@dataclass
class SampleReports:
    """Files the reports and remembers their receipts, which nobody could find out later."""

    story: Story
    receipts: list[dict[str, str]] = field(default_factory=list)

    def add(self) -> None:
        """In two provinces, every state and every matter; then warnings in every state."""
        number = 0
        for province, region in (("51", "510000"), ("33", "330000")):
            officer = staff(Role.INSPECTOR, region)
            for place, institution in enumerate(institutions_of(province, 21, after=1)):
                number += 1
                matter = list(Matter)[place % len(Matter)]
                kind = Kind.QUESTION if place % 4 == 3 else Kind.REPORT
                age = 1 + number % 4 if place % 7 < 2 and place > 6 else 6 + number * 3 % 50
                self._life(institution, kind, matter, STATES[place % 7], officer, age, number)
        self._objection()
        for place, fate in enumerate(
            ("publish", "publish", "publish", "propose", "reject", "withdraw", "end")
        ):
            province, region = (("51", "510000"), ("33", "330000"))[place % 2]
            self._warning(
                institutions_of(province, 1, after=40 + place)[0], fate, staff(Role.INSPECTOR, region), place
            )

    def write(self, path: Path) -> None:
        """Write the receipts down, so that every state can be looked at as a reporter sees it."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(self.receipts, stream, ensure_ascii=False, indent=1)

    def _life(
        self,
        institution: Institution,
        kind: Kind,
        matter: Matter,
        state: State,
        officer: Actor,
        age: int,
        number: int,
    ) -> None:
        """File a report so many days ago and bring it to a state."""
        case = Case(self.story, officer)
        named = number % 3 == 0
        submission = Submission(
            kind=kind,
            matter=matter,
            subject_uscc=institution.uscc,
            subject_name=institution.name,
            facts=f"{FACTS[matter]}（示例第 {number} 件）",
            anonymous=not named,
            contact_name="王示例" if named else "",
            contact_phone="13800000000" if named else "",
        )
        self.story.on(age, lambda now: self.file(case, submission, state, now))
        step = max(age // 6, 1)
        if state is State.REFUSED:
            reason = "所反映的是消费纠纷，请向 12315 平台投诉；如有公示信息不实的线索，可以再次提交。"
            case.later(age - step, lambda report, now: refuse(report, reason, officer, now))
            return
        if state is State.RECEIVED:
            return
        case.later(age - step, lambda report, now: take(report, matter, officer, now))
        if state is State.INVESTIGATING:
            return
        if state is State.AWAITING_REPORTER or number % 2:
            case.later(age - 2 * step, lambda report, now: ask(report, officer, now))
        if state is State.AWAITING_REPORTER:
            return
        if number % 2:
            case.later(age - 3 * step, reply)
        outcome = list(Outcome)[number % 4]
        case.later(age - 4 * step, lambda report, now: decide(report, outcome, officer, now))
        if state is State.DECIDED:
            return
        case.later(age - 5 * step, lambda report, now: answer(report, outcome, officer, now))
        if state is State.CLOSED:
            case.later(age - 6 * step, lambda report, now: close(report, officer, now))

    def _objection(self) -> None:
        institution = institutions_of("51", 1, after=2)[0]
        submission = Submission(
            kind=Kind.OBJECTION,
            matter=Matter.FALSE_DISCLOSURE,
            subject_uscc=institution.uscc,
            subject_name=institution.name,
            facts="名录中本机构的住所仍是迁址前的地址，请更正。（示例）",
            anonymous=False,
            contact_name="赵示例",
            contact_phone="028-00000000",
        )
        case = Case(self.story, staff(Role.INSPECTOR, "510000"))
        self.story.on(1, lambda now: self.file(case, submission, State.RECEIVED, now))

    def _warning(self, institution: Institution, fate: str, officer: Actor, place: int) -> None:
        """An upheld report of an impostor, and the warning that came of it."""
        told = CLONE if place % 3 == 1 else IMPERSONATION
        pretender = f"{told.name}{'甲乙丙丁戊己庚'[place]}"
        age = 60 + place if fate != "end" else 100
        case = Case(self.story, officer)
        submission = Submission(
            kind=Kind.REPORT,
            matter=Matter.IMPERSONATION,
            subject_uscc=institution.uscc,
            subject_name=institution.name,
            facts=f"{told.facts}（示例，{pretender}）",
            subject_site=told.site,
            anonymous=True,
        )
        self.story.on(age, lambda now: self.file(case, submission, State.CLOSED, now))
        case.later(age - 2, lambda report, now: take(report, Matter.IMPERSONATION, officer, now))
        case.later(age - 9, lambda report, now: decide(report, Outcome.UPHELD, officer, now))
        case.later(age - 10, lambda report, now: answer(report, Outcome.UPHELD, officer, now))
        case.later(age - 11, lambda report, now: close(report, officer, now))
        days = 60 if fate == "end" else 365
        case.later(
            age - 12, lambda report, now: _propose(report, institution, told, pretender, days, officer, now)
        )
        second = staff(Role.PROVINCIAL, f"{(officer.region or '')[:2]}0000")
        verdicts: dict[str, Callable[..., None]] = {"reject": warning_services.reject_warning}
        if fate != "propose":
            judge = verdicts.get(fate, warning_services.confirm_warning)
            reason = "证据不足以认定，不予公布。" if fate == "reject" else "证据充分，同意公布。"
            case.later(age - 14, lambda report, now: _judge(judge, report, reason, second, now))
        if fate == "withdraw":
            reason = "经核实该主体已停止冒用并登报更正。"
            case.later(
                10, lambda report, now: _judge(warning_services.withdraw_warning, report, reason, second, now)
            )

    def file(self, case: Case, submission: Submission, state: State, now: datetime) -> None:
        receipt = file_report(submission, idempotency_key="", actor=None, now=now)
        case.report_id = db.session.query(Report.id).filter_by(receipt_hash=receipt_hash(receipt)).scalar()
        self.receipts.append(
            {"receipt": grouped(receipt), "state": state.value, "subject": submission.subject_name}
        )


@dataclass
class Case:
    """A report that will have been filed when its later steps are made."""

    story: Story
    officer: Actor
    report_id: int = 0

    def later(self, days_ago: int, step: Callable[[Report, datetime], object]) -> None:
        self.story.on(max(days_ago, 0), lambda now: step(db.session.get_one(Report, self.report_id), now))


def take(report: Report, matter: Matter, officer: Actor, now: datetime) -> None:
    triage.take_report(report, matter=matter, note="", version=report.version, actor=officer, now=now)


def refuse(report: Report, reason: str, officer: Actor, now: datetime) -> None:
    triage.refuse_report(report, reason=reason, version=report.version, actor=officer, now=now)


def ask(report: Report, officer: Actor, now: datetime) -> None:
    text = "请补充发生的日期，如有合同或转账凭证，请一并上传。"
    triage.ask_reporter(report, text=text, version=report.version, actor=officer, now=now)


def reply(report: Report, now: datetime) -> None:
    tracking.write(report.id, "日期是上月 12 日，凭证稍后补传。", now=now)


def decide(report: Report, outcome: Outcome, officer: Actor, now: datetime) -> None:
    triage.decide_report(
        report,
        outcome=outcome,
        matter=None,
        reason=f"经核对机构提供的材料和提交人反映的情况：{outcome.label}。",
        version=report.version,
        actor=officer,
        now=now,
    )


def answer(report: Report, outcome: Outcome, officer: Actor, now: datetime) -> None:
    text = f"您反映的事项已核查完毕，结果：{outcome.label}。如有新的情况，请再次提交。"
    triage.answer_reporter(report, text=text, version=report.version, actor=officer, now=now)


def close(report: Report, officer: Actor, now: datetime) -> None:
    triage.close_report(report, note="", version=report.version, actor=officer, now=now)


def _propose(
    report: Report,
    institution: Institution,
    told: Pretence,
    pretender: str,
    days: int,
    officer: Actor,
    now: datetime,
) -> None:
    warning_services.propose_warning(
        ReportGround(report),
        text=warning_services.WarningText(
            pretender=pretender,
            imitated_name=institution.name,
            imitated_uscc=institution.uscc,
            conduct=told.conduct,
            reason=told.reason,
            ends_on=local_date(now) + timedelta(days=days),
            kind=told.kind,
        ),
        actor=officer,
        now=now,
    )


def _judge(judge: Callable[..., None], report: Report, reason: str, actor: Actor, now: datetime) -> None:
    warning = db.session.query(ImpostorWarning).filter_by(report_id=report.id).one()
    judge(warning, reason=reason, version=warning.version, actor=actor, now=now)
