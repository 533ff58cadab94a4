"""Sample cases of the ledger: screened, opened by hand, pruned, a public warning, and an exit that waits for its second person."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

from PIL import Image

from credit_register.access.roles import Role
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.entries import Upload
from credit_register.ledger.cases.exit import propose_exit
from credit_register.ledger.cases.opening import NewCase, open_case
from credit_register.ledger.cases.pruning import prune_case
from credit_register.ledger.cases.refusals import CaseRefused, ConditionsUnmet
from credit_register.ledger.cases.screening import screen
from credit_register.ledger.cases.services import write_remark
from credit_register.ledger.lifecycle import KIND, RUNNING_STATES
from credit_register.ledger.models import LedgerCase, PruneReason, Subject
from credit_register.letters import services as letters
from credit_register.letters.drafting import Clue, Source, Words
from credit_register.letters.models import Delivery, Letter, Result
from credit_register.letters.models import Kind as LetterKind
from credit_register.reports import warning_services as warnings
from credit_register.reports.models import ImpostorWarning
from credit_register.reports.warning_grounds import CaseGround
from credit_register.web.sample.story import Story, institutions_of, staff

CLUES = (
    "自称受信用服务机构委托，来电推销“征信修复”，要求先付定金。",
    "在网页上冒用信用服务机构名称，招揽“信用等级包办”。",
)
GROUND = "核查责令改正后，仍按高于公示标准收费，约谈未到。"
PRUNED_FOR = "住所地已无人经营，经两次邮寄送达均被退回，拟移交市场监管部门处理。"


def load_ledger(story: Story) -> None:
    """Two provinces: what their records bring onto the ledger, and some cases that staff opened."""
    for region in ("510000", "330000"):
        province = _Province(region)
        story.on(45, province.screen)
        story.on(44, province.open_impersonators)
        story.on(43, province.open_by_hand)
        story.on(42, province.draft)
        story.on(41, province.issue)
        story.on(39, province.deliver)
        story.on(20, province.prune)
        story.on(9, province.answer)
        story.on(7, province.propose_warning)
        story.on(5, province.publish_warning)
        story.on(3, province.propose)
        story.on(1, province.screen)


class _Province:
    """The officers of a province and what they have under way."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._worker = staff(Role.INSPECTOR, region)
        self._second = staff(Role.PROVINCIAL, region)
        self._impostor = self._by_hand = self._pruned = self._letter = self._warning = 0

    def screen(self, now: datetime) -> None:
        screen(self._region, actor=self._second, now=now)

    def open_impersonators(self, now: datetime) -> None:
        place = regions.short_name(self._region)
        opened = [
            open_case(
                NewCase(Subject.IMPERSONATOR, ground=ground, name=f"{place}示例冒名主体（{number}）"),
                actor=self._worker,
                now=now,
            ).id
            for number, ground in enumerate(CLUES, 1)
        ]
        self._impostor = opened[0]

    def open_by_hand(self, now: datetime) -> None:
        """The first two of some institutions that no record has brought onto the ledger."""
        opened: list[int] = []
        for institution in institutions_of(self._region[:2], 8, after=4):
            if len(opened) == 2:
                break
            try:
                wanted = NewCase(Subject.INSTITUTION, ground=GROUND, uscc=institution.uscc)
                opened.append(open_case(wanted, actor=self._worker, now=now).id)
            except CaseRefused:
                db.session.rollback()
        self._by_hand, self._pruned = (*opened, 0, 0)[:2]
        if self._by_hand:
            case = db.session.get_one(LedgerCase, self._by_hand)
            write_remark(
                case, text="已联系两次，尚未到场。", version=case.version, actor=self._worker, now=now
            )

    def prune(self, now: datetime) -> None:
        case = db.session.get(LedgerCase, self._pruned)
        if case is None or case.state not in RUNNING_STATES:
            return
        content = io.BytesIO()
        Image.new("RGB", (320, 200), "white").save(content, "PNG")
        content.seek(0)
        prune_case(
            case,
            prune_reason=PruneReason.OTHER,
            note=PRUNED_FOR,
            upload=Upload(content, "退件照片（示例）.png"),
            version=case.version,
            actor=self._second,
            now=now,
        )

    def draft(self, now: datetime) -> None:
        case = db.session.get_one(LedgerCase, self._impostor)
        province = regions.full_name(self._region)
        self._letter = letters.start_letter(
            LetterKind.IMPERSONATION,
            region=self._region,
            words=Words(
                addressee=f"{province}示例市场监管局",
                office=f"{province}示例信用主管部门",
                contact_name="王示例",
                contact_phone="0000-12345678",
            ),
            clues=[Clue(case.name, case.ground, source=Source(KIND, case.id))],
            actor=self._worker,
            now=now,
        ).id
        self._step(letters.submit_letter, now)

    def issue(self, now: datetime) -> None:
        letter = db.session.get_one(Letter, self._letter)
        letters.issue_letter(letter, version=letter.version, actor=self._second, now=now)

    def deliver(self, now: datetime) -> None:
        self._step(letters.deliver_letter, now, delivery=Delivery.EXCHANGE, delivered_on=local_date(now))

    def answer(self, now: datetime) -> None:
        self._step(
            letters.answer_letter,
            now,
            result=Result.HANDLED,
            text="经查属实，已作出行政处罚并责令停止冒用。",
            answered_on=local_date(now),
        )

    def propose_warning(self, now: datetime) -> None:
        """What the regulator found true is warned of in public."""
        ground = CaseGround(db.session.get_one(LedgerCase, self._impostor))
        (victim,) = institutions_of(self._region[:2], 1, after=50)
        draft = ground.draft(self._worker)
        self._warning = warnings.propose_warning(
            ground,
            text=warnings.WarningText(
                pretender=draft.pretender,
                imitated_name=victim.name,
                imitated_uscc=victim.uscc,
                conduct=draft.conduct,
                reason=draft.reason,
                ends_on=warnings.years_after(local_date(now), warnings.USUAL_YEARS),
                kind=draft.kind,
            ),
            actor=self._worker,
            now=now,
        ).id

    def publish_warning(self, now: datetime) -> None:
        warning = db.session.get_one(ImpostorWarning, self._warning)
        reason = "监管部门已反馈查实，同意公布。"
        warnings.confirm_warning(warning, reason=reason, version=warning.version, actor=self._second, now=now)

    def propose(self, now: datetime) -> None:
        case = db.session.get_one(LedgerCase, self._impostor)
        try:
            propose_exit(
                case,
                reason="提示函已发出，市场监管部门反馈已查处。",
                version=case.version,
                actor=self._worker,
                now=now,
            )
        except ConditionsUnmet:
            db.session.rollback()

    def _step(self, step: Callable[..., None], now: datetime, **values: object) -> None:
        letter = db.session.get_one(Letter, self._letter)
        step(letter, version=letter.version, actor=self._worker, now=now, **values)
