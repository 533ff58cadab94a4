"""The rows of a product list: products of registered institutions, and those that wait for theirs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from credit_register.core.database import db
from credit_register.institutions.categories import category_name
from credit_register.institutions.imports import columns
from credit_register.institutions.imports.differences import product_changes, product_values
from credit_register.institutions.imports.product_row import ProductRow
from credit_register.institutions.imports.reading import Progress
from credit_register.institutions.imports.results import Verdict
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.writing import (
    CHUNK,
    FIRST_ROWS,
    Work,
    institutions_by_code,
    let_go,
    load_products,
)
from credit_register.institutions.models import Institution, ProductColumns, ServiceProduct, UnmatchedProduct

Rows = list[tuple[int, ProductRow]]


def go_through_products(work: Work, progress: Progress) -> None:
    """Settle every good row of the spool; all rows of one institution fall into one chunk."""
    total, done = work.spool.good_count(), 0
    for chunk in _chunks(work.spool):
        _chunk(work, chunk)
        done += sum(len(rows) for rows in chunk.values())
        progress("写入" if work.write else "核对", done, total)


def _chunks(spool: Spool) -> Iterator[dict[str, Rows]]:
    chunk: dict[str, Rows] = {}
    size = 0
    for uscc, rows in spool.good_rows_by_code():
        chunk[uscc] = [(number, ProductRow.load(row)) for number, row in rows]
        size += len(rows)
        if size >= CHUNK:
            yield chunk
            chunk, size = {}, 0
    if chunk:
        yield chunk


def _chunk(work: Work, chunk: dict[str, Rows]) -> None:
    present = institutions_by_code(chunk, write=work.write)
    load_products(list(present.values()))
    waiting = _waiting(work, [uscc for uscc in chunk if uscc not in present])
    touched: list[Institution] = []
    for uscc, rows in chunk.items():
        institution = present.get(uscc)
        if institution is None:
            _keep_waiting(work, uscc, rows, waiting)
        elif not work.covers(institution.region_code):
            for number, _ in rows:
                work.reject(number, columns.CODE, "该机构" + work.outside(institution.region_code))
        elif _settle(work, institution, rows) and work.write:
            touched.append(institution)
        for number, row in rows[: FIRST_ROWS - len(work.first_rows)]:
            work.first_rows.append(_shown(number, row))
    work.publish(touched)
    let_go(present.values())


def _settle(work: Work, institution: Institution, rows: Rows) -> bool:
    """Settle the rows of one institution; says whether any of them alters it."""
    present = {(product.name, product.category): product for product in institution.products}
    registered = {category.code for category in institution.categories}
    altered = False
    for number, row in rows:
        product = present.get((row.name, row.category))
        if product is None:
            work.settle(number, Verdict.NEW)
            altered = True
            if work.write:
                institution.products.append(ServiceProduct(**product_values(row)))
        else:
            altered = _alter(work, number, row, product) or altered
        if row.category not in registered:
            message = (
                f"该机构没有登记“{category_name(row.category)}”类别，产品予以导入；请核对类别，或补充登记。"
            )
            work.doubt(number, columns.CATEGORIES, message)
    return altered


def _alter(work: Work, number: int, row: ProductRow, product: ProductColumns) -> bool:
    changed, changes = product_changes(product, row)
    work.settle(number, Verdict.CHANGED if changed else Verdict.UNCHANGED, changes)
    if work.write:
        for key, value in changed.items():
            setattr(product, key, value)
    return bool(changed)


def _waiting(work: Work, codes: list[str]) -> dict[tuple[str, str, str], UnmatchedProduct]:
    query = select(UnmatchedProduct).where(
        UnmatchedProduct.uscc.in_(codes), UnmatchedProduct.region_code == work.region
    )
    return {(one.uscc, one.name, one.category): one for one in db.session.scalars(query)}


def _keep_waiting(
    work: Work, uscc: str, rows: Rows, waiting: dict[tuple[str, str, str], UnmatchedProduct]
) -> None:
    for number, row in rows:
        work.settle(number, Verdict.UNKNOWN_INSTITUTION)
        work.doubt(
            number, columns.CODE, "名录中没有这个代码的机构，产品暂存，待该机构登记后自动归入；请核对代码。"
        )
        if not work.write:
            continue
        one = waiting.get((uscc, row.name, row.category))
        if one is None:
            db.session.add(
                UnmatchedProduct(
                    uscc=uscc, region_code=work.region, received_at=work.now, **product_values(row)
                )
            )
            continue
        changed, _ = product_changes(one, row)
        if changed:
            one.received_at = work.now
            for key, value in changed.items():
                setattr(one, key, value)


def _shown(number: int, row: ProductRow) -> dict[str, str]:
    """The row as a preview shows it."""
    return {
        "行": str(number),
        columns.CODE: row.uscc,
        columns.PRODUCT_NAME: row.name,
        columns.CATEGORIES: category_name(row.category),
        columns.BASIS: row.fee.basis.label,
        columns.STANDARD: row.fee.text,
        columns.INCLUDED: row.included,
    }
