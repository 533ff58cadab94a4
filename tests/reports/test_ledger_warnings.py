"""From the case of an impersonator to a public warning: what makes it decided, and who may see and do it."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.core import clock
from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.ledger.models import LedgerCase
from credit_register.letters.models import Letter, LetterClue
from credit_register.reports.models import Identity, ImpostorWarning, Report
from credit_register.reports.warning_grounds import CaseGround
from credit_register.reports.warning_services import (
    WarningRefused,
    WarningText,
    confirm_warning,
    propose_warning,
    years_after,
)
from tests.accounts.signing_in import client_of, make_account, send, signed_in
from tests.factories import make_institution, make_report, make_warning
from tests.ledger.months.building import make_case, make_case_letter

NAME = "示例“修复专家”团队"
GROUND = "自称受信用服务机构委托，来电推销“征信修复”，要求先付定金。"
OFFER = "拟定公开警示</a>"
TEXT = {
    "kind": "impersonation",
    "pretender": NAME,
    "imitated_name": "成都示例被冒用信用管理有限公司",
    "conduct": GROUND,
    "reason": "经发函提请查处，监管部门反馈查实。",
}
REASON = "证据充分，同意办理。"


@pytest.fixture
def account(app: Flask) -> Account:
    return make_account(Role.INSPECTOR).account


@pytest.fixture
def chief(app: Flask) -> Account:
    return make_account(Role.LOCAL).account


@pytest.fixture
def inspector(app: Flask, account: Account) -> FlaskClient:
    return client_of(app, account)


@pytest.fixture
def second(app: Flask, chief: Account) -> FlaskClient:
    return client_of(app, chief)


def impersonator(report: Report | None = None, **overrides: Any) -> LedgerCase:
    source = {"source_kind": "report", "source_id": report.id} if report else {}
    return make_case(subject="impersonator", **{"name": NAME, "ground": GROUND, **source, **overrides})


def write(case: LedgerCase, by: Account, second: Account, *, state: str = "answered") -> Letter:
    return make_case_letter(case, account_id=by.id, second_id=second.id, state=state)


def say(letter: Letter, result: str) -> None:
    """Let the addressee answer so, to the clue as to the letter."""
    letter.result = result
    for clue in letter.clues:
        clue.result, clue.answered_on = result, letter.answered_on
    db.session.commit()


@pytest.fixture
def found_true(account: Account, chief: Account) -> LedgerCase:
    """A case about which a regulator has answered that it is true."""
    case = impersonator()
    say(write(case, account, chief), "handled")
    return case


def page_of(client: FlaskClient, case: LedgerCase) -> str:
    return client.get(f"/staff/ledger/{case.id}").text


def new(case: LedgerCase) -> str:
    return f"/staff/warnings/new?case={case.id}"


def propose(client: FlaskClient, case: LedgerCase, **changes: str) -> TestResponse:
    return send(client, new(case), {**TEXT, **changes}, page="/account")


def act(client: FlaskClient, warning: ImpostorWarning, move: str) -> TestResponse:
    fields = {"reason": REASON, "version": str(warning.version)}
    return send(client, f"/staff/warnings/{warning.id}/{move}", fields, page="/account")


def chosen_kind(form: str) -> str:
    found = re.findall(r'<input[^>]* checked[^>]* name="kind"[^>]* value="(\w+)"', form)
    assert len(found) == 1
    return str(found[0])


def written() -> WarningText:
    return WarningText(NAME, GROUND, "查实。", years_after(today(), 1), imitated_name="示例机构")


def together(*deeds: Callable[[], None]) -> None:
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def warnings() -> list[ImpostorWarning]:
    db.session.expire_all()
    return list(db.session.scalars(select(ImpostorWarning).order_by(ImpostorWarning.id)))


def test_the_day_in_the_proposed_text_is_that_of_the_answer_that_found_it_true(
    account: Account, chief: Account
) -> None:
    case = impersonator()
    letter = write(case, account, chief)
    say(letter, "handled")
    assert letter.answered_on is not None
    # Of the clue: the letter keeps the day of its first answer, which said only that it was being looked into.
    letter.clues[0].answered_on = letter.answered_on + timedelta(days=20)
    db.session.commit()
    proposal = CaseGround(case).draft(account.actor)
    assert f"监管部门 {letter.answered_on + timedelta(days=20)} 反馈“查实并已查处”" in proposal.reason


class TestTheWholeWay:
    def test_what_a_regulator_found_true_is_public_after_the_second_person(
        self, client: FlaskClient, inspector: FlaskClient, second: FlaskClient, found_true: LedgerCase
    ) -> None:
        page = page_of(inspector, found_true)
        assert f'href="{new(found_true)}">拟定公开警示</a>' in page
        assert f"监管部门 {today()} 反馈“查实并已查处”" in page
        answer = propose(inspector, found_true)
        (warning,) = warnings()
        assert answer.location == f"/staff/warnings/{warning.id}"
        assert (warning.case_id, warning.report_id) == (found_true.id, None)
        assert warning.region_code == found_true.region_code
        assert act(inspector, warning, "confirm").status_code == 403
        assert NAME not in html.unescape(client.get("/warnings").text)
        assert act(second, warning, "confirm").status_code == 302
        assert NAME in html.unescape(client.get("/warnings").text)
        page = page_of(inspector, found_true)
        assert f'href="/staff/warnings/{warning.id}"' in page
        assert "公布中" in page.partition('id="public-warning"')[2].partition("</section>")[0]
        assert "另拟一条公开警示" in page
        shown = second.get(f"/staff/warnings/{warning.id}").text
        assert f'治理台账案件 <a href="/staff/ledger/{found_true.id}">' in shown

    def test_who_proposed_may_not_publish(
        self, second: FlaskClient, chief: Account, found_true: LedgerCase
    ) -> None:
        propose(second, found_true)
        answer = act(second, warnings()[0], "confirm")
        assert answer.status_code == 409
        assert "须由另一名有复核权限的工作人员复核" in answer.text

    def test_the_form_sent_twice_is_one_warning(
        self, inspector: FlaskClient, second: FlaskClient, found_true: LedgerCase
    ) -> None:
        locations = {propose(inspector, found_true).location for _ in range(2)}
        assert locations == {f"/staff/warnings/{warning.id}" for warning in warnings()}
        assert len(locations) == 1
        late = propose(second, found_true)
        assert late.status_code == 422
        assert "已经拟定或公布" in late.text

    def test_a_case_and_the_report_that_it_came_from_are_one_matter(self, inspector: FlaskClient) -> None:
        report = make_report(matter="impersonation", state="decided")
        case = impersonator(report)
        first = propose(inspector, case)
        again = send(inspector, f"/staff/warnings/new?report={report.id}", TEXT, page="/account")
        assert again.location == first.location
        assert len(warnings()) == 1
        for page in (page_of(inspector, case), inspector.get(f"/staff/reports/{report.id}").text):
            assert f'href="{first.location}"' in page

    def test_the_database_refuses_two_grounds(self, account: Account, found_true: LedgerCase) -> None:
        report = make_report(matter="impersonation", state="decided")
        with pytest.raises(IntegrityError):
            make_warning(proposed_by_id=account.id, report_id=report.id, case_id=found_true.id)
        db.session.rollback()


class TestWhatIsDecided:
    @pytest.mark.parametrize(
        ("result", "offered", "words"),
        [
            ("handled", True, "反馈“查实并已查处”"),
            ("being_handled", True, "反馈“查实正在查处”"),
            ("not_confirmed", False, "监管部门反馈“未查实”"),
            ("referred", False, "受函单位已转办"),
        ],
    )
    def test_the_answer_of_a_regulator_decides(
        self,
        inspector: FlaskClient,
        account: Account,
        chief: Account,
        result: str,
        offered: bool,
        words: str,
    ) -> None:
        case = impersonator()
        say(write(case, account, chief), result)
        page = page_of(inspector, case)
        assert words in page
        assert (OFFER in page) is offered
        assert inspector.get(new(case)).status_code == (200 if offered else 409)
        assert propose(inspector, case).status_code == (302 if offered else 409)
        assert len(warnings()) == offered

    def test_without_an_answer_the_page_says_what_to_do_first(
        self, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        case = impersonator()
        page = page_of(inspector, case)
        assert "请就本案起草、签发提示函" in page
        write(case, account, chief, state="delivered")
        page = page_of(inspector, case)
        assert "提示函还没有反馈" in page
        assert OFFER not in page
        opened = inspector.get(new(case))
        assert opened.status_code == 409
        assert "提交复核" not in opened.text
        refused = propose(inspector, case)
        assert refused.status_code == 409
        assert GROUND in refused.text, "what was typed is kept"

    def test_another_regulator_may_find_true_what_the_first_did_not(
        self, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        case = impersonator()
        say(write(case, account, chief), "not_confirmed")
        say(write(case, account, chief), "handled")
        assert OFFER in page_of(inspector, case)

    def test_of_two_clues_in_one_letter_each_has_its_answer(
        self, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        case, other = impersonator(), impersonator(name="示例另一伙人")
        letter = write(case, account, chief)
        say(letter, "handled")
        clue = LetterClue(
            name=other.name, description="冒用名称。", source_kind="ledger_case", source_id=other.id
        )
        clue.result, clue.answered_on = "not_confirmed", letter.answered_on
        letter.clues.append(clue)
        db.session.commit()
        assert OFFER in page_of(inspector, case)
        assert OFFER not in page_of(inspector, other)

    def test_an_upheld_report_decides_too(self, inspector: FlaskClient) -> None:
        victim = make_institution(name="成都示例被冒用信用管理有限公司")
        report = make_report(
            matter="impersonation", state="decided", institution_id=victim.id, subject_uscc=victim.uscc
        )
        case = impersonator(report)
        page = page_of(inspector, case)
        assert "本案来自的举报已认定属实" in page
        assert f'href="{new(case)}"' in page
        for address in (new(case), f"/staff/warnings/new?report={report.id}"):
            form = inspector.get(address).text
            assert NAME in html.unescape(form)
            assert f'value="{victim.uscc}"' in form

    def test_a_report_that_is_not_decided_leads_nowhere(self, inspector: FlaskClient) -> None:
        case = impersonator(make_report(matter="impersonation", state="investigating"))
        page = page_of(inspector, case)
        assert OFFER not in page
        assert "或者对本案来自的举报作出属实的决定" in page

    def test_a_report_of_another_region_is_not_spoken_of(self, inspector: FlaskClient) -> None:
        report = make_report(matter="impersonation", state="decided", region_code="330100")
        case = impersonator(report)
        page = page_of(inspector, case)
        assert OFFER not in page
        assert "本案来自的举报" not in page
        assert propose(inspector, case).status_code == 409

    def test_a_pruned_case_and_one_of_an_institution_lead_nowhere(
        self, inspector: FlaskClient, account: Account, chief: Account, found_true: LedgerCase
    ) -> None:
        pruned = impersonator(name="示例已剔除", state="pruned", account_id=account.id)
        say(write(pruned, account, chief), "handled")
        assert "本案已从台账剔除" in page_of(inspector, pruned)
        assert propose(inspector, pruned).status_code == 409
        other = make_case()
        say(write(other, account, chief), "handled")
        assert "公开警示</h2>" not in page_of(inspector, other)
        answer = propose(inspector, other)
        assert answer.status_code == 409
        assert "只有冒名主体的案件" in answer.text
        assert warnings() == []


class TestJudgedAgain:
    def proposed(self, inspector: FlaskClient, case: LedgerCase) -> ImpostorWarning:
        assert propose(inspector, case).status_code == 302
        return warnings()[-1]

    def test_an_answer_that_changed_meanwhile_carries_no_warning(
        self,
        client: FlaskClient,
        inspector: FlaskClient,
        second: FlaskClient,
        account: Account,
        chief: Account,
    ) -> None:
        case = impersonator()
        letter = write(case, account, chief)
        say(letter, "being_handled")
        warning = self.proposed(inspector, case)
        say(letter, "not_confirmed")
        assert "案件已没有查实的依据" in second.get(f"/staff/warnings/{warning.id}").text
        answer = act(second, warning, "confirm")
        assert answer.status_code == 409
        assert "不能公布。请先核对治理台账案件的办理情况。" in answer.text
        assert warnings()[0].state == "proposed"
        assert NAME not in html.unescape(client.get("/warnings").text)
        assert act(second, warning, "reject").status_code == 302

    def test_a_report_taken_up_again_carries_none_either(
        self, inspector: FlaskClient, second: FlaskClient
    ) -> None:
        report = make_report(matter="impersonation", state="decided")
        warning = self.proposed(inspector, impersonator(report))
        report.state, report.outcome, report.decided_at = "investigating", None, None
        db.session.commit()
        assert act(second, warning, "confirm").status_code == 409

    def test_a_published_one_stays_and_the_officer_is_told(
        self,
        client: FlaskClient,
        inspector: FlaskClient,
        second: FlaskClient,
        account: Account,
        chief: Account,
    ) -> None:
        case = impersonator()
        letter = write(case, account, chief)
        say(letter, "handled")
        warning = self.proposed(inspector, case)
        act(second, warning, "confirm")
        say(letter, "referred")
        assert "不应再公布的，请撤下" in second.get(f"/staff/warnings/{warning.id}").text
        assert NAME in html.unescape(client.get("/warnings").text)


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "proposes"),
        [(Role.PROVINCIAL, 302), (Role.AUDITOR, 403), (Role.REVIEWER, 403), (Role.SYSADMIN, 403)],
    )
    def test_roles(self, app: Flask, found_true: LedgerCase, role: Role, proposes: int) -> None:
        assert propose(signed_in(app, role), found_true).status_code == proposes

    def test_a_case_of_another_region_is_not_there(self, app: Flask, found_true: LedgerCase) -> None:
        foreign = signed_in(app, Role.PROVINCIAL, region="330000")
        assert foreign.get(new(found_true)).status_code == 404
        assert propose(foreign, found_true).status_code == 404
        assert foreign.get("/staff/warnings/new?case=999999").status_code == 404

    @pytest.mark.parametrize("query", ["", "case=", "case=x", "case=0", "case=1&report=1"])
    def test_one_ground_is_named(self, inspector: FlaskClient, found_true: LedgerCase, query: str) -> None:
        assert inspector.get(f"/staff/warnings/new?{query}").status_code == 400

    def test_who_only_reads_sees_the_warnings_and_no_way_to_one(
        self, app: Flask, inspector: FlaskClient, found_true: LedgerCase
    ) -> None:
        auditor = signed_in(app, Role.AUDITOR)
        assert "公开警示</h2>" not in page_of(auditor, found_true)
        propose(inspector, found_true)
        page = page_of(auditor, found_true)
        assert f'href="/staff/warnings/{warnings()[0].id}"' in page
        assert "公开警示</a>" not in page

    def test_a_warning_that_another_region_proposed_is_not_listed(
        self, inspector: FlaskClient, account: Account, found_true: LedgerCase
    ) -> None:
        make_warning(
            proposed_by_id=account.id, case_id=found_true.id, region_code="330100", pretender="示例外省所拟"
        )
        assert "示例外省所拟" not in page_of(inspector, found_true)


class TestDraft:
    def draft(self, client: FlaskClient, case: LedgerCase) -> str:
        return html.unescape(client.get(new(case)).text)

    def found(self, account: Account, chief: Account, **overrides: Any) -> LedgerCase:
        case = impersonator(**overrides)
        say(write(case, account, chief), "handled")
        return case

    def test_the_form_says_what_the_case_tells(self, inspector: FlaskClient, found_true: LedgerCase) -> None:
        form = self.draft(inspector, found_true)
        assert f'value="{NAME}"' in form
        assert GROUND in form
        assert f"经发函提请查处，监管部门 {today()} 反馈“查实并已查处”。" in form
        assert chosen_kind(form) == "impersonation"

    @pytest.mark.parametrize("odd", ["{}", " {}。", "“{}”"])
    def test_a_namesake_is_not_accused(
        self, inspector: FlaskClient, account: Account, chief: Account, odd: str
    ) -> None:
        name = odd.format(make_institution(name="成都示例同名信用管理有限公司").name)
        form = self.draft(inspector, self.found(account, chief, name=name))
        assert f'value="自称“{name}”的冒名者（与登记机构无关）"' in form

    def test_the_code_that_it_uses_is_told_unless_it_is_that_of_an_agency(
        self, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        own = "91510100MA0090014L"
        assert own in self.draft(inspector, self.found(account, chief, uscc=own))
        agency = make_institution()
        assert agency.uscc not in self.draft(inspector, self.found(account, chief, uscc=agency.uscc))

    def test_personal_data_is_not_proposed(
        self, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        case = self.found(account, chief, name="示例 13800000000 客服", ground="来电 13800000000 推销修复。")
        form = inspector.get(new(case)).text.partition("<form method")[2]
        assert "13800000000" not in form

    def test_who_reported_is_neither_proposed_nor_kept(self, inspector: FlaskClient) -> None:
        report = make_report(matter="impersonation", state="decided", anonymous=False)
        db.session.add(Identity(report_id=report.id, name="欧阳示例", phone="028-87654321"))
        db.session.commit()
        case = impersonator(report, ground="据欧阳示例反映，对方来电要求先付定金。")
        assert "欧阳示例" not in inspector.get(new(case)).text.partition("<form method")[2]
        propose(inspector, case, conduct="据欧阳示例反映，要求先付定金。")
        assert warnings()[0].conduct == "据【已隐去】反映，要求先付定金。"

    @pytest.mark.parametrize("ground", ["仿照其网站设立收费页面。", "冒用名称的小程序和 APP。"])
    def test_a_copied_site_proposes_a_clone(
        self, inspector: FlaskClient, account: Account, chief: Account, ground: str
    ) -> None:
        name = make_institution().name
        form = self.draft(inspector, self.found(account, chief, ground=ground, name=name))
        assert chosen_kind(form) == "clone"
        assert f"自称“{name}”的仿冒者" in form

    def test_a_site_that_was_reported_proposes_a_clone(self, inspector: FlaskClient) -> None:
        report = make_report(matter="impersonation", state="decided", subject_site="xiufu.example")
        for address in (new(impersonator(report)), f"/staff/warnings/new?report={report.id}"):
            assert chosen_kind(inspector.get(address).text) == "clone"


class TestAtOnce:
    def test_an_answer_that_is_being_changed_is_waited_for(
        self, app: Flask, inspector: FlaskClient, account: Account, chief: Account
    ) -> None:
        case = impersonator()
        letter = write(case, account, chief)
        say(letter, "handled")
        propose(inspector, case)
        (warning,) = warnings()
        letter_id, warning_id, second = letter.id, warning.id, chief.actor
        held, said = threading.Event(), list[str]()
        db.session.remove()

        def change() -> None:
            with app.app_context():
                row = db.session.get_one(Letter, letter_id)
                db.session.refresh(row, with_for_update={"of": Letter})
                held.set()
                time.sleep(0.4)
                say(row, "not_confirmed")
                db.session.remove()

        def confirm() -> None:
            with app.app_context():
                held.wait()
                row = db.session.get_one(ImpostorWarning, warning_id)
                try:
                    confirm_warning(row, reason=REASON, version=row.version, actor=second, now=clock.now())
                    said.append("published")
                except WarningRefused as refusal:
                    db.session.rollback()
                    said.append(str(refusal))
                finally:
                    db.session.remove()

        together(change, confirm)
        assert len(said) == 1
        assert "案件已没有查实的依据" in said[0]
        assert warnings()[0].state == "proposed"

    def test_of_two_who_propose_the_same_one_does(
        self, app: Flask, account: Account, chief: Account, found_true: LedgerCase
    ) -> None:
        case_id, actors = found_true.id, (account.actor, chief.actor)
        gate, said = threading.Barrier(2), list[str]()
        db.session.remove()

        def deed(actor: Actor) -> Callable[[], None]:
            def run() -> None:
                with app.app_context():
                    gate.wait()
                    ground = CaseGround(db.session.get_one(LedgerCase, case_id))
                    try:
                        propose_warning(ground, text=written(), actor=actor, now=clock.now())
                        said.append("done")
                    except WarningRefused as refusal:
                        db.session.rollback()
                        said.append(refusal.field)
                    finally:
                        db.session.remove()

            return run

        together(*(deed(actor) for actor in actors))
        assert sorted(said) == ["done", "pretender"]
        assert len(warnings()) == 1


def test_the_service_asks_the_ground_itself(account: Account) -> None:
    with pytest.raises(WarningRefused, match="查实以后才能拟定公开警示"):
        propose_warning(CaseGround(impersonator()), text=written(), actor=account.actor, now=clock.now())
