"""准确性、一致性: where the register, the records and the lists differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.credit_records.consistency import Difference, Filter, Line, compare
from credit_register.credit_records.models import CreditRecord, RecordRow
from credit_register.institutions.models import Institution
from tests.credit_records.conftest import MOMENT
from tests.factories import confirmed_batch, make_batch, make_institution, make_record

TODAY = MOMENT.date()


def found(difference: Difference) -> set[int]:
    return {line.record_id for line in compare(OPERATOR, Filter(difference.value)).lines}


def row_of(
    record: CreditRecord, verdict: str, *, content: dict[str, str] | None = None, **batch: object
) -> None:
    """A row of a list that came later."""
    db.session.add(
        RecordRow(
            batch_id=make_batch(**batch).id,
            row_number=1,
            verdict=verdict,
            kind=record.kind,
            key=record.key,
            uscc=record.uscc,
            name=record.name,
            known=True,
            content=content or {},
            digest="0" * 64,
        )
    )
    db.session.commit()


def test_a_name_that_the_register_does_not_have_is_told_but_not_a_former_one(moment: datetime) -> None:
    agency = make_institution(name="成都示例现名信用有限公司", former_names=["成都示例曾用名有限公司"])
    wrong = make_record(agency, name="成都示例写错名有限公司")
    make_record(agency, name="成都示例曾用名有限公司")
    make_record(agency)
    assert found(Difference.NAME) == {wrong.id}


def test_a_code_that_is_unknown_under_a_registered_name_is_told(agency: Institution) -> None:
    record = make_record(None, name=agency.name)
    make_record(None)
    assert found(Difference.CODE) == {record.id}


def test_an_agency_that_is_gone_by_a_fact_but_registered_here_is_told(agency: Institution) -> None:
    told = {make_record(agency, kind=kind).id for kind in ("deregistered", "revoked", "bankrupt", "abnormal")}
    make_record(agency, kind="revoked", state="removed")
    make_record(make_institution(status="deregistered"), kind="deregistered")
    assert found(Difference.STATUS) == told


def test_what_a_list_still_has_although_it_was_repaired_here_is_told(agency: Institution) -> None:
    by_row = make_record(agency, state="repaired")
    by_note = make_record(agency, state="annulled")
    refused = make_record(agency, state="objected")
    make_record(agency, state="repaired")
    removed = make_record(agency, state="removed")
    row_of(removed, "changed")
    row_of(
        make_record(agency, kind="severe", state="removed"), "changed", content={"removed_on": "2026-11-01"}
    )
    row_of(by_row, "changed")
    row_of(refused, "changed", state="refused", decided_by_id=by_row.batch.decided_by_id, reason="示例")
    make_batch(kind="severe_list", full_list=True, summary={"still_listed": [by_note.id]})
    assert found(Difference.LISTED) == {by_row.id, by_note.id, removed.id}
    make_batch(kind="severe_list", full_list=True, summary={"still_listed": []})
    assert found(Difference.LISTED) == {by_row.id, removed.id}


def test_what_the_full_list_no_longer_has_is_told_until_it_is_decided(agency: Institution) -> None:
    record = make_record(agency, kind="severe")
    make_record(agency, kind="severe")
    row_of(record, "removal", full_list=True)
    assert found(Difference.UNLISTED) == {record.id}


def decided(state: str) -> dict[str, object]:
    """The columns of a batch that somebody has decided."""
    return {"state": state, "decided_by_id": confirmed_batch("facts").decided_by_id, "reason": "示例"}


def changed(record: CreditRecord, **batch: object) -> RecordRow:
    """A later row that says else of a record."""
    row_of(record, "changed", **batch)
    row = db.session.scalars(select(RecordRow).order_by(RecordRow.id.desc()).limit(1)).one()
    row.changes = "处罚内容：罚款1万元 → 罚款3万元\n罚款（万元）：1 → 3"
    db.session.commit()
    return row


def lines(difference: Difference, actor: Actor = OPERATOR) -> list[Line]:
    return list(compare(actor, Filter(difference.value)).lines)


def test_what_a_waiting_or_refused_list_says_else_of_a_record_is_told(agency: Institution) -> None:
    waiting, refused, confirmed, taken_down, older = (make_record(agency) for _ in range(5))
    taken_down.state, taken_down.left_on = "repaired", TODAY
    changed(confirmed, **decided("confirmed"))
    changed(taken_down)
    changed(older, **decided("refused"))
    first = changed(waiting)
    last = changed(refused, region_code="510100", **decided("refused"))
    assert found(Difference.CONTENT) == {waiting.id, refused.id}
    told = {line.record_id: line for line in lines(Difference.CONTENT)}
    assert told[waiting.id].here == "处罚内容、罚款（万元）与名单不同"
    assert "处罚内容：罚款1万元 → 罚款3万元；罚款（万元）：1 → 3" in told[waiting.id].there
    assert told[waiting.id].there.endswith("待复核）")
    assert told[refused.id].there.endswith("未确认）")
    assert (told[waiting.id].batch_id, told[refused.id].batch_id) == (first.batch_id, last.batch_id)
    assert "复核批次" in told[waiting.id].difference.action
    again = changed(waiting)
    assert [line.batch_id for line in lines(Difference.CONTENT) if line.record_id == waiting.id] == [
        again.batch_id
    ]
    make_batch(region_code="510100")  # the office that was refused has brought its list anew
    assert found(Difference.CONTENT) == {waiting.id}


def test_what_a_waiting_or_refused_list_has_and_no_record_is_told(
    office: FlaskClient, agency: Institution, first: Account
) -> None:
    gone = make_record(agency)
    here = make_record(agency)
    row_of(here, "new")
    content = {"document_number": gone.document_number, "authority": gone.authority}
    row_of(gone, "new", content=content, region_code="510100")
    row_of(gone, "new", content=content)
    by_other_key = gone.key
    db.session.delete(gone)
    db.session.commit()
    elsewhere = make_batch(region_code="330000", **decided("refused"))
    db.session.add(
        RecordRow(
            batch_id=elsewhere.id,
            row_number=1,
            verdict="new",
            kind="penalty",
            key=f"{by_other_key}-2",
            uscc="91330100MA00000000",
            name="杭州示例未登记机构",
            known=False,
            content={},
            digest="0" * 64,
        )
    )
    db.session.commit()
    newest, other = sorted(lines(Difference.NOT_HERE), key=lambda line: line.region, reverse=True)
    assert (newest.uscc, newest.institution_id, newest.record_id) == (agency.uscc, agency.id, None)
    assert content["document_number"] in newest.there
    assert (other.name, other.region, other.batch_id) == ("杭州示例未登记机构", "330000", elsewhere.id)
    [own] = lines(Difference.NOT_HERE, first.actor)  # the batch lies above: told, but not to be opened
    assert (own.uscc, own.batch_id) == (agency.uscc, None)
    shown = office.get("/staff/records/consistency?difference=not_here")
    assert shown.status_code == 200
    assert "没有这条记录" in shown.text
    assert "/staff/records/None" not in shown.text
    assert office.get("/staff/records/consistency.xlsx?difference=not_here").status_code == 200


def test_the_page_leads_to_the_batch_that_says_else(office: FlaskClient, agency: Institution) -> None:
    row = changed(make_record(agency), region_code="510100")
    shown = office.get("/staff/records/consistency?difference=content").text
    assert f'href="/staff/records/batches/{row.batch_id}"' in shown
    assert office.get(f"/staff/records/batches/{row.batch_id}").status_code == 200


def test_a_sender_that_shows_it_longer_than_the_rules_allow_is_told(agency: Institution) -> None:
    record = make_record(agency, decided_on=date(2026, 5, 31), listed_until=date(2030, 1, 1))
    make_record(agency, listed_until=TODAY + timedelta(days=5))
    assert found(Difference.PERIOD) == {record.id}


def test_the_page_shows_the_region_with_actions_and_links_and_is_narrowed(
    office: FlaskClient, agency: Institution
) -> None:
    mine = make_record(agency, kind="revoked")
    foreign = make_record(make_institution(region_code="330100"), kind="revoked")
    shown = office.get("/staff/records/consistency").text
    assert f'href="/staff/records/{mine.id}"' in shown
    assert f'href="/staff/institutions/{agency.id}"' in shown
    assert f'href="/staff/records/{foreign.id}"' not in shown
    assert "核实后变更登记状态" in shown
    assert "已吊销" in shown
    other = office.get("/staff/records/consistency?difference=name").text
    assert "没有符合条件的差异" in other
    assert office.get("/staff/records/consistency?q=不存在").text.count("/staff/records/consistency") > 1
    assert office.get("/staff/records/consistency?difference=nonsense").status_code == 400


def test_without_differences_the_page_says_so(office: FlaskClient, agency: Institution) -> None:
    make_record(agency)
    assert "没有发现差异" in office.get("/staff/records/consistency").text


def test_the_sheet_has_all_differences_of_the_filter(office: FlaskClient, agency: Institution) -> None:
    record = make_record(agency, kind="revoked")
    answer = office.get("/staff/records/consistency.xlsx?difference=status")
    assert answer.status_code == 200
    rows = list(load_workbook(BytesIO(answer.data)).active.values)
    assert rows[-1][1:3] == (record.name, record.uscc)
    assert rows[2][0] == "差异"
