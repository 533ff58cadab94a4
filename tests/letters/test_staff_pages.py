"""Letters on the pages of the office: the queue, a draft, its steps, and what comes back when a step fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, insert, select

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.letters import sources
from credit_register.letters.models import Letter
from credit_register.letters.sources import Proposal, register_source
from tests.accounts.signing_in import make_account, signed_in
from tests.factories import make_letter
from tests.letters.writing import CLUE, FORM, draft, fresh, issued, move, only_letter, submitted
from tests.spotchecks.checking import post

NEW = "/staff/letters/new"


def addressees(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Letter)) or 0


class TestQueue:
    def test_an_empty_queue_says_what_to_do(self, app: Flask, inspector: FlaskClient) -> None:
        page = inspector.get("/staff/letters").text
        assert "没有未办结的提示函" in page
        assert f'href="{NEW}"' in page
        assert "没有符合条件的提示函" in inspector.get("/staff/letters?q=不存在").text
        assert f'href="{NEW}"' not in signed_in(app, Role.AUDITOR).get("/staff/letters").text

    def test_what_is_due_stands_first_the_overdue_above_all_then_the_newest(
        self, inspector: FlaskClient, first: Account, second: Account, moment: datetime
    ) -> None:
        for name, ago in (("今日送达局", 0), ("逾期局", 60), ("临近局", 19)):
            day = (moment - timedelta(days=ago)).date()
            make_letter(
                drafted_by_id=first.id,
                issued_by_id=second.id,
                state="delivered",
                addressee=name,
                issued_on=day,
                delivered_on=day,
            )
        for name in ("先起草局", "后起草局"):
            make_letter(drafted_by_id=first.id, addressee=name)
        make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="answered", addressee="已反馈局")
        make_letter(drafted_by_id=first.id, addressee="外地局", region_code="330100")
        page = inspector.get("/staff/letters").text
        assert addressees(page) == ["逾期局", "临近局", "今日送达局", "后起草局", "先起草局"]
        assert "已逾期" in page
        assert re.search(r'反馈逾期 <span class="number">1</span>', page)
        assert addressees(inspector.get("/staff/letters?due=overdue").text) == ["逾期局"]
        assert addressees(inspector.get("/staff/letters?due=soon").text) == ["临近局"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("state=all", ["丁局", "丙局", "乙局", "甲局"]),
            ("state=issued", ["乙局"]),
            ("state=discarded", ["丁局"]),
            ("kind=overdue", ["丙局"]),
            ("region=510104", ["丙局"]),
            ("region=33", []),
            ("waiting=1", ["甲局"]),
            ("q=乙局", ["乙局"]),
            ("q=信提函", ["乙局"]),
            ("q=100%25", []),
            ("q=示例冒名主体&state=all", ["丁局", "丙局", "乙局", "甲局"]),
        ],
    )
    def test_each_filter_narrows(
        self,
        app: Flask,
        office: FlaskClient,
        first: Account,
        second: Account,
        query: str,
        expected: list[str],
    ) -> None:
        make_letter(drafted_by_id=first.id, addressee="甲局", state="awaiting_issue")
        make_letter(drafted_by_id=first.id, issued_by_id=second.id, addressee="乙局", state="issued")
        make_letter(
            drafted_by_id=second.id,
            addressee="丙局",
            kind="overdue",
            region_code="510104",
            state="awaiting_issue",
        )
        make_letter(drafted_by_id=first.id, addressee="丁局", state="discarded")
        assert addressees(office.get(f"/staff/letters?{query}").text) == expected

    @pytest.mark.parametrize(
        "query", ["state=gone", "kind=x", "due=ever", "waiting=2", "region=ab", "page=0", "page=x"]
    )
    def test_a_parameter_that_cannot_be_read_is_refused(self, inspector: FlaskClient, query: str) -> None:
        assert inspector.get(f"/staff/letters?{query}").status_code == 400

    def test_the_thousandth_letter_stands_on_the_last_page(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        shape = {
            "kind": "impersonation",
            "state": "draft",
            "region_code": "510100",
            "title": "标题",
            "body": "正文",
            "office": "",
            "contact_name": "",
            "contact_phone": "",
            "drafted_by_id": first.id,
            "drafted_at": moment,
            "answer": "",
            "version": 1,
        }
        rows = [{**shape, "addressee": f"示例{number:04}局"} for number in range(1000)]
        db.session.connection().execute(insert(Letter.__table__), rows)
        db.session.commit()
        page = inspector.get("/staff/letters?page=25")
        assert addressees(page.text) == [f"示例{number:04}局" for number in range(39, -1, -1)]
        assert len(page.data) < 100_000
        assert "1000 件" in page.text
        assert "这一页没有内容" in inspector.get("/staff/letters?page=26").text

    def test_forty_rows_cost_no_more_questions_than_one(
        self, inspector: FlaskClient, first: Account, second: Account
    ) -> None:
        def cost() -> int:
            asked: list[str] = []
            listener = lambda *arguments: asked.append(str(arguments[2]))  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", listener)
            try:
                inspector.get("/staff/letters")
            finally:
                event.remove(db.engine, "before_cursor_execute", listener)
            return len(asked)

        make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered")
        inspector.get("/staff/letters")
        one = cost()
        for _ in range(39):
            make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=3)
        assert cost() == one


class TestANewDraft:
    def test_the_page_offers_the_words_of_the_kind_and_says_that_they_are_unconfirmed(
        self, inspector: FlaskClient
    ) -> None:
        page = inspector.get(NEW).text
        assert "关于严厉查处假借信用服务机构名义招摇撞骗的市场主体的提示函" in page
        assert "待主管单位确认" in page
        assert "不得写举报人的姓名" in page
        assert "关于信用服务机构逾期未整改的风险提示函" in inspector.get(f"{NEW}?kind=overdue").text
        assert inspector.get(f"{NEW}?kind=love").status_code == 400

    def test_it_is_kept_with_its_clues_and_blank_rows_are_not(
        self, inspector: FlaskClient, first: Account
    ) -> None:
        more = {
            "clues-1-name": "示例乙",
            "clues-1-description": "冒用公章。\n第二行",
            "clues-1-uscc": "91510100ma0000001x",
            "clues-2-name": "",
            "clues-2-uscc": "",
            "clues-2-description": "",
            "clues-3-name": "不要的",
            "clues-3-description": "不要的",
            "clues-3-remove": "y",
        }
        answer = post(inspector, NEW, {**FORM, **more})
        letter = only_letter()
        assert answer.location == f"/staff/letters/{letter.id}"
        assert [(each.name, each.uscc) for each in letter.clues] == [
            (CLUE.name, ""),
            ("示例乙", "91510100MA0000001X"),
        ]
        assert (letter.state, letter.region_code, letter.drafted_by_id) == ("draft", "510100", first.id)
        page = inspector.get(answer.location).text
        assert 'data-state="draft"' in page
        assert "我单位梳理了线索2条，涉及2家。" in page
        assert "15个工作日" in page

    def test_the_next_draft_is_signed_as_the_last_one(self, inspector: FlaskClient) -> None:
        assert "四川省成都市信用主管部门" in inspector.get(NEW).text
        post(inspector, NEW, FORM)
        page = inspector.get(NEW).text
        assert 'value="成都市示例信用主管部门"' in page
        assert 'value="028-12345678"' in page

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"addressee": ""}, "请填写主送机关"),
            ({"addressee": "\u200b"}, "请填写主送机关"),
            ({"title": "长" * 121}, "最多 120 字"),
            ({"body": "请拨打 138 0013 8000"}, "文字中有手机号"),
            ({"body": "长" * 6001}, "最多 6000 字"),
            ({"office": "示例局 a@example.cn"}, "文字中有电子邮箱"),
            ({"contact_phone": "电话"}, "无法识别"),
            ({"clues-0-name": ""}, "请填写治理对象的名称"),
            ({"clues-0-description": ""}, "请填写线索情况"),
            ({"clues-0-description": "举报人 13800138000"}, "文字中有手机号"),
            ({"clues-0-name": "身份证 11010519491231002X"}, "文字中有身份证号"),
            ({"clues-0-uscc": "1" * 19}, "超过 18 位"),
            ({"clues-0-source": "report:1"}, "来源不存在"),
        ],
    )
    def test_what_cannot_be_taken_is_told_beside_the_field_and_nothing_typed_is_lost(
        self, inspector: FlaskClient, changes: dict[str, str], message: str
    ) -> None:
        answer = post(
            inspector, NEW, {**FORM, "clues-1-name": "示例留住", "clues-1-description": "情况", **changes}
        )
        assert answer.status_code == 422
        assert message in answer.text
        assert "示例留住" in answer.text
        assert "您填写的内容已保留" in answer.text
        assert count() == 0

    def test_further_rows_are_offered_without_saving(self, inspector: FlaskClient) -> None:
        before = inspector.get(NEW).text.count("<legend>")
        answer = post(inspector, NEW, {**FORM, "more": "1"})
        assert answer.status_code == 200
        assert answer.text.count("<legend>") == 1 + 5
        assert before == 2
        assert CLUE.name in answer.text
        assert count() == 0

    def test_two_clicks_make_one_draft(self, inspector: FlaskClient) -> None:
        places = {post(inspector, NEW, FORM).location for _ in range(2)}
        assert places == {f"/staff/letters/{only_letter().id}"}


class TestSources:
    @pytest.fixture(autouse=True)
    def things(self) -> Iterator[None]:
        """A kind of thing of which only number 12 exists, and only for Chengdu."""

        def load(actor: Actor, number: int) -> Proposal | None:
            if number != 12 or not actor.sees_region("510100"):
                return None
            return Proposal(
                name="示例来源主体",
                description="来源说明的情况。",
                label="示例来源 12",
                addressee="示例来源局",
                uscc="91510100MA0000001X",
            )

        register_source("thing", load, label="示例来源", address=lambda number: f"/staff/things/{number}")
        yield
        sources._kinds.pop("thing")

    def test_what_a_source_proposes_stands_in_the_form_and_leads_back_from_the_letter(
        self, inspector: FlaskClient
    ) -> None:
        page = inspector.get(f"{NEW}?source=thing:12").text
        for words in ("示例来源主体", "来源说明的情况。", "示例来源局", "线索来自示例来源 12"):
            assert words in page
        row = {"clues-0-source": "thing:12"}
        answer = post(inspector, f"{NEW}?source=thing:12", {**FORM, **row})
        clue = only_letter().clues[0]
        assert (clue.source_kind, clue.source_id) == ("thing", 12)
        assert '<a href="/staff/things/12">示例来源 12</a>' in inspector.get(answer.location).text
        assert "已列入其他函" in inspector.get(f"{NEW}?source=thing:12").text

    def test_a_source_is_added_to_a_draft_that_is_there(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = draft(first, moment)
        path = f"/staff/letters/{letter.id}/edit"
        page = inspector.get(f"{path}?source=thing:12").text
        assert "示例来源主体" in page
        assert CLUE.name in page
        more = {
            "clues-0-id": str(letter.clues[0].id),
            "clues-1-source": "thing:12",
            "clues-1-name": "示例来源主体",
            "clues-1-description": "情况",
        }
        data = {**FORM, **more, "version": letter.version}
        assert post(inspector, f"{path}?source=thing:12", data).status_code == 302
        assert [each.source_id for each in fresh(letter).clues] == [None, 12]
        assert inspector.get(f"{path}?source=thing:12").text.count("示例来源主体") == 1

    @pytest.mark.parametrize("source", ["thing:13", "thing:x", "thing", "other:12", "thing:0", "'", ""])
    def test_what_is_not_there_is_not_found(self, inspector: FlaskClient, source: str) -> None:
        assert inspector.get(f"{NEW}?source={source}").status_code == 404

    def test_another_region_finds_it_neither_by_address_nor_by_a_form_of_its_own(self, app: Flask) -> None:
        client = signed_in(app, Role.LOCAL, region="330100")
        assert client.get(f"{NEW}?source=thing:12").status_code == 404
        answer = post(client, NEW, {**FORM, "clues-0-source": "thing:12"})
        assert answer.status_code == 422
        assert count() == 0

    def test_a_name_that_no_address_could_hold_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no name of a source"):
            register_source("Thing 1", lambda actor, number: None)


class TestRewriting:
    def test_the_draft_stands_in_the_form_and_is_saved(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = draft(first, moment)
        path = f"/staff/letters/{letter.id}/edit"
        page = inspector.get(path).text
        assert CLUE.name in page
        data = {
            **FORM,
            "addressee": "示例公安局",
            "clues-0-id": letter.clues[0].id,
            "version": letter.version,
        }
        assert post(inspector, path, data).status_code == 302
        assert fresh(letter).addressee == "示例公安局"
        assert "修改草稿" in inspector.get(f"/staff/letters/{letter.id}").text

    def test_the_second_of_two_is_told_and_keeps_what_was_typed(
        self, inspector: FlaskClient, office: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = draft(first, moment)
        path, seen = f"/staff/letters/{letter.id}/edit", letter.version
        post(office, path, {**FORM, "addressee": "示例一局", "version": seen})
        answer = post(inspector, path, {**FORM, "addressee": "示例二局", "version": seen})
        assert answer.status_code == 409
        assert "签发人乙" in answer.text
        assert "示例二局" in answer.text
        assert fresh(letter).addressee == "示例一局"

    def test_two_clicks_of_one_person_are_one_change(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = draft(first, moment)
        path, data = f"/staff/letters/{letter.id}/edit", {**FORM, "version": letter.version}
        assert [post(inspector, path, data).status_code for _ in range(2)] == [302, 302]
        assert fresh(letter).version == 2

    def test_what_waits_to_be_issued_is_not_rewritten(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = submitted(first, moment)
        path = f"/staff/letters/{letter.id}/edit"
        assert "不能修改" in inspector.get(path, follow_redirects=True).text
        answer = post(inspector, path, {**FORM, "version": letter.version})
        assert answer.status_code == 409
        assert "先撤回或退回修改" in answer.text


class TestTheCase:
    def test_a_letter_from_its_draft_to_its_answer(
        self, inspector: FlaskClient, office: FlaskClient, moment: datetime
    ) -> None:
        path = post(inspector, NEW, FORM).location
        letter = only_letter()
        assert move(inspector, letter, "submit").status_code == 302
        page = inspector.get(path).text
        assert "须由另一位有签发权限的人员签发" in page
        assert f"{path}/issue" not in page
        assert "撤回修改" in page
        assert "签发" in office.get(path).text
        assert move(office, letter, "issue").status_code == 302
        page = inspector.get(path).text
        assert "510100信提函〔2026〕1号" in page
        assert 'data-state="issued"' in page
        day = moment.date().isoformat()
        assert move(inspector, letter, "deliver", delivery="exchange", day=day).status_code == 302
        page = inspector.get(path).text
        assert "期限内 2026-04-02" in page
        assert "还没有收到反馈" in page
        text = "已电话联系，对方称本周反馈。"
        assert move(inspector, letter, "chase", means="phone", day=day, text=text).status_code == 302
        assert "催办（1 次）" in inspector.get(path).text
        fields = {"result": "being_handled", "day": day, "text": "已立案，正在调查。"}
        assert move(inspector, letter, "answer", **fields).status_code == 302
        page = inspector.get(path).text
        assert 'data-state="answered"' in page
        assert "查实正在查处" in page
        fields = {"result": "handled", "day": day, "text": "已作出处罚。"}
        assert move(inspector, letter, "supplement", **fields).status_code == 302
        page = inspector.get(path).text
        assert "查实并已查处" in page
        assert "已立案，正在调查。" in page
        for label in ("起草", "送签发", "签发", "登记送达", "催办", "登记反馈", "补记反馈"):
            assert f"<strong>{label}</strong>" in page

    def test_the_clues_of_a_letter_are_answered_one_by_one_where_they_differ(
        self, inspector: FlaskClient, first: Account, second: Account, moment: datetime
    ) -> None:
        alone = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered")
        assert "结果不同的线索" not in inspector.get(f"/staff/letters/{alone.id}").text
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=2)
        path, second_clue = f"/staff/letters/{letter.id}", f"clue_{letter.clues[1].id}"
        page = inspector.get(path).text
        assert "结果不同的线索（2 条线索，逐条选择）" in page
        assert "反馈结果</th>" not in page
        fields = {"result": "handled", "day": moment.date().isoformat(), "text": "已分别办理。"}
        wrong = move(inspector, letter, "answer", **fields, **{second_clue: "perhaps"})
        assert wrong.status_code == 422
        assert "请选择列出的查处结果" in wrong.text
        assert "已分别办理。" in wrong.text
        assert (
            move(inspector, letter, "answer", **fields, **{second_clue: "being_handled"}).status_code == 302
        )
        page = inspector.get(path).text
        assert re.findall(r'data-label="反馈结果">([^<]*)<', page) == ["查实并已查处", "查实正在查处"]

    def test_a_later_answer_as_the_page_proposes_it_changes_no_clue(
        self, inspector: FlaskClient, first: Account, second: Account, moment: datetime
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=2)
        path, fields = f"/staff/letters/{letter.id}", {"day": moment.date().isoformat(), "text": "续报。"}
        other = f"clue_{letter.clues[1].id}"
        apart = {"result": "not_confirmed", other: "being_handled"}
        assert move(inspector, letter, "answer", **fields, **apart).status_code == 302
        page = inspector.get(path).text
        assert "各条线索不同，见治理对象清单" in page
        form = page.partition(f'action="{path}/supplement"')[2].partition("</form>")[0]
        assert 'name="result"' not in form
        assert "同上面的查处结果" not in form
        assert "有变化的线索（2 条线索，逐条选择）" in form
        assert re.findall(r"没有变化（([^）]*)）", form) == ["未查实", "查实正在查处"]
        presets = dict(re.findall(r'name="(clue_\d+)".*?<option selected value="([^"]*)"', form, re.S))
        assert len(presets) == 2
        assert move(inspector, letter, "supplement", **fields, **presets).status_code == 302
        assert [clue.result for clue in fresh(letter).clues] == ["not_confirmed", "being_handled"]
        wrong = move(inspector, letter, "supplement", **fields, **{**presets, other: "perhaps"})
        assert wrong.status_code == 422
        assert "请选择列出的查处结果" in wrong.text
        news = {**presets, other: "handled"}
        assert move(inspector, letter, "supplement", **fields, **news).status_code == 302
        assert [clue.result for clue in fresh(letter).clues] == ["not_confirmed", "handled"]

    def test_who_was_told_that_another_was_first_does_not_take_the_other_answer_back(
        self,
        inspector: FlaskClient,
        office: FlaskClient,
        first: Account,
        second: Account,
        moment: datetime,
    ) -> None:
        letter = make_letter(
            drafted_by_id=first.id,
            issued_by_id=second.id,
            state="answered",
            clues=2,
            result="being_handled",
        )
        one, other = (f"clue_{clue.id}" for clue in letter.clues)
        fields, seen = {"day": moment.date().isoformat(), "text": "续报。"}, letter.version
        page = office.get(f"/staff/letters/{letter.id}").text
        assert page.count("没有变化（查实正在查处）") == 2
        assert (
            move(inspector, letter, "supplement", **fields, **{one: "handled", other: ""}).status_code == 302
        )
        mine = {**fields, one: "", other: "not_confirmed"}
        told = move(office, letter, "supplement", **mine, version=seen)
        assert told.status_code == 409
        assert "没有变化（查实并已查处）" in told.text
        assert move(office, letter, "supplement", **mine).status_code == 302
        assert [clue.result for clue in fresh(letter).clues] == ["handled", "not_confirmed"]

    def test_what_is_missing_is_said_before_and_after_the_click(
        self, inspector: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = draft(first, moment, clues=[])
        path = f"/staff/letters/{letter.id}"
        assert "还须补上：至少一条线索" in inspector.get(path).text
        answer = move(inspector, letter, "submit")
        assert answer.status_code == 422
        assert "补上至少一条线索" in answer.text

    @pytest.mark.parametrize(
        ("state", "name", "fields", "message"),
        [
            ("draft", "discard", {"reason": ""}, "请填写理由"),
            ("draft", "discard", {"reason": "电话 13800138000"}, "文字中有手机号"),
            ("awaiting_issue", "send_back", {"reason": "\u200b"}, "请填写理由"),
            ("issued", "deliver", {"delivery": "", "day": "2026-03-12"}, "请选择送达方式"),
            ("issued", "deliver", {"delivery": "pigeon", "day": "2026-03-12"}, "请选择送达方式"),
            ("issued", "deliver", {"delivery": "post", "day": "明天"}, "不是有效日期"),
            ("issued", "deliver", {"delivery": "post", "day": ""}, "请填写送达日期"),
            ("issued", "deliver", {"delivery": "post", "day": "2026-03-13"}, "不能晚于今天"),
            ("issued", "chase", {"means": "phone", "day": "2026-03-11", "text": "催办"}, "不能早于签发日期"),
            ("delivered", "chase", {"means": "", "day": "2026-03-12", "text": "催办"}, "请选择催办方式"),
            ("delivered", "answer", {"result": "handled", "day": "2026-03-12", "text": ""}, "请填写反馈内容"),
            ("delivered", "answer", {"result": "x", "day": "2026-03-12", "text": "答"}, "请选择查处结果"),
            ("delivered", "answer", {"version": ""}, "页面已过期"),
        ],
    )
    def test_a_step_that_cannot_be_taken_is_explained_beside_its_field(
        self,
        office: FlaskClient,
        first: Account,
        second: Account,
        moment: datetime,
        state: str,
        name: str,
        fields: dict[str, str],
        message: str,
    ) -> None:
        by = second.id if state in ("issued", "delivered") else None
        letter = make_letter(drafted_by_id=first.id, issued_by_id=by, state=state)
        answer = move(office, letter, name, **fields)
        assert answer.status_code == 422
        assert message in answer.text
        assert fresh(letter).state == state

    def test_of_two_officers_the_second_is_told_who_was_first(
        self, app: Flask, office: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = submitted(first, moment)
        other = signed_in(app, Role.PROVINCIAL)
        seen = letter.version
        assert move(office, letter, "issue", version=seen).status_code == 302
        answer = move(other, letter, "send_back", version=seen, reason="请补充代码，另附证据目录。")
        assert answer.status_code == 409
        assert "签发人乙" in answer.text
        assert "请补充代码，另附证据目录。" in answer.text
        assert fresh(letter).state == "issued"

    def test_two_clicks_of_one_officer_are_one_step(
        self, office: FlaskClient, first: Account, moment: datetime
    ) -> None:
        letter = submitted(first, moment)
        seen = letter.version
        assert [move(office, letter, "issue", version=seen).status_code for _ in range(2)] == [302, 302]
        issuing = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "letter.issue")
        assert db.session.scalar(issuing) == 1

    def test_who_wrote_it_is_refused_although_the_form_was_made_by_hand(
        self, office: FlaskClient, second: Account, moment: datetime
    ) -> None:
        letter = submitted(second, moment)
        answer = move(office, letter, "issue")
        assert answer.status_code == 409
        assert "您起草或者送签的" in answer.text
        assert fresh(letter).number is None

    def test_an_inspector_issues_nothing_and_the_auditor_does_nothing(
        self, app: Flask, inspector: FlaskClient, second: Account, moment: datetime
    ) -> None:
        letter = submitted(second, moment)
        assert move(inspector, letter, "issue").status_code == 403
        assert move(inspector, letter, "send_back", reason="退回修改。").status_code == 403
        assert "等待有签发权限的人员签发" in inspector.get(f"/staff/letters/{letter.id}").text
        auditor = signed_in(app, Role.AUDITOR)
        page = auditor.get(f"/staff/letters/{letter.id}").text
        assert 'method="post" action="/staff' not in page
        assert "操作记录" in page
        for name in ("recall", "issue", "deliver", "chase"):
            assert move(auditor, letter, name).status_code == 403
        assert auditor.get(f"/staff/letters/{letter.id}/edit").status_code == 403

    def test_another_region_finds_none_of_its_pages(
        self, app: Flask, first: Account, second: Account, moment: datetime
    ) -> None:
        letter = issued(first, second, moment)
        client = signed_in(app, Role.LOCAL, region="330100")
        for page in ("", "/edit", "/print", "/document"):
            assert client.get(f"/staff/letters/{letter.id}{page}").status_code == 404
        assert move(client, letter, "deliver", delivery="post", day="2026-03-12").status_code == 404

    def test_what_was_typed_for_a_step_that_is_gone_can_be_copied(
        self, office: FlaskClient, first: Account, second: Account, moment: datetime
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="answered")
        day = moment.date().isoformat()
        answer = move(office, letter, "chase", means="phone", day=day, text="已经打过电话。")
        assert answer.status_code == 409
        assert "不需要催办" in answer.text
        assert "已经打过电话。" in answer.text


def test_the_desk_counts_what_waits_and_what_is_late(
    app: Flask, office: FlaskClient, first: Account, second: Account, moment: datetime
) -> None:
    submitted(first, moment)
    submitted(second, moment)  # the own one is not offered to the same person
    letter = issued(
        first, make_account(Role.PROVINCIAL, email="p@example.cn").account, moment, clues=[CLUE, CLUE]
    )
    move(office, letter, "deliver", delivery="post", day="2026-03-12")

    def card(client: FlaskClient, label: str) -> str:
        found = re.search(
            rf'<li><a [^>]*href="([^"]+)">(?:(?!</li>).)*{label}', client.get("/staff").text, re.S
        )
        assert found
        return re.sub(r"<[^>]+>|\s", "", found[0])

    assert card(office, "待签发提示函") == "1件待签发提示函"
    assert card(office, "待反馈提示函") == "1件待反馈提示函"
    with clock_at(moment + timedelta(days=60)):
        late = signed_in(app, Role.LOCAL)
        assert "待反馈提示函，逾期 1 件" in late.get("/staff").text
        assert addressees(late.get("/staff/letters?due=overdue").text) == ["成都市示例监管局"]
    assert "待签发提示函" not in signed_in(app, Role.INSPECTOR).get("/staff").text


def test_a_letter_whose_result_is_still_awaited_stays_in_the_queue_and_on_the_desk_until_it_is_there(
    app: Flask, office: FlaskClient, first: Account, second: Account, moment: datetime
) -> None:
    letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=2)
    settled = make_letter(
        drafted_by_id=first.id, issued_by_id=second.id, state="answered", addressee="示例公安局"
    )
    fields = {"day": moment.date().isoformat(), "text": "续报。"}
    one, other = (f"clue_{clue.id}" for clue in letter.clues)
    answer = {"result": "handled", other: "being_handled"}
    assert move(office, letter, "answer", **fields, **answer).status_code == 302
    path = f"/staff/letters/{letter.id}"
    page = office.get(path).text
    assert "待最终结果" in page
    assert "提示函最终查处结果期限" in page
    assert "期限内 2026-04-11" in page
    assert f"{path}/chase" in page
    for query in ("", "?state=awaiting_result", "?due=soon&state=awaiting_result"):
        wanted = [] if "soon" in query else [letter.addressee]
        assert addressees(office.get(f"/staff/letters{query}").text) == wanted
    assert "已办结" not in page
    auditor = signed_in(app, Role.AUDITOR)
    assert "已办结" not in auditor.get(path).text
    assert "已办结" in auditor.get(f"/staff/letters/{settled.id}").text
    with clock_at(moment + timedelta(days=31)):
        late = signed_in(app, Role.PROVINCIAL)
        desk = late.get("/staff").text
        assert "待最终结果提示函，逾期 1 件" in desk
        assert "待反馈提示函，逾期" not in desk
        for query in ("?due=overdue", "?state=awaiting_result&amp;due=overdue"):
            assert addressees(late.get(f"/staff/letters{query.replace('&amp;', '&')}").text) == [
                letter.addressee
            ]
        assert 'href="/staff/letters?state=awaiting_result&amp;due=overdue"' in desk
    last = {one: "handled", other: "not_confirmed"}
    assert move(office, letter, "supplement", **fields, **last).status_code == 302
    assert addressees(office.get("/staff/letters").text) == []
    assert "待最终结果" not in office.get(path).text


def test_hostile_words_are_shown_and_not_run(inspector: FlaskClient) -> None:
    words: dict[str, Any] = {
        "addressee": '<script>alert("局")</script>',
        "title": "{{ 7 * 7 }}",
        "body": "</p><img src=x onerror=alert(1)>{线索条数}",
        "clues-0-name": '"><svg onload=alert(1)>',
    }
    path = post(inspector, NEW, {**FORM, **words}).location
    for page in (path, f"{path}/edit", f"{path}/print", "/staff/letters"):
        text = inspector.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
    assert "{{ 7 * 7 }}" in inspector.get(path).text
