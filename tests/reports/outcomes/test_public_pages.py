"""The public list of results, one of them, the section of the profile, and the place in the list."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from credit_register.accounts.models import Account
from credit_register.core import search
from credit_register.core.database import db
from credit_register.institutions.models import Institution
from credit_register.reports.models import Report
from credit_register.reports.outcomes.models import PublishedOutcome
from search_index import Query
from tests.factories import make_institution, make_outcome, make_report
from tests.reports.outcomes.steps import act, answer, days_ago, published, upheld

COMMON = "甲子信用评级"


def test_the_newest_comes_first_and_filters_narrow(
    client: FlaskClient, agency: Institution, first: Account, second: Account
) -> None:
    far = make_institution(name="杭州示例远方信用管理有限公司", region_code="330100")
    older = published(agency, first, second, published_on=days_ago(9), found="较早的一项。")
    newer = published(far, first, second, kind="question", matter="breach", found="较新的一项。")
    page = client.get("/reports/outcomes").text
    assert page.index("较新的一项") < page.index("较早的一项")
    assert 'datetime="2026-03-12"' in page
    assert "数据截至" in page
    for query, shown, hidden in (
        ("region=51", older, newer),
        ("region=330000", newer, older),
        ("kind=question", newer, older),
        ("matter=unlawful_fee", older, newer),
        ("q=远方", newer, older),
        (f"q={agency.uscc}", older, newer),
        ("q=较早", older, newer),
    ):
        found = client.get(f"/reports/outcomes?{query}").text
        assert shown.found in found, query
        assert hidden.found not in found, query
    assert "没有符合条件的办理结果" in client.get("/reports/outcomes?q=没有这个").text
    assert "没有这一页" in client.get("/reports/outcomes?page=9").text


def test_the_empty_list_says_what_it_means(client: FlaskClient, moment: datetime) -> None:
    page = client.get("/reports/outcomes").text
    assert "还没有公开的办理结果" in page
    assert "没有公开不等于没有问题" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("region=99", 400),
        ("kind=objection", 400),
        ("matter=impersonation", 400),
        ("page=0", 400),
        ("kind=report&kind=question", 400),
        ("q=" + "长" * 101, 400),
        ("q='%22<script>", 200),
        ("q=%25", 200),
    ],
)
def test_wild_parameters_are_told(
    client: FlaskClient, agency: Institution, first: Account, second: Account, query: str, status: int
) -> None:
    outcome = published(agency, first, second)
    answered = client.get(f"/reports/outcomes?{query}")
    assert answered.status_code == status
    assert outcome.found not in answered.text


def test_a_profile_without_one_shows_nothing_and_the_kept_page_follows_each_change(
    client: FlaskClient,
    agency: Institution,
    report: Report,
    first: Account,
    office: FlaskClient,
    agent: FlaskClient,
) -> None:
    address = f"/institutions/{agency.uscc}"
    before = client.get(address)
    assert "举报办理结果" not in before.text
    outcome = make_outcome(report, proposed_by_id=first.id)
    assert client.get(address).headers["ETag"] == before.headers["ETag"], "nothing undecided changes the page"
    answer(agent, outcome)
    assert client.get(address).headers["ETag"] == before.headers["ETag"]
    act(office, outcome, "confirm")
    shown = client.get(address).text
    assert "举报办理结果" in shown
    assert outcome.found in shown
    act(office, outcome, "withdraw")
    assert client.get(address).headers["ETag"] == before.headers["ETag"]


def test_the_numbers_of_rows_and_who_reported_are_nowhere(
    client: FlaskClient, agency: Institution, first: Account, second: Account
) -> None:
    outcome = published(agency, first, second)
    for path in (
        "/reports/outcomes",
        f"/reports/outcomes/{outcome.public_id}",
        f"/institutions/{agency.uscc}",
    ):
        page = client.get(path).text
        assert outcome.public_id in page or path.endswith(outcome.public_id)
        for hidden in (
            "核查员甲",
            "复核人乙",
            f'outcomes/{outcome.id}"',
            "receipt",
            "公示的收费标准与实际收费不一致",
        ):
            assert hidden not in page, path
    assert client.get(f"/reports/outcomes/{outcome.id}").status_code == 404


def codes(word: str) -> list[str]:
    search.apply_outbox()
    assert search.check().ok
    return [hit.key for hit in search.engine().search(Query(word)).hits]


def two_equals() -> Institution:
    """The first of two that the same words find equally well."""
    make_institution(name=f"成都示例{COMMON}股份有限公司", uscc="91510100MZZZZZZZZ6")
    return make_institution(name=f"成都示例{COMMON}有限公司", uscc="91510100MA00000007")


def test_an_institution_stands_last_while_a_result_is_in_public(
    moment: datetime, first: Account, office: FlaskClient
) -> None:
    agency = two_equals()
    report_id, proposer_id, code = upheld(agency).id, first.id, agency.uscc
    search.rebuild()
    before = codes("示例")
    assert before[0] == code, "it must have somewhere to fall to"
    report = db.session.get_one(Report, report_id)
    outcome = make_outcome(report, proposed_by_id=proposer_id, proposed_at=moment - timedelta(days=30))
    outcome_id = outcome.id
    assert codes("示例") == before, "nobody may read from the order that something is proposed"
    assert act(office, db.session.get_one(PublishedOutcome, outcome_id), "confirm").status_code == 302
    assert codes("示例") == before[::-1]
    assert act(office, db.session.get_one(PublishedOutcome, outcome_id), "withdraw").status_code == 302
    assert codes("示例") == before


def test_an_institution_regains_its_place_with_the_decision_taken_back(
    moment: datetime, first: Account, second: Account
) -> None:
    agency = two_equals()
    report_id, code = published(agency, first, second).report_id, agency.uscc
    search.rebuild()
    assert codes("示例")[-1] == code
    report = db.session.get_one(Report, report_id)
    report.state, report.outcome, report.decided_at, report.decision = "investigating", None, None, ""
    db.session.commit()
    assert codes("示例")[0] == code


def test_other_reports_of_the_institution_leave_no_trace(
    client: FlaskClient, agency: Institution, first: Account, second: Account
) -> None:
    published(agency, first, second)
    before = [client.get(path).data for path in ("/reports/outcomes", f"/institutions/{agency.uscc}")]
    make_report(state="closed", outcome="unfounded", institution_id=agency.id, subject_uscc=agency.uscc)
    make_report(institution_id=agency.id, subject_uscc=agency.uscc)
    make_outcome(upheld(agency), proposed_by_id=first.id)
    assert [client.get(path).data for path in ("/reports/outcomes", f"/institutions/{agency.uscc}")] == before
