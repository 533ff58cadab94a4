"""Which part of the queue a person is working through: its filters travel in the addresses of the cases."""

from __future__ import annotations

from typing import Any

from credit_register.access.queue_filters import one_of, region_of, typed
from credit_register.core.paging import page_number
from credit_register.reports.models import Kind, Matter, State
from credit_register.reports.triage_queue import ALL, MINE, NOBODY, OVERDUE, SOON, QueueFilter

HANDLERS = {MINE: "由我办理", NOBODY: "尚无经办人"}
URGENCIES = {OVERDUE: "已逾期", SOON: "临近到期"}


def filter_of_address() -> QueueFilter:
    """The filters of this address; raises BadParameter."""
    return QueueFilter(
        text=typed("q"),
        state=one_of("state", [ALL, *State]),
        kind=one_of("kind", list(Kind)),
        matter=one_of("matter", list(Matter)),
        region=region_of(),
        handler=one_of("handler", HANDLERS),
        due=one_of("due", URGENCIES),
    )


def parameters_of(wanted: QueueFilter) -> dict[str, Any]:
    """The filters as parameters of an address."""
    return {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}


def way_back() -> dict[str, Any]:
    """What leads from a case back to the page of the queue from which the person came; raises BadParameter."""
    page = page_number()
    return {**parameters_of(filter_of_address()), **({"page": page} if page > 1 else {})}
