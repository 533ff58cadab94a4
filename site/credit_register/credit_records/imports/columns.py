"""The columns of the four kinds of files, with the titles and the codes under which authorities send them."""

from __future__ import annotations

from typing import Final

from credit_register.core.sheets import Column, HeaderSpec, Kind
from credit_register.credit_records.models import BatchKind

CODE: Final = "统一社会信用代码"
AUTHORITY: Final = "处罚机关"
AUTHORITY_CODE: Final = "处罚机关代码"
DOCUMENT: Final = "行政处罚决定书文号"
SUBJECT: Final = "行政相对人名称"
SUBJECT_KIND: Final = "行政相对人类别"
CONDUCT: Final = "违法行为类型"
FACTS: Final = "违法事实"
BASIS: Final = "处罚依据"
PENALTY_KINDS: Final = "处罚类别"
PENALTY_KIND_ONE: Final = "处罚类别1"
PENALTY_KIND_TWO: Final = "处罚类别2"
CONTENT: Final = "处罚内容"
FINE: Final = "罚款金额"
CONFISCATED: Final = "没收违法所得、没收非法财物金额"
LICENCE: Final = "暂扣或吊销证照名称及编号"
DECIDED: Final = "处罚决定日期"
VALID_UNTIL: Final = "处罚有效期"
LISTED_UNTIL: Final = "公示截止期"
SOURCE: Final = "数据来源单位"
REMARK: Final = "备注"
DEGREE: Final = "失信等级"
PENALTY_NAME: Final = "处罚名称"
PRESENT_STATE: Final = "当前状态"
PLACE: Final = "地方编码"

NAME: Final = "主体名称"
LIST_NAME: Final = "名单名称"
LIST_AUTHORITY: Final = "认定机关"
LISTED_ON: Final = "列入日期"
LIST_DOCUMENT: Final = "列入文号"
LIST_BASIS: Final = "认定依据"
LIST_GROUND: Final = "列入事由"
REMOVED_ON: Final = "移出日期"
REMOVAL_DOCUMENT: Final = "移出文号"

FACT_KIND: Final = "事实类型"
FACT_AUTHORITY: Final = "认定或登记机关"
FACT_DATE: Final = "日期"
FACT_DOCUMENT: Final = "文号"
FACT_GROUND: Final = "事由"
FACT_ENDED: Final = "移出或终结日期"

REPAIR_DOCUMENT: Final = "修复文号"
REPAIRED_ON: Final = "修复日期"
REPAIR_OFFICE: Final = "决定单位"
DECISION: Final = "决定书文号"

_CODE_TITLES: Final = (
    "CF_XDR_SHXYM",
    "行政相对人统一社会信用代码",
    "行政相对人代码_1(统一社会信用代码)",
    "信用代码",
    "社会信用代码",
    "统一信用代码",
    "机构代码",
    "USCC",
)
_NAMES: Final = (
    "企业名称",
    "机构名称",
    "单位名称",
    "名称",
    "失信主体名称",
    "当事人名称",
    SUBJECT,
    "CF_XDR_MC",
)

PENALTIES: Final = HeaderSpec(
    (
        Column(SUBJECT, ("CF_XDR_MC", NAME, *_NAMES[:6], "行政处罚相对人名称"), required=True),
        Column(SUBJECT_KIND, ("CF_XDR_LB", "相对人类别")),
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(DOCUMENT, ("CF_WSH", "处罚决定书文号", DECISION, "决定文书号", "处罚文号"), required=True),
        Column(CONDUCT, ("CF_WFXW", "违法行为")),
        Column(FACTS, ("CF_SY", "处罚事由", "主要违法事实")),
        Column(BASIS, ("CF_YJ", "行政处罚依据")),
        Column(PENALTY_KINDS, ("CF_CFLB", "处罚种类", "行政处罚种类")),
        Column(PENALTY_KIND_ONE, ("CF_CFLB1", "处罚类别一")),
        Column(PENALTY_KIND_TWO, ("CF_CFLB2", "处罚类别二")),
        Column(CONTENT, ("CF_NR", "CF_JG", "处罚结果", "行政处罚内容")),
        Column(FINE, ("CF_NR_FK", "罚款"), kind=Kind.NUMBER),
        Column(
            CONFISCATED,
            ("CF_NR_WFFF", "没收违法所得、没收非法财物的金额", "没收违法所得、非法财物金额", "没收金额"),
            kind=Kind.NUMBER,
        ),
        Column(LICENCE, ("CF_NR_ZKDX", "暂扣或吊销证照名称")),
        Column(DECIDED, ("CF_JDRQ", "决定日期", "处罚日期"), required=True, kind=Kind.DATE),
        Column(VALID_UNTIL, ("CF_YXQ", "处罚有效期至"), kind=Kind.DATE),
        Column(LISTED_UNTIL, ("CF_GSJZQ", "公示截止日期", "公示期限"), kind=Kind.DATE),
        Column(AUTHORITY, ("CF_CFJG", "CF_XZJG", "处罚机关名称", "行政处罚机关"), required=True),
        Column(AUTHORITY_CODE, ("CF_CFJGDM", "处罚机关统一社会信用代码"), kind=Kind.CODE),
        Column(SOURCE, ("CF_SJLY", "数据来源")),
        Column(DEGREE, ("等级", "失信程度", "失信行为等级")),
        Column(REMARK, ("BZ",)),
        Column(PENALTY_NAME, ("CF_CFMC", "行政处罚名称")),
        Column(PRESENT_STATE, ("CF_ZT",)),
        Column(PLACE, ("DFBM",), kind=Kind.CODE),
    )
)

SEVERE_LIST: Final = HeaderSpec(
    (
        Column(LIST_NAME, ("严重失信主体名单名称", "所属名单", "名单类型"), required=True),
        Column(NAME, _NAMES, required=True),
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(
            LIST_AUTHORITY,
            ("认定单位", "认定部门", "列入机关", "列入决定机关", "作出决定机关"),
            required=True,
        ),
        Column(
            LISTED_ON, ("认定日期", "列入时间", "列入名单日期", "列入决定日期"), required=True, kind=Kind.DATE
        ),
        Column(LIST_DOCUMENT, ("列入决定书文号", "认定文号", "认定文书号", "列入决定文号", FACT_DOCUMENT)),
        Column(LIST_BASIS, ("列入依据", "列入名单依据")),
        Column(LIST_GROUND, ("列入原因", "认定事由", "列入名单事由", "失信行为")),
        Column(REMOVED_ON, ("移出时间", "移出名单日期", "退出日期"), kind=Kind.DATE),
        Column(REMOVAL_DOCUMENT, ("移出决定书文号", "移出决定文号")),
    )
)

FACT_COLUMNS: Final = HeaderSpec(
    (
        Column(FACT_KIND, ("类型", "事实", "登记状态", "状态"), required=True),
        Column(NAME, _NAMES, required=True),
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(
            FACT_AUTHORITY,
            ("认定/登记机关", LIST_AUTHORITY, "登记机关", "列入机关", "受理法院", "法院", "机关"),
            required=True,
        ),
        Column(
            FACT_DATE,
            (LISTED_ON, "认定日期", "注销日期", "吊销日期", "受理日期", "事实日期"),
            required=True,
            kind=Kind.DATE,
        ),
        Column(FACT_DOCUMENT, ("决定书文号", LIST_DOCUMENT, "裁定书文号", "案号")),
        Column(FACT_GROUND, ("原因", "列入原因", LIST_GROUND)),
        Column(FACT_ENDED, ("移出/终结日期", REMOVED_ON, "终结日期", "移出时间"), kind=Kind.DATE),
        Column(REMOVAL_DOCUMENT, ("移出/终结文号", "移出决定书文号", "终结文号")),
    )
)

REPAIRS: Final = HeaderSpec(
    (
        Column(DECISION, ("CF_WSH", DOCUMENT, "处罚决定书文号", LIST_DOCUMENT), required=True),
        Column(AUTHORITY_CODE, ("CF_CFJGDM", "处罚机关统一社会信用代码"), kind=Kind.CODE),
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(REPAIRED_ON, ("信用修复日期", "修复决定日期", "修复时间"), required=True, kind=Kind.DATE),
        Column(REPAIR_DOCUMENT, ("信用修复决定书文号", "修复决定书文号", "修复决定文号")),
        Column(REPAIR_OFFICE, ("修复决定单位", "修复单位", "作出决定单位", "修复机关"), required=True),
    )
)

SPECS: Final = {
    BatchKind.PENALTIES: PENALTIES,
    BatchKind.SEVERE_LIST: SEVERE_LIST,
    BatchKind.FACTS: FACT_COLUMNS,
    BatchKind.REPAIRS: REPAIRS,
}

# Personal fields of the standards: never read. A title that says so is named to the person who sent the file.
PERSONAL: Final = frozenset(
    {
        "CF_FRDB",
        "CF_FR",
        "CF_FR_ZJLX",
        "CF_FR_ZJHM",
        "CF_FR_SFZ",
        "CF_XDR_ZJLX",
        "CF_XDR_ZJHM",
        "CF_XDR_SFZ",
        "法定代表人",
        "法定代表人姓名",
        "法定代表人证件类型",
        "法定代表人证件号码",
        "法定代表人身份证号",
        "证件类型",
        "证件号码",
        "身份证号",
        "身份证号码",
        "居民身份证号",
    }
)
# Titles of the standards that this register has no use for, and no reason to speak of.
UNUSED: Final = frozenset(
    {
        "CF_XDR_GSZC",
        "CF_XDR_ZZJG",
        "CF_XDR_SWDJ",
        "CF_XDR_SYDW",
        "CF_XDR_SHZZ",
        "CF_XDR_ZDM",
        "CF_XDR_GSDJ",
        "CF_SJLYDM",
        "SJC",
        "序号",
    }
)
