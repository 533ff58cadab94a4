"""Sample repairs: some records of the sample on their way, one repaired, the others still to be applied for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from PIL import Image
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import UNMENDED_STATES
from credit_register.credit_records.models import ADVERSE_KINDS, CreditRecord
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.repairs import services
from credit_register.repairs.models import RepairApplication, RepairState
from credit_register.repairs.services import Answer, Entry
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.story import staff

PLATFORM = "“信用中国”网站"
# State and how many days ago it was applied for; an old one is late with its answer.
FATES = (
    (RepairState.CONFIRMING, 12),
    (RepairState.APPLIED, 24),
    (RepairState.ACCEPTED, 6),
    (RepairState.REPAIRED, 15),
    (RepairState.REFUSED, 18),
    (RepairState.NOT_REPAIRED, 16),
    (RepairState.APPLIED, 3),
)
OFFICES = {"51": "510000", "33": "330000"}  # the provinces in which the sample has officers


def load_repairs(accounts: SampleAccounts, now: datetime) -> int:
    """Let every other record that can be applied for be on its way, each as far as its fate; gives how many are.

    Without records there is nothing to show, and nothing is made.
    """
    done = 0
    for prefix, region in OFFICES.items():
        officers = staff(Role.INSPECTOR, region), staff(Role.PROVINCIAL, region)
        for (state, days), record in zip(FATES, _ripe(prefix, now)[1::2], strict=False):
            _apply(record, state, days, officers, accounts, now)
            done += 1
    return done


def _ripe(prefix: str, now: datetime) -> Sequence[CreditRecord]:
    """Records of a province that could be applied for weeks ago, the same ones each time."""
    return db.session.scalars(
        select(CreditRecord)
        .join(CreditRecord.institution)
        .where(
            Institution.region_code.startswith(prefix),
            CreditRecord.kind.in_([kind.value for kind in ADVERSE_KINDS]),
            CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
            CreditRecord.earliest_on <= local_date(now - timedelta(days=max(days for _, days in FATES))),
        )
        .order_by(CreditRecord.id)
    ).all()


def _apply(
    record: CreditRecord,
    state: RepairState,
    days: int,
    officers: tuple[Actor, Actor],
    accounts: SampleAccounts,
    now: datetime,
) -> None:
    first, second = officers
    begun, answered = _before(now, days), _before(now, max(days - 4, 1))
    agent = accounts.person(record.uscc, Role.AGENT, now=begun)
    if not agent.acts_for(record.uscc):
        agent = first  # the institution has told the office, for nobody has confirmed its person
    made = services.enter_application(
        record,
        Entry(local_date(begun), PLATFORM, f"示例修复{record.id:04}"),
        uploads={},
        actor=agent,
        now=begun,
    )
    if state is RepairState.APPLIED:
        return
    answer = Answer(local_date(answered), record.authority)
    if state is RepairState.REFUSED:
        refusal = Answer(answer.on, answer.by, text="义务履行完毕的证明没有加盖公章，请补正后再次申请。")
        services.refuse_application(made, refusal, version=made.version, actor=first, now=answered)
        return
    services.accept_application(made, answer, version=made.version, actor=first, now=answered)
    decided = _before(now, max(days - 8, 1))
    if state is RepairState.NOT_REPAIRED:
        denial = Answer(local_date(decided), record.authority, text="违法行为尚未完全纠正。")
        services.deny_repair(made, denial, version=made.version, actor=first, now=decided)
    elif state is not RepairState.ACCEPTED:
        _repair(made, record, decided, first)
        if state is RepairState.REPAIRED:
            services.confirm_repair(made, version=made.version, actor=second, now=decided)


def _before(now: datetime, days: int) -> datetime:
    """A morning so many days ago."""
    return datetime.combine(local_date(now - timedelta(days=days)), time(10, 15), SHANGHAI)


def _repair(made: RepairApplication, record: CreditRecord, decided: datetime, officer: Actor) -> None:
    day = local_date(decided)
    answer = Answer(day, record.authority, f"示例修〔{day.year}〕{made.id}号", "准予修复。")
    services.propose_repair(
        made, answer, uploads=[_proof()], version=made.version, actor=officer, now=decided
    )


def _proof() -> Upload:
    """A picture that stands for the scan of a decision."""
    content = io.BytesIO()
    Image.new("RGB", (420, 594), "white").save(content, "PNG")
    content.seek(0)
    return Upload(content, "修复决定（示例）.png")
