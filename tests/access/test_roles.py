"""Each role does what the matrix says and nothing else; the document says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from credit_register.access.roles import MATRIX, PERMISSION_LABELS, Permission, Role
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.institutions.models import Institution, InstitutionCategory
from tests.accounts.signing_in import send, signed_in
from tests.factories import make_institution, make_product

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"

OFFICE = {Role.NATIONAL, Role.PROVINCIAL, Role.LOCAL}
STAFF = [role for role in Role if role.is_staff]
PEOPLE = [Role.AGENT, Role.LEGAL_REP]

MAY_OPEN = {
    "/staff": set(STAFF),
    "/staff/permissions": set(STAFF),
    "/staff/search": OFFICE | {Role.INSPECTOR, Role.REVIEWER, Role.AUDITOR},
    "/staff/institutions": OFFICE | {Role.INSPECTOR, Role.REVIEWER, Role.AUDITOR},
    "/staff/institutions/new": OFFICE | {Role.REVIEWER},
    "/staff/imports": OFFICE | {Role.AUDITOR},
    "/staff/imports/new": OFFICE,
    "/staff/calendar": set(STAFF),
    "/staff/audit": {Role.AUDITOR},
    "/staff/accounts": {Role.SYSADMIN, Role.AUDITOR},
    "/staff/accounts/new": {Role.SYSADMIN},
    "/staff/registrations": OFFICE | {Role.REVIEWER, Role.AUDITOR},
    "/staff/commitments": OFFICE | {Role.REVIEWER, Role.INSPECTOR, Role.AUDITOR},
    "/staff/reports": OFFICE | {Role.INSPECTOR, Role.AUDITOR},
    "/staff/warnings": OFFICE | {Role.INSPECTOR, Role.AUDITOR},
    "/staff/spotchecks": OFFICE | {Role.INSPECTOR, Role.AUDITOR},
    "/staff/spotchecks/new": OFFICE | {Role.INSPECTOR},
    "/staff/letters": OFFICE | {Role.INSPECTOR, Role.AUDITOR},
    "/staff/letters/new": OFFICE | {Role.INSPECTOR},
    "/workspace": set(PEOPLE),
    "/workspace/registration": set(PEOPLE),
    "/workspace/commitments": set(PEOPLE),
    "/workspace/spotchecks": set(PEOPLE),
}


def test_the_document_is_the_matrix() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == permission_document()


def permission_document() -> str:
    """docs/permissions.md; after a change of the matrix: python -m tests.access.test_roles."""
    head = ["权限", *(role.label for role in Role)]
    rows = [
        [label, *("●" if permission in MATRIX[role] else "" for role in Role)]
        for permission, label in PERMISSION_LABELS.items()
    ]
    lines = [
        "# 权限表 (Permission matrix)",
        "",
        "由 `access/roles.py` 中的 `MATRIX` 生成；`tests/access/test_roles.py` 核对两者一致。",
        "修改后执行 `PYTHONPATH=site:. .venv/bin/python -m tests.access.test_roles` 重新生成。",
        "",
        "- 工作人员只能看到和办理本辖区及下级的事项；其他地区的记录视同不存在（404）。",
        "- 系统管理员管理账号和工作日历，看不到业务；审计人员可看全部，不能修改（GB/T 22239 权限分离）。",
        "- 机构经办人、法定代表人只能进入本机构的工作台。",
        "",
        *("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)),
        "",
        "| 角色 | 命令和接口中的名称 |",
        "| --- | --- |",
        *(f"| {role.label} | `{role.value}` |" for role in Role),
    ]
    return "\n".join(lines) + "\n"


def test_every_permission_has_a_label_and_somebody_who_holds_it() -> None:
    assert list(PERMISSION_LABELS) == list(Permission)
    assert set().union(*MATRIX.values()) == set(Permission)
    assert set(MATRIX) == set(Role)


def test_the_administrator_sees_no_case_and_the_auditor_changes_nothing() -> None:
    changing = {
        Permission.INSTITUTION_EDIT,
        Permission.INSTITUTION_STATUS,
        Permission.INSTITUTION_IMPORT,
        Permission.CALENDAR_IMPORT,
        Permission.ACCOUNT_MANAGE,
        Permission.REGISTRATION_REVIEW,
        Permission.COMMITMENT_WITHDRAW,
        Permission.WARNING_CONFIRM,
        Permission.SPOTCHECK_CONFIRM,
        Permission.LETTER_ISSUE,
        Permission.REPORTER_REVEAL,
    }
    assert not MATRIX[Role.AUDITOR] & changing
    assert not MATRIX[Role.INSPECTOR] & changing
    assert not MATRIX[Role.AUDITOR] & {
        Permission.REPORT_HANDLE,
        Permission.SPOTCHECK_RECORD,
        Permission.LETTER_DRAFT,
    }
    cases = ("institution", "registration", "commitment", "report", "warning", "spotcheck", "letter")
    assert not {each for each in MATRIX[Role.SYSADMIN] if each.value.startswith(cases)}
    assert Permission.AUDIT_READ not in MATRIX[Role.SYSADMIN]


def test_the_auditor_reads_all_that_staff_read() -> None:
    reading = {each for each in Permission if each.value.endswith("_read")}
    assert reading <= MATRIX[Role.AUDITOR]
    assert MATRIX[Role.AUDITOR] == reading | {Permission.STAFF_HOME}


def test_the_auditor_is_offered_no_button_and_can_press_none(app: Flask) -> None:
    auditor = signed_in(app, Role.AUDITOR)
    for path in (path for path in MAY_OPEN if path.startswith("/staff") and not path.endswith("/new")):
        page = auditor.get(path).text
        main = page[page.index("<main") : page.index("</main>")]
        assert 'method="post"' not in main, path
        assert "/new" not in main, path
    own = db.session.scalars(select(Account.id)).one()
    page = auditor.get(f"/staff/accounts/{own}").text
    assert "停用账号" not in page
    for path in (f"/staff/accounts/{own}", "/staff/imports/new", "/staff/accounts/new"):
        assert send(auditor, path, {"action": "close"}, page="/account").status_code == 403, path


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.AUDITOR])
def test_who_may_not_edit_sees_the_facts_and_no_work_to_do(app: Flask, role: Role) -> None:
    make_institution(categories=(InstitutionCategory(code="01", licence_number="川备1号"),))
    page = signed_in(app, role).get("/staff").text
    assert "许可或备案尚未核验" in page
    assert "没有服务产品" in page
    for words in ("填写核验日期", "请机构报送", "需要处理"):
        assert words not in page
    assert "填写核验日期" in signed_in(app, Role.LOCAL).get("/staff").text


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_pages_and_no_others(app: Flask, role: Role) -> None:
    client = signed_in(app, role)
    for path, roles in MAY_OPEN.items():
        assert client.get(path).status_code == (200 if role in roles else 403), path


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_offers_what_the_role_may_open(app: Flask, role: Role) -> None:
    client = signed_in(app, role)
    page = client.get("/staff" if role.is_staff else "/workspace").text
    for path, roles in MAY_OPEN.items():
        if path.startswith("/staff/") and path.count("/") == 2 and path != "/staff/permissions":
            assert (f'href="{path}"' in page) is (role in roles), path


@pytest.mark.parametrize("role", [role for role in STAFF if role not in (Role.SYSADMIN,)])
def test_an_entry_shows_only_the_buttons_that_the_role_may_press(app: Flask, role: Role) -> None:
    institution = make_institution()
    product = make_product(institution)
    path = f"/staff/institutions/{institution.id}"
    client = signed_in(app, role)
    page = client.get(path).text
    may = MATRIX[role]
    assert ("/edit" in page) is (Permission.INSTITUTION_EDIT in may)
    assert ("暂停登记" in page) is (Permission.INSTITUTION_STATUS in may)
    assert ("/staff/audit" in page) is (Permission.AUDIT_READ in may)
    assert ("增加产品" in client.get(f"{path}/products").text) is (Permission.INSTITUTION_EDIT in may)
    edit = 200 if Permission.INSTITUTION_EDIT in may else 403
    assert client.get(f"{path}/edit").status_code == edit
    assert client.get(f"{path}/products/{product.id}/edit").status_code == edit


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.AUDITOR, Role.REVIEWER, Role.SYSADMIN])
def test_who_may_not_change_the_status_cannot_by_a_hand_made_form(app: Flask, role: Role) -> None:
    institution = make_institution()
    client = signed_in(app, role)
    answer = send(
        client,
        f"/staff/institutions/{institution.id}/suspend",
        {"reason": "自行构造的表单", "version": institution.version, "seen": 1},
        page="/account",
    )
    assert answer.status_code == 403
    db.session.expire_all()
    assert db.session.get_one(Institution, institution.id).status == "registered"


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(permission_document(), encoding="utf-8")
