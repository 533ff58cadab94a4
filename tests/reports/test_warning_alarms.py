"""Warnings of impostors where people look an agency up: verification, its page, the list and the API."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core import clock, search
from credit_register.core.clock import clock_at, today
from credit_register.core.database import db
from credit_register.institutions import alarms
from credit_register.institutions.models import Institution
from credit_register.reports.models import ImpostorWarning
from credit_register.reports.warning_alarms import in_force
from credit_register.reports.warning_services import confirm_warning, withdraw_warning
from tests.accounts.signing_in import make_account
from tests.factories import make_institution, make_warning, republish

VICTIM = "成都示例甲子征信有限公司"
PRETENDER = "示例“铲单无忧”修复团队"
RED, NEUTRAL = "公布中的冒名警示：", "有人冒用本机构名义"

Publish = Callable[..., ImpostorWarning]


@pytest.fixture
def victim(app: Flask) -> Institution:
    return make_institution(name=VICTIM)


@pytest.fixture
def officers(app: Flask) -> tuple[Account, Account]:
    return make_account(Role.INSPECTOR).account, make_account(Role.LOCAL).account


@pytest.fixture
def publish(victim: Institution, officers: tuple[Account, Account]) -> Publish:
    def published(**overrides: Any) -> ImpostorWarning:
        values = {
            "pretender": PRETENDER,
            "imitated_name": VICTIM,
            "imitated_uscc": victim.uscc,
            "proposed_by_id": officers[0].id,
            "confirmed_by_id": officers[1].id,
            "state": "published",
            **overrides,
        }
        return make_warning(**values)

    return published


def words(client: FlaskClient, path: str) -> str:
    """The main part of a page without its markup."""
    page = client.get(path).text.partition("<main")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def verify(client: FlaskClient, text: str) -> str:
    return words(client, f"/verify?q={quote(text)}")


def sides(text: str) -> tuple[int, int]:
    """How many warnings name the text as the pretender, and how many only as the victim."""
    found = alarms.matching(text, today())
    return len(found.posing), len(found.imitated)


class TestMatching:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (PRETENDER, (1, 0)),
            ("示例铲单无忧修复团队", (1, 0)),
            ("示例 「铲單無忧」 修复团队", (1, 0)),
            ("昨天示例铲单无忧修复团队的人打电话来", (1, 0)),
            (f"示例铲单无忧修复团队说受{VICTIM}委托", (1, 0)),
            ("铲单无忧", (1, 0)),
            ("是铲单无忧", (1, 0)),
            ("无忧", (0, 0)),
            ("修复团队甲", (0, 0)),
            (VICTIM, (0, 1)),
            (f"有人自称{VICTIM}客服", (0, 1)),
            ("示例甲子", (0, 1)),
            ("征信有限公司", (0, 0)),
            ("杭州示例乙丑商账管理有限公司", (0, 0)),
            ("%", (0, 0)),
            ("_" * 20, (0, 0)),
        ],
    )
    def test_names_meet_however_they_are_written(
        self, publish: Publish, text: str, expected: tuple[int, int]
    ) -> None:
        publish()
        assert sides(text) == expected

    def test_a_code_names_the_victim(self, publish: Publish, victim: Institution) -> None:
        publish(imitated_name="")
        assert sides(f"代码 {victim.uscc.lower()}") == (0, 1)

    @pytest.mark.parametrize("pretender", [f"自称“{VICTIM}”的来电者", "甲子征信", VICTIM])
    def test_who_asks_about_the_victim_does_not_read_that_it_is_the_impostor(
        self, publish: Publish, pretender: str
    ) -> None:
        publish(pretender=pretender)
        assert sides(VICTIM) == (0, 1)
        assert sides(f"自称“{VICTIM}”的来电者") == ((1, 0) if "来电者" in pretender else (0, 1))

    def test_an_agency_that_shares_a_part_of_the_name_is_left_alone(
        self, client: FlaskClient, publish: Publish
    ) -> None:
        publish(pretender="铲单无忧")
        other = make_institution(name="绵阳铲单无忧信用管理有限公司")
        search.rebuild()
        for path in (f"/verify?q={other.name}", f"/institutions?q={other.name}"):
            assert RED not in words(client, path)
        assert RED in verify(client, "铲单无忧")

    def test_whole_names_come_before_parts_and_the_rest_is_counted(self, publish: Publish) -> None:
        publish(pretender="示例铲单无忧")
        for _ in range(11):
            publish()
        found = alarms.matching("示例铲单无忧修复团队，示例铲单无忧", today())
        assert (len(found.posing), found.left_out) == (10, 2)
        partly = alarms.matching("示例铲单无忧", today())
        assert partly.posing[0].pretender == "示例铲单无忧"


class TestVerifyPage:
    def test_a_pretender_is_warned_of_above_the_result(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        warning = publish()
        page = client.get(f"/verify?q={quote(PRETENDER)}").text
        assert (
            f'冒用“<a href="/institutions/{victim.uscc}">{VICTIM}</a>”名义（该机构被冒用，是受害方）' in page
        )
        assert 'href="/warnings?q=' in page
        text = verify(client, PRETENDER)
        for expected in (RED, warning.conduct, f"公布至 {warning.ends_on}", "不在名录中"):
            assert expected in text
        assert text.index(RED) < text.index("不在名录中")
        assert NEUTRAL not in text

    def test_of_the_victim_it_says_only_that_it_is_imitated(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish()
        publish(pretender="示例另一伙人")
        for asked in (VICTIM, victim.uscc):
            text = verify(client, asked)
            assert "是名录中的登记机构" in text
            assert RED not in text
            assert text.count(NEUTRAL) == 1
            assert text.index(NEUTRAL) < text.index("是名录中的登记机构")

    def test_a_report_begins_with_what_was_verified(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        for asked in (VICTIM, f"铲单无忧，{victim.uscc}"):
            assert f'href="/reports/new?uscc={victim.uscc}"' in client.get(f"/verify?q={quote(asked)}").text
        unknown = client.get("/verify?q=铲单无忧").text
        assert 'href="/reports/new" rel="nofollow">向主管部门反映' in unknown


class TestProfile:
    def test_the_page_of_the_victim_says_so_from_the_publication_to_the_withdrawal(
        self, client: FlaskClient, publish: Publish, victim: Institution, officers: tuple[Account, Account]
    ) -> None:
        path = f"/institutions/{victim.uscc}"
        warning = publish(state="proposed", confirmed_by_id=None)
        assert NEUTRAL not in words(client, path)
        given = {"reason": "证据充分。", "actor": officers[1].actor, "now": clock.now()}
        confirm_warning(warning, version=warning.version, **given)
        assert f'{NEUTRAL}，见<a href="/warnings?q={victim.uscc}">冒名警示</a>' in client.get(path).text
        assert PRETENDER not in words(client, path)
        withdraw_warning(warning, version=warning.version, **given)
        assert NEUTRAL not in words(client, path)

    def test_the_next_day_it_is_gone_by_itself(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(ends_on=today())
        path = f"/institutions/{victim.uscc}"
        assert NEUTRAL in words(client, path)
        with clock_at(clock.now() + timedelta(days=1)):
            assert NEUTRAL not in words(client, path)

    def test_a_name_alone_leads_to_the_agency_that_bears_it(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(imitated_uscc="")
        path = f"/institutions/{victim.uscc}"
        assert NEUTRAL in words(client, path)
        assert f'<a href="{path}">{VICTIM}</a>”名义' in client.get("/warnings").text
        victim.name = "成都示例新名征信有限公司"
        republish(victim)
        assert NEUTRAL not in words(client, path)

    def test_pages_of_others_say_nothing(self, client: FlaskClient, publish: Publish) -> None:
        publish()
        other = make_institution()
        assert "冒名警示" not in words(client, f"/institutions/{other.uscc}")


class TestList:
    def test_a_line_above_the_results_names_the_impostor(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish()
        search.rebuild()
        text = words(client, "/institutions?q=铲单无忧")
        assert f"{RED}{PRETENDER}冒用“{VICTIM}”名义（该机构被冒用，是受害方）" in text
        for quiet in ("/institutions", f"/institutions?q={VICTIM}", "/institutions?q=信用管理"):
            assert RED not in words(client, quiet)


class TestApi:
    def test_it_gives_the_warnings_beside_an_unchanged_result(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        warning = publish()
        said = {
            "kind": "impersonation",
            "pretender": PRETENDER,
            "imitated_name": VICTIM,
            "imitated_uscc": victim.uscc,
            "conduct": warning.conduct,
            "published_on": warning.published_on.isoformat() if warning.published_on else "",
            "ends_on": warning.ends_on.isoformat(),
            "url": f"http://localhost/warnings?q={quote(PRETENDER)}",
        }
        for text, result, matched in (
            (PRETENDER, "unknown", "pretender"),
            (VICTIM, "registered", "imitated"),
        ):
            answer = client.get(f"/api/v1/verify?q={quote(text)}").get_json()
            assert answer["result"] == result
            assert answer["warnings"] == [{**said, "matched": matched}]

    def test_it_describes_them(self, client: FlaskClient) -> None:
        schemas = client.get("/openapi.json").get_json()["components"]["schemas"]
        named = schemas["Verification"]["properties"]["warnings"]["items"]["$ref"].rpartition("/")[2]
        assert {"kind", "pretender", "imitated_name", "imitated_uscc", "conduct", "ends_on", "url"} <= set(
            schemas[named]["properties"]
        )
        assert schemas[named]["properties"]["kind"]["enum"] == ["impersonation", "clone"]


class TestClones:
    """A copy of a site or app has words and a sign of its own wherever it is warned of."""

    def test_verification_names_the_copy_and_the_victim(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(kind="clone")
        text = verify(client, PRETENDER)
        assert "已查实的仿冒者相符或相近" in text
        assert f"仿冒“{VICTIM}”的网站或者应用（该机构被仿冒，是受害方）" in text
        assert "#copy" in client.get(f"/verify?q={quote(PRETENDER)}").text
        asked = verify(client, VICTIM)
        assert f"仿冒网站或者应用 “{VICTIM}”：有人仿冒本机构的网站或者应用，见" in asked
        assert "冒名者" not in asked.partition("是名录中的登记机构")[0].partition("有人仿冒")[2]

    def test_both_kinds_at_one_agency_stand_in_one_line(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(kind="clone")
        publish(pretender="示例另一伙人")
        both = "有人冒用本机构名义，并有人仿冒本机构的网站或者应用，见"
        assert verify(client, victim.uscc).count(both) == 1
        page = words(client, f"/institutions/{victim.uscc}")
        assert page.count(both) == 1
        assert "冒名 仿冒网站或者应用 有人" in page
        assert PRETENDER not in page

    def test_list_and_home_say_what_is_copied(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(kind="clone")
        search.rebuild()
        line = f"{PRETENDER}仿冒“{VICTIM}”的网站或者应用"
        for path in ("/", "/institutions?q=铲单无忧"):
            assert line in words(client, path)

    def test_the_api_tells_the_kinds_apart(self, client: FlaskClient, publish: Publish) -> None:
        publish(kind="clone")
        answer = client.get(f"/api/v1/verify?q={quote(PRETENDER)}").get_json()
        assert [each["kind"] for each in answer["warnings"]] == ["clone"]

    def test_a_clone_that_bears_the_name_of_an_agency_is_told_apart(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        publish(kind="clone", pretender=VICTIM)
        assert f"仿冒者：自称“{VICTIM}”的仿冒者（与登记机构无关）" in words(client, "/warnings")


class TestNothingElseIsPublic:
    def places(self, client: FlaskClient, victim: Institution) -> dict[str, str]:
        paths = [
            "/",
            "/warnings",
            f"/verify?q={quote(PRETENDER)}",
            f"/verify?q={victim.uscc}",
            f"/institutions/{victim.uscc}",
            f"/institutions?q={quote('铲单无忧')}",
            f"/api/v1/verify?q={quote(PRETENDER)}",
            f"/api/v1/verify?q={victim.uscc}",
        ]
        return {path: client.get(path).text for path in paths}

    def hits(self, client: FlaskClient, victim: Institution, conduct: str) -> list[str]:
        marks = (conduct, NEUTRAL, "谨防冒名", RED)
        return [
            path for path, text in self.places(client, victim).items() if any(mark in text for mark in marks)
        ]

    def test_a_published_warning_stands_in_all_places(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        warning = publish()
        assert len(self.hits(client, victim, warning.conduct)) == 8

    @pytest.mark.parametrize(
        "overrides",
        [
            {"state": "proposed", "confirmed_by_id": None},
            {"state": "rejected"},
            {"state": "withdrawn"},
            {"state": "ended"},
            {"ends_on": date(2026, 3, 11), "published_on": date(2025, 3, 11)},
        ],
    )
    def test_what_is_not_in_force_stands_nowhere(
        self, client: FlaskClient, publish: Publish, victim: Institution, overrides: dict[str, Any]
    ) -> None:
        warning = publish(**overrides)
        assert self.hits(client, victim, warning.conduct) == []

    def test_a_withdrawal_and_the_end_take_it_from_all_places_at_once(
        self, client: FlaskClient, publish: Publish, victim: Institution, officers: tuple[Account, Account]
    ) -> None:
        withdrawn, staying = publish(), publish(conduct="只做了这件事。", ends_on=today())
        assert len(self.hits(client, victim, withdrawn.conduct)) == 8
        withdraw_warning(
            withdrawn,
            reason="撤下。",
            version=withdrawn.version,
            actor=officers[1].actor,
            now=clock.now(),
        )
        assert not any(withdrawn.conduct in text for text in self.places(client, victim).values())
        assert len(self.hits(client, victim, staying.conduct)) == 8
        with clock_at(clock.now() + timedelta(days=1)):
            assert self.hits(client, victim, staying.conduct) == []

    def test_a_row_that_is_gone_is_not_remembered(
        self, client: FlaskClient, publish: Publish, victim: Institution
    ) -> None:
        db.session.delete(publish())
        db.session.commit()
        publish(pretender="示例另一伙人", conduct="另一件事。")
        assert sides(PRETENDER) == (0, 0)
        assert sides("示例另一伙人") == (1, 0)


def test_the_texts_are_read_once_while_nothing_changes(publish: Publish) -> None:
    publish()
    assert in_force(today()) is in_force(today())
    publish()
    assert len(in_force(today())) == 2
