"""Two imports at once, and other writers in between."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from credit_register.core.database import db
from credit_register.institutions.imports import services, writing
from credit_register.institutions.imports.results import Counts, ImportRefused
from credit_register.institutions.models import Institution, InstitutionVersion
from tests.institutions.importing import csv_file, product_row, roster_row, take, traces


def at_once(app: Flask, *files: tuple[Path, str]) -> list[Counts | Exception]:
    """Import the files in threads that start together."""
    db.session.remove()
    gate = threading.Barrier(len(files))
    found: list[Counts | Exception] = []

    def run(path: Path, kind: str) -> None:
        with app.app_context():
            gate.wait()
            try:
                found.append(take(path, kind)[0])
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                found.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=file) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_roster_twice_at_once_is_imported_once(app: Flask, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [roster_row(serial) for serial in range(1, 301)])
    found = at_once(app, (file, "institutions"), (file, "institutions"))
    assert all(isinstance(one, Counts) for one in found), found
    assert sorted(one.new for one in found if isinstance(one, Counts)) == [0, 300]
    assert traces() == dict.fromkeys(traces(), 300)


def test_rosters_and_products_at_once_lose_nothing(app: Flask, tmp_path: Path) -> None:
    serials = range(1, 101)
    rosters = [
        csv_file(tmp_path, [roster_row(serial, 简介=text) for serial in serials], f"{text}.csv")
        for text in ("甲", "乙")
    ]
    products = csv_file(tmp_path, [product_row(serial) for serial in serials], "products.csv")
    found = at_once(app, (rosters[0], "institutions"), (rosters[1], "institutions"), (products, "products"))
    assert all(isinstance(one, Counts) for one in found), found
    rows = db.session.scalars(select(Institution)).all()
    assert len(rows) == 100
    assert all(len(row.products) == 1 for row in rows)
    assert len({row.introduction for row in rows}) == 1
    assert len({row.revision for row in rows}) == 1
    numbers = select(func.count(InstitutionVersion.id)).group_by(
        InstitutionVersion.institution_id, InstitutionVersion.number
    )
    assert set(db.session.scalars(numbers)) == {1}


def test_a_code_that_somebody_registers_in_between_is_settled_anew(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(csv_file(tmp_path, [roster_row(1)]))
    look = writing.institutions_by_code
    blind = [True]

    def miss_once(*args: object, **kwargs: object) -> dict[str, Institution]:
        return {} if blind.pop() else look(*args, **kwargs)  # type: ignore[arg-type]

    blind = [False, True]
    monkeypatch.setattr(
        "credit_register.institutions.imports.writing_institutions.institutions_by_code", miss_once
    )
    counts, _ = take(csv_file(tmp_path, [roster_row(1), roster_row(2)]))
    assert (counts.new, counts.unchanged) == (1, 1)
    assert traces()["Institution"] == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (IntegrityError("", {}, Exception()), "有人修改了同一批机构"),
        (OperationalError("", {}, Exception()), "数据库正忙"),
    ],
)
def test_trouble_that_stays_is_told_and_nothing_is_kept(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception, words: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise trouble

    monkeypatch.setattr(services, "record_import", fail)
    with pytest.raises(ImportRefused, match=words):
        take(csv_file(tmp_path, [roster_row(1)]))
    assert not any(traces().values())


def test_an_edit_during_the_import_is_not_overwritten_by_an_old_number(app: Flask, tmp_path: Path) -> None:
    take(csv_file(tmp_path, [roster_row(1, 简介="甲")]))
    db.session.execute(update(Institution).values(version=Institution.version + 5, phone="028-11111111"))
    db.session.commit()
    take(csv_file(tmp_path, [roster_row(1, 简介="乙")]))
    (row,) = db.session.scalars(select(Institution)).all()
    assert (row.introduction, row.phone) == ("乙", "028-11111111")
