"""What everybody sees of checks: decided ones, on the profile, in the list, in the log; and nothing before or after."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at, local_date
from credit_register.core.database import db
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import start_deadline
from credit_register.institutions.models import Institution
from credit_register.spotchecks.lifecycle import KIND
from credit_register.transparency.models import PublicEvent
from credit_register.web import home_numbers
from tests.factories import make_check, make_institution, make_report, make_warning
from tests.spotchecks.checking import FINDING, FOUND, fresh, move, post


def everything_public(client: FlaskClient, agency: Institution) -> str:
    """All that anybody can read about an agency."""
    addresses = (
        f"/institutions/{agency.uscc}",
        f"/institutions/{agency.uscc}/history",
        "/inspections",
        "/",
        f"/api/v1/institutions/{agency.uscc}",
        f"/api/v1/institutions?q={agency.name}",
        f"/institutions?q={FINDING[:20]}",
        f"/verify?q={agency.uscc}",
    )
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.text for answer in answers).replace(f"q={FINDING[:20]}", "")


def log(public_id: str) -> list[PublicEvent]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(PublicEvent).where(PublicEvent.subject_key == public_id).order_by(PublicEvent.id)
        )
    )


def test_a_fault_is_public_from_the_second_person_until_it_is_withdrawn(
    client: FlaskClient, agency: Institution, inspector: FlaskClient, office: FlaskClient, first: Account
) -> None:
    nothing = everything_public(client, agency)
    assert "没有公示过对这家机构的核查结论" in nothing
    assert "没有显示不等于没有问题" in nothing
    check = make_check(agency, opened_by_id=first.id)
    move(inspector, check, "conclude", found=FOUND, verdict="falsehood", reason=FINDING)
    assert fresh(check).state == "proposed"
    assert everything_public(client, agency) == nothing
    assert log(check.public_id) == []

    move(office, check, "confirm", reason="证据充分")
    profile, listed = client.get(f"/institutions/{agency.uscc}").text, client.get("/inspections").text
    for page in (profile, listed):
        assert FINDING in page
        assert "公示信息隐瞒真实情况、弄虚作假" in page
        assert "2026-03-12" in page
        assert "四川省成都市信用主管部门" in page
        for secret in (FOUND, "证据充分", "核查员甲", "复核人乙"):
            assert secret not in page
    assert f'href="/institutions/{agency.uscc}"' in listed
    assert f"/institutions/{agency.uscc}/history/2" in profile

    move(inspector, check, "order", reason="请更新公示的收费标准")
    for page in (client.get(f"/institutions/{agency.uscc}").text, client.get("/inspections").text):
        assert "限期改正中" in page
        assert "2026-03-26" in page
        assert "请更新公示的收费标准" not in page
    move(inspector, check, "fulfil", reason="已核对官网")
    corrected = client.get(f"/institutions/{agency.uscc}").text
    assert "已改正" in corrected
    assert "限期改正中" not in corrected

    move(office, check, "withdraw", reason="异议成立")
    client.application.extensions.pop("supervision_counts")  # counted once a minute
    assert everything_public(client, agency) == nothing
    events = log(check.public_id)
    kinds = [event.kind.removeprefix("spot_check.") for event in events]
    assert kinds == ["published", "ordered", "corrected", "withdrawn"]
    assert [event.payload is None for event in events] == [True, True, True, False]
    assert json.loads(events[-1].payload or "")["content"] == {}


def test_that_the_institution_has_reported_is_not_public(
    client: FlaskClient, agency: Institution, agent: FlaskClient, first: Account, second: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id, confirmed_by_id=second.id, state="ordered")
    start_deadline(subject_kind=KIND, subject_id=check.id, rule=Rule.CORRECTION, started_on=date(2026, 3, 12))
    db.session.commit()
    before = client.get(f"/institutions/{agency.uscc}").text, client.get("/inspections").text
    data = {"text": "已经改正。", "version": check.version}
    assert post(agent, f"/workspace/spotchecks/{check.id}/respond", data).status_code == 302
    assert fresh(check).state == "responded"
    assert (client.get(f"/institutions/{agency.uscc}").text, client.get("/inspections").text) == before
    assert log(check.public_id) == []


def test_the_log_names_no_number_of_a_row_and_nothing_that_is_kept_inside(
    agency: Institution, inspector: FlaskClient, first: Account
) -> None:
    check = make_check(agency, opened_by_id=first.id)
    move(inspector, check, "conclude", found=FOUND, verdict="no_problem", reason="公示内容与官网一致。")
    [event] = log(fresh(check).public_id)
    content = json.loads(event.payload or "")["content"]
    assert content == {
        "uscc": agency.uscc,
        "matter": "服务产品与收费标准",
        "declared_version": 1,
        "verdict": "no_problem",
        "finding": "公示内容与官网一致。",
        "published_on": "2026-03-12",
        "office": "四川省成都市信用主管部门",
        "correction": "none",
        "corrected_on": None,
    }


class TestList:
    @pytest.fixture(autouse=True)
    def checks(self, moment: datetime, first: Account, second: Account) -> None:
        for name, region, day, confirmed in (
            ("成都示例清白信用管理有限公司", "510100", 3, None),
            ("杭州示例有错信用管理有限公司", "330100", 5, second.id),
        ):
            institution = make_institution(name=name, region_code=region)
            make_check(
                institution,
                opened_by_id=first.id,
                confirmed_by_id=confirmed,
                state="published",
                published_on=date(2026, 3, day),
            )
            make_check(institution, opened_by_id=first.id, finding="尚未决定", state="proposed")
            make_check(institution, opened_by_id=first.id, finding="已经撤下", state="withdrawn")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["有错", "清白"]),
            ("region=51", ["清白"]),
            ("region=000000", ["有错", "清白"]),
            ("verdict=falsehood", ["有错"]),
            ("q=清白", ["清白"]),
            ("q=没有这个", []),
            ("q=%25", []),
            ("page=9", []),
            ("utm_source=weixin", ["有错", "清白"]),
        ],
    )
    def test_it_holds_what_is_decided_newest_first(
        self, client: FlaskClient, query: str, expected: list[str]
    ) -> None:
        answer = client.get(f"/inspections?{query}")
        assert answer.status_code == 200
        assert [word for word in ("有错", "清白") if f"示例{word}" in answer.text] == expected
        assert "尚未决定" not in answer.text
        assert "已经撤下" not in answer.text
        assert "各种结论的含义" in answer.text

    @pytest.mark.parametrize(
        "query",
        ["verdict=guilty", "region=99", "region=x", "page=0", "q=" + "长" * 201, "region=51&region=33"],
    )
    def test_a_bad_value_of_a_known_parameter_is_refused(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/inspections?{query}").status_code == 400


def test_twenty_stand_on_a_page(
    client: FlaskClient, agency: Institution, first: Account, moment: datetime
) -> None:
    for _ in range(21):
        make_check(agency, opened_by_id=first.id, state="published")
    assert client.get("/inspections").text.count('class="check-name"') == 20
    second = client.get("/inspections?page=2").text
    assert second.count('class="check-name"') == 1
    assert "第 2 页，共 2 页" in second
    assert "没有这一页" in client.get("/inspections?page=3").text


class TestHome:
    def test_its_numbers_count_what_is_decided_within_a_year(
        self,
        app: Flask,
        client: FlaskClient,
        agency: Institution,
        first: Account,
        second: Account,
        moment: datetime,
    ) -> None:
        year_ago = local_date(moment) - timedelta(days=365)
        make_institution(name="成都示例已承诺信用管理有限公司", committed=True, committed_on=year_ago)
        for state, confirmed, day in (
            ("published", None, year_ago),
            ("published", None, year_ago - timedelta(days=1)),
            ("corrected", second.id, None),
            ("ordered", second.id, None),
            ("proposed", None, None),
            ("withdrawn", None, None),
            ("open", None, None),
        ):
            values = {"published_on": day} if day else {}
            make_check(agency, opened_by_id=first.id, confirmed_by_id=confirmed, state=state, **values)
        for state in ("received", "investigating", "decided", "answered", "closed", "refused"):
            make_report(state=state)
        make_report(state="closed", received_at=moment - timedelta(days=366))
        make_warning(proposed_by_id=first.id)
        make_warning(
            proposed_by_id=first.id, confirmed_by_id=second.id, state="published", pretender="示例骗子团队"
        )
        make_warning(
            proposed_by_id=first.id,
            confirmed_by_id=second.id,
            state="published",
            pretender="示例期满团队",
            ends_on=year_ago,
        )
        numbers = home_numbers.supervision(local_date(moment))
        assert (numbers.committed, numbers.reports) == (1, 3)
        assert (numbers.checks.decided, numbers.checks.clean, numbers.checks.corrected) == (3, 1, 1)
        page = client.get("/").text
        assert "未发现问题 1 项，已改正 1 项" in page
        assert "示例骗子团队" in page
        assert "示例期满团队" not in page
        for link in ("/inspections", "/warnings", "committed=1"):
            assert f'{link}"' in page or f"{link}&amp;" in page

    def test_a_withdrawn_warning_leaves_it_at_once(
        self, client: FlaskClient, agency: Institution, first: Account, second: Account
    ) -> None:
        warning = make_warning(
            proposed_by_id=first.id, confirmed_by_id=second.id, state="published", pretender="示例骗子团队"
        )
        assert "示例骗子团队" in client.get("/").text
        db.session.delete(warning)
        db.session.commit()
        assert "谨防冒名" not in client.get("/").text

    def test_a_year_before_the_leap_day_is_the_28th(self, app: Flask) -> None:
        with clock_at(datetime.fromisoformat("2028-02-29T10:00:00+08:00")):
            assert home_numbers.supervision(date(2028, 2, 29)).since == date(2027, 2, 28)
