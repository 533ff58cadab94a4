"""What an institution is told of each kind and state of record: rules without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from credit_register.credit_records.lifecycle import UNMENDED_STATES
from credit_register.credit_records.models import ADVERSE_KINDS, CreditRecord, RecordKind, RecordState
from credit_register.repairs.guidance import (
    Guidance,
    PublicCommitment,
    Standing,
    degree_words,
    guide,
    record_words,
)
from credit_register.repairs.models import Paper, RepairApplication, RepairState

TODAY = date(2026, 11, 28)
DECIDED = date(2026, 7, 1)
PROMISED = PublicCommitment("2026-510100-000001", date(2026, 8, 1))
COMPLETE: dict[str, Any] = {"met_on": date(2026, 9, 1)}


def record(**changes: Any) -> CreditRecord:
    values: dict[str, Any] = {
        "id": 1,
        "kind": "penalty",
        "state": "published",
        "document_number": "川示例罚〔2026〕1号",
        "list_name": "",
        "authority": "成都市示例发展和改革局",
        "decided_on": DECIDED,
        "degree": "general",
        "earliest_on": date(2026, 10, 1),
        "latest_on": date(2027, 7, 1),
        "kept_by": "",
        "met_on": None,
        "left_on": None,
        **changes,
    }
    return CreditRecord(**values)


def application(state: str, number: int = 1) -> RepairApplication:
    return RepairApplication(
        id=number,
        state=state,
        applied_on=date(2026, 10, 10),
        applied_to="“信用中国”网站",
        accepted_on=date(2026, 10, 12),
        decided_on=date(2026, 10, 20),
        decided_by="示例局",
    )


def told(
    *applications: RepairApplication, commitment: PublicCommitment | None = PROMISED, **changes: Any
) -> Guidance:
    return guide(record(**changes), applications=applications, commitment=commitment, on=TODAY)


@pytest.mark.parametrize(
    ("changes", "commitment", "standing", "missing"),
    [
        (COMPLETE, PROMISED, Standing.CAN_APPLY, []),
        ({**COMPLETE, "earliest_on": TODAY}, PROMISED, Standing.CAN_APPLY, []),
        ({**COMPLETE, "earliest_on": date(2026, 11, 29)}, PROMISED, Standing.NOT_YET, ["已过最短公示期"]),
        ({**COMPLETE, "earliest_on": None}, PROMISED, Standing.NOT_YET, ["已过最短公示期"]),
        ({}, PROMISED, Standing.PREPARE, ["已纠正失信行为并履行义务"]),
        (COMPLETE, None, Standing.PREPARE, ["已公开作出信用承诺"]),
        # A promise from before the dishonesty is the one that was broken.
        (
            COMPLETE,
            PublicCommitment("2026-510100-000002", date(2026, 6, 30)),
            Standing.PREPARE,
            ["已公开作出信用承诺"],
        ),
        (COMPLETE, PublicCommitment("2026-510100-000003", DECIDED), Standing.CAN_APPLY, []),
        ({}, None, Standing.PREPARE, ["已纠正失信行为并履行义务", "已公开作出信用承诺"]),
    ],
)
def test_a_record_can_be_applied_for_once_its_day_has_come_and_nothing_is_missing(
    changes: dict[str, Any], commitment: PublicCommitment | None, standing: Standing, missing: list[str]
) -> None:
    guidance = told(commitment=commitment, **changes)
    assert guidance.standing is standing
    assert [condition.label for condition in guidance.missing] == missing
    assert guidance.may_enter


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (COMPLETE, "公示中，最长公示至 2027-07-01。条件已齐备，现在就可以申请修复（最早日期 2026-10-01）。"),
        (
            {"earliest_on": date(2026, 12, 1)},
            "公示中，最长公示至 2027-07-01。自 2026-12-01 起可以申请修复，可以先履行义务、备齐材料。",
        ),
        ({"state": "withheld"}, "按规定不公示，但仍作为尚未纠正的记录留存。2026-10-01 起已可以申请修复"),
        (
            {"state": "lapsed", "left_on": date(2026, 11, 1)},
            "最长公示期已满，2026-11-01 停止公示，但没有收到纠正、履行的记录",
        ),
        ({"kept_by": "示例行业规定第八条"}, "最长公示期已满，因尚未纠正，按“示例行业规定第八条”继续公示。"),
        ({"earliest_on": None}, "系统还没有算出可以申请的日期，请向认定单位咨询。"),
    ],
)
def test_every_unmended_state_has_its_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in told(**changes).sentence


@pytest.mark.parametrize(
    ("state", "standing", "word"),
    [
        (RecordState.REPAIRED, Standing.REPAIRED, "已于 2026-11-02 修复"),
        (RecordState.ANNULLED, Standing.NOT_NEEDED, "文书已撤销"),
        (RecordState.OBJECTED, Standing.NOT_NEEDED, "异议成立"),
        (RecordState.REMOVED, Standing.NOT_NEEDED, "已移出名单"),
        (RecordState.EXPIRED, Standing.NOT_NEEDED, "公示期满"),
    ],
)
def test_what_has_left_needs_no_repair_whatever_was_applied_for(
    state: RecordState, standing: Standing, word: str
) -> None:
    kind = "severe" if state is RecordState.REMOVED else "penalty"
    guidance = told(application("accepted"), kind=kind, state=state.value, left_on=date(2026, 11, 2))
    assert (guidance.standing, guidance.may_enter, guidance.conditions) == (standing, False, ())
    assert word in guidance.sentence
    assert "2026-11-02" in guidance.sentence


def test_a_penalty_that_its_list_dropped_is_still_to_be_repaired() -> None:
    guidance = told(state="removed", left_on=date(2026, 11, 2), **COMPLETE)
    assert (guidance.standing, guidance.may_enter) == (Standing.CAN_APPLY, True)
    assert guidance.sentence.startswith("已移出名单，2026-11-02 停止公示；移出名单不等于修复")
    assert "现在就可以申请修复" in guidance.sentence


@pytest.mark.parametrize("kind", [kind for kind in RecordKind if not kind.is_adverse])
def test_a_fact_of_the_registration_is_no_dishonesty(kind: RecordKind) -> None:
    guidance = told(kind=kind.value, degree=None)
    assert guidance.standing is Standing.NOT_NEEDED
    assert guidance.sentence.startswith("这是登记状态的事实，不属于失信信息")
    assert not guidance.may_enter


@pytest.mark.parametrize(
    ("state", "may_enter", "word"),
    [
        (RepairState.APPLIED, False, "2026-10-10 向“信用中国”网站申请，等待答复"),
        (RepairState.ACCEPTED, False, "示例局已于 2026-10-12 受理"),
        (RepairState.CONFIRMING, False, "主管部门正在复核"),
        (RepairState.REFUSED, True, "示例局于 2026-10-20 不予受理。补齐所缺的条件和材料后，可以再次申请"),
        (RepairState.NOT_REPAIRED, True, "示例局于 2026-10-20 决定不予修复"),
    ],
)
def test_an_application_is_told_by_its_course(state: RepairState, may_enter: bool, word: str) -> None:
    guidance = told(application(state.value))
    assert (guidance.standing.value, guidance.may_enter) == (state.value, may_enter)
    assert word in guidance.sentence


@pytest.mark.parametrize("state", [RepairState.REPAIRED, RepairState.CLOSED])
def test_a_repair_that_was_undone_and_an_entry_by_mistake_say_nothing_of_today(state: RepairState) -> None:
    guidance = told(application(state.value), **COMPLETE)
    assert (guidance.standing, guidance.may_enter) == (Standing.CAN_APPLY, True)


def test_the_last_application_counts() -> None:
    assert told(application("applied", 2), application("refused", 1)).standing is Standing.APPLIED


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "“信用中国”网站的信用修复栏目"),
        ({"authority": "成都市示例市场监督管理局"}, "国家企业信用信息公示系统"),
        ({"kind": "abnormal"}, "国家企业信用信息公示系统"),
        ({"kind": "severe", "authority": "成都市示例人民法院"}, "向作出列入决定的成都市示例人民法院申请"),
        ({"kind": "severe"}, "“信用中国”网站的信用修复栏目"),
    ],
)
def test_the_place_follows_from_who_decided(changes: dict[str, Any], word: str) -> None:
    guidance = told(**changes)
    assert guidance.where is not None
    assert word in guidance.where.online
    assert guidance.where.decides == record(**changes).authority


@pytest.mark.parametrize("kind", ADVERSE_KINDS)
@pytest.mark.parametrize("state", UNMENDED_STATES)
def test_every_record_that_can_be_repaired_names_two_documents(kind: RecordKind, state: RecordState) -> None:
    guidance = told(kind=kind.value, state=state.value, left_on=TODAY)
    assert [document.paper for document in guidance.documents] == [Paper.OBLIGATIONS, Paper.COMMITMENT]
    assert all(document.words for document in guidance.documents)
    assert len(guidance.conditions) == 3


def test_a_record_is_called_by_its_document_its_list_or_its_kind() -> None:
    assert record_words(record()) == "川示例罚〔2026〕1号"
    assert record_words(record(document_number="", list_name="示例名单")) == "示例名单"
    assert record_words(record(document_number="")) == "行政处罚"
    assert (degree_words(record()), degree_words(record(degree=None))) == ("一般失信", "")
