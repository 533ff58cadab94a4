"""Applications for registration as staff find them; what is being changed stays with its people."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core import uscc
from credit_register.core.clock import local_date
from credit_register.institutions.categories import CATEGORIES, category_name
from credit_register.registrations.lifecycle import APPLICATION
from credit_register.registrations.models import Kind, Registration, State
from credit_register.registrations.staff_queries import registrations_in_scope


def _describe(registration: Registration) -> Case:
    hidden = registration.in_the_making
    categories = [category_name(code) for code in registration.categories if code in CATEGORIES]
    content = (registration.address, registration.introduction, *categories)
    return Case(
        id=registration.id,
        title=registration.uscc if hidden else registration.name or registration.uscc,
        region=registration.office_region,
        state=registration.state,
        state_label=APPLICATION.label(registration.state),
        day=local_date(registration.sent_at) if registration.sent_at else None,
        numbers=("", registration.uscc),
        words=(Kind(registration.kind).label,),
        texts=(registration.reason, *(() if hidden else content)),
    )


def _contains(word: str) -> ColumnElement[bool]:
    """By the code; by the name where it is not being changed (`Registration.in_the_making`)."""
    shown = or_(Registration.state != State.RETURNED.value, Registration.saved_at <= Registration.decided_at)
    by_name = and_(shown, Registration.name.contains(word, autoescape=True))
    code = uscc.normalise(word)
    return or_(by_name, Registration.uscc.contains(code, autoescape=True)) if code else by_name


REGISTRATIONS = CaseKind(
    name="registration",
    category="02",
    label="登记申请",
    permission=Permission.REGISTRATION_READ,
    endpoint="registrations_staff.show",
    argument="registration_id",
    model=Registration,
    in_scope=registrations_in_scope,
    describe=_describe,
    contains=_contains,
)
