"""What the clock does with applications whose record left in another way: a confirmed batch, an objection, its period."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.audit.moves import make_move
from credit_register.core.database import db
from credit_register.core.deadlines.services import close_deadlines
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.credit_records.lifecycle import is_repairable, repairable
from credit_register.credit_records.models import RecordState
from credit_register.notices.services import tell_institution
from credit_register.repairs.lifecycle import KIND, REPAIR, RUNNING_STATES
from credit_register.repairs.models import RepairApplication
from credit_register.repairs.services import workspace_path

_WORDS = {
    RecordState.REPAIRED: "认定单位已修复（由批次确认）",
    RecordState.ANNULLED: "依据的文书已撤销，记录已撤下",
    RecordState.OBJECTED: "异议成立，记录已撤下",
    RecordState.REMOVED: "已移出名单，记录已撤下",
    RecordState.EXPIRED: "义务已履行，公示期满",
}


def overtaken_words(application: RepairApplication) -> str:
    """Why a running application needs nothing more, told before the clock has closed it; empty while it does."""
    if application.state not in RUNNING_STATES or is_repairable(application.record):
        return ""
    return _WORDS.get(RecordState(application.record.state), "")


def follow_records(moment: datetime) -> int:
    """Close running applications of records that are no longer to be repaired; gives how many. Commits after each.

    They do not become `repaired`: that state says that two persons saw the proof of this very application.
    """
    done = 0
    for application_id in _overtaken():
        application = db.session.get_one(RepairApplication, application_id)
        db.session.refresh(application.record)
        words = overtaken_words(application)
        if not words:
            db.session.rollback()
            continue
        try:
            make_move(
                REPAIR,
                application,
                "overtake",
                kind=KIND,
                region=application.institution.region_code,
                version=application.version,
                actor=OPERATOR,
                now=moment,
                reason=words,
                values={"decision": words},
            )
        except (MoveNotAllowed, StaleVersion):  # an officer was faster; the next run looks again
            db.session.rollback()
            continue
        close_deadlines(KIND, application.id, closed_at=moment)
        tell_institution(
            application.institution.uscc,
            title="一项信用修复申请已另行办结",
            text=words,
            path=workspace_path(application),
            now=moment,
        )
        db.session.commit()
        done += 1
    return done


def _overtaken() -> list[int]:
    found = list(
        db.session.scalars(
            select(RepairApplication.id)
            .join(RepairApplication.record)
            .where(
                RepairApplication.state.in_([state.value for state in RUNNING_STATES]),
                ~repairable(),
            )
            .order_by(RepairApplication.id)
        )
    )
    db.session.rollback()  # what follows is a transaction for each
    return found
