"""Sample checks in every state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.spotchecks import services
from credit_register.spotchecks.models import Matter, SpotCheck, Verdict
from credit_register.spotchecks.services import Conclusion, Subject
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.story import Story, institutions_of, staff

Step = Callable[[SpotCheck, datetime], object]

CLEAN = Conclusion(
    "逐项核对公示内容与机构提供的合同样本，一致。", Verdict.NO_PROBLEM, "公示信息与查到的情况一致。"
)
ADVERSE = (
    (
        Matter.FEES,
        Conclusion(
            "合同样本的年费高于公示的收费标准。", Verdict.FALSEHOOD, "公示的收费标准低于合同实际约定的金额。"
        ),
        "更正公示的收费标准，退还多收的费用。",
    ),
    (
        Matter.FACTS,
        Conclusion(
            "按登记的电话和住所各联系三次，均无法取得联系。",
            Verdict.UNREACHABLE,
            "通过登记的住所和联系电话无法取得联系。",
        ),
        "更新登记的住所和联系电话。",
    ),
    (
        Matter.LICENCES,
        Conclusion(
            "公示的备案编号在备案机关的名单中查不到。",
            Verdict.NOT_DISCLOSED,
            "备案信息变更后没有按规定更新公示。",
        ),
        "更新公示的备案编号和备案日期。",
    ),
)


def add_checks(story: Story, accounts: SampleAccounts, *, shown: Institution) -> None:
    """In two provinces: many decided, some on their way, one withdrawn, one cancelled; `shown` has one to answer."""
    days = count(14, 9)
    for province, region in (("51", "510000"), ("33", "330000")):
        office = _Office(story, region, accounts)
        for place, institution in enumerate(institutions_of(province, 10, after=6)):
            office.check(institution, Matter.FEES if place % 2 else Matter.FACTS, CLEAN, next(days))
        places = institutions_of(province, 12, after=30)
        for state, institution in zip(_STATES, places, strict=False):
            office.adverse(institution, state, next(days) % 60 + 20)
        office.open(places[-1], 2)
    _Office(story, "330000", accounts).adverse(shown, "ordered", 12)


_STATES = ("published", "proposed", "ordered", "overdue", "responded", "corrected", "withdrawn", "cancelled")


class _Office:
    """The inspector of a province and who confirms."""

    def __init__(self, story: Story, region: str, accounts: SampleAccounts) -> None:
        self._story = story
        self._accounts = accounts
        self._inspector = staff(Role.INSPECTOR, region)
        self._second = staff(Role.PROVINCIAL, region)
        self._kinds = 0

    def open(self, institution: Institution, days: int) -> None:
        """A check that is under way."""
        self._story.on(days, lambda now: self._opened(institution, Matter.COMMITMENT, now))

    def check(self, institution: Institution, matter: Matter, conclusion: Conclusion, days: int) -> None:
        """A check with its verdict."""
        self._story.on(days, lambda now: self._opened(institution, matter, now))
        self._later(institution, days - 3, lambda check, now: self._conclude(check, conclusion, now))

    def adverse(self, institution: Institution, state: str, days: int) -> None:
        """A check that found a fault, brought as far as the state says."""
        matter, conclusion, order = ADVERSE[self._kinds % len(ADVERSE)]
        self._kinds += 1
        if state == "cancelled":
            self.open(institution, days)
            self._moves(institution, days - 1, [(services.cancel_check, "机构已申请注销，不再核查。")])
            return
        if state == "proposed":
            days = 5
        self.check(institution, matter, conclusion, days)
        if state == "proposed":
            return
        late = {"ordered": days - 6, "overdue": 24, "responded": 8}.get(state, days - 6)
        self._moves(institution, days - 5, [(services.confirm_check, "证据充分，同意公布。")], by_second=True)
        if state == "published":
            return
        if state == "withdrawn":
            self._moves(
                institution,
                days - 9,
                [(services.withdraw_check, "机构提出异议，经复核原结论依据不足，予以撤下。")],
                by_second=True,
            )
            return
        self._moves(institution, min(late, days - 6), [(services.order_correction, order)])
        if state in ("responded", "corrected"):
            self._later(institution, min(late, days - 6) - 3, self._respond)
        if state == "corrected":
            self._moves(
                institution, days - 11, [(services.confirm_correction, "已核对更正后的公示内容，改正属实。")]
            )

    def _opened(self, institution: Institution, matter: Matter, now: datetime) -> None:
        services.open_check(
            institution, subject=Subject(matter), conclusion=Conclusion(), actor=self._inspector, now=now
        )

    def _conclude(self, check: SpotCheck, conclusion: Conclusion, now: datetime) -> None:
        services.conclude_check(check, conclusion, version=check.version, actor=self._inspector, now=now)

    def _respond(self, check: SpotCheck, now: datetime) -> None:
        agent = self._accounts.person(check.institution.uscc, Role.AGENT, now=now)
        services.report_correction(
            check,
            text="已更正公示内容，多收的费用已退还，凭证可供核对。",
            uploads=(),
            version=check.version,
            actor=agent,
            now=now,
        )

    def _moves(
        self,
        institution: Institution,
        days: float,
        steps: Sequence[tuple[Callable[..., object], str]],
        *,
        by_second: bool = False,
    ) -> None:
        actor = self._second if by_second else self._inspector

        def step(move: Callable[..., object], reason: str) -> Step:
            return lambda check, now: move(check, reason=reason, version=check.version, actor=actor, now=now)

        for move, reason in steps:
            self._later(institution, days, step(move, reason))

    def _later(self, institution: Institution, days: float, step: Step) -> None:
        self._story.on(max(days, 0), lambda now: step(_latest(institution), now))


def _latest(institution: Institution) -> SpotCheck:
    mine = select(SpotCheck).where(SpotCheck.institution_id == institution.id)
    return db.session.scalars(mine.order_by(SpotCheck.id.desc()).limit(1)).one()
