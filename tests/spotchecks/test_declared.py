"""What was published about a matter, in words."""

from __future__ import annotations

from datetime import datetime

from credit_register.institutions.models import InstitutionCategory
from credit_register.institutions.publishing import public_content
from credit_register.spotchecks.declared import declared_in_words
from credit_register.spotchecks.models import Matter, Verdict
from credit_register.spotchecks.words import LOOKS, matter_words, read_matter, read_verdict
from tests.factories import make_institution, make_product


def test_each_matter_says_its_part_of_what_is_public(moment: datetime) -> None:
    category = InstitutionCategory(
        code="01", licence_number="示例备1号", licence_issuer="示例机关", licence_expires_on=moment.date()
    )
    institution = make_institution(
        categories=(category, "06"), introduction="**十年**经验", chief_supervisor="张三丰", website=""
    )
    make_product(institution, name="尽调", category="06", basis="negotiable", included="含差旅")
    content = public_content(institution)
    words = {matter: declared_in_words(content, matter) for matter in Matter}
    assert words[Matter.FEES] == "尽调（信用管理咨询）：面议；含差旅"
    assert words[Matter.LICENCES].splitlines() == [
        "企业征信：编号 示例备1号，示例机关，有效期至 2026-03-12，未核验",
        "信用管理咨询：没有填报编号，未核验",
    ]
    assert "官网：没有公示" in words[Matter.FACTS]
    assert words[Matter.COMMITMENT] == "没有作出信用承诺。"
    assert "机构简介：十年经验" in words[Matter.OTHER]
    assert "三丰" not in "".join(words.values())
    content["products"] = []
    assert declared_in_words(content, Matter.FEES) == "没有公示服务产品和收费标准。"


def test_every_verdict_has_a_look_and_can_be_typed_in_either_way() -> None:
    assert set(LOOKS) == set(Verdict)
    for verdict in Verdict:
        assert read_verdict(verdict.value) is read_verdict(verdict.label) is verdict
        assert (LOOKS[verdict].tone in ("good", "plain")) is not verdict.adverse
    assert read_verdict("有问题") is None
    assert read_matter("  ") == (None, "")
    assert matter_words("fees", "企业信用报告") == "服务产品与收费标准（企业信用报告）"
    assert matter_words("other", "宣传用语") == "宣传用语"
