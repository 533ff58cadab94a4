"""The names of the rules, and how a period is counted: pure, without the database."""

from __future__ import annotations

import calendar as month_lengths
from datetime import date
from enum import StrEnum

from credit_register.core.calendar.working_days import Due, WorkingCalendar


class Rule(StrEnum):
    """The rules that the program itself asks for; data/deadline_rules.csv holds their versions.

    The office may add rules of its own to the table; `rule_for` takes any name.
    """

    REPORT_ACCEPTANCE = "report_acceptance"
    REPORT_INVESTIGATION = "report_investigation"
    REPORT_NAMED_ANSWER = "report_named_answer"
    REPORT_SUPPLEMENT = "report_supplement"
    REPORT_INQUIRY = "report_inquiry"
    REPORT_REVIEW_REQUEST = "report_review_request"
    REPORT_REVIEW = "report_review"
    OBJECTION_MARK = "objection_mark"
    OBJECTION_DECISION_SELF = "objection_decision_self"
    OBJECTION_DECISION_ASSISTED = "objection_decision_assisted"
    DOCUMENT_REVOKED_REMOVAL = "document_revoked_removal"
    OUTCOME_REPLY = "outcome_reply"
    WARNING_LEAD = "warning_lead"

    REGISTRATION_REVIEW = "registration_review"
    REGISTER_CORRECTION = "register_correction"
    COMMITMENT_VALIDITY = "commitment_validity"

    INTERVIEW = "interview"
    CORRECTION = "correction"
    CORRECTION_CONFIRMATION = "correction_confirmation"
    LETTER_FEEDBACK = "letter_feedback"
    LETTER_RESULT = "letter_result"
    LEDGER_CLOSING = "ledger_closing"
    LEDGER_INTERNAL_CLOSING = "ledger_internal_closing"
    SPOTCHECK_PUBLICATION = "spotcheck_publication"

    REPAIR_REPLY = "repair_reply"
    REPAIR_DECISION = "repair_decision"
    PUBLICATION_MINIMUM_MINOR = "publication_minimum_minor"
    PUBLICATION_MAXIMUM_MINOR = "publication_maximum_minor"
    PUBLICATION_MINIMUM_GENERAL = "publication_minimum_general"
    PUBLICATION_MAXIMUM_GENERAL = "publication_maximum_general"
    PUBLICATION_MINIMUM_SEVERE = "publication_minimum_severe"
    PUBLICATION_MAXIMUM_SEVERE = "publication_maximum_severe"


class Unit(StrEnum):
    """What a period is counted in."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"

    @property
    def label(self) -> str:
        """The Chinese word, to stand behind the number."""
        return {Unit.WORKING_DAY: "个工作日", Unit.CALENDAR_DAY: "日", Unit.MONTH: "个月"}[self]


class Urgency(StrEnum):
    """The lamp beside an open deadline."""

    IN_TIME = "in_time"
    SOON = "soon"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The Chinese word for the lamp."""
        return {Urgency.IN_TIME: "期限内", Urgency.SOON: "临近到期", Urgency.OVERDUE: "已逾期"}[self]


def period_end(start: date, amount: int, unit: str, calendar: WorkingCalendar) -> Due:
    """The last day of a period; the day of the event is not counted (次日起算，民法典第二百零一条).

    Months end on the day with the same number, or on the last day of a shorter month (第二百零二条).
    Calendar days and months that end on a holiday are not moved on: the office then is early, never late,
    and nothing stays public longer than its longest period.
    """
    match Unit(unit):
        case Unit.WORKING_DAY:
            return calendar.add_working_days(start, amount)
        case Unit.CALENDAR_DAY:
            return Due(date.fromordinal(start.toordinal() + amount))
        case Unit.MONTH:
            return Due(_add_months(start, amount))


def urgency(due_on: date, *, on: date, warning_days: int, calendar: WorkingCalendar) -> Urgency:
    """Which lamp shines on a day; `warning_days` are working days before the end (rule WARNING_LEAD)."""
    if on > due_on:
        return Urgency.OVERDUE
    warned_from = calendar.add_working_days(due_on, -warning_days).day
    return Urgency.SOON if on >= warned_from else Urgency.IN_TIME


def _add_months(start: date, amount: int) -> date:
    year, month_before = divmod(start.year * 12 + start.month - 1 + amount, 12)
    month = month_before + 1
    return date(year, month, min(start.day, month_lengths.monthrange(year, month)[1]))
