"""The rows of a roster: new institutions, altered ones, and products that waited for them."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import delete, select

from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.categories import category_name
from credit_register.institutions.imports import columns
from credit_register.institutions.imports.differences import (
    Difference,
    alter_institution,
    institution_difference,
)
from credit_register.institutions.imports.reading import Progress
from credit_register.institutions.imports.results import Verdict
from credit_register.institutions.imports.roster_row import DATES, FIELD_COLUMNS, RosterRow
from credit_register.institutions.imports.writing import (
    CHUNK,
    FIRST_ROWS,
    Work,
    institutions_by_code,
    let_go,
    load_products,
)
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import (
    Institution,
    InstitutionCategory,
    ServiceProduct,
    Status,
    UnmatchedProduct,
)
from credit_register.institutions.renaming import short_name_for

STATUS_REASON = "批量导入登记名单"


def go_through_roster(work: Work, progress: Progress) -> None:
    """Settle every good row of the spool, chunk by chunk."""
    total, done = work.spool.good_count(), 0
    work.spool.find_namesakes()
    rows = ((number, RosterRow.load(row)) for number, row in work.spool.good_rows())
    while chunk := list(islice(rows, CHUNK)):
        _chunk(work, chunk)
        done += len(chunk)
        progress("写入" if work.write else "核对", done, total)


def _chunk(work: Work, chunk: list[tuple[int, RosterRow]]) -> None:
    codes = [row.uscc for _, row in chunk]
    waiting = _waiting_products(codes)
    named = _codes_by_name([str(row.fields["name"]) for _, row in chunk])
    present = institutions_by_code(codes, write=work.write)
    touched: dict[str, Institution] = {}
    matches: dict[str, list[UnmatchedProduct]] = {}
    for number, row in chunk:
        region = str(row.fields["region_code"])
        institution = present.get(row.uscc)
        if not work.covers(region):
            work.reject(number, columns.REGION, work.outside(region))
            continue
        if institution and not work.covers(institution.region_code):
            message = f"该机构已由{regions.full_name(institution.region_code)}登记。" + work.outside(
                institution.region_code
            )
            work.reject(number, columns.CODE, message)
            continue
        if institution is None:
            work.settle(number, Verdict.NEW)
            institution = _new_institution(work, row) if work.write else None
        else:
            _settle_present(work, number, row, institution, touched)
        _doubt_name(work, number, row, named)
        matched = [one for one in waiting.get(row.uscc, ()) if regions.covers(one.region_code, region)]
        work.counts.matched_products += len(matched)
        if institution and work.write and (matched or row.uscc not in present):
            touched[row.uscc] = institution
            matches[row.uscc] = matched
        if len(work.first_rows) < FIRST_ROWS:
            work.first_rows.append(_shown(number, row))
    if work.write:
        load_products([institution for institution in touched.values() if institution.uscc in present])
        for uscc, matched in matches.items():
            _match(touched[uscc], matched)
        db.session.add_all(touched.values())
        work.publish(list(touched.values()))
    let_go({*touched.values(), *present.values()})


def _settle_present(
    work: Work, number: int, row: RosterRow, institution: Institution, touched: dict[str, Institution]
) -> None:
    difference = institution_difference(institution, row)
    work.settle(number, Verdict.CHANGED if difference.changes else Verdict.UNCHANGED, difference.changes)
    _doubts(work, number, row, institution)
    if difference.changes and work.write:
        alter_institution(institution, difference)
        touched[row.uscc] = institution


def _new_institution(work: Work, row: RosterRow) -> Institution:
    day = local_date(work.now)
    institution = Institution(
        uscc=row.uscc,
        former_names=list(row.former_names),
        status=REGISTRATION.initial.value,
        status_reason=STATUS_REASON,
        status_since=day,
        registered_on=day,
        published_at=work.now,
        categories=[InstitutionCategory(code=code) for code in row.categories],
        products=[],
        # Every attribute is named, so that rows with and without a value go into one INSERT.
        **{key: None if key in DATES else "" for key in FIELD_COLUMNS} | row.fields,
    )
    if not institution.short_name:
        institution.short_name = short_name_for(institution.name)
    alter_institution(institution, Difference(licences=row.licences))
    return institution


def _doubts(work: Work, number: int, row: RosterRow, institution: Institution) -> None:
    if institution.status != Status.REGISTERED:
        status = REGISTRATION.label(institution.status)
        work.doubt(number, columns.CODE, f"该机构现为“{status}”，导入只更新登记内容，不改变登记状态。")
    kept = [category.code for category in institution.categories if category.code not in row.categories]
    if kept:
        named = "、".join(category_name(code) for code in kept)
        work.doubt(
            number,
            columns.CATEGORIES,
            f"登记信息中另有类别“{named}”，本表没有，未作改动；如已停止，请在机构的登记信息中更正。",
        )


def _codes_by_name(names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    query = select(Institution.name, Institution.uscc).where(Institution.name.in_(names))
    for name, code in db.session.execute(query.order_by(Institution.uscc)):
        found.setdefault(name, []).append(code)
    return found


def _doubt_name(work: Work, number: int, row: RosterRow, named: dict[str, list[str]]) -> None:
    """Point out an equal name under another code: two agencies may bear it, or one has a wrong code."""
    name = str(row.fields["name"])
    first = work.spool.first_row_named(name)
    others = [code for code in named.get(name, ()) if code != row.uscc]
    if first is not None and first != number:
        work.doubt(number, columns.NAME, f"与第 {first} 行机构名称相同而代码不同，请核对是否为同一家机构。")
    elif others:
        work.doubt(
            number, columns.NAME, f"名录中另有同名机构（{others[0]}），请核对是否为同一家机构、代码是否有误。"
        )


def _waiting_products(codes: list[str]) -> dict[str, list[UnmatchedProduct]]:
    found: dict[str, list[UnmatchedProduct]] = {}
    query = select(UnmatchedProduct).where(UnmatchedProduct.uscc.in_(codes))
    # Of two offices that sent the same product the later one counts.
    for one in db.session.scalars(query.order_by(UnmatchedProduct.received_at, UnmatchedProduct.id)):
        found.setdefault(one.uscc, []).append(one)
    return found


def _match(institution: Institution, waiting: list[UnmatchedProduct]) -> None:
    if not waiting:
        return
    present = {(product.name, product.category): product for product in institution.products}
    for one in waiting:
        product = present.get((one.name, one.category))
        if product is None:
            product = present[one.name, one.category] = ServiceProduct(name=one.name, category=one.category)
            institution.products.append(product)
        product.basis, product.fee_low, product.fee_high = one.basis, one.fee_low, one.fee_high
        product.unit, product.included = one.unit, one.included or product.included or ""
    ids = [one.id for one in waiting]
    db.session.execute(
        delete(UnmatchedProduct)
        .where(UnmatchedProduct.id.in_(ids))
        .execution_options(synchronize_session=False)
    )


def _shown(number: int, row: RosterRow) -> dict[str, str]:
    """The row as a preview shows it."""
    cells = {"行": str(number), columns.CODE: row.uscc}
    cells |= {
        FIELD_COLUMNS[key]: str(row.fields.get(key, "")) for key in ("name", "region_code", "founded_on")
    }
    cells[columns.CATEGORIES] = "、".join(category_name(code) for code in row.categories)
    return cells
