"""A letter from its draft to its answer: who may do what when, and what the database refuses besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.audit.moves import NotPermitted
from credit_register.core.database import db
from credit_register.core.deadlines.queries import open_deadline
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.letters import services
from credit_register.letters.drafting import MOST_CLUES, Clue, Source, body_as_read, draft_letter
from credit_register.letters.lifecycle import KIND, LETTER
from credit_register.letters.models import (
    ChaseMeans,
    Delivery,
    Kind,
    Letter,
    LetterChase,
    LetterClue,
    Result,
    State,
)
from credit_register.letters.queries import letters_for_source
from credit_register.letters.refusals import LetterIncomplete, LetterRefused, WrongPerson
from credit_register.letters.wording import MARKS, wording_of
from credit_register.notices.models import Notice
from tests.accounts.signing_in import make_account
from tests.factories import make_letter
from tests.letters.writing import CLUE, WORDS, draft, fresh, issued, submitted

Steps = dict[str, Callable[..., None]]


def result_due(letter: Letter) -> date | None:
    """The last day for the final result, while that period runs."""
    running = open_deadline(KIND, letter.id, Rule.LETTER_RESULT)
    return running.due_on if running else None


def answers_of(letter: Letter) -> list[tuple[str | None, date | None]]:
    """The result of each clue and the day of the answer that gave it."""
    return [(clue.result, clue.answered_on) for clue in fresh(letter).clues]


def reason_of(action: str) -> Any:
    """What the audit says of the last deed of a name."""
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    ).all()
    return events[-1].detail["reason"]


def of_all(letter: Letter, result: Result) -> dict[int, Result]:
    return {clue.id: result for clue in letter.clues}


def taken(letter: Letter, by: Account, moment: datetime) -> dict[str, Callable[[], None]]:
    """Every move of the table as a person would take it today."""
    seen: dict[str, Any] = {"version": letter.version, "actor": by.actor, "now": moment}
    day = moment.date()
    return {
        "submit": lambda: services.submit_letter(letter, **seen),
        "discard": lambda: services.discard_letter(letter, reason="线索已由公安机关立案。", **seen),
        "issue": lambda: services.issue_letter(letter, **seen),
        "send_back": lambda: services.send_back_letter(letter, reason="请补充统一社会信用代码。", **seen),
        "recall": lambda: services.recall_letter(letter, **seen),
        "deliver": lambda: services.deliver_letter(
            letter, delivery=Delivery.EXCHANGE, delivered_on=day, **seen
        ),
        "answer": lambda: services.answer_letter(
            letter, result=Result.HANDLED, text="已立案查处。", answered_on=day, **seen
        ),
        "supplement": lambda: services.supplement_answer(
            letter, results=of_all(letter, Result.HANDLED), text="已作出处罚。", answered_on=day, **seen
        ),
    }


class TestTheTable:
    def test_the_moves_are_those_that_an_official_would_expect(self) -> None:
        assert [
            (move.name, [str(each) for each in move.sources], str(move.target)) for move in LETTER.moves
        ] == [
            ("submit", ["draft"], "awaiting_issue"),
            ("discard", ["draft"], "discarded"),
            ("issue", ["awaiting_issue"], "issued"),
            ("send_back", ["awaiting_issue"], "draft"),
            ("recall", ["awaiting_issue"], "draft"),
            ("deliver", ["issued"], "delivered"),
            ("answer", ["delivered"], "answered"),
            ("supplement", ["answered"], "answered"),
        ]

    @pytest.mark.parametrize("state", list(State))
    def test_what_the_table_does_not_offer_is_refused(
        self, moment: datetime, first: Account, second: Account, state: State
    ) -> None:
        has_number = state in (State.ISSUED, State.DELIVERED, State.ANSWERED)
        letter = make_letter(
            drafted_by_id=first.id, issued_by_id=second.id if has_number else None, state=state.value
        )
        offered = {move.name for move in LETTER.moves_from(state)}
        third = make_account(Role.PROVINCIAL, email="third@example.cn").account
        for name in sorted({move.name for move in LETTER.moves} - offered):
            with pytest.raises(MoveNotAllowed):
                taken(letter, third, moment)[name]()
            db.session.rollback()
            assert fresh(letter).state == state

    def test_every_move_counts_the_version_and_stands_in_the_audit(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = draft(first, moment)
        for name, by in (
            ("submit", first),
            ("recall", first),
            ("submit", first),
            ("send_back", second),
            ("submit", first),
            ("issue", second),
            ("deliver", first),
            ("answer", first),
            ("supplement", first),
        ):
            before = letter.version
            taken(letter, by, moment)[name]()
            assert letter.version == before + 1
        actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_kind == KIND)).all()
        assert actions == [
            f"letter.{name}"
            for name in [
                "draft",
                "submit",
                "recall",
                "submit",
                "send_back",
                "submit",
                "issue",
                "deliver",
                "answer",
                "supplement",
            ]
        ]

    def test_who_saw_an_older_version_changes_nothing(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = submitted(first, moment)
        with pytest.raises(StaleVersion):
            services.issue_letter(letter, version=1, actor=second.actor, now=moment)
        db.session.rollback()
        assert fresh(letter).number is None
        services.issue_letter(letter, version=letter.version, actor=second.actor, now=moment)
        assert letter.number == "510100信提函〔2026〕1号"


class TestTheDraft:
    def test_it_takes_title_and_body_of_its_kind_and_counts_its_clues(
        self, moment: datetime, first: Account
    ) -> None:
        clues = [
            CLUE,
            replace(CLUE, description="另一条线索：冒用公章。"),
            Clue(name="示例乙", description="冒名收费。", uscc="91510100ma0000001x"),
            Clue(name="示例乙（原名）", description="冒名办证。", uscc="91510100MA0000001X"),
            Clue(name="示例乙", description="没有写代码的另一条。"),
        ]
        letter = draft(first, moment, clues=clues)
        assert (letter.clue_count, letter.entity_count) == (5, 2)
        assert letter.title == wording_of(Kind.IMPERSONATION).title
        read = body_as_read(letter, on=moment.date())
        assert "线索5条、涉及市场主体2家" in read
        assert "15个工作日内书面反馈" in read
        assert not any(mark in read for mark in MARKS)
        assert all(request in read for request in ("一、", "二、", "三、", "四、"))

    def test_the_letter_of_overdue_corrections_fits_in_and_has_a_series_of_its_own(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        issued(first, second, moment)
        letter = issued(first, second, moment, kind=Kind.OVERDUE)
        assert letter.title == "关于信用服务机构逾期未整改的风险提示函"
        assert letter.number == "510100信险函〔2026〕1号"

    def test_the_inner_function_does_not_commit(self, moment: datetime, first: Account) -> None:
        draft_letter(
            Kind.IMPERSONATION,
            region="510100",
            clues=[CLUE],
            addressee="示例局",
            actor=first.actor,
            now=moment,
        )
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 0

    def test_of_two_clicks_there_is_one_draft(self, moment: datetime, first: Account) -> None:
        one, other = draft(first, moment), draft(first, moment)
        assert one.id == other.id
        words = replace(WORDS, title="标题", body="正文")
        assert draft(first, moment, words=replace(words, body="别的正文")).id != one.id

    @pytest.mark.parametrize("region", ["330100", "510000", "000000"])
    def test_nobody_drafts_for_an_office_beyond_the_own_region(
        self, moment: datetime, first: Account, region: str
    ) -> None:
        with pytest.raises(NotPermitted):
            draft(first, moment, region=region)

    def test_who_may_not_draft_does_not_and_neither_does_the_program(self, moment: datetime) -> None:
        auditor = make_account(Role.AUDITOR, region="510100").account
        with pytest.raises(NotPermitted):
            draft(auditor, moment)
        with pytest.raises(NotPermitted):
            draft_letter(Kind.OVERDUE, region="510100", clues=[], actor=OPERATOR, now=moment)

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"words": replace(WORDS, body="请联系 13800138000")}, "body", "手机号"),
            ({"words": replace(WORDS, addressee="示例局 a@example.cn")}, "addressee", "电子邮箱"),
            ({"words": replace(WORDS, title="长" * 121)}, "title", "最多 120 字"),
            ({"clues": [replace(CLUE, name="13800138000")]}, "clues-0", "手机号"),
            ({"clues": [CLUE, replace(CLUE, description="电话 138-0013-8000")]}, "clues-1", "手机号"),
            ({"clues": [CLUE, replace(CLUE, name="\u200b")]}, "clues-1", "没有写治理对象的名称"),
            ({"clues": [replace(CLUE, description=" ")]}, "clues-0", "没有写情况"),
            ({"clues": [replace(CLUE, uscc="1" * 19)]}, "clues-0", "超过 18 位"),
            ({"clues": [CLUE] * (MOST_CLUES + 1)}, "clues", "最多列 200 条"),
            ({"clues": [replace(CLUE, source=Source("report", 1))] * 2}, "clues", "出现了两次"),
        ],
    )
    def test_what_may_not_leave_the_office_is_refused_with_its_place(
        self, moment: datetime, first: Account, changes: dict[str, Any], field: str, sentence: str
    ) -> None:
        with pytest.raises(LetterRefused, match=sentence) as refusal:
            draft(first, moment, **changes)
        assert refusal.value.field == field

    def test_rewriting_keeps_where_a_clue_came_from(self, moment: datetime, first: Account) -> None:
        letter = draft(first, moment, clues=[replace(CLUE, source=Source("report", 7)), CLUE])
        row, other = letter.clues
        kept = Clue(name="改过的名称", description="改过的情况", id=row.id, source=Source("report", 99))
        again = Clue(name="新的一条", description="情况", source=Source("report", 8))
        services.edit_letter(
            letter, words=WORDS, clues=[kept, again], version=letter.version, actor=first.actor, now=moment
        )
        found = [(each.name, each.source_kind, each.source_id) for each in fresh(letter).clues]
        assert found == [("改过的名称", "report", 7), ("新的一条", "report", 8)]
        assert db.session.get(LetterClue, other.id) is None
        assert letter.version == 2
        # What is taken out and comes back in one step stays one row.
        services.edit_letter(
            letter, words=WORDS, clues=[again], version=letter.version, actor=first.actor, now=moment
        )
        assert [each.source_id for each in fresh(letter).clues] == [8]

    def test_only_a_draft_is_rewritten(self, moment: datetime, first: Account) -> None:
        letter = submitted(first, moment)
        with pytest.raises(MoveNotAllowed, match="不能再修改"):
            services.edit_letter(
                letter, words=WORDS, clues=[CLUE], version=letter.version, actor=first.actor, now=moment
            )

    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({"clues": []}, ["至少一条线索"]),
            ({"words": replace(WORDS, contact_phone="", office=" ")}, ["落款单位", "联系电话"]),
            ({"words": replace(WORDS, addressee="")}, ["主送机关"]),
            (
                {"words": replace(WORDS, body="线索{线索数}条，{反馈期限}内反馈")},
                ["正文中“{线索数}”处的内容"],
            ),
        ],
    )
    def test_what_lacks_something_is_kept_but_not_submitted(
        self, moment: datetime, first: Account, changes: dict[str, Any], missing: list[str]
    ) -> None:
        letter = draft(first, moment, **changes)
        with pytest.raises(LetterIncomplete) as refusal:
            services.submit_letter(letter, version=letter.version, actor=first.actor, now=moment)
        assert refusal.value.missing == missing
        db.session.rollback()
        assert fresh(letter).state == "draft"


class TestTheSecondPerson:
    def test_neither_who_drafted_nor_who_submitted_issues(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        third = make_account(Role.PROVINCIAL, email="third@example.cn").account
        letter = draft(second, moment)
        services.submit_letter(letter, version=letter.version, actor=third.actor, now=moment)
        for person in (second, third):
            with pytest.raises(WrongPerson, match="另一位"):
                services.issue_letter(letter, version=letter.version, actor=person.actor, now=moment)
            db.session.rollback()
        with pytest.raises(NotPermitted):  # an inspector never issues
            services.issue_letter(letter, version=letter.version, actor=first.actor, now=moment)
        db.session.rollback()
        fourth = make_account(Role.LOCAL, email="fourth@example.cn").account
        services.issue_letter(letter, version=letter.version, actor=fourth.actor, now=moment)
        assert letter.issued_by_id == fourth.id
        told = db.session.scalars(select(Notice.account_id).where(Notice.title.contains("已签发"))).all()
        assert sorted(told) == sorted([second.id, third.id])

    def test_only_who_wrote_it_recalls_it(self, moment: datetime, first: Account, second: Account) -> None:
        letter = submitted(first, moment)
        with pytest.raises(WrongPerson, match="只有起草人和送签人"):
            services.recall_letter(letter, version=letter.version, actor=second.actor, now=moment)
        db.session.rollback()
        services.recall_letter(letter, version=letter.version, actor=first.actor, now=moment)
        assert (letter.state, letter.submitted_by_id) == ("draft", None)

    def test_what_is_sent_back_is_told_to_who_wrote_it(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = submitted(first, moment)
        services.send_back_letter(
            letter, reason="请补充代码。", version=letter.version, actor=second.actor, now=moment
        )
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.account_id, notice.path) == (first.id, f"/staff/letters/{letter.id}")

    def test_issuing_freezes_the_words(self, moment: datetime, first: Account, second: Account) -> None:
        letter = issued(first, second, moment)
        assert "线索1条、涉及市场主体1家" in letter.body
        assert letter.issued_on == moment.date()
        deed = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "letter.issue")).one()
        assert deed.detail == {"number": letter.number}

    @pytest.mark.parametrize(
        "changes",
        [
            {"issued_by": "first"},
            {"number": None},
            {"issued_on": None},
            {"contact_phone": ""},
            {"delivered_on": date(2026, 3, 12)},
            {"delivery": "post"},
            {"result": "handled"},
            {"kind": "other"},
        ],
    )
    def test_the_database_itself_refuses_what_must_never_be(
        self, moment: datetime, first: Account, second: Account, changes: dict[str, Any]
    ) -> None:
        by = first if changes == {"issued_by": "first"} else second
        columns_changed = {name: value for name, value in changes.items() if name != "issued_by"}
        letter = issued(first, second, moment)
        columns = {
            column.name: getattr(letter, column.name)
            for column in Letter.__table__.columns
            if column.name not in ("id", "version")
        }
        row = Letter(
            **{**columns, "number": "510100信提函〔2026〕2号", "issued_by_id": by.id, **columns_changed}
        )
        db.session.add(row)
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()


class TestDeliveryAndAnswer:
    def test_the_period_begins_with_the_day_of_delivery_and_ends_with_the_answer(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = issued(first, second, moment)
        later = moment + timedelta(days=7)
        services.deliver_letter(
            letter,
            delivery=Delivery.POST,
            delivered_on=date(2026, 3, 16),
            version=letter.version,
            actor=first.actor,
            now=later,
        )
        running = open_deadline(KIND, letter.id, Rule.LETTER_FEEDBACK)
        assert running is not None
        assert (running.started_on, running.due_on) == (date(2026, 3, 16), date(2026, 4, 7))  # 清明节 between
        services.answer_letter(
            letter,
            result=Result.BEING_HANDLED,
            text="已立案，正在调查。",
            answered_on=later.date(),
            version=letter.version,
            actor=second.actor,
            now=later,
        )
        assert open_deadline(KIND, letter.id, Rule.LETTER_FEEDBACK) is None
        assert result_due(letter) == date(2026, 4, 18)
        services.supplement_answer(
            letter,
            results=of_all(letter, Result.HANDLED),
            text="已作出行政处罚。",
            answered_on=later.date(),
            version=letter.version,
            actor=second.actor,
            now=later,
        )
        found = fresh(letter)
        assert (found.state, found.result, found.answered_on) == ("answered", "handled", date(2026, 3, 19))
        assert found.answer == "2026-03-19：已立案，正在调查。\n\n2026-03-19：已作出行政处罚。"

    def test_while_a_clue_is_looked_into_a_period_for_its_result_runs_and_each_later_answer_begins_it_anew(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=2)
        one, other = letter.clues
        services.answer_letter(
            letter,
            result=Result.BEING_HANDLED,
            text="正在查处。",
            answered_on=moment.date(),
            version=letter.version,
            actor=first.actor,
            now=moment,
        )
        assert letter.awaits_result
        assert result_due(letter) == date(2026, 4, 11)
        for days, results, due in (
            (10, {one.id: Result.HANDLED}, date(2026, 4, 21)),
            (20, {}, date(2026, 5, 1)),
            (25, {other.id: Result.NOT_CONFIRMED}, None),
        ):
            later = moment + timedelta(days=days)
            services.supplement_answer(
                letter,
                results=results,
                text="后续情况。",
                answered_on=later.date(),
                version=letter.version,
                actor=first.actor,
                now=later,
            )
            assert result_due(letter) == due
            assert letter.awaits_result is (due is not None)

    def test_each_clue_has_its_own_answer_and_a_later_one_changes_only_the_clues_that_it_names(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered", clues=3)
        innocent, last = letter.clues[0], letter.clues[2]
        assert [clue.result for clue in letter.clues] == [None, None, None]
        services.answer_letter(
            letter,
            result=Result.NOT_CONFIRMED,
            apart={last.id: Result.BEING_HANDLED},
            text="已分别办理。",
            answered_on=moment.date(),
            version=letter.version,
            actor=first.actor,
            now=moment,
        )
        assert answers_of(letter) == [
            ("not_confirmed", date(2026, 3, 12)),
            ("not_confirmed", date(2026, 3, 12)),
            ("being_handled", date(2026, 3, 12)),
        ]
        assert reason_of("letter.answer") == f"未查实（其中{last.name} 查实正在查处）"
        later = moment + timedelta(days=5)
        for results, whole in (
            # As it stands: nothing changes, and one clue is still open.
            ({innocent.id: Result.NOT_CONFIRMED, last.id: Result.BEING_HANDLED}, "being_handled"),
            ({last.id: Result.HANDLED}, "not_confirmed"),
        ):
            services.supplement_answer(
                letter,
                results=results,
                text="后续情况。",
                answered_on=later.date(),
                version=letter.version,
                actor=first.actor,
                now=later,
            )
            assert letter.result == whole
        assert answers_of(letter) == [
            ("not_confirmed", date(2026, 3, 12)),
            ("not_confirmed", date(2026, 3, 12)),
            ("handled", date(2026, 3, 17)),
        ]
        assert reason_of("letter.supplement") == f"{last.name} 查实并已查处"

    def test_a_later_answer_is_not_dated_before_the_one_that_it_replaces(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="answered", clues=2)
        later = moment + timedelta(days=5)
        clue, other = letter.clues
        given: dict[str, Any] = {"text": "后续情况。", "actor": first.actor, "now": later}
        services.supplement_answer(
            letter,
            results={clue.id: Result.REFERRED},
            answered_on=later.date(),
            version=letter.version,
            **given,
        )
        day = moment.date() + timedelta(days=1)
        with pytest.raises(LetterRefused, match="上次反馈的日期（2026-03-17）"):
            services.supplement_answer(
                letter, results={clue.id: Result.HANDLED}, answered_on=day, version=letter.version, **given
            )
        db.session.rollback()
        services.supplement_answer(
            letter,
            results={other.id: Result.NOT_CONFIRMED},
            answered_on=day,
            version=letter.version,
            **given,
        )
        assert answers_of(letter) == [("referred", later.date()), ("not_confirmed", day)]

    @pytest.mark.parametrize(
        ("day", "sentence"),
        [(date(2026, 3, 13), "不能晚于今天"), (date(2026, 3, 11), "不能早于签发日期")],
    )
    def test_a_day_that_cannot_be_is_refused(
        self, moment: datetime, first: Account, second: Account, day: date, sentence: str
    ) -> None:
        letter = issued(first, second, moment)
        with pytest.raises(LetterRefused, match=sentence):
            services.deliver_letter(
                letter,
                delivery=Delivery.POST,
                delivered_on=day,
                version=letter.version,
                actor=first.actor,
                now=moment,
            )

    def test_an_answer_without_words_or_with_a_telephone_number_is_refused(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = make_letter(drafted_by_id=first.id, issued_by_id=second.id, state="delivered")
        for text, sentence in (
            (" ", "请填写"),
            ("联系人 13800138000", "手机号"),
            ("长" * 4001, "最多 4000 字"),
        ):
            with pytest.raises(LetterRefused, match=sentence):
                services.answer_letter(
                    letter,
                    result=Result.HANDLED,
                    text=text,
                    answered_on=moment.date(),
                    version=letter.version,
                    actor=first.actor,
                    now=moment,
                )
            db.session.rollback()


class TestChasing:
    def test_it_is_recorded_beside_the_state_and_once_for_two_clicks(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = issued(first, second, moment)
        before = letter.version
        for text in ("已电话联系，对方称正在调查。", "已电话联系，对方称正在调查。", "再次联系，无人接听。"):
            services.chase_letter(
                letter,
                means=ChaseMeans.PHONE,
                text=text,
                chased_on=moment.date(),
                actor=first.actor,
                now=moment,
            )
        assert len(fresh(letter).chases) == 2
        assert (letter.state, letter.version) == ("issued", before)
        reasons = [
            each.detail["reason"]
            for each in db.session.scalars(select(AuditEvent).where(AuditEvent.action == "letter.chase"))
        ]
        assert reasons[0] == "电话催办，2026-03-12：已电话联系，对方称正在调查。"

    @pytest.mark.parametrize("state", ["draft", "awaiting_issue", "answered", "discarded"])
    def test_nobody_is_asked_again_who_was_not_asked_or_has_answered(
        self, moment: datetime, first: Account, second: Account, state: str
    ) -> None:
        by = second.id if state == "answered" else None
        letter = make_letter(drafted_by_id=first.id, issued_by_id=by, state=state)
        with pytest.raises(MoveNotAllowed, match="不需要催办"):
            services.chase_letter(
                letter,
                means=ChaseMeans.LETTER,
                text="催办",
                chased_on=moment.date(),
                actor=first.actor,
                now=moment,
            )

    def test_whoever_has_answered_that_it_is_being_looked_into_is_asked_for_the_result(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = make_letter(
            drafted_by_id=first.id, issued_by_id=second.id, state="answered", result="being_handled"
        )
        services.chase_letter(
            letter,
            means=ChaseMeans.PHONE,
            text="对方称下周办结。",
            chased_on=moment.date(),
            actor=first.actor,
            now=moment,
        )
        assert len(fresh(letter).chases) == 1

    def test_its_words_are_free_of_personal_data_too(
        self, moment: datetime, first: Account, second: Account
    ) -> None:
        letter = issued(first, second, moment)
        with pytest.raises(LetterRefused, match="手机号"):
            services.chase_letter(
                letter,
                means=ChaseMeans.PHONE,
                text="打了 13800138000",
                chased_on=moment.date(),
                actor=first.actor,
                now=moment,
            )
        db.session.rollback()
        assert db.session.scalars(select(LetterChase)).all() == []


def test_the_letters_of_a_source_are_those_of_the_region_without_discarded_ones(
    moment: datetime, first: Account, second: Account
) -> None:
    from_report = [replace(CLUE, source=Source("report", 12))]
    one = draft(first, moment, clues=from_report)
    given_up = draft(first, moment, clues=from_report, words=replace(WORDS, addressee="示例公安局"))
    services.discard_letter(
        given_up, reason="重复起草。", version=given_up.version, actor=first.actor, now=moment
    )
    draft(first, moment, clues=[replace(CLUE, source=Source("report", 13))])
    foreigner = make_account(Role.LOCAL, email="foreign@example.cn", region="330100").account
    assert [each.id for each in letters_for_source(first.actor, "report", 12)] == [one.id]
    assert letters_for_source(foreigner.actor, "report", 12) == []
    assert letters_for_source(first.actor, "check", 12) == []
