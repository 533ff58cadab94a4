"""What an institution applies for, what of it could not stand in the register, and what kind of application it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from credit_register.access.actor import OPERATOR, Actor
from credit_register.core import regions, uscc
from credit_register.core.files import PICTURES, FileKind, FilePolicy
from credit_register.core.masking import PersonalData, find_personal_data
from credit_register.institutions import facts as rules
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.entries import (
    Details,
    EntryRefused,
    Licence,
    check_details,
    check_products_stay,
    details_of,
    renamed,
    tidied,
)
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, Status
from credit_register.registrations.models import Kind, Registration
from credit_register.registrations.places import place_code, place_name

LICENCE_FILES: Final = FilePolicy(
    max_bytes=10 * 1024 * 1024, max_count=1, kinds=PICTURES | frozenset({FileKind.PDF})
)
WHOLE_FORM: Final = ""  # the key of a sentence that is about no single field
_GONE: Final = (Status.DEREGISTERED.value, Status.WITHDRAWN.value)
# Field → most characters; what is longer does not fit the row, not even as a draft.
_LENGTHS: Final = MappingProxyType(
    {"name": 120, "legal_representative": 60, "address": 200, "phone": 60, "introduction": 5_000}
)
TEXT_FIELDS: Final = tuple(_LENGTHS)
_REQUIRED: Final = MappingProxyType(
    {
        "legal_representative": "请填写营业执照上的法定代表人（负责人）",
        "address": "请填写营业执照上的住所",
        "phone": "请填写对外公示的办公电话",
    }
)
_FIELD_OF_THE_FORM: Final = {"region_code": "region", "former_names": "name", "short_name": "name"}


class ApplicationRefused(Exception):
    """The application cannot be sent so: a sentence for each field; `kept` when what fits is a draft now."""

    def __init__(self, problems: Mapping[str, str], *, kept: bool = False) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = problems
        self.kept = kept


@dataclass(frozen=True)
class Facts:
    """What the institution says of itself; `region` is a code or a name, as it was typed."""

    name: str = ""
    legal_representative: str = ""
    region: str = ""
    categories: tuple[str, ...] = ()
    address: str = ""
    phone: str = ""
    introduction: str = ""

    @property
    def region_code(self) -> str:
        """The code of the region, or nothing where the text names no single one."""
        try:
            return place_code(self.region)
        except rules.BadFact:
            return ""


def facts_of(registration: Registration) -> Facts:
    """What an application says, with the name of the region."""
    texts = {field: getattr(registration, field) for field in TEXT_FIELDS}
    return Facts(
        **texts,
        region=place_name(registration.region_code),
        categories=tuple(registration.categories),
    )


def public_facts(entry: Institution) -> Facts:
    """What the register says in public, for the applicant to go on from."""
    texts = {field: getattr(entry, field) for field in TEXT_FIELDS}
    return Facts(
        **texts,
        region=place_name(entry.region_code),
        categories=tuple(sorted(category.code for category in entry.categories)),
    )


def same_facts(one: Facts, other: Facts) -> bool:
    """Whether two say the same, however the region is written and the categories are ordered."""
    return _comparable(one) == _comparable(other)


def _comparable(facts: Facts) -> Facts:
    return replace(
        facts, region=facts.region_code or facts.region, categories=tuple(sorted(set(facts.categories)))
    )


def kind_for(entry: Institution | None, *, confirmed: bool) -> Kind:
    """What an application asks for: it follows from the register and the account."""
    if entry is None:
        return Kind.NEW
    return Kind.CHANGE if confirmed else Kind.CLAIM


def gone(entry: Institution | None) -> bool:
    """Whether the institution has left the register, so that nobody may apply for its entry."""
    return entry is not None and entry.status in _GONE


def why_gone(entry: Institution) -> str:
    """The sentence for people of an institution that has left the register: what is so, and whom to ask."""
    return (
        f"名录中该代码的登记状态为“{REGISTRATION.label(entry.status)}”（自 {entry.status_since} 起），"
        f"不能在线申请。如需恢复登记，请向{regions.full_name(entry.region_code)}信用主管部门提出。"
    )


def wanted_details(facts: Facts, entry: Institution | None) -> Details:
    """The entry as it would be: what is not applied for stays, also the licences of categories that stay."""
    before = details_of(entry) if entry is not None else None
    held = {licence.code: licence for licence in before.categories} if before else {}
    said = {field: getattr(facts, field) for field in TEXT_FIELDS}
    categories = tuple(held.get(code, Licence(code)) for code in sorted(set(facts.categories)))
    if before is None:
        return Details(**said, region_code=facts.region_code, categories=categories)
    return replace(before, **said, region_code=facts.region_code, categories=categories)


def phone_note(phone: str) -> str:
    """What applicant and reviewer are told of a number that may be somebody's own; small agencies have no other."""
    found = any(finding.kind is PersonalData.MOBILE for finding in find_personal_data(phone))
    return "这是手机号，将在名录公开；如属个人号码请改为办公电话" if found else ""


def too_long(facts: Facts) -> dict[str, str]:
    """What does not even fit a draft."""
    return {
        field: f"最多 {most} 个字，现为 {len(getattr(facts, field))} 个字，请缩短"
        for field, most in _LENGTHS.items()
        if len(getattr(facts, field)) > most
    }


def wrong_place(facts: Facts) -> dict[str, str]:
    """Why the region is none that can be kept."""
    try:
        place_code(facts.region)
    except rules.BadFact as bad:
        return {"region": str(bad)}
    return {}


def wrong_code(typed: str, actor: Actor) -> dict[str, str]:
    """Why this account cannot apply for the code that was typed."""
    if uscc.normalise(typed) == actor.uscc:
        return {}
    return {
        "uscc": f"您的账号属于统一社会信用代码为 {actor.uscc} 的机构，只能为这家机构申请。"
        "请改为这个代码；如账号的代码有误，请用正确的代码另开账号"
    }


def problems(
    facts: Facts, *, entry: Institution | None, actor: Actor, has_licence: bool, today: date
) -> dict[str, str]:
    """Everything that keeps an application from being sent, by field: what is accepted can be published.

    What the entry says already is not judged anew.
    """
    found = too_long(facts) | wrong_place(facts)
    before = details_of(entry) if entry is not None else None
    for field in TEXT_FIELDS:
        typed = getattr(facts, field)
        if field in found or (typed and before is not None and typed == getattr(before, field)):
            continue
        try:
            kept = rules.INSTITUTION_FACTS[field](typed)
        except rules.BadFact as bad:
            found[field] = str(bad)
        else:
            if not kept and field in _REQUIRED:
                found[field] = _REQUIRED[field]
    unknown = [code for code in facts.categories if code not in CATEGORIES]
    if unknown or not facts.categories:
        found["categories"] = "请至少选择一个服务类别" if not unknown else "请从列表中选择服务类别"
    if not has_licence:
        found["licence_file"] = "请选择营业执照的扫描件或照片"
    if not found:
        found |= _refused_by_the_register(facts, entry, actor, today)
    return found


def _refused_by_the_register(
    facts: Facts, entry: Institution | None, actor: Actor, today: date
) -> dict[str, str]:
    before = details_of(entry) if entry is not None else None
    try:
        wanted = tidied(wanted_details(facts, entry), before)
        if before is not None:
            wanted = renamed(before, wanted)
        # Any region may be applied for: the office decides, and the register asks again within its region.
        check_details(wanted, actor=OPERATOR, today=today)
    except EntryRefused as refusal:
        field = _FIELD_OF_THE_FORM.get(refusal.field, refusal.field)
        known = {each.name for each in fields(Facts)}
        return {field if field in known else WHOLE_FORM: str(refusal)}
    try:
        if entry is not None:
            check_products_stay(entry, wanted)
    except EntryRefused as refusal:
        return {"categories": f"{refusal}。服务产品由主管部门维护，请与其联系，或先保留这一类别"}
    if actor.confirmed and wanted == before:
        return {WHOLE_FORM: "填写的内容与名录中的登记信息相同，没有需要变更的内容"}
    return {}
