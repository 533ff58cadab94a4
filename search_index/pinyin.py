"""Pinyin of names with the readings people really type, and the reading of what they typed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import Any, cast

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg as words_of

# Second readings that occur in names of places, brands and people; the dictionary lists many that never do.
_POLYPHONES = {
    "长": "chang zhang", "重": "chong zhong", "行": "hang xing", "乐": "le yue", "朝": "chao zhao",
    "都": "du dou", "厦": "sha xia", "会": "hui kuai", "调": "diao tiao", "单": "dan shan",
    "曾": "zeng ceng", "盛": "sheng cheng", "藏": "zang cang", "传": "chuan zhuan", "参": "can shen",
    "石": "shi dan", "省": "sheng xing", "强": "qiang jiang", "率": "lv shuai", "蔚": "wei yu",
    "柏": "bai bo", "度": "du duo", "车": "che ju", "铅": "qian yan", "浒": "hu xu", "六": "liu lu",
    "台": "tai", "番": "fan pan", "覃": "qin tan", "解": "jie xie", "查": "cha zha", "翟": "zhai di",
    "奇": "qi ji", "数": "shu", "宿": "su xiu", "校": "xiao jiao", "薄": "bo bao", "给": "gei ji",
    "露": "lu lou", "角": "jiao jue", "大": "da dai", "地": "di de", "还": "hai huan", "晟": "sheng cheng",
    "茜": "qian xi", "莞": "guan wan", "阿": "a e", "蚌": "beng bang", "差": "cha chai", "尽": "jin",
    "兴": "xing", "种": "zhong chong", "仇": "qiu chou", "区": "qu ou", "尉": "wei yu", "什": "shi shen",
    "佛": "fo fu", "折": "zhe she", "丽": "li", "弹": "dan tan", "降": "jiang xiang", "系": "xi ji",
    "属": "shu zhu", "为": "wei", "拓": "tuo ta", "殷": "yin yan", "颉": "jie xie", "隽": "juan jun",
    "峤": "qiao jiao", "粘": "nian zhan", "盖": "gai ge", "葛": "ge", "纪": "ji", "瑾": "jin", "泊": "bo po",
    "埔": "pu bu", "堡": "bao pu bu", "枞": "zong cong", "荥": "xing ying", "亳": "bo", "涡": "guo wo",
    "谷": "gu yu", "郇": "xun huan", "牟": "mou mu", "洗": "xi xian", "冼": "xian", "贾": "jia gu",
    "洞": "dong tong", "湛": "zhan", "矿": "kuang", "绿": "lv lu", "嘉": "jia", "和": "he", "耀": "yao",
    "了": "liao le", "说": "shuo shui", "识": "shi zhi", "信": "xin", "朴": "pu piao", "氏": "shi zhi",
    "俞": "yu shu", "钥": "yao yue",
}  # fmt: skip
_ALL = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao
ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chuai chuan chuang chui chun
chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de deng di dian diao die ding diu dong dou
du duan dui dun duo e ei en er fa fan fang fei fen feng fou fu ga gai gan gang gao ge gei gen geng
gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai
huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang
kao ke ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia
lian liang liao lie lin ling liu long lou lu luan lue lun luo lv lve ma mai man mang mao me mei men
meng mi mian miao mie min ming miu mo mou mu n na nai nan nang nao ne nei nen neng ni nian niang
niao nie nin ning niu nong nou nu nuan nue nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian
piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang
rao re ren reng ri rong rou ru ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang
shao she shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun
suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang
wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye
yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao
zhe zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun
zuo
"""
SYLLABLES = frozenset(_ALL.split())
_UNFINISHED = frozenset(one[:length] for one in SYLLABLES for length in range(1, len(one)))
# How passports write ü.
_PASSPORT = {"lyu": "lv", "nyu": "nv", "lyue": "lue", "nyue": "nue"}
_LONGEST = max(map(len, SYLLABLES))
_MAX_READINGS = 3
_MAX_TYPED = 40
_MAX_LETTERS = 5


@lru_cache(maxsize=65536)
def _read_word(word: str) -> tuple[str, ...]:
    spelled = lazy_pinyin([word], style=Style.NORMAL, errors=cast("Any", list))
    return tuple(str(one).replace("ü", "v") for one in spelled)


def _read(text: str) -> list[str]:
    """One reading for each character in its context; Latin letters and digits stand for themselves.

    Cut into words here as `lazy_pinyin` would cut it, because names share most of their words.
    """
    return [one for word in words_of.cut(text) for one in _read_word(word)]


@lru_cache(maxsize=8192)
def _usual(char: str) -> tuple[str, ...]:
    """The usual reading of a single character, then its second ones."""
    first = _read(char)[:1]
    return tuple(dict.fromkeys([*first, *_POLYPHONES.get(char, "").split()]))


@lru_cache(maxsize=8192)
def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """For each character of a compact name its readings, the one in context first; at most three."""
    context = _read(text)
    if len(context) != len(text):
        context = [_usual(char)[0] for char in text]
    return tuple(
        tuple(dict.fromkeys((here, *_usual(char))))[:_MAX_READINGS]
        for here, char in zip(context, text, strict=True)
    )


def spellings(syllables: Sequence[Sequence[str]], limit: int) -> tuple[str, ...]:
    """The syllables as one word, in at most `limit` of the possible readings, the likely ones first."""
    return tuple(dict.fromkeys("".join(one) for one in islice(product(*syllables), limit)))


def initials(syllables: Sequence[Sequence[str]], limit: int) -> tuple[str, ...]:
    """The first letters of the syllables, in at most `limit` readings."""
    letters = [tuple(dict.fromkeys(one[0] for one in options)) for options in syllables]
    return spellings(letters, limit)


def syllable_terms(syllables: Sequence[Sequence[str]]) -> set[str]:
    """Single syllables, neighbouring pairs ("xin'yong") and the first one ("^xin"), every reading of them."""
    terms = {one for options in syllables for one in options}
    for left, right in pairwise(syllables):
        terms.update(f"{a}'{b}" for a in left for b in right)
    terms.update(f"^{one}" for one in (syllables[0] if syllables else ()))
    return terms


def sound_alike(one: str, other: str) -> bool:
    """Whether two compact texts may be read the same, character by character."""
    return len(one) == len(other) and all(
        not set(here).isdisjoint(there) for here, there in zip(readings(one), readings(other), strict=True)
    )


def fold_typed(word: str) -> str:
    """Typed pinyin with ü written as the index writes it."""
    return word.replace("ü", "v")


@lru_cache(maxsize=1024)
def cut_typed(word: str, limit: int = 4) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Ways to read typed letters as syllables, fewest syllables first, each with an unfinished rest.

    "zhongche" is (("zhong", "che"), "") and (("zhong",), "che"): the last syllable may still be growing. Letters that
    no syllable begins with stand for themselves at the beginning: "ucmingli" is UC明理.
    """
    word = word[:_MAX_TYPED]
    if not word.isascii() or not word.isalpha():
        return ()
    for letters in range(min(_MAX_LETTERS, len(word) - 1) + 1):
        found = _cut_syllables(word[letters:], limit)
        if found:
            return tuple(((*word[:letters], *way), rest) for way, rest in found)
    return ()


def _cut_syllables(word: str, limit: int) -> tuple[tuple[tuple[str, ...], str], ...]:
    ways: list[list[tuple[str, ...]]] = [[] for _ in range(len(word) + 1)]
    ways[0] = [()]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST), end):
            syllable = _PASSPORT.get(word[start:end], word[start:end])
            if ways[start] and syllable in SYLLABLES:
                ways[end].extend((*way, syllable) for way in ways[start])
        ways[end] = sorted(ways[end], key=len)[:limit]
    complete = [(way, "") for way in ways[-1]]
    if complete:
        growing = [(way[:-1], way[-1]) for way in ways[-1][:2] if len(way) > 1 and way[-1] in _UNFINISHED]
        return tuple(complete + growing)
    found: list[tuple[tuple[str, ...], str]] = []
    for start in range(len(word) - 1, max(0, len(word) - _LONGEST), -1):
        rest = word[start:]
        if ways[start] and rest in _UNFINISHED:
            found.extend((way, rest) for way in ways[start][:2] if way)
    return tuple(found[: 2 * limit])


@lru_cache(maxsize=512)
def completions(rest: str) -> tuple[str, ...]:
    """The syllables that an unfinished one may become."""
    return tuple(sorted(one for one in SYLLABLES if one.startswith(rest)))
