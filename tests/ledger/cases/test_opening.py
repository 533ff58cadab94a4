"""Opening by hand, pruning, reassigning and the remark: what is taken, and what is refused with a sentence."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted, ReasonMissing
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import rounds
from credit_register.ledger.cases.opening import NewCase, open_case
from credit_register.ledger.cases.pruning import proving_facts, prune_case, unprune_case
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.cases.services import add_new_records, reassign_case, write_remark
from credit_register.ledger.figures import Figures, figures
from credit_register.ledger.models import LedgerCase, LedgerRound, PruneReason, Subject
from credit_register.letters.drafting import Source
from tests.accounts.signing_in import actor
from tests.factories import make_institution
from tests.ledger.cases.casework import (
    REASON,
    all_cases,
    deeds_of,
    exited,
    fresh,
    impersonator,
    make_case_letter,
    make_record,
    pushed,
    ready,
)
from tests.spotchecks.checking import picture

# Codes that nobody in the register has.
FREE_CODE, OTHER_CODE = "91510100MA7FREE001", "91510100MA7FREE002"


def hand(by: Account, moment: datetime, code: str, **changes: Any) -> LedgerCase:
    values = {"ground": "约谈后仍未改正公示的收费标准。", **changes}
    return open_case(NewCase(Subject.INSTITUTION, uscc=code, **values), actor=by.actor, now=moment)


class TestOpening:
    def test_an_institution_is_opened_with_its_unmended_records(
        self, institution: Institution, worker: Account, moment: datetime
    ) -> None:
        record = make_record(institution)
        case = hand(worker, moment, institution.uscc)
        assert (case.origin, case.region_code, case.name) == ("opened", "510100", institution.name)
        assert [link.record_id for link in case.records] == [record.id]
        assert case.opened_by_id == worker.id

    def test_of_two_clicks_the_second_gets_the_case_of_the_first(
        self, institution: Institution, worker: Account, moment: datetime
    ) -> None:
        first = hand(worker, moment, institution.uscc).id
        assert hand(worker, moment, institution.uscc).id == first
        clue = impersonator(worker, moment).id
        assert impersonator(worker, moment).id == clue
        assert len(all_cases()) == 2

    def test_an_institution_on_the_ledger_or_pruned_is_led_to_its_case(
        self, institution: Institution, worker: Account, province: Account, moment: datetime
    ) -> None:
        make_record(institution)
        make_record(institution, kind="bankrupt")
        case = pushed(province, moment)
        with pytest.raises(CaseRefused, match="已在台账中") as told:
            hand(worker, moment, institution.uscc)
        assert told.value.case_id == case.id
        db.session.rollback()
        case = fresh(case)
        prune_case(
            case,
            prune_reason=PruneReason.BANKRUPT,
            note="",
            upload=None,
            version=case.version,
            actor=province.actor,
            now=moment,
        )
        with pytest.raises(CaseRefused, match="已从台账剔除"):
            hand(worker, moment, institution.uscc)

    def test_who_left_is_opened_as_the_next_episode(
        self,
        institution: Institution,
        people: Account,
        worker: Account,
        second: Account,
        province: Account,
        moment: datetime,
    ) -> None:
        make_record(institution)
        exited(ready(pushed(province, moment), people), worker, second, moment)
        assert hand(worker, moment, institution.uscc).episode == 2

    def test_another_region_cannot_open_or_be_chosen(
        self, institution: Institution, worker: Account, moment: datetime
    ) -> None:
        far = make_institution(region_code="330100")
        with pytest.raises(CaseRefused, match="不在辖区内"):
            hand(worker, moment, far.uscc)
        with pytest.raises(CaseRefused, match="辖区内的地区"):
            hand(worker, moment, institution.uscc, region="330100")
        with pytest.raises(CaseRefused, match="辖区内的地区"):
            hand(worker, moment, institution.uscc, region="519999")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"ground": " "}, "ground"),
            ({"ground": "字" * 601}, "ground"),
            ({"ground": "联系人电话 13800138000"}, "ground"),
            ({"uscc": "9" * 19}, "uscc"),
        ],
    )
    def test_an_impersonator_is_refused_with_the_field_that_is_wrong(
        self, worker: Account, moment: datetime, changes: dict[str, str], field: str
    ) -> None:
        with pytest.raises(CaseRefused) as told:
            impersonator(worker, moment, **changes)
        assert told.value.field == field

    def test_the_code_of_the_victim_is_refused(
        self, institution: Institution, worker: Account, moment: datetime
    ) -> None:
        with pytest.raises(CaseRefused, match="名录中机构的代码"):
            impersonator(worker, moment, uscc=institution.uscc)

    def test_the_name_of_the_victim_is_refused_and_one_that_tells_them_apart_is_taken(
        self, institution: Institution, worker: Account, moment: datetime
    ) -> None:
        with pytest.raises(CaseRefused, match="被冒用的一方") as told:
            impersonator(worker, moment, name=f" {institution.name} ")
        assert told.value.field == "name"
        assert impersonator(worker, moment, name=f"假借“{institution.name}”名义者").state == "open"

    def test_one_clue_makes_one_case(self, worker: Account, second: Account, moment: datetime) -> None:
        case = impersonator(worker, moment, source=Source("report", 12))
        with pytest.raises(CaseRefused, match="已经纳入") as told:
            impersonator(second, moment, source=Source("report", 12))
        assert told.value.case_id == case.id

    @pytest.mark.parametrize(
        ("present", "wanted", "field"),
        [
            ({"name": "示例冒名（成都）团队"}, {"name": "示例冒名 (成都)团队"}, "name"),
            ({"uscc": FREE_CODE}, {"uscc": FREE_CODE, "name": "改了名的示例团队"}, "uscc"),
            ({"uscc": FREE_CODE}, {}, "name"),
            ({"region": "510104"}, {}, "name"),
        ],
    )
    def test_an_impersonator_on_the_ledger_is_led_to_its_case(
        self,
        worker: Account,
        second: Account,
        moment: datetime,
        present: dict[str, str],
        wanted: dict[str, str],
        field: str,
    ) -> None:
        case = impersonator(worker, moment, **present)
        with pytest.raises(CaseRefused, match="已在台账中") as told:
            impersonator(second, moment, **wanted, ground="另一条线索。")
        assert (told.value.field, told.value.case_id) == (field, case.id)
        db.session.rollback()
        assert len(all_cases()) == 1

    def test_another_code_or_another_city_is_another_impersonator(
        self, worker: Account, province: Account, moment: datetime
    ) -> None:
        impersonator(worker, moment, uscc=FREE_CODE)
        other = impersonator(worker, moment, uscc=OTHER_CODE)
        there = impersonator(province, moment, region="510700")
        assert (other.episode, there.episode, len(all_cases())) == (1, 1, 3)

    def test_a_case_of_the_province_stands_in_the_way_without_a_link_for_who_cannot_see_it(
        self, worker: Account, province: Account, moment: datetime
    ) -> None:
        impersonator(province, moment, region="510000")
        with pytest.raises(CaseRefused, match="由四川省负责，请与其联系") as told:
            impersonator(worker, moment)
        assert told.value.case_id is None

    def test_an_impersonator_that_was_pruned_is_restored_and_not_opened_again(
        self, worker: Account, province: Account, moment: datetime
    ) -> None:
        case = impersonator(worker, moment)
        prune(case, province, moment, PruneReason.OTHER, note="已移送公安机关。", upload=proof())
        with pytest.raises(CaseRefused, match="已从台账剔除") as told:
            impersonator(worker, moment)
        assert told.value.case_id == case.id

    def test_an_impersonator_that_left_is_opened_as_the_next_episode(
        self, worker: Account, second: Account, moment: datetime
    ) -> None:
        for episode in (1, 2, 3):
            case = impersonator(worker, moment)
            assert case.episode == episode
            make_case_letter(case, worker, second)
            exited(case, worker, second, moment)
        assert [case.state for case in all_cases()] == ["exited"] * 3

    def test_who_may_only_read_opens_nothing(self, people: Account, moment: datetime) -> None:
        with pytest.raises(NotPermitted):
            impersonator(people, moment)


LOST = "通过登记的住所或者经营场所无法联系"


@pytest.fixture
def case(institution: Institution, province: Account, moment: datetime) -> LedgerCase:
    make_record(institution)
    return pushed(province, moment)


def prune(case: LedgerCase, by: Account, moment: datetime, reason: PruneReason, **changes: Any) -> LedgerCase:
    values: dict[str, Any] = {"note": "", "upload": None, "version": case.version, **changes}
    prune_case(case, prune_reason=reason, actor=by.actor, now=moment, **values)
    return fresh(case)


def proof() -> Upload:
    return Upload(*picture("证明.png"))


class TestPruning:
    @pytest.mark.parametrize(
        ("reason", "kind"),
        [
            (PruneReason.BANKRUPT, "bankrupt"),
            (PruneReason.UNREACHABLE, "abnormal"),
            (PruneReason.DEREGISTERED, "deregistered"),
            (PruneReason.REVOKED, "revoked"),
        ],
    )
    def test_a_fact_of_the_register_proves_its_reason_and_no_other(
        self,
        case: LedgerCase,
        institution: Institution,
        province: Account,
        moment: datetime,
        reason: PruneReason,
        kind: str,
    ) -> None:
        with pytest.raises(CaseRefused, match="上传证明文件"):
            prune(case, province, moment, reason)
        db.session.rollback()
        make_record(institution, kind=kind, state="removed", facts=LOST)
        with pytest.raises(CaseRefused, match="上传证明文件"):
            prune(fresh(case), province, moment, reason)
        db.session.rollback()
        make_record(institution, kind=kind, facts=LOST)
        case = prune(fresh(case), province, moment, reason)
        assert (case.state, case.prune_reason, case.pruned_on) == ("pruned", reason.value, moment.date())

    @pytest.mark.parametrize(
        ("facts", "is_lost"),
        [
            ("通过登记的住所或者经营场所无法联系的", True),
            ("通过登记的住所（经营场所）无法与企业 取得联系", True),
            ("经查，住所无法取得联系。", True),
            ("", False),
            ("未按照规定的期限公示年度报告", False),
            ("公示企业信息隐瞒真实情况；登记的住所已变更", False),
            ("住所变更未登记。电话无法联系", False),
        ],
    )
    def test_being_on_the_list_proves_lost_contact_only_where_its_ground_says_so(
        self,
        case: LedgerCase,
        institution: Institution,
        province: Account,
        moment: datetime,
        facts: str,
        is_lost: bool,
    ) -> None:
        make_record(institution, kind="abnormal", facts=facts)
        if is_lost:
            assert prune(fresh(case), province, moment, PruneReason.UNREACHABLE).state == "pruned"
            return
        assert proving_facts(fresh(case)) == {}
        with pytest.raises(CaseRefused, match="无法联系”的经营异常登记事实，请上传证明文件"):
            prune(fresh(case), province, moment, PruneReason.UNREACHABLE)
        db.session.rollback()
        case = prune(fresh(case), province, moment, PruneReason.UNREACHABLE, upload=proof())
        assert case.state == "pruned"

    def test_a_file_proves_every_reason(self, case: LedgerCase, province: Account, moment: datetime) -> None:
        case = prune(case, province, moment, PruneReason.REVOKED, upload=proof())
        assert case.prune_file is not None
        assert case.prune_file.purpose == "ledger_prune"

    def test_another_reason_needs_words_and_a_file(
        self, case: LedgerCase, province: Account, moment: datetime
    ) -> None:
        with pytest.raises(CaseRefused, match="写明理由"):
            prune(case, province, moment, PruneReason.OTHER, upload=proof())
        with pytest.raises(CaseRefused, match="上传证明文件"):
            prune(case, province, moment, PruneReason.OTHER, note="已迁往境外。")
        db.session.rollback()
        case = prune(fresh(case), province, moment, PruneReason.OTHER, note="已迁往境外。", upload=proof())
        assert (case.state, case.prune_note) == ("pruned", "已迁往境外。")

    def test_a_file_of_a_wrong_kind_is_refused_beside_its_field(
        self, case: LedgerCase, province: Account, moment: datetime
    ) -> None:
        with pytest.raises(CaseRefused) as told:
            prune(case, province, moment, PruneReason.REVOKED, upload=Upload(io.BytesIO(b"MZ"), "证明.exe"))
        assert told.value.field == "file"

    def test_pruned_leaves_the_denominator_and_comes_back(
        self, case: LedgerCase, province: Account, moment: datetime
    ) -> None:
        day = moment.date()
        assert figures("510000", on=day).counted == 1
        case = prune(case, province, moment, PruneReason.REVOKED, upload=proof())
        counted = figures("510000", on=day)
        assert (counted.pushed, counted.pruned, counted.counted, counted.rate) == (1, 1, 0, None)
        unprune_case(case, reason=REASON, version=case.version, actor=province.actor, now=moment)
        case = fresh(case)
        assert (case.state, case.prune_reason, case.pruned_by_id) == ("open", None, None)
        assert case.prune_file is not None
        assert figures("510000", on=day).counted == 1
        assert deeds_of(case) == ["open", "prune", "unprune"]

    def test_a_city_does_not_prune(self, case: LedgerCase, second: Account, moment: datetime) -> None:
        with pytest.raises(NotPermitted):
            prune(case, second, moment, PruneReason.REVOKED, upload=proof())


class TestReassigning:
    def test_a_case_goes_to_another_region_of_the_province(
        self, case: LedgerCase, province: Account, moment: datetime
    ) -> None:
        seen = {"actor": province.actor, "now": moment}
        reassign_case(case, region="510700", reason=REASON, version=case.version, **seen)
        case = fresh(case)
        assert case.region_code == "510700"
        assert deeds_of(case)[-1] == "reassign"
        with pytest.raises(CaseRefused, match="已经由这个地区负责"):
            reassign_case(case, region="510700", reason=REASON, version=case.version, **seen)

    @pytest.mark.parametrize("region", ["330100", "519999", ""])
    def test_not_out_of_the_province(
        self, case: LedgerCase, province: Account, moment: datetime, region: str
    ) -> None:
        with pytest.raises(CaseRefused, match="辖区内的地区"):
            reassign_case(
                case, region=region, reason=REASON, version=case.version, actor=province.actor, now=moment
            )

    def test_reason_version_and_permission_are_asked_for(
        self, case: LedgerCase, province: Account, second: Account, moment: datetime
    ) -> None:
        with pytest.raises(ReasonMissing):
            reassign_case(
                case, region="510700", reason="", version=case.version, actor=province.actor, now=moment
            )
        with pytest.raises(StaleVersion):
            reassign_case(case, region="510700", reason=REASON, version=9, actor=province.actor, now=moment)
        with pytest.raises(NotPermitted):
            reassign_case(
                case, region="510104", reason=REASON, version=case.version, actor=second.actor, now=moment
            )


def test_the_remark_is_kept_and_counts_the_version_on(
    case: LedgerCase, worker: Account, moment: datetime
) -> None:
    version = case.version
    write_remark(case, text="已约谈。", version=version, actor=worker.actor, now=moment)
    case = fresh(case)
    assert (case.remark, case.version) == ("已约谈。", version + 1)
    with pytest.raises(StaleVersion):
        write_remark(case, text="二", version=version, actor=worker.actor, now=moment)
    db.session.rollback()
    with pytest.raises(CaseRefused):
        write_remark(fresh(case), text="字" * 401, version=version + 1, actor=worker.actor, now=moment)


def test_records_that_came_later_are_taken_over(
    case: LedgerCase, institution: Institution, worker: Account, second: Account, moment: datetime
) -> None:
    make_record(institution)
    assert add_new_records(case, version=case.version, actor=worker.actor, now=moment) == 1
    case = fresh(case)
    assert (len(case.records), deeds_of(case)) == (2, ["open", "add_records"])


def test_nothing_is_added_to_a_case_that_ended(
    case: LedgerCase, people: Account, worker: Account, second: Account, moment: datetime
) -> None:
    case = exited(ready(case, people), worker, second, moment)
    with pytest.raises(MoveNotAllowed):
        add_new_records(case, version=case.version, actor=worker.actor, now=moment)


class TestRounds:
    def test_the_nation_begins_a_round_and_running_cases_go_on_in_it(
        self,
        institution: Institution,
        people: Account,
        worker: Account,
        second: Account,
        province: Account,
        moment: datetime,
    ) -> None:
        make_record(institution)
        exited(ready(pushed(province, moment), people), worker, second, moment)
        make_record(make_institution())
        running = pushed(province, moment)
        nation, later = actor(Role.NATIONAL), moment + timedelta(days=200)
        rounds.start_round("示例第二轮", actor=nation, now=later)
        assert [row.ended_on for row in db.session.scalars(select(LedgerRound))] == [later.date(), None]
        make_record(make_institution(), decided_on=later.date())
        new = pushed(province, later)
        assert (new.round.title, fresh(running).round.title) == ("示例第二轮", rounds.FIRST_TITLE)
        counted = figures("000000", on=later.date())
        assert (counted.pushed, counted.exited) == (2, 0)
        before = figures("000000", on=moment.date())
        assert (before.pushed, before.exited, before.rate_words) == (2, 1, "50.0%")

    def test_a_province_begins_none_and_no_title_is_used_twice(
        self, province: Account, moment: datetime
    ) -> None:
        with pytest.raises(NotPermitted):
            rounds.start_round("示例", actor=province.actor, now=moment)
        nation = actor(Role.NATIONAL)
        rounds.start_round("示例", actor=nation, now=moment)
        for title in ("示例", " ", "字" * 121):
            with pytest.raises(CaseRefused):
                rounds.start_round(title, actor=nation, now=moment)


def test_the_rate_is_never_rounded_up_to_all(moment: datetime) -> None:
    assert Figures(1000, 1000, 0, 1999).rate_words == "99.9%"
    assert Figures(0, 0, 0, 0).rate_words == "—"
    assert Figures(9, 2, 1, 10).rate_words == "100.0%"
