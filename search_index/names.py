"""What people call a company: its name without place, legal form and trade."""

from __future__ import annotations

import re
import unicodedata

from search_index.places import bare, county_prefix, is_place, place_parts, place_prefix

_LEGAL_FORMS = (
    "集团股份有限公司", "集团有限责任公司", "集团有限公司", "控股有限公司", "股份有限公司", "有限责任公司",
    "股份公司", "有限公司", "总公司", "公司", "合伙企业", "事务所", "合作社", "研究院", "研究所", "工作室",
    "经营部", "服务部", "商行", "中心", "协会", "学会", "联合会", "促进会", "集团",
)  # fmt: skip
_TRADES = (
    "资信评估投资服务", "信用管理咨询", "信用风险管理", "信用信息服务", "信用信息咨询", "信用信息技术",
    "信用信息科技", "信用评级评估", "信用资信评估", "企业信用征信", "企业征信服务", "企业信用评估",
    "企业信用管理", "企业信用服务", "企业管理咨询", "商务信息咨询", "经济信息咨询", "数据信息服务",
    "人力资源服务", "非融资性担保", "知识产权代理", "人工智能科技", "信用认证服务", "应收账款管理",
    "信息咨询服务", "管理咨询服务", "企业信用信息", "供应链管理", "供应链科技", "区块链科技", "物联网科技",
    "信用大数据", "大数据科技", "大数据服务", "大数据技术", "征信服务", "企业征信", "个人征信", "联合征信",
    "信用评级", "信用评估", "信用评价", "信用管理", "信用服务", "信用咨询", "信用信息", "信用科技",
    "信用技术", "信用数据", "信用征信", "信用担保", "信用调查", "信用认证", "资信评估", "资信评级",
    "资信评价", "资信管理", "资信服务", "资信科技", "资信咨询", "资信调查", "证券评估", "商账管理",
    "账款管理", "风险管理", "商务咨询", "商务服务", "信息咨询", "信息服务", "信息技术", "信息科技",
    "网络科技", "网络技术", "数据科技", "数据服务", "数据技术", "管理咨询", "咨询管理", "咨询服务",
    "企业管理", "企业服务", "企业咨询", "技术服务", "科技服务", "金融服务", "金融科技", "金融信息",
    "教育咨询", "教育科技", "投资管理", "投资咨询", "资产评估", "资产管理", "人力资源", "商业保理",
    "融资担保", "融资租赁", "小额贷款", "保险经纪", "保险代理", "知识产权", "法律咨询", "财务咨询",
    "财税咨询", "税务咨询", "工程咨询", "工程管理", "工程技术", "管理顾问", "电子商务", "电子科技",
    "文化传播", "文化传媒", "认证服务", "市场调查", "市场调研", "市场研究", "商务调查", "商业服务",
    "商业管理", "经济咨询", "智能科技", "人工智能", "软件科技", "软件开发", "信用网络", "社会信用",
    "公共信用", "信用建设", "信用促进", "信用修复", "信用管家", "信用评定", "资信认证", "商账追收",
    "账款催收", "评级咨询", "评估咨询", "评价服务", "评估服务", "管理服务", "咨询顾问", "信息产业",
    "信息系统", "系统集成", "实业发展", "产业发展", "科技发展", "科技信息", "技术开发", "技术咨询",
    "企业信用", "企业信息", "企业资信", "城市信用", "信用城市", "大数据", "互联网", "税务师", "会计师",
    "供应链", "区块链", "云计算", "物联网", "计算机", "征信", "资信", "信用", "评级", "评估", "评价", "商账",
    "咨询", "服务", "科技", "技术", "信息", "数据", "网络", "管理", "金融", "投资", "商务", "企业", "国际",
    "控股", "集团", "发展", "实业", "智能", "软件", "工程", "顾问", "文化", "传媒", "广告", "教育", "培训",
    "认证", "检测", "担保", "保理", "基金", "资产", "商业", "经济", "系统", "集成", "贸易", "建设", "电子",
    "通信", "招标", "招投标", "拍卖", "数字", "数智", "智慧", "税务", "财税", "财务", "会计", "审计", "法律", "律师",
    "造价", "监理", "测绘", "鉴定", "土地", "房地产", "地产", "置业", "物业", "租赁", "典当", "经纪", "代理", "中介",
    "物流", "能源", "环保", "建筑", "装饰", "设计", "策划", "会展", "传播", "影视", "体育", "旅游", "酒店", "餐饮",
    "食品", "农业", "生物", "医药", "医疗", "健康", "商贸", "进出口", "机械", "设备", "材料", "化工", "汽车", "电力",
    "翻译", "人力", "劳务", "安防", "运营", "事务所", "研究院", "研究所", "研究中心",
)  # fmt: skip


def _by_length(words: tuple[str, ...]) -> tuple[tuple[int, frozenset[str]], ...]:
    """The words in sets of equal length, the longest first: one look-up instead of a comparison for each word."""
    lengths = sorted({len(word) for word in words}, reverse=True)
    return tuple((length, frozenset(word for word in words if len(word) == length)) for length in lengths)


_LEGAL_ENDINGS = _by_length(_LEGAL_FORMS)
_TRADE_ENDINGS = _by_length(_TRADES)
_BRACKETS = re.compile(r"[(（\[【〔]([^()（）\[\]【】〔〕]*)[)）\]】〕]")
_BRANCH = re.compile(r"(公司).{2,12}(?:分公司|办事处|营业部)$")
_MAX_FORMS = 12


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _strip(text: str, endings: tuple[tuple[int, frozenset[str]], ...]) -> str:
    """The text without the longest ending it has; never shorter than two characters."""
    for length, words in endings:
        if length == len(text) and text in words:
            return text
        if length <= len(text) - 2 and text[-length:] in words:
            return text[:-length]
    return text


def _only_trade(text: str) -> bool:
    while text:
        length = next((length for length, words in _TRADE_ENDINGS if text[:length] in words), 0)
        if not length:
            return False
        text = text[length:]
    return True


def _body(name: str) -> tuple[str, str]:
    """The name without legal form, branch and brackets, and the place that stood in brackets."""
    body = _BRANCH.sub(r"\1", _plain(name))
    places = [inside for inside in _BRACKETS.findall(body) if is_place(inside)]
    body = _BRACKETS.sub(lambda m: "" if is_place(m[1]) or m[1].endswith("合伙") else m[1], body)
    body = "".join(char for char in body if char.isalnum()) or _plain(name)
    return _strip(body, _LEGAL_ENDINGS), places[0] if places else ""


def _stages(body: str, place: str) -> list[str]:
    """The body without its place, then made shorter trade by trade; the last stage is the short name."""
    rest = body[len(place) :]
    if len(rest) < 2 or _only_trade(rest):
        return [body]  # 上海资信 has nothing but its place and its trade: that is what people say.
    stages = [rest]
    while True:
        shorter = _strip(stages[-1], _TRADE_ENDINGS)
        if shorter == stages[-1] or _only_trade(shorter):
            return stages
        stages.append(shorter)


def derive_short_name(name: str) -> str:
    """The name without its place, legal form and trade: 上海示例甲子征信有限公司 is 示例甲子.

    A name that is nothing but place and trade keeps both: 上海资信有限公司 is 上海资信.
    """
    body, _ = _body(name)
    return _stages(body, place_prefix(body))[-1]


def short_forms(name: str, given: str = "") -> tuple[str, ...]:
    """Everything the company may be called for short, the derived short name first; at most 12."""
    body, bracketed = _body(name)
    parts = place_parts(body)
    place = "".join(parts)
    stages = _stages(body, place)
    core, rest = stages[-1], stages[0]
    forms = [core, given, body]
    if rest != body or bracketed:
        forms.append((place or bracketed) + core)
        for part in dict.fromkeys((*reversed(parts or (bracketed,)),)):
            forms += [bare(part) + core, bare(part) + rest]
    forms += stages[:-1][::-1]
    if not place:
        forms.append(_stages(body, county_prefix(body))[-1])
    kept = dict.fromkeys(form for form in map(_plain, forms) if len(form) > 1)
    return tuple(kept)[:_MAX_FORMS]
