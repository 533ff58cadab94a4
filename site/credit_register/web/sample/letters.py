"""Sample letters in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.entries import Upload
from credit_register.letters import services
from credit_register.letters.drafting import Clue, Words
from credit_register.letters.layout import shipped_layout
from credit_register.letters.models import ChaseMeans, Delivery, Kind, Letter, Result, State
from credit_register.letters.template_services import replace_layout, replace_words
from credit_register.letters.wording import wording_of
from credit_register.web.sample.story import Story, staff

CONDUCT = (
    "自称受信用服务机构委托，来电推销“征信修复”，要求先付定金。",
    "在网页上冒用信用服务机构名称和标志，招揽“信用等级包办”。",
    "出示仿冒的授权书，以“快速撤销处罚公示”为名收费。",
)
OVERDUE = ("逾期未改正公示的收费标准，约谈后仍未整改。", "逾期未履行生效文书确定的义务，限期届满未报告。")
REGULATORS = ("市场监管局", "金融监管局", "行业主管局")
# State, kind and how many days ago it was drafted; an old delivered one is overdue.
FATES = (
    (State.DRAFT, Kind.IMPERSONATION, 1),
    (State.AWAITING_ISSUE, Kind.IMPERSONATION, 2),
    (State.ISSUED, Kind.IMPERSONATION, 6),
    (State.DELIVERED, Kind.IMPERSONATION, 12),
    (State.DELIVERED, Kind.OVERDUE, 55),
    (State.ANSWERED, Kind.IMPERSONATION, 48),
    (State.ANSWERED, Kind.OVERDUE, 70),
    (State.DISCARDED, Kind.IMPERSONATION, 30),
)

TEMPLATES_BEFORE = 90  # days ago

Step = Callable[[Letter, datetime], object]


def add_letters(story: Story) -> None:
    """Two provinces write to their regulators: each state, both kinds, one answer overdue and asked for again."""
    for region in ("510000", "330000"):
        office = _Office(story, region)
        if region == "330000":
            story.on(TEMPLATES_BEFORE, office.replace_templates)
        for place, (state, kind, days) in enumerate(FATES):
            office.write(state, kind, days, place)


class _Office:
    """The inspector of a province and who issues."""

    def __init__(self, story: Story, region: str) -> None:
        self._story = story
        self._region = region
        self._inspector = staff(Role.INSPECTOR, region)
        self._second = staff(Role.PROVINCIAL, region)

    def replace_templates(self, now: datetime) -> None:
        """Words and a layout of the office's own for one kind; the other keeps the program's."""
        shipped = wording_of(Kind.OVERDUE)
        given: dict[str, Any] = {"seen": 0, "actor": self._second, "now": now}
        replace_words(
            Kind.OVERDUE,
            title=shipped.title,
            body=f"{shipped.body}\n书面反馈请送{{落款单位}}。",
            reason="示例省信用主管部门办公会议纪要（示例）",
            **given,
        )
        layout = Upload(BytesIO(shipped_layout()), "示例省函件版式.docx")
        replace_layout(Kind.OVERDUE, upload=layout, reason="按本省公文版式调整（示例）", **given)

    def write(self, state: State, kind: Kind, days: int, place: int) -> None:
        """A letter brought as far as the state says."""
        letters: list[int] = []
        self._story.on(days, lambda now: letters.append(self._draft(kind, place, now)))

        def later(step: Step, after: int) -> None:
            self._story.on(
                max(days - after, 0), lambda now: step(db.session.get_one(Letter, letters[0]), now)
            )

        if state is State.DISCARDED:
            later(self._discard, 1)
        elif state is not State.DRAFT:
            self._bring_to(state, kind, days, later)

    def _bring_to(self, state: State, kind: Kind, days: int, later: Callable[[Step, int], None]) -> None:
        later(self._submit, 1)
        if state is State.AWAITING_ISSUE:
            return
        later(self._issue, 2)
        if state is State.ISSUED:
            return
        later(self._deliver, 4)
        if state is State.ANSWERED:
            later(self._answer(Result.BEING_HANDLED, "已立案，正在调查取证。"), 20)
            if kind is Kind.IMPERSONATION:
                later(self._supplement, 34)
        elif days > 40:
            later(self._chase, 32)

    def _draft(self, kind: Kind, place: int, now: datetime) -> int:
        province = regions.full_name(self._region)
        said = CONDUCT if kind is Kind.IMPERSONATION else OVERDUE
        clues = [
            Clue(
                name=f"{regions.short_name(self._region)}示例{'冒名' if kind is Kind.IMPERSONATION else '未整改'}"
                f"主体{place + 1}之{number + 1}",
                description=said[(place + number) % len(said)],
            )
            for number in range(1 + place % 3)
        ]
        words = Words(
            addressee=f"{province}示例{REGULATORS[place % len(REGULATORS)]}",
            office=f"{province}示例信用主管部门",
            contact_name="王示例",
            contact_phone="0000-12345678",
        )
        letter = services.start_letter(
            kind, region=self._region, words=words, clues=clues, actor=self._inspector, now=now
        )
        return letter.id

    def _submit(self, letter: Letter, now: datetime) -> None:
        services.submit_letter(letter, version=letter.version, actor=self._inspector, now=now)

    def _discard(self, letter: Letter, now: datetime) -> None:
        services.discard_letter(
            letter,
            reason="同一线索已由公安机关立案，不再发函。",
            version=letter.version,
            actor=self._inspector,
            now=now,
        )

    def _issue(self, letter: Letter, now: datetime) -> None:
        services.issue_letter(letter, version=letter.version, actor=self._second, now=now)

    def _deliver(self, letter: Letter, now: datetime) -> None:
        services.deliver_letter(
            letter,
            delivery=Delivery.EXCHANGE,
            delivered_on=local_date(now - timedelta(days=1)),
            version=letter.version,
            actor=self._inspector,
            now=now,
        )

    def _chase(self, letter: Letter, now: datetime) -> None:
        services.chase_letter(
            letter,
            means=ChaseMeans.PHONE,
            text="反馈期限已过，电话联系，对方称正在汇总，下周书面反馈。",
            chased_on=local_date(now),
            actor=self._inspector,
            now=now,
        )

    def _answer(self, result: Result, text: str) -> Step:
        def answer(letter: Letter, now: datetime) -> None:
            services.answer_letter(letter, result=result, **_answered(letter, text, self._inspector, now))

        return answer

    def _supplement(self, letter: Letter, now: datetime) -> None:
        said = "经查属实，已作出行政处罚并责令停止冒用。"
        results = {clue.id: Result.HANDLED for clue in letter.clues}
        services.supplement_answer(letter, results=results, **_answered(letter, said, self._inspector, now))


def _answered(letter: Letter, text: str, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "text": text,
        "answered_on": local_date(now),
        "version": letter.version,
        "actor": actor,
        "now": now,
    }
