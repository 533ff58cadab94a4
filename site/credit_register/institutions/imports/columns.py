"""The columns of the two import files, with the titles that offices give them."""

from __future__ import annotations

from typing import Final

from credit_register.core.sheets import Column, HeaderSpec, Kind

NAME: Final = "机构名称"
CODE: Final = "统一社会信用代码"
REGION: Final = "区划代码"
CATEGORIES: Final = "服务类别"
LEGAL_REPRESENTATIVE: Final = "法定代表人"
FOUNDED: Final = "成立日期"
ADDRESS: Final = "住所"
PHONE: Final = "联系电话"
WEBSITE: Final = "官网"
CHIEF_SUPERVISOR: Final = "首席信用监督官"
INTRODUCTION: Final = "简介"
SHORT_NAME: Final = "简称"
FORMER_NAMES: Final = "曾用名"
CONDUCT_TITLE: Final = "行为准则名称"
CONDUCT_VERSION: Final = "行为准则版本"
CONDUCT_DATE: Final = "行为准则日期"
VOLUNTARY: Final = "自愿公示信息"
LICENCE_NUMBER: Final = "许可或备案号"
LICENCE_ISSUER: Final = "发证机关"
LICENCE_EXPIRY: Final = "有效期"

PRODUCT_NAME: Final = "产品名称"
BASIS: Final = "收费方式"
STANDARD: Final = "收费标准"
UNIT: Final = "计费单位"
INCLUDED: Final = "收费说明"

# In the sheet of rejected rows; no column above answers to these titles, so a second import ignores them.
ROW_NUMBER: Final = "行号"
PROBLEMS: Final = "问题"

_CODE_TITLES: Final = (
    "信用代码",
    "社会信用代码",
    "社会统一信用代码",
    "统一信用代码",
    "统一社会信用代码证号",
    "机构代码",
    "税号",
    "USCC",
)

ROSTER: Final = HeaderSpec(
    (
        Column(
            NAME,
            ("企业名称", "单位名称", "公司名称", "机构全称", "名称", "主体名称", "信用服务机构名称"),
            required=True,
        ),
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(LEGAL_REPRESENTATIVE, ("法人", "法人代表", "法定代表人姓名", "法代", "负责人")),
        Column(FOUNDED, ("成立时间", "注册日期", "注册时间", "设立日期", "开业日期"), kind=Kind.DATE),
        Column(
            REGION,
            (
                "行政区划代码",
                "行政区划",
                "所属区划",
                "所在区划",
                "区划",
                "地区代码",
                "所属地区",
                "所在地区",
                "管辖区划",
            ),
            required=True,
            kind=Kind.CODE,
        ),
        Column(
            ADDRESS, ("注册地址", "地址", "住址", "注册住所", "经营地址", "办公地址", "联系地址", "通讯地址")
        ),
        Column(PHONE, ("电话", "联系方式", "电话号码", "办公电话", "联系号码"), kind=Kind.CODE),
        Column(WEBSITE, ("网址", "网站", "官方网站", "公司网址", "官网地址", "主页")),
        Column(
            CATEGORIES,
            ("业务类别", "类别", "服务类型", "业务类型", "机构类别", "服务范围", "业务范围"),
            required=True,
        ),
        Column(CHIEF_SUPERVISOR, ("首席监督官", "信用监督官", "首席信用官")),
        Column(INTRODUCTION, ("机构简介", "企业简介", "公司简介", "单位简介", "概况")),
        Column(SHORT_NAME, ("机构简称", "企业简称")),
        Column(FORMER_NAMES, ("曾用名称", "原名称", "历史名称")),
        Column(CONDUCT_TITLE, ("行为准则",)),
        Column(CONDUCT_VERSION, ("准则版本",)),
        Column(CONDUCT_DATE, ("准则日期", "行为准则发布日期"), kind=Kind.DATE),
        Column(VOLUNTARY, ("自愿公示",)),
        Column(
            LICENCE_NUMBER,
            ("许可证号", "备案号", "许可号", "许可/备案号", "备案编号", "许可证编号", "资质文号"),
            kind=Kind.CODE,
        ),
        Column(LICENCE_ISSUER, ("许可机关", "备案机关", "发证单位", "发证/备案机关")),
        Column(LICENCE_EXPIRY, ("有效期至", "许可有效期", "许可有效期至", "有效截止日期"), kind=Kind.DATE),
    )
)

PRODUCTS: Final = HeaderSpec(
    (
        Column(CODE, _CODE_TITLES, required=True, kind=Kind.CODE),
        Column(
            PRODUCT_NAME,
            ("服务产品", "产品", "服务名称", "服务项目", "项目名称", "产品或服务名称"),
            required=True,
        ),
        Column(CATEGORIES, ("业务类别", "类别", "产品类别", "服务类型", "业务类型"), required=True),
        Column(BASIS, ("计费方式", "收费类型", "计价方式"), required=True),
        Column(STANDARD, ("价格", "收费", "收费金额", "单价", "金额", "费用标准", "收费价格"), required=True),
        Column(UNIT, ("单位", "计价单位", "收费单位")),
        Column(INCLUDED, ("说明", "备注", "包含内容", "服务内容", "收费备注")),
    )
)

KINDS: Final = {"institutions": ROSTER, "products": PRODUCTS}
KIND_LABELS: Final = {"institutions": "机构名单", "products": "服务产品与收费标准"}
