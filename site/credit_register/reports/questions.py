"""Small questions in words that people answer at once, with the eyes or with a screen reader, and simple programs do not."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = {
    character: value
    for value, characters in enumerate(
        ("〇零", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for character in characters
}
_TENS: Final = "十拾"
_WORDS: Final = "零一二三四五六七八九十"
# Ways in which people begin an answer.
_OPENINGS: Final = ("答案", "等于", "应该是", "是", "星期", "礼拜", "周", "第")
_ENDINGS: Final = ("个字", "字")
# Words of different characters that are written alike in both scripts, so that any character may be asked for.
_PHRASES: Final = ("金木水火土", "日月星光", "山川河海", "春夏秋冬", "上下左右", "天地人和")
_KINDS: Final = {
    "水果": ("苹果", "香蕉", "西瓜", "葡萄"),
    "动物": ("老虎", "兔子", "山羊", "黄牛"),
    "交通工具": ("汽车", "火车", "飞机", "自行车"),
    "颜色": ("红色", "白色", "黑色", "黄色"),
    "家具": ("桌子", "椅子", "衣柜", "书架"),
}


@dataclass(frozen=True)
class Question:
    """What is asked, and the answers that are right, each as `normalise` gives it."""

    text: str
    answers: tuple[str, ...]


def ask(chance: random.Random) -> Question:
    """One question of any family."""
    return chance.choice(FAMILIES)(chance)


def is_right(typed: str, answers: tuple[str, ...]) -> bool:
    """Whether what was typed means one of the answers."""
    return normalise(typed) in answers


def normalise(typed: str) -> str:
    """An answer without what people put around it; numbers in digits, however they were written."""
    folded = unicodedata.normalize("NFKC", typed[:100]).casefold()
    plain = "".join(each for each in folded if unicodedata.category(each)[0] in "LN")
    for opening in _OPENINGS:
        plain = plain.removeprefix(opening)
    for ending in _ENDINGS:
        plain = plain.removesuffix(ending) or plain
    return _in_digits(plain)


def _in_digits(text: str) -> str:
    """A number below one hundred in digits; any other text as it is."""
    if text.isascii() and text.isdecimal():
        return text.lstrip("0") or "0"
    for ten in _TENS:
        if ten in text:
            tens, _, ones = text.partition(ten)
            values = [_DIGITS.get(tens) if tens else 1, _DIGITS.get(ones) if ones else 0]
            if None in values:
                return text
            return f"{values[0]}{values[1]}".lstrip("0") or "0"
    return str(_DIGITS[text]) if text in _DIGITS else text


def in_words(number: int) -> str:
    """A number from 0 to 99 as it is written in Chinese."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _WORDS[ones]
    return ("" if tens == 1 else _WORDS[tens]) + "十" + (_WORDS[ones] if ones else "")


def _sum(chance: random.Random) -> Question:
    one, other = chance.randint(2, 9), chance.randint(2, 9)
    if chance.random() < 0.5:
        return Question(f"{in_words(one)}加{in_words(other)}等于几？", (str(one + other),))
    return Question(f"{in_words(one + other)}减{in_words(one)}等于几？", (str(other),))


def _character(chance: random.Random) -> Question:
    phrase = chance.choice(_PHRASES)
    place = chance.randrange(len(phrase))
    return Question(f"“{phrase}”的第{in_words(place + 1)}个字是什么？", (normalise(phrase[place]),))


def _odd_one(chance: random.Random) -> Question:
    wanted, *others = chance.sample(sorted(_KINDS), 3)
    right = chance.choice(_KINDS[wanted])
    shown = [right, *(chance.choice(_KINDS[kind]) for kind in others)]
    chance.shuffle(shown)
    return Question(f"{'、'.join(shown)}，哪一个是{wanted}？请写出名称。", (right, *_short(right)))


def _short(word: str) -> tuple[str, ...]:
    """A colour may be named without the word for colour."""
    return (word.removesuffix("色"),) if word.endswith("色") else ()


def _day(chance: random.Random) -> Question:
    day = chance.randint(1, 5)
    return Question(f"星期{in_words(day)}的后一天是星期几？", (str(day + 1),))


def _larger(chance: random.Random) -> Question:
    one, other = chance.sample(range(11, 60), 2)
    return Question(f"{in_words(one)}和{in_words(other)}，哪个数大？", (str(max(one, other)),))


FAMILIES: Final[tuple[Callable[[random.Random], Question], ...]] = (_sum, _character, _odd_one, _day, _larger)
