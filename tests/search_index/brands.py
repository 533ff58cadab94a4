"""What the invented institutions are called: brands made of words, characters, people's names, letters, numbers."""

from __future__ import annotations

import random
from functools import cache

import rjieba
from pypinyin.phrases_dict import phrases_dict

from tests.search_index.localities import bare_names
from tests.search_index.trades import trade_words

# A brand is a thing or a quality; words that are deeds, times or little words are left out.
_BRANDED = {"n", "nz", "nr", "nrt", "ns", "a", "z", "b", "j"}
_PLAIN = (
    "芝麻蚂蚁水滴元素天眼查启考拉西瓜豹鹏同盾融冰鉴芥味象鹿马鹤鹰燕鸿雁鲸鱼蜂蝶虎狮熊羊牛兔雀鸟花草叶果苗种树根枝茶米麦豆蜜糖油"
    "火光电波声音色彩红橙黄绿青蓝紫白金银铜铁钢玻璃镜灯塔钟表笔印章票账本册卡码链网络图谱算法数字点线面体球环轮圈角心手口门窗屋舍"
    "楼阁亭台宫殿城堡园院庄村镇乡里街巷港湾岛洲沙滩岸浪潮雪霜露雾虹霞日月辰春夏秋冬东西南北上前内外高大小多快速稳准精细深厚宽广"
    "专优品质量级标尺规则理念思想意识化艺术科学技能工匠师友客商家族人才士子童情爱亲气运命缘因果实静福禄寿财富宝珍奇异灿烂辉煌灵犀"
    "犇骏驰骋跃奔跑步走航帆船舟车驾驭翼羽翅膀雷太阳亮星宇宙空间时代世纪未来历史古典现今改革进取合作共赢互双案例证明号召集势用户交"
    "流通程序列表业绩效率锋植物木土"
)
_JOINERS_BEFORE = "中华国金新东天大鑫众百万联信正明恒泰宏博智云海安瑞启远创亿九三"
_JOINERS_AFTER = "达源通联信邦汇泰云诚盛兴创智邦力宝捷行道度鼎和元圆华鑫德恒维图讯数链易"
_LUCKY = (
    "华中诚联合鑫源达通汇金恒泰瑞丰盛安顺宏远博雅启明正德天成新元卓越云海蓝星光宇飞翔腾龙凤祥和平众智慧力行知远见衡度量准绳公允"
    "清源川岳松柏梅兰竹菊青禾谷雨晨曦朝阳永续长风破浪乘万里江河湖泊山峰岭石玉珠宝琪琳珂珊瑚贝壳银杏枫叶桐木林森桥梁路道方圆"
    "立信义仁礼尚真实至善美好百千亿佳嘉利益民生国邦民康健乐怡悦欣荣昌茂兴旺发隆昇旭升高登攀峻拓展辟创造建筑基石磐固坚毅恩惠"
    "泽润沐霖润泓涵瀚浩淼澜波涛溪流泉沁芳馨香茗墨书画琴棋诗文翰林院士贤才俊杰英豪伟业"
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
_GIVEN = "伟芳秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建国志华红玉林海波子轩浩宇梓涵欣怡思远雨桐嘉怀瑾子墨承泽俊熙"
_DIGITS = "零一二三四五六七八九"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SYLLABLES = (
    "ka",
    "lo",
    "ve",
    "ri",
    "ta",
    "no",
    "mi",
    "se",
    "du",
    "pro",
    "tri",
    "cre",
    "fin",
    "ax",
    "on",
    "ex",
)


@cache
def _words() -> tuple[str, ...]:
    """The words of two characters that could stand over a door: pairs of the pools that the dictionary has."""
    pool = sorted({*_LUCKY, *_PLAIN})
    taken = bare_names() | trade_words()
    pairs = (one + other for one in pool for other in pool)
    known = [pair for pair in pairs if pair not in taken and rjieba.has_word(pair)]
    return tuple(pair for pair in known if len(tags := rjieba.tag(pair)) == 1 and tags[0][1] in _BRANDED)


@cache
def _sayings() -> tuple[str, ...]:
    """Phrases of three and four characters that are made of the pools."""
    pool = {*_LUCKY, *_PLAIN, *"一三四五六七八九不为之有"}
    return tuple(
        sorted(phrase for phrase in phrases_dict if len(phrase) in (3, 4) and pool.issuperset(phrase))
    )


class Brands:
    """Brands drawn at random."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._two, self._phrases = _words(), _sayings()
        self._kinds = (
            (30, self._word),
            (10, self._word_and_character),
            (10, self._character_and_word),
            (11, self._two_words),
            (6, self._saying),
            (21, self._characters),
            (5, self._person),
            (4, self._letters),
            (3, self._number),
        )
        self._weights = [weight for weight, _ in self._kinds]

    def draw(self) -> str:
        """One brand."""
        return self._rng.choices(self._kinds, self._weights)[0][1]()

    def _word(self) -> str:
        return self._rng.choice(self._two)

    def _word_and_character(self) -> str:
        return self._rng.choice(self._two) + self._rng.choice(_JOINERS_AFTER)

    def _character_and_word(self) -> str:
        return self._rng.choice(_JOINERS_BEFORE) + self._rng.choice(self._two)

    def _two_words(self) -> str:
        return self._rng.choice(self._two) + self._rng.choice(self._two)

    def _saying(self) -> str:
        return self._rng.choice(self._phrases)

    def _characters(self) -> str:
        length = self._rng.choices((2, 3, 4), (45, 35, 20))[0]
        return "".join(self._rng.choices(_LUCKY, k=length))

    def _person(self) -> str:
        given = self._rng.choices(_GIVEN, k=self._rng.choice((1, 2)))
        return self._rng.choice(_SURNAMES) + "".join(given)

    def _letters(self) -> str:
        if self._rng.random() < 0.4:
            spoken = "".join(self._rng.choices(_SYLLABLES, k=self._rng.choice((2, 3))))
            return spoken.capitalize() if self._rng.random() < 0.5 else spoken.upper()
        letters = "".join(self._rng.choices(_LETTERS, k=self._rng.choice((2, 3, 3, 4))))
        return letters + (self._rng.choice(self._two) if self._rng.random() < 0.3 else "")

    def _number(self) -> str:
        shape = self._rng.random()
        if shape < 0.4:
            return "".join(self._rng.choices(_DIGITS, k=self._rng.choice((2, 3))))
        if shape < 0.7:
            return self._rng.choice(_DIGITS) + self._rng.choice(self._two)
        return str(self._rng.randrange(10, 1000)) + self._rng.choice(self._two)
