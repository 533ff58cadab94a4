"""Sample reports on less usual ways: merged, asked about, reviewed, taken back, given more time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.institutions.models import Institution, Status
from credit_register.reports import extensions, inquiries, merging, notes, reviews, tracking
from credit_register.reports.filing import Submission
from credit_register.reports.models import Kind, Matter, Outcome, Report, State
from credit_register.web.sample.reports import Case, SampleReports, answer, decide, take
from credit_register.web.sample.story import institutions_of, staff

Step = Callable[[Report, datetime], object]


def add_ways(sample: SampleReports) -> None:
    """One report for each way, all of the region of one office."""
    officer, chief = staff(Role.INSPECTOR, "510000"), staff(Role.PROVINCIAL, "510000")
    matter = Matter.UNLAWFUL_FEE

    def file(state: State, institution: Institution, age: int, number: int, *steps: Step) -> Case:
        case = Case(sample.story, officer)
        submission = Submission(
            kind=Kind.REPORT,
            matter=matter,
            subject_uscc=institution.uscc,
            subject_name=institution.name,
            facts=f"洽谈时按公示标准报价，签约后又以“资料费”名义多收 800 元，没有开票。（示例续第 {number} 件）",
            anonymous=True,
        )
        sample.story.on(age, lambda now: sample.file(case, submission, state, now))
        for place, each in enumerate(steps, start=1):
            case.later(age - place, each)
        return case

    def taken(report: Report, now: datetime) -> None:
        take(report, matter, officer, now)

    def decided(report: Report, now: datetime) -> None:
        decide(report, Outcome.UNFOUNDED, officer, now)

    def answered(report: Report, now: datetime) -> None:
        answer(report, Outcome.UNFOUNDED, officer, now)

    first, second, third = institutions_of("51", 3, after=60)

    def merged(report: Report, now: datetime) -> None:
        lead = db.session.get_one(Report, led.report_id)
        merging.merge(report, lead, reason="同一机构、同一手法", versions={}, actor=officer, now=now)

    led = file(State.INVESTIGATING, first, 9, 1, taken)
    file(State.MERGED, first, 7, 2, taken, merged)

    def noted(report: Report, now: datetime) -> None:
        notes.add_note(report, text="已与机构约定下周提供收费台账。", actor=officer, now=now)
        reason = "需要调取近三个月的收费台账核对。"
        extensions.request_extension(report, days=10, reason=reason, actor=officer, now=now)

    file(State.INVESTIGATING, second, 8, 3, taken, noted)

    def asked_for_review(report: Report, now: datetime) -> None:
        text = "答复没有提到我上传的转账记录，请再核对一次。"
        reviews.request_review(report.id, text=text, now=now)

    file(State.REVIEWING, third, 12, 4, taken, decided, answered, asked_for_review)
    file(State.WITHDRAWN, third, 5, 5, lambda report, now: tracking.withdraw(report.id, now=now))

    known = _institution_with_people()
    if known is not None:
        question = "请说明贵机构今年收取“资料费”的依据、标准和开票情况。"
        file(
            State.AWAITING_INSTITUTION,
            known,
            4,
            6,
            taken,
            lambda report, now: inquiries.ask_institution(
                report, text=question, version=report.version, actor=officer, now=now
            ),
        )

    doubted = replace(
        Submission(
            kind=Kind.QUESTION,
            matter=Matter.FALSE_DISCLOSURE,
            subject_uscc=first.uscc,
            subject_name=first.name,
            facts="按公示的地址去过两次，都没有人办公，请核实住所是否已经变更。（示例）",
            anonymous=True,
        ),
        disputed_key="fact:address",
    )
    case = Case(sample.story, chief)
    sample.story.on(2, lambda now: sample.file(case, doubted, State.RECEIVED, now))


def _institution_with_people() -> Institution | None:
    """An institution of the province where a confirmed person can read a question."""
    return db.session.scalars(
        select(Institution)
        .join(Account, Account.uscc == Institution.uscc)
        .where(
            Account.role == Role.AGENT.value,
            Account.confirmed.is_(True),
            Institution.region_code.startswith("51"),
            Institution.status == Status.REGISTERED.value,
        )
        .order_by(Institution.uscc)
    ).first()
