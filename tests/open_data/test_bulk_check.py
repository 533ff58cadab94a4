from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import event

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files.models import StoredFile
from credit_register.credit_records.models import CreditRecord, RecordBatch
from credit_register.institutions.models import Institution
from credit_register.institutions.verification import NOTICE
from credit_register.ledger.models import LedgerCase, LedgerRound, Measure
from credit_register.open_data.bulk_check.answers import answer_all
from credit_register.open_data.bulk_check.limits import OF_A_CLIENT
from credit_register.open_data.bulk_check.reading import (
    MOST,
    BulkRefused,
    as_lines,
    read_lines,
    read_texts,
    read_upload,
)
from credit_register.open_data.bulk_check.sheet import workbook
from tests.accounts.signing_in import csrf_token, make_account
from tests.core.codes import uscc
from tests.factories import make_commitment, make_institution, make_warning

ADDRESS = "/verify/bulk"


def officer_named(email: str) -> Account:
    return make_account(Role.LOCAL, email=email, name="甲").account


def make_batch(kind: str = "penalties", day: datetime | None = None, **overrides: object) -> RecordBatch:
    """A full list of Chengdu, received on a day and confirmed today."""
    name = f"{kind}-{db.session.query(RecordBatch).count()}"
    officer = officer_named(f"{name}@example.cn")
    db.session.flush()
    file = StoredFile(
        public_id=f"bulk-{name}",
        purpose="import",
        original_name="处罚.csv",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=now(),
    )
    db.session.add(file)
    db.session.flush()
    batch = RecordBatch(
        kind=kind,
        state="confirmed",
        file_id=file.id,
        file_name="处罚.csv",
        sha256="0" * 64,
        summary={},
        received_at=day or now(),
        received_by="甲",
        decided_at=now(),
        decided_by_id=officer.id,
        **{"region_code": "510100", "full_list": True, **overrides},
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def make_record(
    institution: Institution, batch: RecordBatch, number: str, **overrides: object
) -> CreditRecord:
    record = CreditRecord(
        **{
            "kind": "penalty",
            "key": f"{number}-{institution.uscc}",
            "state": "published",
            "uscc": institution.uscc,
            "name": institution.name,
            "institution_id": institution.id,
            "region_code": institution.region_code,
            "document_number": number,
            "authority": "示例市市场监督管理局",
            "decided_on": today() - timedelta(days=30),
            "degree": "general",
            "earliest_on": today(),
            "latest_on": today() + timedelta(days=300),
            "batch_id": batch.id,
            "confirmed_at": now(),
            **overrides,
        }
    )
    db.session.add(record)
    db.session.commit()
    return record


def make_measure(
    institution: Institution, batch: RecordBatch, public_state: str, until: date | None = None
) -> Measure:
    campaign = db.session.query(LedgerRound).first() or LedgerRound(title="示例专项治理", started_on=today())
    db.session.add(campaign)
    db.session.flush()
    case = db.session.query(LedgerCase).filter_by(institution_id=institution.id).first() or LedgerCase(
        round_id=campaign.id,
        subject="institution",
        institution_id=institution.id,
        uscc=institution.uscc,
        name=institution.name,
        region_code=institution.region_code,
        origin="pushed",
        ground="处罚未修复",
        opened_on=today(),
    )
    db.session.add(case)
    db.session.flush()
    first = officer_named(f"{public_state}-{institution.id}@example.cn")
    db.session.flush()
    decided = public_state == "published"
    measure = Measure(
        case_id=case.id,
        kind="circular",
        state="done",
        planned_on=today(),
        office="示例办",
        text="通报批评",
        addressee="全市信用服务机构",
        done_on=today(),
        recorded_by_id=first.id,
        recorded_at=now(),
        public_state=public_state,
        public_text="通报批评",
        public_until=until or today(),
        public_proposed_by_id=first.id,
        published_by_id=batch.decided_by_id if decided else None,
        published_on=today() if decided else None,
    )
    db.session.add(measure)
    db.session.commit()
    return measure


def ask(client: FlaskClient, *texts: str) -> list[dict[str, object]]:
    answer = client.post("/api/v1/verify/bulk", json=list(texts))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["results"]  # type: ignore[no-any-return]


def send(client: FlaskClient, **fields: object) -> tuple[int, str]:
    sent = {"csrf_token": csrf_token(client, ADDRESS), **fields}
    answer = client.post(ADDRESS, data=sent, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def test_code_name_both_and_neither_are_told_apart(app: Flask, client: FlaskClient) -> None:
    first = make_institution(
        name="成都示例甲子信用评级有限公司", former_names=["成都示例旧名信用评级有限公司"]
    )
    other = make_institution(name="成都示例乙丑（集团）有限公司")
    out = make_institution(name="成都示例丙寅有限公司", status="withdrawn", status_reason="自愿退出")
    unknown = uscc(division="510100", serial=919191)
    told = ask(
        client,
        first.uscc,
        "成都示例乙丑(集团)有限公司",
        f"{first.uscc}\t{other.name}",
        f"{first.uscc} 成都示例甲子信用评极有限公司",
        "成都示例旧名信用评级有限公司",
        out.uscc,
        unknown,
        f"{unknown} {first.name}",
        first.uscc[:-1] + ("0" if first.uscc[-1] != "0" else "1"),
        "没有这家有限公司",
        "12",
    )
    assert [one["result"] for one in told] == [
        "registered",
        "registered",
        "near",
        "near",
        "registered",
        "near",
        "unknown",
        "near",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert told[0]["name"] == first.name
    assert told[1]["uscc"] == other.uscc
    assert "两者不符" in str(told[2]["note"])
    assert told[3]["name"] == first.name
    assert "不同" in str(told[3]["note"])
    assert first.name in str(told[4]["note"])
    assert "已撤回登记" in str(told[5]["note"])
    assert told[6]["severe_list"] is None
    assert told[6]["unrepaired_penalties"] is None
    assert first.uscc in str(told[7]["note"])
    assert told[7]["uscc"] is None
    assert "书写有误" in str(told[8]["note"])
    assert "没有认出" in str(told[10]["note"])


def test_two_institutions_of_one_name_are_not_guessed(app: Flask, client: FlaskClient) -> None:
    make_institution(name="示例同名信用管理有限公司", region_code="510100")
    make_institution(name="示例同名信用管理有限公司", region_code="330100")
    told = ask(client, "示例同名信用管理有限公司")[0]
    assert (told["result"], told["uscc"], told["unrepaired_penalties"]) == ("near", None, None)


def test_only_what_is_public_of_records_commitments_and_measures_is_told(
    app: Flask, client: FlaskClient
) -> None:
    agency, clean = make_institution(), make_institution()
    make_batch("severe_list")
    batch = make_batch()
    make_record(agency, batch, "示例罚〔2026〕1号")
    make_record(
        agency,
        batch,
        "示例罚〔2025〕9号",
        earliest_on=today() - timedelta(days=9),
        latest_on=today() - timedelta(days=1),
    )
    make_record(agency, batch, "示例罚〔2026〕2号", state="withheld")
    make_record(agency, batch, "示例罚〔2026〕3号", state="repaired", left_on=today())
    make_record(agency, batch, "示例单", kind="severe", list_name="严重违法失信名单", degree="severe")
    make_record(clean, batch, "示例罚〔2026〕4号", state="withheld")
    make_measure(agency, batch, "published")
    make_measure(clean, batch, "proposed")
    commitment = make_commitment(agency, state="published")
    db.session.commit()
    told, quiet = ask(client, agency.uscc, clean.uscc)
    assert told["unrepaired_penalties"] == 1
    assert told["penalty_documents"] == ["示例罚〔2026〕1号"]
    assert [one["list_name"] for one in told["severe_list"]] == ["严重违法失信名单"]  # type: ignore[attr-defined]
    assert told["commitment"] == commitment.number
    assert [one["label"] for one in told["measures"]] == ["通报批评"]  # type: ignore[attr-defined]
    assert (quiet["unrepaired_penalties"], quiet["severe_list"], quiet["measures"]) == (0, [], [])
    assert quiet["commitment"] is None


def test_a_measure_is_told_up_to_its_last_day_whatever_the_worker_did(
    app: Flask, client: FlaskClient
) -> None:
    last_day, over = make_institution(), make_institution()
    batch = make_batch()
    make_measure(last_day, batch, "published")
    make_measure(over, batch, "published", today() - timedelta(days=1))
    assert [len(one["measures"]) for one in ask(client, last_day.uscc, over.uscc)] == [1, 0]  # type: ignore[arg-type]


def test_the_answer_holds_up_to_the_day_of_the_older_list(app: Flask, client: FlaskClient) -> None:
    agency = make_institution()
    make_batch("penalties", now() - timedelta(days=9))
    make_batch("severe_list", now() - timedelta(days=2))
    db.session.commit()
    day = today() - timedelta(days=9)
    told = ask(client, agency.uscc)[0]
    assert (told["credit_records_date"], told["unrepaired_penalties"]) == (day.isoformat(), 0)
    _, page = send(client, text=agency.uscc)
    assert f'名单截至 <span class="number nowrap">{day}' in page
    assert "严重失信和处罚截至各行所列的名单日期" in page


def test_a_part_of_a_list_moves_nobodys_date(app: Flask, client: FlaskClient) -> None:
    agency = make_institution()
    make_batch("penalties", now() - timedelta(days=9))
    make_batch("severe_list", now() - timedelta(days=9))
    make_batch("penalties", region_code="000000", full_list=False)
    make_batch("severe_list", region_code="000000", full_list=False)
    db.session.commit()
    assert ask(client, agency.uscc)[0]["credit_records_date"] == (today() - timedelta(days=9)).isoformat()


def test_where_only_parts_of_a_list_came_nothing_is_called_none(app: Flask, client: FlaskClient) -> None:
    agency = make_institution()
    make_batch("severe_list")
    make_batch("penalties", full_list=False)
    db.session.commit()
    told = ask(client, agency.uscc)[0]
    assert (told["credit_records_date"], told["unrepaired_penalties"]) == (None, None)


def test_where_a_list_was_never_received_nothing_is_called_none(app: Flask, client: FlaskClient) -> None:
    agency, elsewhere, listed = (
        make_institution(),
        make_institution(region_code="330100"),
        make_institution(region_code="330100"),
    )
    batch = make_batch("penalties")
    make_record(listed, batch, "示例罚〔2026〕7号")
    here, there, known = ask(client, agency.uscc, elsewhere.uscc, listed.uscc)
    assert (here["severe_list"], here["unrepaired_penalties"], here["penalty_documents"]) == (None, 0, [])
    assert (there["severe_list"], there["unrepaired_penalties"], there["penalty_documents"]) == (
        None,
        None,
        None,
    )
    assert known["penalty_documents"] == ["示例罚〔2026〕7号"]
    assert [one["credit_records_date"] for one in (here, there, known)] == [None, None, None]
    _, page = send(client, text=f"{agency.uscc}\n{elsewhere.uscc}")
    assert page.count("尚未接收所在地区的全量名单") == 2
    answer = client.post(
        ADDRESS, data={"csrf_token": csrf_token(client, ADDRESS), "text": elsewhere.uscc, "format": "xlsx"}
    )
    row = list(load_workbook(BytesIO(answer.get_data())).worksheets[0].iter_rows(values_only=True))[3]
    assert row[8:12] == ("不掌握", "不掌握", None, "尚未接收所在地区的全量名单")


def test_the_name_of_a_published_impostor_is_told(app: Flask, client: FlaskClient) -> None:
    officer, second = officer_named("w@example.cn"), officer_named("v@example.cn")
    db.session.flush()
    warning = make_warning(proposed_by_id=officer.id, confirmed_by_id=second.id, state="published")
    db.session.commit()
    told = ask(client, warning.pretender, "没有这家有限公司")
    assert [one["impostor_warning"] for one in told] == [True, False]


def test_duplicates_and_blank_texts_keep_their_place(app: Flask, client: FlaskClient) -> None:
    agency = make_institution()
    told = ask(client, agency.uscc, "", agency.uscc)
    assert [one["result"] for one in told] == ["registered", "unknown", "registered"]


def test_who_was_asked_about_before_is_named_by_that_line_on_page_file_and_in_answers_for_machines(
    app: Flask, client: FlaskClient
) -> None:
    agency = make_institution(name="成都示例甲子信用评级有限公司")
    other = make_institution(name="成都示例乙丑信用评级有限公司")
    text = f"{agency.uscc}\n{other.uscc}\n没有这家有限公司\n没有这家有限公司\n{agency.name}"
    notes = [one["note"] for one in ask(client, *text.split("\n"))]
    assert ["同一家" in str(note) for note in notes] == [False, False, False, False, True]
    assert notes[4] == "查到的与第 1 行是同一家"
    _, page = send(client, text=text)
    assert page.count("查到的与第 1 行是同一家") == 1
    assert '共 <span class="number">5</span> 行' in page
    assert '<th scope="col">公示中的未修复处罚</th>' in page
    rows = list(load_workbook(workbook(answer_all(read_lines(text), on=today()), on=today())).worksheets[0])
    assert [row[3].value for row in rows].count("查到的与第 1 行是同一家") == 1


def test_lists_nested_without_end_are_a_problem_and_count(app: Flask, client: FlaskClient) -> None:
    body = "[" * 100_000
    for _ in range(int(OF_A_CLIENT.split(maxsplit=1)[0])):
        answer = client.post("/api/v1/verify/bulk", data=body, content_type="application/json")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    answer = client.post("/api/v1/verify/bulk", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")


@pytest.mark.parametrize("body", ["{}", "[1]", "not json", "[]", '"text"'])
def test_what_is_no_list_of_texts_is_a_problem(app: Flask, client: FlaskClient, body: str) -> None:
    answer = client.post("/api/v1/verify/bulk", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_too_many_texts_another_type_and_a_parameter_are_problems(app: Flask, client: FlaskClient) -> None:
    too_many = client.post("/api/v1/verify/bulk", json=["x有限公司"] * (MOST + 1))
    assert too_many.status_code == 400
    assert str(MOST) in too_many.get_json()["detail"]
    assert client.post("/api/v1/verify/bulk", data="a=b").status_code == 415
    assert client.post("/api/v1/verify/bulk?q=1", json=["x"]).status_code == 400


def test_the_api_describes_the_bulk_check_and_says_the_notice(app: Flask, client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()["paths"]["/api/v1/verify/bulk"]["post"]
    assert described["requestBody"]["content"]["application/json"]["schema"]["maxItems"] == MOST
    answer = client.post("/api/v1/verify/bulk", json=["x有限公司"])
    assert answer.get_json()["notice"] == NOTICE
    assert date.fromisoformat(answer.get_json()["data_date"]) == today()


def test_the_page_answers_a_paste_with_its_header_left_out(app: Flask, client: FlaskClient) -> None:
    agency = make_institution(name="成都示例甲子信用评级有限公司")
    status, page = send(client, text=f"序号\t名称\t统一社会信用代码\n1\t{agency.name}\t{agency.uscc}\n\n12")
    assert status == 200
    assert page.count('data-result="') == 2
    assert 'data-result="registered"' in page
    assert "重要参考，不是禁止合作的依据" in page
    assert "没有认出" in page


def test_an_empty_form_is_told_beside_its_field(app: Flask, client: FlaskClient) -> None:
    status, page = send(client, text=" \n ")
    assert status == 422
    assert "请粘贴代码或名称" in page
    both, page = send(client, text="某某有限公司", file=(BytesIO(b"x"), "a.csv"))
    assert both == 422
    assert "某某有限公司" in page
    assert "只能用一种" in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_is_read_with_either_column(app: Flask, client: FlaskClient, encoding: str) -> None:
    agency = make_institution(name="成都示例甲子信用评级有限公司")
    sheet = f"编号,机构名称\n1,{agency.name}\n2,没有这家有限公司\n".encode(encoding)
    status, page = send(client, file=(BytesIO(sheet), "名单.csv"))
    assert status == 200
    assert page.count('data-result="registered"') == 1
    assert page.count('data-result="unknown"') == 1


def test_a_workbook_is_answered_as_a_workbook_in_which_nothing_runs(app: Flask, client: FlaskClient) -> None:
    agency = make_institution(name="成都示例甲子信用评级有限公司")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["统一社会信用代码", "名称"])
    sheet.append([agency.uscc, agency.name])
    sheet.append([None, "=1+1有限公司"])
    content = BytesIO()
    book.save(content)
    content.seek(0)
    token = csrf_token(client, ADDRESS)
    answer = client.post(
        ADDRESS,
        data={"csrf_token": token, "file": (content, "名单.xlsx"), "format": "xlsx"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(load_workbook(BytesIO(answer.get_data())).worksheets[0].iter_rows(values_only=True))
    assert NOTICE in str(rows[1][0])
    assert rows[3][4:6] == (agency.uscc, agency.name)
    assert str(rows[4][1]).startswith("'=")


def test_a_sheet_without_its_header_and_one_with_macros_are_refused_in_words(
    app: Flask, client: FlaskClient
) -> None:
    for content, word in ((b"a,b\n1,2\n", "没有找到表头"), (b"%PDF-1.4 x", "PDF")):
        status, page = send(client, file=(BytesIO(content), "a.csv"))
        assert status == 422
        assert word in page


def test_the_result_page_asks_again_for_the_same_rows(app: Flask) -> None:
    sheet = "统一社会信用代码,名称\n,甲有限公司\n\n91110000600037341L,乙有限公司\n".encode()
    questions = read_upload(BytesIO(sheet))
    assert read_lines(as_lines(questions)) == questions


def test_more_than_two_hundred_rows_are_left_to_the_file(app: Flask, client: FlaskClient) -> None:
    status, page = send(client, text="\n".join(f"示例第{number}有限公司" for number in range(201)))
    assert status == 200
    assert page.count("data-result=") == 200
    assert "示例第200有限公司" in page  # in the form that asks for the file


def test_a_line_that_is_too_long_or_has_two_codes_is_told_and_the_others_are_answered(app: Flask) -> None:
    with pytest.raises(BulkRefused):
        read_texts([])
    long, two = read_texts(["长" * 301, "91110000600037341L 91350100M000100Y43"])
    assert "最多 300 字" in long.problem
    assert "两个以上" in two.problem
    assert len(long.given) == 300


def test_a_client_that_asks_without_end_is_told_to_wait(app: Flask, client: FlaskClient) -> None:
    allowed = int(OF_A_CLIENT.split(maxsplit=1)[0])
    for _ in range(allowed):
        assert client.post("/api/v1/verify/bulk", json=["x有限公司"]).status_code == 200
    refused = client.post("/api/v1/verify/bulk", json=["x有限公司"])
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    status, page = send(client, text="某某有限公司")
    assert status == 429
    assert "某某有限公司" in page


def test_nothing_of_what_is_asked_is_kept(
    app: Flask, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    status, _ = send(client, text="守口如瓶有限公司")
    ask(client, "守口如瓶有限公司")
    printed = capsys.readouterr()
    assert status == 200
    assert written == []
    assert "守口如瓶" not in printed.out + printed.err


def test_ten_thousand_are_answered_by_few_questions_within_seconds(app: Flask) -> None:
    agencies = [make_institution(former_names=["示例旧名有限公司"]) for _ in range(5)]
    texts = [
        agencies[number % 5].uscc if number % 2 else f"示例第{number}号有限公司" for number in range(MOST)
    ]
    asked: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    started = time.perf_counter()
    answers = answer_all(read_texts(texts), on=today())
    assert time.perf_counter() - started < 10
    assert len(answers) == MOST
    assert len(asked) < 60
