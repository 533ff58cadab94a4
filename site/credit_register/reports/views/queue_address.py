"""Which part of the queue a person is working through: its filters travel in the addresses of the cases."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from credit_register.access.gate import current_actor
from credit_register.access.queue_filters import one_of, region_of, typed
from credit_register.core.paging import BadParameter, page_number
from credit_register.institutions.categories import CATEGORIES
from credit_register.reports.models import Kind, Matter, State
from credit_register.reports.officers import is_known_handler
from credit_register.reports.queue_filter import ALL, MINE, NOBODY, OVERDUE, RECENTLY, SOON, QueueFilter
from credit_register.reports.work_models import LONGEST_TAG

HANDLERS = {MINE: "由我办理", NOBODY: "尚无经办人"}
URGENCIES = {OVERDUE: "已逾期", SOON: "临近到期"}
DECIDED = {RECENTLY: "近 90 日内"}
LONGEST_SUBJECT: Final = 200


def filter_of_address() -> QueueFilter:
    """The filters of this address; raises BadParameter."""
    return QueueFilter(
        text=typed("q"),
        state=one_of("state", [ALL, *State]),
        kind=one_of("kind", list(Kind)),
        matter=one_of("matter", list(Matter)),
        region=region_of(),
        handler=_handler(),
        due=one_of("due", URGENCIES),
        tag=typed("tag", LONGEST_TAG),
        category=one_of("category", CATEGORIES),
        subject=typed("subject", LONGEST_SUBJECT),
        decided=one_of("decided", DECIDED),
    )


def parameters_of(wanted: QueueFilter) -> dict[str, Any]:
    """The filters as parameters of an address."""
    return {"q" if name == "text" else name: value for name, value in vars(wanted).items() if value}


def way_back() -> dict[str, Any]:
    """What leads from a case back to the page of the queue from which the person came; raises BadParameter."""
    page = page_number()
    return {**parameters_of(filter_of_address()), **({"page": page} if page > 1 else {})}


def _handler() -> str:
    """Mine, nobody's, or those of a person whom the office knows; who is elsewhere is as little known as nobody."""
    value = request.args.get("handler", "").strip()
    if not (value.isascii() and value.isdecimal()):
        return one_of("handler", HANDLERS)
    if len(value) > 9 or not is_known_handler(current_actor(), int(value)):
        raise BadParameter("handler", "参数 handler 不是本辖区的工作人员，请从列表中选择")
    return str(int(value))
