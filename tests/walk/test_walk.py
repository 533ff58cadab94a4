"""The main job over plain HTTP: register, review, sign, report, triage, check; only the published names are used."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.browser.live_site import LiveSite, running_site
from tests.core.codes import uscc
from tests.services import PROJECT, PostgresServer, clean_environment
from tests.walk.people import Answer, Person, picture

PASSWORD = "Walking-Horse-2026!"
CODE = uscc(division="510100", serial=424242)
NAME = "成都示例行走信用服务有限公司"
FEW_SECONDS = 30.0


@dataclass(frozen=True)
class Town:
    """A running site without the sample, and how its operator makes accounts."""

    site: LiveSite
    settings: dict[str, str]

    def person(self, role: str, **belongs: str) -> Person:
        """Somebody with a new account, signed in."""
        email = f"{role.replace('_', '-')}.{'.'.join(belongs.values())}@example.cn".lower()
        options = [part for name, value in belongs.items() for part in (f"--{name}", value)]
        made = subprocess.run(
            [
                *(sys.executable, "-m", "flask", "--app", "wsgi", "user", "create"),
                *("--role", role, *options, "--password-stdin", "--json", email),
            ],
            cwd=PROJECT,
            env=clean_environment(**self.settings),
            input=PASSWORD + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout + made.stderr
        person = Person(self.site.address)
        person.sign_in(email, PASSWORD, json.loads(made.stdout)["totp_secret"])
        return person

    def stranger(self) -> Person:
        """Somebody without an account."""
        return Person(self.site.address)


@contextmanager
def town(instance: Path, **settings: str) -> Iterator[Town]:
    with running_site(instance, SAMPLE="no", **settings) as site:
        yield Town(site, {"INSTANCE_PATH": str(instance), "SAMPLE": "no", **settings})


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    instance = tmp_path / "instance"
    if request.param == "sqlite":
        with town(instance) as found:
            yield found
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.execute("CREATE DATABASE walk")
    with town(instance, DATABASE_URL=server.url("walk")) as found:
        yield found
    server.execute("DROP DATABASE walk WITH (FORCE)")


def well(answer: Answer) -> Answer:
    assert answer.status == 200, f"{answer.status} {answer.url}\n{answer.main}"
    return answer


def move(person: Person, case: str, name: str, **fields: str) -> Answer:
    """Make one move of a case with the version that its page shows."""
    page = well(person.get(case))
    return well(person.send(f"{case}/{name}", {"version": page.hidden("version"), **fields}, page=case))


def soon(person: Person, path: str, text: str) -> Answer:
    """A page that shows what the worker brings within seconds."""
    until = time.monotonic() + FEW_SECONDS
    while True:
        answer = well(person.get(path))
        if text in answer.text:
            return answer
        assert time.monotonic() < until, f"{path} does not show {text}\n{answer.main}"
        time.sleep(0.2)


def test_the_whole_job_with_the_published_addresses_and_fields(place: Town) -> None:
    citizen = place.stranger()
    institution = an_institution_is_registered(place, citizen)
    it_signs_its_commitment(place, institution, citizen)
    a_citizen_reports_and_is_answered(place, citizen)
    a_falsehood_is_found_and_confirmed(place, citizen)


def an_institution_is_registered(place: Town, citizen: Person) -> Person:
    agent = place.person("agent", uscc=CODE)
    reviewer = place.person("reviewer", region="510000")
    assert citizen.get(f"/institutions/{CODE}").status == 404
    sent = well(
        agent.send(
            "/workspace/registration",
            {
                "name": NAME,
                "uscc": CODE,
                "legal_representative": "李示例",
                "region": "510100",
                "categories": ["04", "06"],
                "address": "四川省成都市示例路 8 号",
                "phone": "028-87654321",
                "introduction": "为中小企业提供信用调查和信用管理咨询。",
            },
            files={"licence_file": ("营业执照.png", picture(), "image/png")},
        )
    )
    assert sent.attribute("data-state") == "submitted"
    case = well(reviewer.get("/staff/registrations")).link(r"/staff/registrations/\d+")
    returned = move(reviewer, case, "return", reason="住所请写到门牌号，并补充联系电话。")
    assert returned.attribute("data-state") == "returned"
    assert "住所请写到门牌号" in well(agent.get("/workspace/registration")).text
    again = well(
        agent.send(
            "/workspace/registration",
            {
                "name": NAME,
                "uscc": CODE,
                "legal_representative": "李示例",
                "region": "510100",
                "categories": ["04", "06"],
                "address": "四川省成都市示例路 8 号 2 层",
                "phone": "028-87654321",
                "introduction": "为中小企业提供信用调查和信用管理咨询。",
            },
            files={"licence_file": ("营业执照.png", picture(), "image/png")},
        )
    )
    assert again.attribute("data-state") == "submitted"
    accepted = move(reviewer, case, "accept", reason="材料齐全，与营业执照一致。")
    assert accepted.attribute("data-state") == "accepted"
    assert NAME in well(citizen.get(f"/institutions/{CODE}")).text
    soon(citizen, f"/institutions?q={quote(NAME)}", CODE)
    return agent


def it_signs_its_commitment(place: Town, agent: Person, citizen: Person) -> None:
    legal_representative = place.person("legal_rep", uscc=CODE)
    sign = well(agent.get("/workspace/commitments")).link(r"/workspace/commitments/\d+/sign")
    assert agent.send(sign, {}).status == 422
    half = well(agent.send(sign, {"agree": "1"}))
    assert well(agent.get(sign)).attribute("data-state") == "half_signed", half.main
    assert "尚未" in well(citizen.get(f"/institutions/{CODE}")).text
    well(legal_representative.send(sign, {"agree": "1"}))
    profile = well(citizen.get(f"/institutions/{CODE}"))
    commitment = well(citizen.get(profile.link('/commitments/[^"]+')))
    assert commitment.attribute("data-state") == "published"
    assert NAME in commitment.text
    soon(citizen, f"/institutions?q={quote(NAME)}&committed=1", CODE)
    assert json.loads(citizen.get(f"/api/v1/institutions/{CODE}").text)["committed"] is True


def a_citizen_reports_and_is_answered(place: Town, citizen: Person) -> None:
    officer = place.person("local", region="510100")
    foreigner = place.person("inspector", region="330000")
    report = {
        "kind": "report",
        "subject_uscc": CODE,
        "subject_name": NAME,
        "facts": "该机构在公示的年费之外，另行收取 500 元加急费，有转账记录。",
        "anonymous": "0",
        "contact_name": "王示例",
        "contact_phone": "13800000000",
        "idempotency_key": uuid4().hex,
    }
    files = {"files": ("转账记录.png", picture(), "image/png")}
    receipt = well(citizen.send("/reports/new", report, files=files)).attribute("data-receipt")
    assert well(citizen.send("/reports/new", report, files=files)).attribute("data-receipt") == receipt
    elsewhere = place.stranger()
    opened = well(elsewhere.send("/reports/track", {"receipt": receipt.lower().replace("-", " ")}))
    assert opened.attribute("data-state") == "received"

    queue = well(officer.get("/staff/reports"))
    case = queue.link(r"/staff/reports/\d+")
    assert foreigner.get(case).status == 404
    page = well(officer.get(case))
    assert "13800000000" not in page.text
    assert "王示例" not in page.text
    assert move(officer, case, "take").attribute("data-state") == "investigating"
    asked = move(officer, case, "ask", text="请补充付款的日期。")
    assert asked.attribute("data-state") == "awaiting_reporter"
    assert "请补充付款的日期" in well(elsewhere.get("/reports/track")).text
    well(elsewhere.send("/reports/track/message", {"text": "2026-03-02 付款。"}, page="/reports/track"))
    assert "2026-03-02 付款" in well(officer.get(case)).text
    decided = move(officer, case, "decide", reason="经核对转账记录，情况属实，已责令退还。")
    assert decided.attribute("data-state") == "decided"
    move(officer, case, "answer", text="您反映的情况属实，该机构已退还 500 元。")
    assert "已退还 500 元" in well(elsewhere.get("/reports/track")).text
    assert move(officer, case, "close", reason="已答复").attribute("data-state") == "closed"
    assert well(elsewhere.get("/reports/track")).attribute("data-state") == "closed"
    for path in ("/", f"/institutions/{CODE}", "/warnings", "/inspections"):
        assert "500 元" not in well(place.stranger().get(path)).text


def a_falsehood_is_found_and_confirmed(place: Town, citizen: Person) -> None:
    inspector = place.person("inspector", region="510000")
    second = place.person("provincial", region="510000")
    found = "公示年费 2,000 元，合同实收 2,500 元。"
    reason = "公示的收费标准与实际收费不一致。"
    made = well(
        inspector.send(
            "/staff/spotchecks/new",
            {"uscc": CODE, "matter": "收费标准", "declared": "公示年费 2,000 元，无其他收费。"},
        )
    )
    case = made.url.partition("?")[0].replace(place.site.address, "")
    assert made.attribute("data-state") == "open"
    concluded = move(
        inspector,
        case,
        "conclude",
        matter="收费标准",
        declared="公示年费 2,000 元，无其他收费。",
        found=found,
        verdict="falsehood",
        reason=reason,
    )
    assert concluded.attribute("data-state") == "proposed"
    assert reason not in well(citizen.get(f"/institutions/{CODE}")).text
    assert reason not in well(citizen.get("/inspections")).text
    assert inspector.send(f"{case}/confirm", {"reason": "自己复核", "version": "2"}, page=case).status == 403
    confirmed = move(second, case, "confirm", reason="证据充分，同意公布。")
    assert confirmed.attribute("data-state") == "published"
    assert reason in well(citizen.get(f"/institutions/{CODE}")).text
    assert NAME in well(citizen.get("/inspections")).text
    ordered = move(inspector, case, "order", reason="退还多收费用，并更正公示的收费标准。")
    assert ordered.attribute("data-state") == "ordered"
    done = move(inspector, case, "fulfil", reason="已核对退款凭证和更正后的公示。")
    assert done.attribute("data-state") == "corrected"
    assert "已改正" in well(citizen.get(f"/institutions/{CODE}")).text
