"""What waits for an office, as cards on its desk: each domain with cases gives how many wait and how many are late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import url_for

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.credit_records import queries as records
from credit_register.credit_records.imports import queries as record_batches
from credit_register.ledger.cases import queries as ledger
from credit_register.ledger.measures import queries as measures
from credit_register.ledger.models import CaseState
from credit_register.letters import queries as letters
from credit_register.registrations import staff_queries as registrations
from credit_register.repairs import queries as repairs
from credit_register.reports import triage_queue as reports
from credit_register.reports import warning_queries as warnings
from credit_register.reports.models import State as ReportState
from credit_register.reports.models import WarningState
from credit_register.reports.outcomes import queries as outcomes
from credit_register.reports.outcomes.models import OutcomeState
from credit_register.reports.queue_filter import OPEN, OVERDUE
from credit_register.spotchecks import queries as spotchecks


@dataclass(frozen=True)
class Card:
    """Cases of one kind: how many wait, how many of them too long, where each of the two lists is.

    `overdue` is None where no period runs or none is counted: the card then says nothing of it. Counting may end
    at `counted_to`.
    """

    label: str
    waiting: int
    overdue: int | None
    url: str
    overdue_url: str
    counted_to: int | None = None

    @property
    def overdue_words(self) -> str:
        """How many are too late, and whether there may be more."""
        return f"{self.overdue} 件" + ("以上" if self.overdue == self.counted_to else "")


def _registrations(actor: Actor, on: date) -> Card:
    counts = registrations.counts(actor, on=on)
    return Card(
        "待审核登记申请",
        counts.waiting,
        counts.overdue,
        url_for("registrations_staff.index"),
        url_for("registrations_staff.index", overdue="1"),
    )


def _verdicts(actor: Actor, on: date) -> Card:
    counts, url = spotchecks.desk_counts(actor, on=on), url_for("spotchecks_staff.index", waiting="1")
    if not actor.can(Permission.SPOTCHECK_CONFIRM):
        url = url_for("spotchecks_staff.index", state="proposed")
    return Card("待复核核查结论", counts.proposed, counts.proposed_late, url, url)


def _corrections(actor: Actor, on: date) -> Card:
    counts = spotchecks.desk_counts(actor, on=on)
    return Card(
        "待处理核查改正",
        counts.responded + counts.ordered_late,
        counts.overdue,
        url_for("spotchecks_staff.index", state="responded"),
        url_for("spotchecks_staff.index", overdue="1"),
    )


def _reports(actor: Actor, on: date) -> Card:
    counts = reports.counts_by_state(actor)
    return Card(
        "待受理举报异议",
        counts[ReportState.RECEIVED],
        reports.overdue_count(actor, on=on, counts=counts, state=ReportState.RECEIVED),
        url_for("reports_staff.index", state=ReportState.RECEIVED.value),
        url_for("reports_staff.index", state=ReportState.RECEIVED.value, due=OVERDUE),
        reports.COUNTED_TO,
    )


def _open_reports(actor: Actor, on: date) -> Card:
    counts = reports.counts_by_state(actor)
    return Card(
        "未办结举报异议",
        sum(counts[state] for state in OPEN),
        reports.overdue_count(actor, on=on, counts=counts),
        url_for("reports_staff.index"),
        url_for("reports_staff.index", due=OVERDUE),
        reports.COUNTED_TO,
    )


def _warnings(actor: Actor, on: date) -> Card:
    url = url_for("warnings.staff_index", state=WarningState.PROPOSED.value)
    return Card("待复核冒名警示", warnings.waiting_count(actor), None, url, url)


def _lapsed_warnings(actor: Actor, on: date) -> Card:
    url = url_for("warnings.staff_index", state=warnings.LAPSED)
    return Card("依据已变化的警示", warnings.lapsed_count(actor), None, url, url)


def _letters_to_issue(actor: Actor, on: date) -> Card:
    url = url_for("letters_staff.index", waiting="1")
    return Card("待签发提示函", letters.desk_counts(actor, on=on).to_issue, None, url, url)


def _letters_unanswered(actor: Actor, on: date) -> Card:
    counts = letters.desk_counts(actor, on=on)
    return Card(
        "待反馈提示函",
        counts.unanswered,
        counts.unanswered_overdue,
        url_for("letters_staff.index", state="delivered"),
        url_for("letters_staff.index", state="delivered", due=letters.OVERDUE),
    )


def _letters_unsettled(actor: Actor, on: date) -> Card:
    counts = letters.desk_counts(actor, on=on)
    return Card(
        "待最终结果提示函",
        counts.unsettled,
        counts.unsettled_overdue,
        url_for("letters_staff.index", state=letters.AWAITING_RESULT),
        url_for("letters_staff.index", state=letters.AWAITING_RESULT, due=letters.OVERDUE),
    )


def _ledger(actor: Actor, on: date) -> Card:
    url = url_for("ledger_staff.index", state=CaseState.OPEN.value)
    return Card("治理中的台账案件", ledger.counts_by_state(actor)[CaseState.OPEN], None, url, url)


def _exits(actor: Actor, on: date) -> Card:
    url = url_for("ledger_staff.index", waiting="1")
    return Card("待复核退出台账", ledger.waiting_count(actor), None, url, url)


def _outcomes(actor: Actor, on: date) -> Card:
    url = url_for("outcomes_staff.index", state=OutcomeState.PROPOSED.value)
    return Card("待复核办理结果", outcomes.waiting_count(actor, on=on), None, url, url)


def _record_batches(actor: Actor, on: date) -> Card:
    url = url_for("record_batches.index", state="received")
    return Card("待复核信用记录批次", record_batches.waiting_count(actor), None, url, url)


def _lapsed_records(actor: Actor, on: date) -> Card:
    url = url_for("records_staff.index", state="lapsed")
    return Card("期满未纠正信用记录", records.lapsed_count(actor), None, url, url)


def _measures(actor: Actor, on: date) -> Card:
    counts = measures.desk_counts(actor, on=on)
    return Card(
        "待办治理措施",
        counts.to_hold + counts.to_confirm + counts.orders_late,
        counts.overdue,
        url_for("measures_staff.index"),
        url_for("measures_staff.index", waiting=measures.OVERDUE),
    )


def _measures_to_publish(actor: Actor, on: date) -> Card:
    url = url_for("measures_staff.index", waiting=measures.TO_PUBLISH)
    return Card("待复核措施公示", measures.desk_counts(actor, on=on).to_publish, None, url, url)


def _repairs(actor: Actor, on: date) -> Card:
    url = url_for("repairs_staff.index", waiting="1")
    if not actor.can(Permission.REPAIR_CONFIRM):
        url = url_for("repairs_staff.index", state="confirming")
    return Card("待复核修复结果", repairs.desk_counts(actor, on=on).confirming, None, url, url)


# One line for each kind of case, in the order of the desk.
CARDS: tuple[tuple[Permission, Callable[[Actor, date], Card]], ...] = (
    (Permission.REGISTRATION_READ, _registrations),
    (Permission.REPORT_READ, _reports),
    (Permission.REPORT_READ, _open_reports),
    (Permission.WARNING_CONFIRM, _warnings),
    (Permission.WARNING_CONFIRM, _lapsed_warnings),
    (Permission.OUTCOME_CONFIRM, _outcomes),
    (Permission.SPOTCHECK_READ, _verdicts),
    (Permission.SPOTCHECK_READ, _corrections),
    (Permission.LETTER_ISSUE, _letters_to_issue),
    (Permission.LETTER_READ, _letters_unanswered),
    (Permission.LETTER_READ, _letters_unsettled),
    (Permission.RECORD_CONFIRM, _record_batches),
    (Permission.RECORD_READ, _lapsed_records),
    (Permission.LEDGER_READ, _ledger),
    (Permission.LEDGER_EXIT, _exits),
    (Permission.LEDGER_READ, _measures),
    (Permission.LEDGER_EXIT, _measures_to_publish),
    (Permission.REPAIR_READ, _repairs),
)


def cards(actor: Actor, *, on: date) -> list[Card]:
    """The cards that the actor may open."""
    return [make(actor, on) for permission, make in CARDS if actor.can(permission)]
