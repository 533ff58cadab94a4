"""Which institutions a text finds and in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from search_index import Document, Engine, Query, derive_short_name

Fill = Callable[..., Engine]


def keys(engine: Engine, text: str = "", **options: object) -> list[str]:
    return [hit.key for hit in engine.search(Query(text, **options)).hits]  # type: ignore[arg-type]


def test_exact_name_comes_before_short_name_before_beginning_before_part_before_products(
    filled: Fill,
) -> None:
    engine = filled(
        Document("E", "广州甲乙丙丁商账管理有限公司", products=("远山专项报告",)),
        Document("D", "广州甲远山信用服务有限公司", committed=True),
        Document("C", "北京远山明信用服务有限公司", committed=True),
        Document("B", "上海远山征信有限公司", committed=True),
        Document("A", "远山"),
    )
    assert keys(engine, "远山") == ["A", "B", "C", "D", "E"]
    matched = [hit.matched_by for hit in engine.search(Query("远山")).hits]
    assert matched == ["name", "short_name", "name", "name", "text"]


def test_at_equal_match_committed_is_first_adverse_is_last_and_the_code_decides_the_rest(
    filled: Fill,
) -> None:
    engine = filled(
        Document("1", "上海远山征信有限公司", adverse=True, committed=True),
        Document("4", "北京远山征信有限公司"),
        Document("3", "天津远山征信有限公司"),
        Document("5", "重庆远山征信有限公司", committed=True),
        Document("2", "成都远山征信有限公司", adverse=True),
    )
    assert keys(engine, "远山") == ["5", "3", "4", "1", "2"]


def test_a_full_name_is_found_with_any_brackets_and_without_them(filled: Fill) -> None:
    engine = filled(("1", "远山（北京）征信有限公司"), ("2", "远山征信有限公司"))
    for typed in (
        "远山（北京）征信有限公司",
        "远山(北京)征信有限公司",
        "远山北京征信有限公司",
        " 远山 （北京） 征信有限公司",
    ):
        assert keys(engine, typed)[0] == "1", typed


def test_a_former_name_and_a_given_short_name_are_found(filled: Fill) -> None:
    engine = filled(
        Document("1", "上海远山征信有限公司", former_names=("沪江诚信有限公司",)),
        Document("2", "上海明川征信有限公司", short_name="大明白"),
    )
    assert keys(engine, "沪江诚信有限公司") == ["1"]
    assert keys(engine, "大明白") == ["2"]
    hit = engine.search(Query("沪江诚信")).hits[0]
    assert hit.matched_by == "former_name"
    assert "".join(piece.text for piece in hit.snippet) == "沪江诚信有限公司"


@pytest.mark.parametrize("typed", ["yuanshan", "Yuan Shan", "yuanshanzhengxin", "yuansh", "shanghaiyuanshan"])
def test_pinyin_finds_the_name(filled: Fill, typed: str) -> None:
    assert keys(filled(("1", "上海远山征信有限公司"), ("2", "北京明川征信有限公司")), typed) == ["1"]


@pytest.mark.parametrize("typed", ["shyszxyxgs", "yszx", "ys", "SHYS"])
def test_initials_find_the_name(filled: Fill, typed: str) -> None:
    assert keys(filled(("1", "上海远山征信有限公司"), ("2", "北京明川征信有限公司")), typed) == ["1"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("重庆明川征信有限公司", "chongqingmingchuan"),
        ("长风征信有限公司", "changfeng"),
        ("长风征信有限公司", "zhangfeng"),
        ("百行征信有限公司", "baihang"),
        ("百行征信有限公司", "baixing"),
        ("绿川征信有限公司", "lvchuan"),
        ("绿川征信有限公司", "lyuchuan"),
    ],
)
def test_characters_with_two_readings_are_found_by_either(filled: Fill, name: str, typed: str) -> None:
    assert keys(filled(("1", name), ("2", "北京远山信用服务有限公司")), typed) == ["1"]


def test_pinyin_and_characters_may_be_mixed(filled: Fill) -> None:
    engine = filled(("1", "上海远山征信有限公司"), ("2", "上海明川征信有限公司"))
    assert keys(engine, "上海yuanshan") == ["1"]
    assert keys(engine, "上海 mingchuan 征信") == ["2"]


@pytest.mark.parametrize(
    "typed", ["9131", "913101", "91310104MA1FR2", "９１３１０１０４", "91310104ma1", "9131 0104"]
)
def test_a_code_is_found_from_four_characters_in_any_writing(filled: Fill, typed: str) -> None:
    engine = filled(
        ("91310104MA1FR2RB51", "上海远山征信有限公司"), ("91110105MA1FR2RB5X", "北京明川征信有限公司")
    )
    results = engine.search(Query(typed))
    assert [hit.key for hit in results.hits] == ["91310104MA1FR2RB51"]
    assert results.hits[0].matched_by == "code"


def test_three_characters_of_a_code_are_too_few(filled: Fill) -> None:
    assert keys(filled(("91310104MA1FR2RB51", "上海远山征信有限公司")), "913") == []


def test_traditional_characters_find_the_simplified_name(filled: Fill) -> None:
    assert keys(filled(("1", "重庆远华信用评级有限公司")), "重慶遠華信用評級") == ["1"]


def test_several_words_mean_all_of_them_wherever_they_stand(filled: Fill) -> None:
    engine = filled(
        Document("1", "上海远山征信有限公司", category_names=("信用评级",), fee_words=("年费",)),
        Document("2", "上海明川征信有限公司", category_names=("信用评级",), fee_words=("按份",)),
        Document("3", "北京川流征信有限公司", category_names=("信用评级",), fee_words=("年费",)),
        Document("4", "远见征信有限公司", region="310104", category_names=("信用评级",), fee_words=("年费",)),
    )
    results = engine.search(Query("上海 信用评级 年费"))
    assert [hit.key for hit in results.hits] == ["1", "4"]
    assert not results.relaxed


def test_of_documents_with_all_words_those_with_more_in_the_name_come_first(filled: Fill) -> None:
    engine = filled(
        Document("1", "北京明川征信有限公司", category_names=("商账管理",), region="310000", committed=True),
        Document("2", "上海明川征信有限公司", category_names=("商账管理",)),
        Document("3", "上海明川商账管理有限公司"),
    )
    assert keys(engine, "上海 商账") == ["3", "2", "1"]


def test_running_text_is_found_and_shown(filled: Fill) -> None:
    engine = filled(
        Document("1", "上海远山征信有限公司", text="本机构主要服务小微企业客户。"), ("2", "明川征信有限公司")
    )
    hit = engine.search(Query("小微企业")).hits[0]
    assert (hit.key, hit.matched_by) == ("1", "text")
    assert [piece.text for piece in hit.snippet if piece.marked] == ["小微企业"]


def test_the_found_part_of_the_name_is_marked_and_the_name_is_whole(filled: Fill) -> None:
    name = "上海ＡＢ（远山）<b>征信有限公司"
    engine = filled(("1", name))
    hit = engine.search(Query("远山")).hits[0]
    assert "".join(piece.text for piece in hit.name) == name
    assert [piece.text for piece in hit.name if piece.marked] == ["远山"]


NAME = "上海远山明川信用评级有限公司"
OTHERS = [(f"{n}", f"{place}{stem}信用评级有限公司") for n, (place, stem) in enumerate(
    (place, stem) for place in ("上海", "北京", "广州") for stem in ("金石", "朗月", "清泉", "松柏", "鼎盛")
)]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        "上海远山明穿信用评级有限公司",
        "上海远明川信用评级有限公司",
        "上海远明山川信用评级有限公司",
        "上海远山山明川信用评级有限公司",
        "远山明穿",
        "山远明川",
        "远山川",
        "上海远上明川",
        "上海远山明川信用评记有限公私",
    ],
)
def test_one_slip_in_a_name_still_finds_it_and_asks_whether_it_was_meant(filled: Fill, typed: str) -> None:
    results = filled(("X", NAME), *OTHERS).search(Query(typed))
    assert results.hits[0].key == "X"
    assert results.hits[0].matched_by == "fuzzy"
    assert results.relaxed
    assert results.did_you_mean == NAME


def test_two_characters_in_the_wrong_order_find_a_short_name(filled: Fill) -> None:
    assert keys(filled(("1", "上海远山征信有限公司"), ("2", "上海远川征信有限公司")), "山远") == ["1"]


def test_a_name_inside_a_sentence_is_found(filled: Fill) -> None:
    results = filled(("X", NAME), *OTHERS).search(Query(f"请问{NAME}靠谱吗"))
    assert [hit.key for hit in results.hits] == ["X"]
    assert results.relaxed


def test_words_typed_without_a_space_are_all_meant(filled: Fill) -> None:
    engine = filled(
        Document("1", "上海远山征信有限公司", category_names=("信用评级",)), ("2", "上海明川征信有限公司")
    )
    results = engine.search(Query("上海信用评级"))
    assert [hit.key for hit in results.hits] == ["1"]
    assert results.relaxed


def test_with_no_hit_most_of_the_words_are_enough_and_it_says_so(filled: Fill) -> None:
    engine = filled(("1", "上海远山信用评级有限公司"), ("2", "北京明川征信有限公司"))
    results = engine.search(Query("上海 评级 火星"))
    assert [hit.key for hit in results.hits] == ["1"]
    assert results.relaxed


def test_a_hit_as_typed_is_not_relaxed(filled: Fill) -> None:
    results = filled(("1", NAME)).search(Query("远山"))
    assert not results.relaxed
    assert results.did_you_mean is None


@pytest.mark.parametrize(
    "typed", ["量子波动速读", "霍格沃茨", "qwxzvb", "喵", "犇羴鱻", "火星 煎饼", "zzzz", "0000"]
)
def test_nonsense_finds_nothing(filled: Fill, typed: str) -> None:
    results = filled(("X", NAME), *OTHERS).search(Query(typed))
    assert results.total == 0
    assert results.hits == ()
    assert not results.relaxed


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("上海示例甲子征信有限公司", "示例甲子"),
        ("四川省成都市锦江区示例商账管理有限责任公司", "示例"),
        ("示例（北京）国际信用评级股份有限公司", "示例"),
        ("上海资信有限公司", "上海资信"),
        ("示例信用管理有限公司上海分公司", "示例"),
        ("ABC征信（上海）有限公司", "ABC"),
        ("有限公司", "有限公司"),
        ("", ""),
    ],
)
def test_the_short_name_is_what_people_say(name: str, short: str) -> None:
    assert derive_short_name(name) == short


def test_suggestions_complete_names_pinyin_initials_and_codes(filled: Fill) -> None:
    engine = filled(
        ("91310104MA1FR2RB51", "上海远山征信有限公司"), ("91110105MA1FR2RB5X", "北京明川征信有限公司")
    )
    for typed in ("远", "上海远", "yuans", "shys", "913101", "远山征"):
        assert [one.name for one in engine.suggest(typed)] == ["上海远山征信有限公司"], typed
    suggestion = engine.suggest("远山")[0]
    assert suggestion.key == "91310104MA1FR2RB51"
    assert [piece.text for piece in suggestion.segments if piece.marked] == ["远山"]


def test_suggestions_do_not_come_from_texts_and_keep_their_limit(filled: Fill) -> None:
    engine = filled(
        Document("1", "明川征信有限公司", text="远山", products=("远山",)),
        *((f"{n}", f"海风{n}号征信有限公司") for n in range(2, 20)),
    )
    assert engine.suggest("远山") == ()
    assert len(engine.suggest("海风")) == 8
    assert len(engine.suggest("海风", limit=3)) == 3
    assert engine.suggest("海风", limit=0) == ()
    assert engine.suggest("") == ()


def test_newest_is_by_date_and_unknown_dates_are_last(filled: Fill) -> None:
    engine = filled(
        Document("1", "甲", registered_on=date(2020, 1, 1)),
        Document("2", "乙"),
        Document("3", "丙", registered_on=date(2024, 1, 1)),
        Document("0", "丁", registered_on=date(2020, 1, 1)),
    )
    assert keys(engine, sort="newest") == ["3", "0", "1", "2"]


def test_sort_by_name_is_pinyin_order_and_the_order_of_an_empty_query(filled: Fill) -> None:
    engine = filled(
        ("1", "重庆远山征信"), ("2", "北京远山征信"), ("3", "阿里远山征信"), ("4", "成都远山征信")
    )
    assert keys(engine, sort="name") == ["3", "2", "4", "1"]
    assert keys(engine) == ["3", "2", "4", "1"]
    assert keys(engine, "远山", sort="name") == ["3", "2", "4", "1"]


def test_sort_by_fee_is_of_the_chosen_category_and_no_fee_is_last(filled: Fill) -> None:
    engine = filled(
        Document("1", "甲", categories=("01", "03"), fees={"01": 300.0, "03": 1.0}),
        Document("2", "乙", categories=("01",)),
        Document("3", "丙", categories=("01",), fees={"01": 200.0}),
        Document("4", "丁", categories=("01",), fees={"01": 0.0}),
    )
    assert keys(engine, category="01", sort="fee") == ["4", "3", "1", "2"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("26yuanshan", "上海26远山征信有限公司"),  # a number and pinyin
        ("ucmingli", "北京UC明理信用管理有限公司"),  # Latin letters and pinyin
        ("beijing UCmingli", "北京UC明理信用管理有限公司"),
        ("大理远山", "大理白族自治州远山征信有限公司"),  # a place as it is said
        ("daliyuanshan", "大理白族自治州远山征信有限公司"),
        ("临川旭日", "临川旭日商务咨询有限公司"),  # a county without its rank is part of the name …
        ("旭日", "临川旭日商务咨询有限公司"),  # … and perhaps not
        ("百行", "百行事务所"),
        ("諮詢臨川旭日", "临川旭日商务咨询有限公司"),
    ],
)
def test_numbers_letters_and_places_are_found_as_people_type_them(
    filled: Fill, typed: str, found: str
) -> None:
    names = (
        "上海26远山征信有限公司",
        "北京UC明理信用管理有限公司",
        "大理白族自治州远山征信有限公司",
        "临川旭日商务咨询有限公司",
        "百行事务所",
    )
    engine = filled(*((f"{at}", name) for at, name in enumerate(names)))
    assert keys(engine, typed)[:1] == [str(names.index(found))]


def test_a_short_name_behind_the_place_of_its_institution_is_found_although_the_name_has_no_place(
    filled: Fill,
) -> None:
    engine = filled(
        Document("1", "虹桥信用管理有限公司", region="370100"),
        Document("2", "虹桥征信有限公司", region="510100"),
        Document("3", "济南虹轿征信有限公司", region="370100"),
    )
    assert keys(engine, "济南虹桥")[:1] == ["1"]
    assert keys(engine, "请问济南虹桥靠谱吗") == ["1"]


def test_a_place_counts_only_within_the_place_before_it(filled: Fill) -> None:
    # 东方 is a city in Hainan: behind 商洛 it is the beginning of a name.
    engine = filled(("1", "商洛东方才教育咨询有限公司"), ("2", "四川省成都市锦江区远山征信有限公司"))
    assert derive_short_name("商洛东方才教育咨询有限公司") == "东方才"
    assert keys(engine, "东方才") == ["1"]
    assert keys(engine, "成都远山") == keys(engine, "锦江远山") == ["2"]


@pytest.mark.parametrize(
    "typed", ["统一社会信用代码 91310104MA1FR2RB51", "代码91310104ma1fr2rb51是真的吗", "代号：91310104MA1FR2"]
)
def test_a_code_inside_a_sentence_is_found(filled: Fill, typed: str) -> None:
    engine = filled(("91310104MA1FR2RB51", NAME), ("91110105MA1FR2RB5X", "北京明川征信有限公司"))
    assert keys(engine, typed) == ["91310104MA1FR2RB51"]


def test_of_names_a_slip_away_the_one_that_sounds_the_same_is_meant(filled: Fill) -> None:
    engine = filled(("1", "上海细行征信有限公司"), ("2", "百行征信有限公司"), ("3", "现行征信有限公司"))
    results = engine.search(Query("白行征信"))
    assert results.hits[0].key == "2"
    assert results.did_you_mean == "百行征信有限公司"


def test_a_short_name_with_another_trade_finds_the_institution(filled: Fill) -> None:
    engine = filled(("1", "远山征信有限公司"), ("2", "上海品山科技有限公司"), ("3", "北京明川征信有限公司"))
    assert keys(engine, "远山信用")[:1] == ["1"]
    assert keys(engine, "远山大数据")[:1] == ["1"]


@pytest.mark.parametrize("typed", ["鹏远", "行白", "白行"])
def test_of_two_characters_one_that_only_sounds_right_still_finds_the_name(filled: Fill, typed: str) -> None:
    engine = filled(("1", "鹏元征信有限公司"), ("2", "百行征信有限公司"), ("3", "北京明川征信有限公司"))
    expected = {"鹏远": ["1"], "白行": ["2"], "行白": []}[typed]
    assert keys(engine, typed) == expected
