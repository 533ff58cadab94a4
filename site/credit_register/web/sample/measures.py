"""Sample measures of every kind at the cases that are there; without cases there are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.ledger.lifecycle import RUNNING_STATES
from credit_register.ledger.measures import publicity, services
from credit_register.ledger.measures.publicity import usual_end
from credit_register.ledger.measures.recording import NewMeasure, Public, record_measure
from credit_register.ledger.models import InterviewForm, LedgerCase, Measure, MeasureKind, Subject
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.story import staff

OFFICES = {"51": "四川示例信用主管部门", "33": "浙江示例信用主管部门"}


def load_measures(accounts: SampleAccounts, now: datetime) -> None:
    """In two provinces: interviews, orders in every state, supervision, and what is public of them."""
    for province in OFFICES:
        office = _Office(province, accounts, now)
        for case, deed in zip(_cases(province, Subject.INSTITUTION), office.deeds, strict=False):
            deed(case)
        for case in _cases(province, Subject.IMPERSONATOR)[:1]:
            office.interview(case, 6, day=office.today - timedelta(days=2), form=InterviewForm.WARNING)


def _cases(province: str, subject: Subject) -> list[LedgerCase]:
    """The running cases of a province; those whose people are told of come first, so that a newcomer sees an inbox."""
    people = select(func.count()).where(Account.uscc == LedgerCase.uscc).scalar_subquery()
    return list(
        db.session.scalars(
            select(LedgerCase)
            .where(
                LedgerCase.region_code.startswith(province),
                LedgerCase.subject == subject.value,
                LedgerCase.state.in_([state.value for state in RUNNING_STATES]),
            )
            .order_by(people.desc(), LedgerCase.id)
            .limit(8)
        )
    )


class _Office:
    """Who works on the ledger of a province and who decides what becomes public."""

    def __init__(self, province: str, accounts: SampleAccounts, now: datetime) -> None:
        self._accounts = accounts
        self._now = now
        self._words = OFFICES[province]
        self._worker = staff(Role.INSPECTOR, f"{province}0000")
        self._second = staff(Role.PROVINCIAL, f"{province}0000")
        self.today = local_date(now)
        self.deeds: tuple[Callable[[LedgerCase], None], ...] = (
            self._invited_and_ordered,
            self._held_and_ordered,
            self._answered,
            self._late,
            self._supervised,
            self._proposed,
            self._missed,
            self._corrected,
        )

    def interview(
        self,
        case: LedgerCase,
        days: int,
        *,
        day: date | None = None,
        form: InterviewForm = InterviewForm.REMINDER,
    ) -> Measure:
        """An interview that was announced so many days ago, for the day or for soon."""
        planned = self.today + timedelta(days=3) if day is None else day
        return self._record(
            case,
            days,
            MeasureKind.INTERVIEW,
            "说明失信行为的原因，提出整改计划和完成时间。",
            form=form,
            day=planned,
            hour="上午 9:30",
            place="示例路 1 号第二会议室",
        )

    def _invited_and_ordered(self, case: LedgerCase) -> None:
        self.interview(case, 1)
        self._order(case, 2)

    def _held_and_ordered(self, case: LedgerCase) -> None:
        self._held(case)
        self._order(case, 5)

    def _answered(self, case: LedgerCase) -> None:
        self._answer(case, self._order(case, 9), 2)

    def _late(self, case: LedgerCase) -> None:
        self._held(case)
        self._order(case, 26)

    def _supervised(self, case: LedgerCase) -> None:
        self._supervise(case, 15, "一级（一般关注）")
        self._supervise(case, 8, "二级（重点关注）")
        self._public(
            self._record(
                case,
                7,
                MeasureKind.CIRCULAR,
                "对拒不纠正失信行为的情况通报批评。",
                addressee="全省信用服务机构",
                shown=True,
            ),
            5,
        )

    def _proposed(self, case: LedgerCase) -> None:
        text = "经查实，该机构提供的信用报告与事实不符，且没有在期限内纠正。"
        self._record(
            case,
            2,
            MeasureKind.PUBLICATION,
            "依据核查结论，决定公示失信信息。",
            public=Public(text, usual_end(self._day(case, 2))),
        )

    def _missed(self, case: LedgerCase) -> None:
        measure = self.interview(case, 14, day=self._day(case, 9))
        services.miss_interview(
            measure,
            reason="没有到场，也没有书面说明。",
            version=measure.version,
            actor=self._worker,
            now=self._at(case, 9),
        )
        self._record(
            case,
            4,
            MeasureKind.HANDOVER,
            "超出本单位职责，移送查处。",
            addressee="示例监管局",
            reference="示例移送函〔2026〕3号",
        )
        self._record(
            case,
            3,
            MeasureKind.JOINT,
            "拒不纠正，建议依法采取措施。",
            addressee="示例部门",
            reference="基础清单所列的示例措施",
        )

    def _corrected(self, case: LedgerCase) -> None:
        order = self._order(case, 16)
        self._answer(case, order, 8)
        services.fulfil_order(
            order,
            reason="已核对凭证，纠正属实。",
            version=order.version,
            actor=self._worker,
            now=self._at(case, 6),
        )

    def _held(self, case: LedgerCase) -> None:
        measure = self.interview(case, 12, day=self._day(case, 8), form=InterviewForm.WARNING)
        talk = services.Talk(
            self._day(case, 8),
            "主管部门经办人员两人；机构负责人和合规负责人",
            "指出未修复的处罚和逾期公示的问题，机构说明了原因。",
            "一个月内履行义务、申请信用修复，并重新签署信用承诺书。",
        )
        services.hold_interview(
            measure, talk, version=measure.version, actor=self._worker, now=self._at(case, 8)
        )

    def _order(self, case: LedgerCase, days: int) -> Measure:
        text = "停止虚假宣传，退还多收的费用，履行处罚决定并申请信用修复。"
        return self._record(case, days, MeasureKind.ORDER, text)

    def _supervise(self, case: LedgerCase, days: int, level: str) -> None:
        running = db.session.scalar(select(Measure.id).where(Measure.case_id == case.id, Measure.level != ""))
        self._record(
            case,
            days,
            MeasureKind.SUPERVISION,
            "逾期没有完成整改，提高核查频次。",
            level=level,
            replaces=running,
        )

    def _answer(self, case: LedgerCase, order: Measure, days: int) -> None:
        agent: Actor = self._accounts.person(case.uscc, Role.AGENT, now=self._at(case, days))
        services.report_correction(
            order,
            text="已停止宣传，多收的费用已退还，凭证可供核对。",
            uploads=(),
            version=order.version,
            actor=agent,
            now=self._at(case, days),
        )

    def _public(self, measure: Measure, days: int) -> None:
        moment = self._at(measure.case, days)
        publicity.propose_publication(
            measure,
            text="因拒不纠正失信行为，在全省信用服务机构范围内通报批评，并责令继续整改。",
            until=usual_end(local_date(moment)),
            version=measure.version,
            actor=self._worker,
            now=moment,
        )
        publicity.publish_measure(
            measure, reason="事实清楚，同意公示。", version=measure.version, actor=self._second, now=moment
        )

    def _record(self, case: LedgerCase, days: int, kind: MeasureKind, text: str, **fields: object) -> Measure:
        new = NewMeasure(
            **{  # type: ignore[arg-type]
                "kind": kind,
                "day": self._day(case, days),
                "text": text,
                "office": self._words,
                "contact_name": "王示例",
                "contact_phone": "028-12345678",
                **fields,
            }
        )
        return record_measure(case, new, actor=self._worker, now=self._at(case, days))

    def _day(self, case: LedgerCase, days: int) -> date:
        return local_date(self._at(case, days))

    def _at(self, case: LedgerCase, days: int) -> datetime:
        """So many days ago, by day, never before the case was opened."""
        day = max(self.today - timedelta(days=days), case.opened_on)
        return min(datetime.combine(day, time(10, 20), SHANGHAI), self._now)
