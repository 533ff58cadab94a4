"""统一社会信用代码 (GB 32100—2015): put into one form, checked, and explained to the person who typed it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from credit_register.core import regions

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # value = index; I O S V Z are not used
LENGTH = 18

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(LENGTH - 1))

# GB 11714—1997, the embedded organisation code: 36 values, not the 31 above.
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# Second characters that each first character (registering department) allows; 1st amendment of 2016 included.
_KINDS = {
    "1": "1239",  # 机构编制
    "2": "19",  # 外交
    "3": "123459",  # 司法行政
    "4": "19",  # 文化
    "5": "1239",  # 民政
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "123",  # 工商，今市场监管
    "A": "19",  # 中央军委改革和编制办
    "N": "1239",  # 农业农村
    "Y": "1",  # 其他
}

# GB/T 2260 as a fixed list, not the book of regions: an operator's list may lack a province, and the
# reporting unit 66 (the Corps) is no province. A code keeps its division for life, so nothing finer is hard.
_PROVINCES = frozenset(
    str(number)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for number in range(first, last + 1)
)
_NATIONAL_REGISTRAR = "100000"  # 在国家级登记机关登记

# Characters that people take for one another.
_LOOK_ALIKE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}

# Unicode categories Cf (zero-width marks, soft hyphen), Pd (dashes), Z* (blanks) and line ends.
_IGNORED_CATEGORIES = frozenset({"Cc", "Cf", "Pd", "Zl", "Zp", "Zs"})
_MINUS_SIGN = "\u2212"


class UsccProblem(StrEnum):
    """Why a code is refused."""

    LENGTH = "LENGTH"
    CHARSET = "CHARSET"
    DIVISION_FORMAT = "DIVISION_FORMAT"
    CHECK31 = "CHECK31"
    DEPT_KIND = "DEPT_KIND"
    PROVINCE = "PROVINCE"


class UsccWarning(StrEnum):
    """What a person should look at; real codes with these exist."""

    CHECK11 = "CHECK11"
    DIVISION_UNKNOWN = "DIVISION_UNKNOWN"


_WARNING_TEXT = {
    UsccWarning.CHECK11: "第 17 位与第 9 至 16 位不相符，请对照营业执照核对。",
    UsccWarning.DIVISION_UNKNOWN: "第 3 至 8 位不在现行区划表内（可能是已撤并的区划或开发区），请核对。",
}


@dataclass(frozen=True)
class UsccCheck:
    """What was found about one code; passing does not mean that the institution exists."""

    code: str
    problem: UsccProblem | None
    warnings: tuple[UsccWarning, ...] = ()

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def message(self) -> str:
        """In Chinese: what is wrong and how to mend it; empty for a code that passes."""
        return "" if self.problem is None else _explain(self.code, self.problem)

    @property
    def warning_messages(self) -> tuple[str, ...]:
        """In Chinese: what to look at although the code passes."""
        return tuple(_WARNING_TEXT[warning] for warning in self.warnings)


def normalise(text: str) -> str:
    """The one form that is stored and compared: half-width, upper case, without blanks and hyphens."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        character
        for character in folded
        if character != _MINUS_SIGN and unicodedata.category(character) not in _IGNORED_CATEGORIES
    ).upper()


def check(text: str) -> UsccCheck:
    """Check a code as typed; the first problem is reported, warnings only for a code that passes."""
    code = normalise(text)
    problem = _problem(code)
    return UsccCheck(code, problem, _warnings(code) if problem is None else ())


def _problem(code: str) -> UsccProblem | None:
    if len(code) != LENGTH:
        return UsccProblem.LENGTH
    if any(character not in _VALUE for character in code):
        return UsccProblem.CHARSET
    if not code[2:8].isdigit():
        return UsccProblem.DIVISION_FORMAT
    if code[17] != _check_character(code):
        return UsccProblem.CHECK31
    # Eighteen zeros satisfy both check sums; only the table of departments stops them.
    if code[1] not in _KINDS.get(code[0], ""):
        return UsccProblem.DEPT_KIND
    if code[2:4] not in _PROVINCES and code[2:8] != _NATIONAL_REGISTRAR:
        return UsccProblem.PROVINCE
    return None


def _warnings(code: str) -> tuple[UsccWarning, ...]:
    warnings = []
    if code[16] != _organisation_check_character(code[8:16]):
        warnings.append(UsccWarning.CHECK11)
    if code[2:8] != _NATIONAL_REGISTRAR and regions.find(code[2:8]) is None:
        warnings.append(UsccWarning.DIVISION_UNKNOWN)
    return tuple(warnings)


def _check_character(code: str) -> str:
    total = sum(_VALUE[character] * weight for character, weight in zip(code, _WEIGHTS, strict=False))
    return ALPHABET[-total % 31]


def _organisation_check_character(body: str) -> str:
    total = sum(
        int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X"[-total % 11]


def _explain(code: str, problem: UsccProblem) -> str:
    match problem:
        case UsccProblem.LENGTH:
            return _explain_length(code)
        case UsccProblem.CHARSET:
            return _explain_characters(code)
        case UsccProblem.DIVISION_FORMAT:
            position, character = next(
                (number, each) for number, each in enumerate(code[2:8], start=3) if not each.isdigit()
            )
            return f"第 3 至 8 位应为数字（登记机关所在地代码），第 {position} 位现为“{character}”，请改正。"
        case UsccProblem.CHECK31:
            return (
                f"校验码不符：如果前 17 位无误，第 18 位应为“{_check_character(code)}”，现为“{code[17]}”。"
                "请对照营业执照逐位核对。"
            )
        case UsccProblem.DEPT_KIND:
            return (
                f"开头两位“{code[:2]}”不是已有的登记部门和机构类别（公司为 91，社会团体为 51，"
                "民办非企业单位为 52），请对照营业执照或登记证书核对。"
            )
        case UsccProblem.PROVINCE:
            return f"第 3、4 位“{code[2:4]}”不是省级代码（例如北京为 11，四川为 51），请对照营业执照核对。"


def _explain_length(code: str) -> str:
    if not code:
        return "请填写 18 位统一社会信用代码。"
    difference = len(code) - LENGTH
    amount = f"多了 {difference} 位" if difference > 0 else f"少了 {-difference} 位"
    return f"统一社会信用代码应为 18 位，现为 {len(code)} 位，{amount}，请对照营业执照补正。"


def _explain_characters(code: str) -> str:
    position, character = next(
        (number, each) for number, each in enumerate(code, start=1) if each not in _VALUE
    )
    if character in _LOOK_ALIKE:
        likely = _LOOK_ALIKE[character]
        return f"第 {position} 位是字母“{character}”，代码中不用这个字母，可能是“{likely}”，请核对。"
    return (
        f"第 {position} 位“{character}”不是代码可用的字符，"
        "只用数字和除 I、O、S、V、Z 以外的大写字母，请改正。"
    )
