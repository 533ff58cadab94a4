"""What a warning rests on: a report that was decided to be true, or a case of the ledger that was found true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from flask import url_for
from sqlalchemy import ColumnElement, or_, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.core.database import db
from credit_register.core.masking import find_personal_data
from credit_register.institutions.alarms import names_an_agency, told_apart
from credit_register.ledger.cases.opening import case_of_source
from credit_register.ledger.conditions import LetterFact
from credit_register.ledger.facts import letters_of
from credit_register.ledger.models import CaseState, LedgerCase, Subject
from credit_register.letters.models import Letter, Result
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import ImpostorWarning, Matter, Outcome, Report, State, WarningKind
from credit_register.reports.redaction import NOBODY, Reporter, reporter_of, spans
from credit_register.reports.routing import find_subject

LONGEST_CONDUCT: Final = 600

_DECIDED = (State.DECIDED, State.ANSWERED, State.CLOSED)
_TRUE = (Outcome.UPHELD, Outcome.PARTLY)
# 查实, whether it is punished already or not.
_FOUND_TRUE = (Result.HANDLED, Result.BEING_HANDLED)
# Words by which a ground tells of a copied site; a proposal for the officer, no more.
_OF_A_SITE = ("网站", "网页", "网址", "小程序", "公众号", "app")


@dataclass(frozen=True)
class Draft:
    """What the form proposes before anybody has typed; an empty part is left to the officer."""

    kind: WarningKind = WarningKind.IMPERSONATION
    pretender: str = ""
    imitated_name: str = ""
    imitated_uscc: str = ""
    conduct: str = ""
    reason: str = ""


class Ground(ABC):
    """What a warning rests on, and whether it carries one.

    `word` is what officers call its kind, `lapsed` what has happened where it carries the warning no longer.
    """

    word: str
    lapsed: str

    @property
    @abstractmethod
    def region(self) -> str:
        """The region whose office is responsible."""

    @property
    @abstractmethod
    def label(self) -> str:
        """How officers call it."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Its page."""

    @property
    @abstractmethod
    def above(self) -> tuple[str, str]:
        """The list that it stands in: its name and address."""

    @property
    @abstractmethod
    def columns(self) -> dict[str, int]:
        """How the row of a warning names it."""

    @property
    @abstractmethod
    def reporter(self) -> Reporter:
        """Who must be found in no text of the warning."""

    @abstractmethod
    def hold(self) -> None:
        """Read all that it is judged by once more, and hold it until the transaction ends."""

    @property
    @abstractmethod
    def is_true(self) -> bool:
        """Whether it was found true, so that a warning may rest on it."""

    @abstractmethod
    def obstacle(self, actor: Actor) -> str:
        """Why this person may propose no warning, with what to do next; empty where one may be proposed."""

    @abstractmethod
    def led_to(self) -> ColumnElement[bool]:
        """The condition for warnings of the same matter: a case and the report that it came from are one."""

    @abstractmethod
    def draft(self, actor: Actor) -> Draft:
        """What it already tells, as far as this person may see it."""


@dataclass(frozen=True)
class ReportGround(Ground):
    """A report of an impostor that a person decided to be true, wholly or in part."""

    report: Report

    word = "举报"
    lapsed = "认定冒名属实的处理决定已被撤销或改变"

    @property
    def region(self) -> str:
        return self.report.region_code

    @property
    def label(self) -> str:
        return self.report.number

    @property
    def address(self) -> str:
        return url_for("reports_staff.show", report_id=self.report.id)

    @property
    def above(self) -> tuple[str, str]:
        return "举报办理", url_for("reports_staff.index")

    @property
    def columns(self) -> dict[str, int]:
        return {"report_id": self.report.id}

    @property
    def reporter(self) -> Reporter:
        return reporter_of(self.report.id)

    def hold(self) -> None:
        db.session.refresh(self.report, with_for_update=True)

    @property
    def is_true(self) -> bool:
        report = self.report
        return report.state in _DECIDED and report.matter == Matter.IMPERSONATION and report.outcome in _TRUE

    def obstacle(self, actor: Actor) -> str:
        return "" if self.is_true else "只有已作出决定、认定属实或部分属实的冒名举报，才能拟定警示。"

    def led_to(self) -> ColumnElement[bool]:
        cases = select(LedgerCase.id).where(
            LedgerCase.source_kind == KIND, LedgerCase.source_id == self.report.id
        )
        return or_(ImpostorWarning.report_id == self.report.id, ImpostorWarning.case_id.in_(cases))

    def draft(self, actor: Actor) -> Draft:
        kind = WarningKind.CLONE if self.report.subject_site else WarningKind.IMPERSONATION
        case = case_of_source(KIND, self.report.id)
        seen = case is not None and actor.can(Permission.LEDGER_READ) and actor.sees_region(case.region_code)
        told = replace(self.of_the_victim(), kind=kind)
        if case is None or not seen:
            return told
        return replace(told, pretender=_named(case.name, told, self.reporter))

    def of_the_victim(self) -> Draft:
        """What the report says of the agency that is imitated."""
        institution = self.report.institution
        return Draft(
            imitated_name=institution.name if institution else self.report.subject_name,
            imitated_uscc=institution.uscc if institution else self.report.subject_uscc,
        )


@dataclass(frozen=True)
class CaseGround(Ground):
    """A case of an impersonator: a regulator answered a letter that it is true, or its own report was decided so."""

    case: LedgerCase
    known_letters: Sequence[LetterFact] | None = None  # where they were read for many cases at once

    word = "治理台账案件"
    lapsed = "案件已没有查实的依据（监管部门反馈的结果或者举报的决定已改变，或者案件已被剔除）"

    @property
    def region(self) -> str:
        return self.case.region_code

    @property
    def label(self) -> str:
        return self.case.name

    @property
    def address(self) -> str:
        return url_for("ledger_staff.show", case_id=self.case.id)

    @property
    def above(self) -> tuple[str, str]:
        return "专项治理台账", url_for("ledger_staff.index")

    @property
    def columns(self) -> dict[str, int]:
        return {"case_id": self.case.id}

    @property
    def reporter(self) -> Reporter:
        return NOBODY if self.origin is None else self.origin.reporter

    @cached_property
    def origin(self) -> ReportGround | None:
        """The report that the case was opened from."""
        if self.case.source_kind != KIND:
            return None
        report = db.session.get(Report, self.case.source_id)
        return ReportGround(report) if report is not None else None

    def _origin_for(self, actor: Actor) -> ReportGround | None:
        """The report, where this person may see it: a case may come from one that went to another office."""
        origin = self.origin
        if origin is None or not (actor.can(Permission.REPORT_READ) and actor.sees_region(origin.region)):
            return None
        return origin

    def hold(self) -> None:
        if self.origin is not None:
            self.origin.hold()
        db.session.refresh(self.case, with_for_update={"of": LedgerCase})
        ids = [letter.id for letter in self._letters()]
        db.session.execute(
            select(Letter.id).where(Letter.id.in_(ids)).order_by(Letter.id).with_for_update(read=True)
        )

    @property
    def is_true(self) -> bool:
        found_true = _found_true(self._letters()) is not None
        return not self._barred() and (found_true or (self.origin is not None and self.origin.is_true))

    def obstacle(self, actor: Actor) -> str:
        if barred := self._barred():
            return barred
        letters, origin = self._letters(), self._origin_for(actor)
        if _found_true(letters) is not None or (origin is not None and origin.is_true):
            return ""
        by_report = "；或者对本案来自的举报作出属实的决定" if origin is not None else ""
        return f"查实以后才能拟定公开警示：{_missing(letters)}{by_report}。"

    def led_to(self) -> ColumnElement[bool]:
        own = ImpostorWarning.case_id == self.case.id
        if self.origin is None:
            return own
        return or_(own, ImpostorWarning.report_id == self.origin.report.id)

    def draft(self, actor: Actor) -> Draft:
        origin = self._origin_for(actor)
        told = origin.of_the_victim() if origin is not None else Draft()
        site = origin.report.subject_site if origin is not None else ""
        of_a_site = site or any(word in self.case.ground.lower() for word in _OF_A_SITE)
        told = replace(told, kind=WarningKind.CLONE if of_a_site else WarningKind.IMPERSONATION)
        return replace(
            told,
            pretender=_named(self.case.name, told, self.reporter),
            conduct=self._conduct(),
            reason=self._reason(),
        )

    def why(self) -> str:
        """What shows that it is true, in words for officers."""
        found = _found_true(self._letters())
        if found is not None and found.result is not None:
            day = f" {found.answered_on} " if found.answered_on else ""
            return f"监管部门{day}反馈“{found.result.label}”"
        return "本案来自的举报已认定属实"

    def _barred(self) -> str:
        if self.case.subject != Subject.IMPERSONATOR:
            return "只有冒名主体的案件才能拟定公开警示。"
        if self.case.state == CaseState.PRUNED:
            return "本案已从台账剔除，不能拟定公开警示。剔除有误的，请先恢复到台账。"
        return ""

    def _letters(self) -> Sequence[LetterFact]:
        if self.known_letters is not None:
            return self.known_letters
        return letters_of([self.case.id]).get(self.case.id, [])

    def _conduct(self) -> str:
        code = self.case.uscc
        # The code of an entry is that of somebody else.
        own = f"（自称的统一社会信用代码：{code}）" if code and find_subject(code, "") is None else ""
        text = f"{self.case.ground}{own}"
        return text if _is_clean(text, self.reporter) and len(text) <= LONGEST_CONDUCT else ""

    def _reason(self) -> str:
        return f"经发函提请查处，{self.why()}。" if _found_true(self._letters()) is not None else ""


def ground_of(warning: ImpostorWarning) -> Ground | None:
    """What a warning rests on, where its row names it."""
    if warning.case_id is not None:
        return CaseGround(db.session.get_one(LedgerCase, warning.case_id))
    if warning.report_id is not None:
        return ReportGround(db.session.get_one(Report, warning.report_id))
    return None


def _found_true(letters: Sequence[LetterFact]) -> LetterFact | None:
    """The last letter to whose clue a regulator answered that it is true."""
    return next((letter for letter in reversed(letters) if letter.result in _FOUND_TRUE), None)


def _missing(letters: Sequence[LetterFact]) -> str:
    """What is missing until a case that nobody has found true could be."""
    results = {letter.result for letter in letters}
    if Result.NOT_CONFIRMED in results:
        return "监管部门反馈“未查实”，有新证据的请另行发函，并登记查实的反馈"
    if Result.REFERRED in results:
        return "受函单位已转办，请向承办的部门另行发函，并登记查实的反馈"
    if any(letter.was_sent for letter in letters):
        return "提示函还没有反馈，请登记监管部门反馈的查实结果"
    return "请就本案起草、签发提示函，并登记监管部门反馈的查实结果"


def _named(name: str, told: Draft, reporter: Reporter) -> str:
    """The name of a subject as the form proposes it: never that of an agency alone, nor a person's data."""
    if not _is_clean(name, reporter):
        return ""
    return told_apart(name, told.kind) if names_an_agency(name, told.imitated_name) else name


def _is_clean(text: str, reporter: Reporter) -> bool:
    return not find_personal_data(text) and not spans(text, reporter)
