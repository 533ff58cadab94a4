"""Sample results of reports: proposed, published with and without a reply, rejected, withdrawn and over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports import triage
from credit_register.reports.filing import Submission, file_report
from credit_register.reports.models import Kind, Matter, Outcome, Report
from credit_register.reports.outcomes import services
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.reports.outcomes.queries import outcome_of
from credit_register.reports.receipts import receipt_hash
from credit_register.web.sample.story import Story, institutions_of, staff

TEXTS = {
    Matter.UNLAWFUL_FEE: (
        "经核对合同和收款记录，在公示的收费标准之外另收“加急费” 500 元，没有事先公示。",
        "责令退还多收的费用，今后按公示的标准收费。",
    ),
    Matter.FALSE_DISCLOSURE: (
        "公示的服务内容写有“免费复核一次”，实际要求另付 300 元，公示内容与实际不符。",
        "责令更正公示内容，并退还已收的复核费。",
    ),
    Matter.BREACH: (
        "业务人员在洽谈中承诺评定等级，与信用承诺书第三项不符。",
        "约谈负责人，责令整改并培训业务人员。",
    ),
}
REPLY = "已全部退还，并在公示页面补充了收费说明，今后由专人核对。"


@dataclass
class _Life:
    """One upheld report and what became of its result."""

    story: Story
    institution: Institution
    matter: Matter
    kind: Kind
    verdict: Outcome
    officer: Actor
    second: Actor
    report_id: int = 0

    def begin(self, age: int) -> None:
        """Filed so many days ago, taken, decided, answered; the result is proposed ten days after it came in."""
        on = self.story.on
        on(age, self._file)
        on(age - 1, lambda now: triage.take_report(self._report, matter=None, note="", **self._by(now)))
        on(age - 8, self._decide)
        on(
            age - 9,
            lambda now: triage.answer_reporter(
                self._report, text="您反映的事项已核查完毕。", **self._by(now)
            ),
        )
        on(age - 10, lambda now: self._propose(now, age=age))

    def reply(self, days_ago: int) -> None:
        """The institution says something."""
        people = Actor(account_id=None, name="示例经办人", role=Role.AGENT, uscc=self.institution.uscc)
        self.story.on(
            days_ago,
            lambda now: services.reply_to_outcome(
                self._outcome, text=REPLY, version=self._outcome.version, actor=people, now=now
            ),
        )

    def judge(self, days_ago: int, move: str, reason: str) -> None:
        """A second person decides."""
        make = {
            "confirm": services.confirm_outcome,
            "reject": services.reject_outcome,
            "withdraw": services.withdraw_outcome,
        }[move]
        self.story.on(
            days_ago,
            lambda now: make(
                self._outcome, reason=reason, version=self._outcome.version, actor=self.second, now=now
            ),
        )

    @property
    def _report(self) -> Report:
        return db.session.get_one(Report, self.report_id)

    @property
    def _outcome(self) -> PublishedOutcome:
        found = outcome_of(self._report)
        assert found is not None
        return found

    def _by(self, now: datetime) -> dict[str, Any]:
        return {"version": self._report.version, "actor": self.officer, "now": now}

    def _file(self, now: datetime) -> None:
        submission = Submission(
            kind=self.kind,
            matter=self.matter,
            subject_uscc=self.institution.uscc,
            subject_name=self.institution.name,
            facts=f"和这家机构打交道时遇到了“{self.matter.label}”的情况，请主管部门核查。（示例）",
            anonymous=True,
        )
        receipt = file_report(submission, idempotency_key="", actor=None, now=now)
        self.report_id = db.session.query(Report.id).filter_by(receipt_hash=receipt_hash(receipt)).scalar()

    def _decide(self, now: datetime) -> None:
        triage.decide_report(
            self._report,
            outcome=self.verdict,
            matter=None,
            reason=f"经核对材料：{self.verdict.label}。",
            version=self._report.version,
            actor=self.officer,
            now=now,
        )

    def _propose(self, now: datetime, *, age: int) -> None:
        found, measure = TEXTS[self.matter]
        days = 365 if age < 100 else 60
        text = services.OutcomeText(
            found=found, measure=measure, ends_on=local_date(now) + timedelta(days=days)
        )
        services.propose_outcome(self._report, text=text, actor=self.officer, now=now)


def add_outcomes(story: Story, *, bare: Institution) -> None:
    """One in each state; the first institution with an account has one to answer."""
    plan = (
        ("51", Matter.UNLAWFUL_FEE, Kind.REPORT, Outcome.UPHELD, 40, "reply confirm"),
        ("33", Matter.FALSE_DISCLOSURE, Kind.QUESTION, Outcome.PARTLY, 50, "confirm"),
        ("51", Matter.BREACH, Kind.REPORT, Outcome.UPHELD, 45, "reject"),
        ("33", Matter.UNLAWFUL_FEE, Kind.REPORT, Outcome.UPHELD, 55, "confirm withdraw"),
        ("51", Matter.FALSE_DISCLOSURE, Kind.QUESTION, Outcome.PARTLY, 110, "confirm"),  # over by now
        ("51", Matter.BREACH, Kind.REPORT, Outcome.UPHELD, 11, ""),
    )
    reasons = {
        "confirm": "证据充分，同意公开。",
        "reject": "措施尚未落实，暂不公开。",
        "withdraw": "机构提出异议并经核实成立。",
    }
    for place, (province, matter, kind, verdict, age, fate) in enumerate(plan):
        region = f"{province}0000"
        institution = institutions_of(province, 1, after=60 + place)[0] if fate else bare
        officer, second = staff(Role.INSPECTOR, region), staff(Role.PROVINCIAL, region)
        life = _Life(story, institution, matter, kind, verdict, officer, second)
        life.begin(age)
        day = age - 30  # whatever holidays lie in between, the time for the reply is over
        for step in fate.split():
            if step == "reply":
                life.reply(age - 11)
            else:
                life.judge(day, step, reasons[step])
                day -= 5
