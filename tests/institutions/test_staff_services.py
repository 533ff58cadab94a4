"""Writes of the register by staff: what is published, what is refused, and what two officers do to each other."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.outbox import SearchOutbox
from credit_register.institutions import services
from credit_register.institutions.entries import (
    AlreadyRegistered,
    Details,
    EntryRefused,
    Licence,
    ProductDetails,
    Upload,
    details_of,
)
from credit_register.institutions.fees import Basis, Fee
from credit_register.institutions.models import (
    Institution,
    InstitutionVersion,
    ServiceProduct,
    UnmatchedProduct,
)
from credit_register.transparency.models import PublicEvent
from tests.accounts.signing_in import actor
from tests.core.codes import uscc
from tests.core.handmade_files import PDF
from tests.factories import make_institution, make_product

CHENGDU = Actor(account_id=None, name="成都李工", role=Role.LOCAL, region="510100")
FEE = Fee(Basis.PER_REPORT, Decimal(200), Decimal(200), "元/份")


def new_details(**overrides: Any) -> Details:
    return Details(
        **{
            "name": "成都示例新设信用管理有限公司",
            "region_code": "510104",
            "categories": (Licence("06"),),
            **overrides,
        }
    )


def create(details: Details | None = None, **overrides: Any) -> Institution:
    values: dict[str, Any] = {
        "details": details or new_details(),
        "registered_on": today(),
        "reason": "机构申请登记",
        "actor": CHENGDU,
        "now": now(),
        **overrides,
    }
    return services.create_institution(values.pop("code", uscc(serial=777)), **values)


def edit(institution: Institution, version: int | None = None, by: Actor = CHENGDU, **changes: Any) -> bool:
    upload = {name: changes.pop(name) for name in ("conduct", "drop_conduct") if name in changes}
    return services.edit_institution(
        institution,
        details=replace(details_of(institution), **changes),
        reason="机构报送变更",
        version=institution.version if version is None else version,
        actor=by,
        now=now(),
        **upload,
    )


def save(institution: Institution, product: ServiceProduct | None = None, **overrides: Any) -> bool:
    details = ProductDetails(**{"name": "尽职调查", "category": "06", "fee": FEE, **overrides})
    return services.save_product(
        institution,
        product=product,
        details=details,
        reason="机构报送产品",
        version=institution.version,
        actor=CHENGDU,
        now=now(),
    )


def count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def last_audit() -> AuditEvent:
    return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_a_new_entry_is_published_with_version_event_outbox_and_audit(app: Flask) -> None:
    institution = create()
    version = db.session.scalars(select(InstitutionVersion)).one()
    assert (version.number, version.reason) == (1, "机构申请登记")
    assert version.by_label == "四川省成都市信用主管部门"
    assert version.content["name"] == institution.name
    assert db.session.scalars(select(PublicEvent)).one().subject_key == institution.uscc
    assert db.session.scalars(select(SearchOutbox.key)).all() == [institution.uscc]
    assert (last_audit().action, last_audit().subject_id) == ("institution.create", str(institution.id))


def test_entering_the_same_twice_makes_one_entry(app: Flask) -> None:
    first, second = create(), create()
    assert first.id == second.id
    assert count(Institution) == count(InstitutionVersion) == 1


def test_a_code_that_is_registered_already_leads_to_its_entry(app: Flask) -> None:
    present = create()
    with pytest.raises(AlreadyRegistered) as caught:
        create(new_details(name="成都示例另一家信用管理有限公司"))
    assert caught.value.institution_id == present.id


def test_a_code_of_another_region_is_refused_without_saying_whose(app: Flask) -> None:
    make_institution(uscc=uscc(serial=777), region_code="330100", name="杭州示例机密信用有限公司")
    with pytest.raises(AlreadyRegistered) as caught:
        create()
    assert caught.value.institution_id is None
    assert "杭州" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "refused"),
    [
        ("name", "=cmd|calc", "name"),
        ("phone", "abc", "phone"),
        ("website", "javascript:alert(1)", "website"),
        ("former_names", ("短",), "former_names"),
        ("introduction", "=1", "introduction"),
        ("categories", (Licence("01", licence_number="长" * 81),), "categories"),
    ],
)
def test_the_rules_of_the_import_hold_for_staff_too(app: Flask, field: str, value: Any, refused: str) -> None:
    with pytest.raises(EntryRefused) as caught:
        create(new_details(**{field: value}))
    assert caught.value.field == refused
    institution = create()
    with pytest.raises(EntryRefused):
        edit(institution, **{field: value})


def test_what_staff_type_takes_the_form_that_the_import_gives_it(app: Flask) -> None:
    typed = new_details(
        name="成都(示例)信用 管理有限公司", phone="０２８－１２３４５６７８", website="example.cn"
    )
    institution = create(typed)
    assert institution.name == "成都（示例）信用管理有限公司"
    assert institution.phone == "028-12345678"
    assert institution.website == "https://example.cn"
    assert institution.short_name
    assert create(typed).id == institution.id


def test_a_new_name_takes_the_short_name_along_unless_people_chose_it(app: Flask) -> None:
    institution = create(new_details(name="成都示例新甲征信有限公司"))
    before = institution.short_name
    edit(institution, name="成都示例新乙征信有限公司")
    assert institution.short_name != before
    assert "新乙" in institution.short_name
    edit(institution, short_name="小乙")
    edit(institution, name="成都示例新丙征信有限公司")
    assert institution.short_name == "小乙"
    edit(institution, name="成都示例新甲征信有限公司")
    assert institution.former_names == ["成都示例新乙征信有限公司", "成都示例新丙征信有限公司"]


def test_products_that_waited_for_the_institution_are_taken_in_within_their_region(app: Flask) -> None:
    for region, name in (("510000", "等候的产品"), ("330000", "外地的产品")):
        db.session.add(
            UnmatchedProduct(
                uscc=uscc(serial=777),
                region_code=region,
                received_at=now(),
                name=name,
                category="06",
                basis="per_report",
                fee_low=Decimal(1),
                fee_high=Decimal(1),
                unit="元/份",
            )
        )
    db.session.commit()
    institution = create()
    assert [product.name for product in institution.products] == ["等候的产品"]
    assert count(UnmatchedProduct) == 1


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("region_code", {"region_code": "330100"}),
        ("region_code", {"region_code": "519999"}),
        ("region_code", {"region_code": "000000"}),
        ("categories", {"categories": ()}),
        ("categories", {"categories": (Licence("01", verified_on=date(2020, 1, 1)),)}),
        ("categories", {"categories": (Licence("01", "备1", verified_on=date(2199, 1, 1)),)}),
        ("founded_on", {"founded_on": date(2199, 1, 1)}),
        ("former_names", {"former_names": ("成都示例新设信用管理有限公司",)}),
        ("conduct_title", {"conduct_version": "一版"}),
    ],
)
def test_what_cannot_be_true_is_refused_beside_its_field(
    app: Flask, field: str, change: dict[str, Any]
) -> None:
    with pytest.raises(EntryRefused) as caught:
        create(new_details(**change))
    assert caught.value.field == field
    db.session.rollback()
    assert count(Institution) == 0


def test_a_correction_says_what_changed_and_why(app: Flask) -> None:
    institution = make_institution()
    assert edit(institution, address="四川省成都市新地址 1 号", website="https://new.example.cn")
    assert last_audit().detail == {"fields": ["住所", "官网"], "reason": "机构报送变更"}
    newest = db.session.scalars(select(InstitutionVersion).order_by(InstitutionVersion.number.desc())).first()
    assert newest is not None
    assert newest.number == 2
    assert newest.content["address"] == "四川省成都市新地址 1 号"


def test_a_correction_that_changes_nothing_makes_no_version(app: Flask) -> None:
    institution = make_institution()
    version = institution.version
    assert not edit(institution)
    assert (count(InstitutionVersion), institution.version) == (1, version)


def test_a_change_that_the_public_does_not_see_is_recorded_all_the_same(app: Flask) -> None:
    institution = make_institution(chief_supervisor="张三丰")
    before = institution.version
    assert edit(institution, chief_supervisor="张三峰")
    assert count(InstitutionVersion) == 1
    assert last_audit().detail["fields"] == ["首席信用监督官"]
    assert "张" not in str(last_audit().detail)
    assert institution.version > before


def test_categories_come_go_and_change_their_licence(app: Flask) -> None:
    institution = make_institution(categories=("06", "10"))
    licence = Licence("01", "川备〔2026〕1号", "人民银行成都分行", today() + timedelta(days=900), today())
    assert edit(institution, categories=(licence, Licence("06")))
    assert details_of(institution).categories == (licence, Licence("06"))


def test_a_category_with_products_does_not_go_unnoticed(app: Flask) -> None:
    institution = make_institution(categories=("06", "10"))
    make_product(institution, category="10", name="信用管理师培训")
    with pytest.raises(EntryRefused, match="信用培训”下还有 1 项服务产品（如“信用管理师培训”"):
        edit(institution, categories=(Licence("06"),))


def test_an_entry_cannot_be_pushed_into_a_region_of_others(app: Flask) -> None:
    institution = make_institution()
    with pytest.raises(EntryRefused) as caught:
        edit(institution, region_code="330100")
    assert caught.value.field == "region_code"


def upload(content: bytes = PDF, name: str = "行为准则.pdf") -> Upload:
    return Upload(io.BytesIO(content), name)


def test_the_document_of_the_code_of_conduct_is_stored_replaced_and_dropped(app: Flask) -> None:
    institution = make_institution(conduct_title="诚信准则")
    assert edit(institution, conduct=upload())
    first = services.conduct_file(institution)
    assert first is not None
    assert first.original_name == "行为准则.pdf"
    assert not edit(institution, conduct=upload())
    assert edit(institution, conduct=upload(PDF.replace(b"1.7", b"1.6")))
    assert count(StoredFile) == 1
    assert edit(institution, drop_conduct=True)
    assert count(StoredFile) == 0
    assert last_audit().detail["fields"] == ["行为准则文件"]


def test_a_hostile_document_is_refused_and_changes_nothing(app: Flask) -> None:
    institution = make_institution(conduct_title="诚信准则", address="旧地址")
    with pytest.raises(EntryRefused) as caught:
        edit(institution, address="新地址", conduct=upload(b"MZ\x90\x00 program", "行为准则.pdf"))
    assert caught.value.field == "conduct_file"
    db.session.rollback()
    assert institution.address == "旧地址"
    assert count(StoredFile) == 0


def test_a_document_needs_its_title(app: Flask) -> None:
    with pytest.raises(EntryRefused) as caught:
        edit(make_institution(), conduct=upload())
    assert caught.value.field == "conduct_title"


def move(
    institution: Institution,
    name: str,
    reason: str = "投诉查证属实",
    by: Actor = CHENGDU,
    version: int | None = None,
) -> None:
    services.change_status(
        institution,
        move_name=name,
        reason=reason,
        version=institution.version if version is None else version,
        actor=by,
        now=now(),
    )


def test_a_status_carries_its_reason_and_date_into_public(app: Flask) -> None:
    institution = make_institution(status_since=date(2020, 1, 1))
    move(institution, "suspend")
    assert (institution.status, institution.status_reason, institution.status_since) == (
        "suspended",
        "投诉查证属实",
        today(),
    )
    assert last_audit().detail == {"from": "登记机构", "to": "暂停登记", "reason": "投诉查证属实"}
    move(institution, "resume", reason="整改完成")
    assert institution.status == "registered"


def test_the_same_move_sent_twice_happens_once(app: Flask) -> None:
    institution = make_institution()
    version = institution.version
    move(institution, "suspend", version=version)
    move(institution, "suspend", version=version)
    assert count(InstitutionVersion) == 2


def test_a_move_that_is_not_on_offer_or_not_permitted_is_refused(app: Flask) -> None:
    institution = make_institution()
    with pytest.raises(MoveNotAllowed, match="登记机构”，不能“恢复登记”"):
        move(institution, "resume")
    reviewer = replace(CHENGDU, role=Role.REVIEWER)
    with pytest.raises(MoveNotAllowed, match="您的账号不能办理"):
        move(institution, "suspend", by=reviewer)


def test_a_product_is_saved_changed_and_withdrawn(app: Flask) -> None:
    institution = make_institution()
    assert save(institution)
    product = institution.products[0]
    assert save(institution, product, fee=Fee(Basis.PER_YEAR, Decimal(1000), Decimal(3000), "元/年"))
    assert product.fee.text == "1,000–3,000 元/年"
    services.withdraw_product(
        institution, product=product, reason="停止提供", version=institution.version, actor=CHENGDU, now=now()
    )
    assert institution.products == []
    assert count(InstitutionVersion) == 4
    assert last_audit().detail == {"name": "尽职调查", "reason": "停止提供"}


def test_a_product_sent_twice_is_there_once(app: Flask) -> None:
    institution = make_institution()
    assert save(institution)
    assert not save(institution)
    assert count(ServiceProduct) == 1


def test_a_second_product_of_one_name_and_category_is_refused(app: Flask) -> None:
    institution = make_institution()
    save(institution)
    with pytest.raises(EntryRefused) as caught:
        save(institution, fee=replace(FEE, low=Decimal(300), high=Decimal(300)))
    assert caught.value.field == "name"


def test_a_product_of_a_category_that_is_not_registered_is_refused(app: Flask) -> None:
    with pytest.raises(EntryRefused) as caught:
        save(make_institution(), category="01")
    assert caught.value.field == "category"


def test_who_saw_an_older_version_is_told_and_overwrites_nothing(app: Flask) -> None:
    institution = make_institution()
    seen = institution.version
    edit(institution, phone="028-1111111")
    for attempt in (
        lambda: edit(institution, version=seen, phone="028-2222222"),
        lambda: move(institution, "suspend", version=seen),
    ):
        with pytest.raises(StaleVersion):
            attempt()
        db.session.rollback()
    assert (institution.phone, institution.status) == ("028-1111111", "registered")


def test_of_two_officers_at_the_same_moment_one_wins_and_the_other_is_told(app: Flask) -> None:
    institution_id = make_institution().id
    officer = actor(Role.LOCAL)
    db.session.rollback()  # the open transaction of the test itself would hold SQLite's write lock
    gate, outcomes = threading.Barrier(2), []

    def change(phone: str) -> None:
        with app.test_request_context("/", method="POST"):
            institution = db.session.get_one(Institution, institution_id)
            seen = institution.version
            db.session.rollback()  # on SQLite the reading itself would hold the lock
            gate.wait()
            try:
                edit(institution, version=seen, phone=phone, by=officer)
                outcomes.append("saved")
            except StaleVersion:
                db.session.rollback()
                outcomes.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=change, args=(f"028-{number}0000000",)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "told"]
    db.session.expire_all()
    assert count(InstitutionVersion) == 2


def test_of_two_officers_entering_one_institution_at_the_same_moment_both_see_one_entry(app: Flask) -> None:
    gate, found = threading.Barrier(2), []

    def enter() -> None:
        with app.test_request_context("/", method="POST"):
            gate.wait()
            try:
                found.append(create().id)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
    assert count(Institution) == count(InstitutionVersion) == 1
