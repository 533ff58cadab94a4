"""The words around a verdict: what it means to a reader, its colour and its icon; and how matters and verdicts are typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TypeVar

from credit_register.core.plain_text import one_line
from credit_register.spotchecks.models import Matter, Verdict

LONGEST_MATTER = 60
SHORTEST_PART = 2
Choice = TypeVar("Choice", Matter, Verdict)


@dataclass(frozen=True)
class Look:
    """How a verdict is shown: tone and symbol of its badge, and a sentence for those who do not know the words."""

    tone: str
    symbol: str
    meaning: str


LOOKS: dict[Verdict, Look] = {
    Verdict.NO_PROBLEM: Look("good", "check", "就本次核查的事项，公示内容与查到的情况一致。"),
    Verdict.NOT_DISCLOSED: Look("warning", "warning", "应当公示的内容没有公示，或者变更后没有及时更新。"),
    Verdict.FALSEHOOD: Look("bad", "cross", "公示的内容与事实不符，并且属于隐瞒或者作假。"),
    Verdict.UNREACHABLE: Look("bad", "cross", "按公示的住所、经营场所和联系方式都联系不上机构。"),
    Verdict.ORDERED_TO_CORRECT: Look("warning", "warning", "发现了问题，主管部门要求机构限期改正。"),
    Verdict.UNCOOPERATIVE: Look("bad", "cross", "机构不按要求提供材料或说明，情节严重。"),
    Verdict.NO_SUCH_BUSINESS: Look("plain", "info", "机构目前没有开展本次核查涉及的业务，不表示有问题。"),
    Verdict.PENDING: Look("warning", "clock", "发现了问题，还需要进一步处理；处理结果另行公布。"),
}


def matter_words(matter: str, detail: str) -> str:
    """The matter as people read it, with what exactly is checked where that was said."""
    if matter == Matter.OTHER and detail:
        return detail
    label = Matter(matter).label
    return f"{label}（{detail}）" if detail else label


def read_matter(typed: str) -> tuple[Matter | None, str]:
    """The matter that somebody typed: a value, its Chinese label or a part of it, or any text, which is the detail."""
    text = one_line(typed)
    if not text:
        return None, ""
    found = _find(Matter, text) or _part_of_one(text)
    return (found, "") if found else (Matter.OTHER, text)


def _part_of_one(text: str) -> Matter | None:
    """The one matter of the list whose label holds the text: 收费标准."""
    wanted = _bare(text)
    if len(wanted) < SHORTEST_PART:
        return None
    found = [each for each in Matter if wanted in _bare(each.label)]
    return found[0] if len(found) == 1 and found[0] is not Matter.OTHER else None


def read_verdict(typed: str) -> Verdict | None:
    """The verdict that somebody typed as its value or its Chinese label, or None."""
    return _find(Verdict, typed)


def _find(choices: type[Choice], typed: str) -> Choice | None:
    wanted = _bare(typed)
    return next((each for each in choices if wanted in (_bare(each.value), _bare(each.label))), None)


def _bare(text: str) -> str:
    """Without case, blanks and punctuation, which people write in several ways."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())
