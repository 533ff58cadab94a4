"""A register of fictional credit agencies with natural names, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from search_index import Document

PLACES = {
    "110000": "北京", "120000": "天津", "310000": "上海", "500000": "重庆", "130100": "石家庄",
    "140100": "太原", "210100": "沈阳", "210200": "大连", "220100": "长春", "230100": "哈尔滨",
    "320100": "南京", "320500": "苏州", "330100": "杭州", "330200": "宁波", "340100": "合肥",
    "350100": "福州", "350200": "厦门", "360100": "南昌", "370100": "济南", "370200": "青岛",
    "410100": "郑州", "420100": "武汉", "430100": "长沙", "440100": "广州", "440300": "深圳",
    "450100": "南宁", "460100": "海口", "510100": "成都", "510700": "绵阳", "520100": "贵阳",
    "530100": "昆明", "610100": "西安", "620100": "兰州", "630100": "西宁", "640100": "银川",
    "650100": "乌鲁木齐", "510104": "成都", "440304": "深圳", "330106": "杭州", "660000": "新疆",
}  # fmt: skip
PROVINCES = {"51": "四川", "44": "广东", "33": "浙江", "32": "江苏", "37": "山东", "43": "湖南"}
STEM_CHARACTERS = (
    "华中诚联合鑫源达通汇金恒泰瑞丰盛安顺宏远博雅启明正德天成新元卓越云海蓝星光宇飞翔腾龙凤祥和平众智慧力行知远见衡度量准绳公允"
    "清源川岳松柏梅兰竹菊青禾谷雨晨曦朝阳永续长风破浪乘万里江河湖泊山峰岭石玉珠宝琪琳珂珊瑚贝壳银杏枫叶桐木林森桥梁路道方圆"
    "立信义仁礼尚真实至善美好百千亿佳嘉利益民生国邦民康健乐怡悦欣荣昌茂兴旺发隆昇旭升高登攀峻拓展辟创造建筑基石磐固坚毅恩惠"
    "泽润沐霖润泓涵瀚浩淼澜波涛溪流泉沁芳馨香茗墨书画琴棋诗文翰林院士贤才俊杰英豪伟业"
)
TRADES = {
    "征信": ("01",), "企业征信服务": ("01", "09"), "信用评级": ("03",), "资信评估": ("03", "05"),
    "信用管理": ("06", "04"), "信用服务": ("06", "10"), "信用信息咨询": ("06", "11"), "商账管理": ("07",),
    "信用科技": ("08", "09"), "数据科技": ("08",), "企业管理咨询": ("06",), "信用评估": ("05", "12"),
}  # fmt: skip
LEGAL_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
CATEGORY_NAMES = {
    "01": "企业征信", "03": "信用评级", "04": "信用调查", "05": "信用评价", "06": "信用管理咨询",
    "07": "商账管理", "08": "信用数据与技术服务", "09": "信用报告", "10": "信用培训", "11": "信用修复辅导",
    "12": "第三方评估",
}  # fmt: skip
PRODUCTS = {
    "01": ("企业信用报告（基础版）", "按份"), "03": ("主体信用评级", "按次"),
    "04": ("商业伙伴信用调查", "按次"), "05": ("行业信用等级评价", "年费"), "06": ("信用管理师驻场", "年费"),
    "07": ("应收账款管理", "按比例"), "08": ("信用数据接口", "按量"), "09": ("投标用第三方信用报告", "按份"),
    "10": ("信用管理师培训", "按人"), "11": ("信用修复政策辅导", "免费"), "12": ("双公示第三方评估", "面议"),
}  # fmt: skip
CUSTOMERS = ("制造业", "建筑业", "批发零售业", "金融机构", "政府部门", "小微企业")
CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Made:
    """A document and the parts its name was made of."""

    document: Document
    place: str
    stem: str
    trade: str


def make(count: int, seed: int = 7) -> list[Made]:
    """That many institutions with distinct names and codes."""
    rng = random.Random(seed)
    names: set[str] = set()
    made: list[Made] = []
    while len(made) < count:
        region = rng.choice(list(PLACES))
        place = PLACES[region] if rng.random() < 0.85 else PROVINCES.get(region[:2], PLACES[region])
        stem = "".join(rng.sample(STEM_CHARACTERS, rng.choices((2, 3, 4), (40, 35, 25))[0]))
        trade = rng.choice(list(TRADES))
        legal = rng.choice(LEGAL_FORMS)
        shape = rng.random()
        if shape < 0.75:
            name = f"{place}{stem}{trade}{legal}"
        elif shape < 0.85:
            name = f"{place}{'' if place in PROVINCES.values() else '市'}{stem}{trade}{legal}"
        elif shape < 0.95:
            name = f"{stem}（{place}）{trade}{legal}"
        else:
            name = f"{stem}国际{trade}{legal}"
        if name in names:
            continue
        names.add(name)
        categories = TRADES[trade]
        serial = "".join(rng.choice(CODE_CHARACTERS) for _ in range(7))
        document = Document(
            key=f"91{region}MA{len(made):06d}{serial}"[:18],
            name=name,
            former_names=(f"{place}{stem}信誉{legal}",) if rng.random() < 0.1 else (),
            region=region,
            categories=categories,
            category_names=tuple(CATEGORY_NAMES[one] for one in categories),
            status=rng.choices(("registered", "suspended", "deregistered"), (90, 5, 5))[0],
            committed=rng.random() < 0.4,
            adverse=rng.random() < 0.05,
            registered_on=date(2015, 1, 1) + timedelta(days=rng.randrange(4000)),
            products=tuple(PRODUCTS[one][0] for one in categories),
            fee_words=tuple(PRODUCTS[one][1] for one in categories),
            fees={one: float(rng.randrange(100, 100_000)) for one in categories if rng.random() < 0.8},
            text=f"本机构位于{place}，主要从事{'、'.join(CATEGORY_NAMES[one] for one in categories)}，"
            f"服务{rng.choice(CUSTOMERS)}客户。",
            revision=rng.randrange(1, 9),
        )
        made.append(Made(document, place, stem, trade))
    return made
