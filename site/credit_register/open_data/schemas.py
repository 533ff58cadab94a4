"""What the API takes and gives, for its own description at /openapi.json."""

from __future__ import annotations

from marshmallow import Schema, fields

from credit_register.institutions.warning_kinds import WarningKind


class Arguments(Schema):
    """Query parameters; one that is not listed is refused, never silently ignored."""

    error_messages = {"unknown": "没有这个参数"}


class ListArguments(Arguments):
    """The same parameters as the page /institutions."""

    q = fields.String(
        metadata={"description": "名称、简称、曾用名、拼音、代码、产品、收费等，空格分隔表示同时满足"}
    )
    region = fields.String(metadata={"description": "行政区划代码或其前缀", "example": "510000"})
    category = fields.String(metadata={"description": "两位类别代码", "example": "03"})
    status = fields.String(metadata={"description": "registered、suspended、deregistered 或 withdrawn"})
    committed = fields.String(metadata={"description": "1 已签署信用承诺，0 未签署"})
    sort = fields.String(
        metadata={"description": "relevance、name、newest 或 fee（fee 须同时给出 category）"}
    )
    page = fields.String(metadata={"description": "页码，从 1 起"})
    per_page = fields.String(metadata={"description": "每页条数，1 至 100，默认 20"})


class VerifyArguments(Arguments):
    """One text to verify."""

    q = fields.String(required=True, error_messages={"required": "请给出机构名称或统一社会信用代码"})


class Problem(Schema):
    """An error as RFC 9457 describes it."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()


class Category(Schema):
    """A service category of an institution, with its licence or filing."""

    code = fields.String()
    licence_number = fields.String()
    licence_issuer = fields.String()
    licence_expires_on = fields.Date(allow_none=True)
    verified_on = fields.Date(allow_none=True)


class Product(Schema):
    """A service product; fees are exact decimals in the unit named, null where negotiable."""

    name = fields.String()
    category = fields.String()
    basis = fields.String()
    fee_low = fields.String(allow_none=True)
    fee_high = fields.String(allow_none=True)
    unit = fields.String()
    included = fields.String()


class InstitutionSummary(Schema):
    """One institution in a list."""

    uscc = fields.String(metadata={"description": "统一社会信用代码"})
    name = fields.String()
    region = fields.String()
    region_name = fields.String()
    categories = fields.List(fields.String())
    status = fields.String()
    status_since = fields.Date()
    committed = fields.Boolean()
    registered_on = fields.Date()
    url = fields.String()


class FacetValue(Schema):
    """One value of a facet, and how many institutions a click would leave."""

    value = fields.String()
    label = fields.String()
    count = fields.Integer()


class InstitutionPage(Schema):
    """A page of institutions with exact facets."""

    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()
    relaxed = fields.Boolean(metadata={"description": "没有机构满足全部词语，已放宽条件"})
    degraded = fields.Boolean(metadata={"description": "索引暂不可用，由数据库按字面匹配作答"})
    facets = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FacetValue)))
    items = fields.List(fields.Nested(InstitutionSummary))
    data_date = fields.Date()


class CreditRecord(Schema):
    """A record of dishonesty in its period of publication; amounts are exact decimals in 万元."""

    id = fields.String(metadata={"description": "这条信息的公开编号，更正后不变"})
    uscc = fields.String(metadata={"description": "文书所载统一社会信用代码"})
    name = fields.String(metadata={"description": "文书所载名称"})
    kind = fields.String(
        metadata={"description": "penalty 行政处罚，severe 严重失信主体名单，abnormal 经营异常名录"}
    )
    list_name = fields.String()
    document_number = fields.String(metadata={"description": "文书号"})
    authority = fields.String(metadata={"description": "认定单位，是否修复由其决定"})
    decided_on = fields.Date()
    degree = fields.String(metadata={"description": "失信程度：minor 轻微，general 一般，severe 严重"})
    conduct = fields.String()
    facts = fields.String()
    basis = fields.String()
    penalty_kinds = fields.String()
    content = fields.String()
    fine_10k_yuan = fields.String(allow_none=True, metadata={"description": "罚款，万元"})
    confiscated_10k_yuan = fields.String(allow_none=True, metadata={"description": "没收，万元"})
    licence = fields.String()
    source = fields.String()
    earliest_repair_on = fields.Date(metadata={"description": "这一天起可以申请修复"})
    publish_until = fields.Date(metadata={"description": "公示的最后一天"})
    kept_by = fields.String(
        metadata={"description": "不为空：最长公示期已满，尚未纠正，按这一行业规定继续公示"}
    )
    obligations_met_on = fields.Date(allow_none=True, metadata={"description": "义务履行完毕的日期"})


class GovernanceMeasure(Schema):
    """A measure of special governance that was decided to be public."""

    id = fields.String()
    kind = fields.String(metadata={"description": "interview、order、supervision、circular 或 publication"})
    title = fields.String(metadata={"description": "例如“警示约谈”“重点监管”"})
    text = fields.String(metadata={"description": "公示内容"})
    office = fields.String(metadata={"description": "开展单位"})
    taken_on = fields.Date()
    state = fields.String(
        metadata={
            "description": "announced 限期纠正中；done 已约谈、已纠正、执行中或已通报；missed 未到场；ended 已解除"
        }
    )
    ended_on = fields.Date(allow_none=True)
    published_on = fields.Date()
    public_until = fields.Date(metadata={"description": "公示的最后一天"})


class Institution(InstitutionSummary):
    """Everything that is public about one institution."""

    former_names = fields.List(fields.String())
    short_name = fields.String()
    legal_representative = fields.String()
    founded_on = fields.Date(allow_none=True)
    address = fields.String()
    phone = fields.String()
    website = fields.String()
    introduction = fields.String()
    voluntary = fields.String()
    status_reason = fields.String()
    categories = fields.List(fields.Nested(Category))
    products = fields.List(fields.Nested(Product))
    credit_records = fields.List(
        fields.Nested(CreditRecord),
        metadata={"description": "公示中的失信信息；期满、修复、撤销的立即不再列出"},
    )
    credit_records_date = fields.Date(
        allow_none=True,
        metadata={"description": "失信信息截至的日期；null 表示尚未接收所需的全量名单，空列表不等于没有"},
    )
    credit_records_dates = fields.Dict(
        keys=fields.String(),
        values=fields.Date(allow_none=True),
        metadata={"description": "各类名单中最近一份已确认的全量名单收到的日期；null 表示尚未接收全量名单"},
    )
    governance_measures = fields.List(
        fields.Nested(GovernanceMeasure), metadata={"description": "公示中的治理措施，最近的在前"}
    )
    version = fields.Integer()
    data_date = fields.Date()


class ImpostorWarning(Schema):
    """A published warning in force of somebody who poses as an institution; the imitated one is the victim."""

    matched = fields.String(
        metadata={
            "description": "pretender 核验内容指向冒名者或者仿冒者；imitated 只指向被冒用、被仿冒的机构，"
            "该机构是受害一方，不是冒名者"
        }
    )
    kind = fields.String(
        metadata={
            "description": "impersonation 冒用机构名义；clone 仿冒机构的网站或者应用",
            "enum": [kind.value for kind in WarningKind],
        }
    )
    pretender = fields.String(metadata={"description": "冒名者或者仿冒者对外使用的名称"})
    imitated_name = fields.String(metadata={"description": "被冒用或者被仿冒的机构的名称，不详为空"})
    imitated_uscc = fields.String(
        metadata={"description": "被冒用或者被仿冒的机构的统一社会信用代码，不详为空"}
    )
    conduct = fields.String(metadata={"description": "冒名者或者仿冒者做了什么"})
    published_on = fields.Date()
    ends_on = fields.Date(metadata={"description": "公布的最后一天"})
    url = fields.String(metadata={"description": "公开页面"})


class Verification(Schema):
    """Whether the text names a registered institution, and the warnings of impostors that it is about."""

    result = fields.String(
        metadata={"description": "registered、near 或 unknown；只说登记情况，须与 warnings 一并看"}
    )
    items = fields.List(fields.Nested(InstitutionSummary))
    warnings = fields.List(
        fields.Nested(ImpostorWarning),
        metadata={"description": "与核验内容有关、公布中的冒名警示，冒名者和被冒用机构两类各最多 10 条"},
    )
    degraded = fields.Boolean(metadata={"description": "索引暂不可用，相近的名称可能没有找全"})
    data_date = fields.Date()


class SevereEntry(Schema):
    """A published entry of a list of seriously dishonest entities."""

    list_name = fields.String()
    authority = fields.String()
    decided_on = fields.Date()


class PublicMeasure(Schema):
    """A measure of special governance that was decided to be public."""

    kind = fields.String()
    label = fields.String()
    published_on = fields.Date()


class BulkAnswer(Schema):
    """One institution of a bulk check; null means that the register knows nothing of it, not that there is nothing."""

    input = fields.String(metadata={"description": "所问的内容"})
    result = fields.String(
        metadata={
            "description": "registered 在册且相符；near 须核对（名称不同、状态不是登记机构等，见 note）；unknown 不在名录中"
        }
    )
    note = fields.String(metadata={"description": "须核对或者没有核对的原因"})
    uscc = fields.String(allow_none=True)
    name = fields.String(allow_none=True, metadata={"description": "登记名称"})
    status = fields.String(allow_none=True)
    status_since = fields.Date(allow_none=True)
    severe_list = fields.List(fields.Nested(SevereEntry), allow_none=True)
    unrepaired_penalties = fields.Integer(allow_none=True, metadata={"description": "公示中未修复的处罚件数"})
    penalty_documents = fields.List(fields.String(), allow_none=True)
    credit_records_date = fields.Date(
        allow_none=True,
        metadata={
            "description": "失信名单和处罚截至的日期；null 表示所在地区的全量名单尚未接收，没有列出不等于没有"
        },
    )
    commitment = fields.String(allow_none=True, metadata={"description": "公示中的承诺书编号"})
    commitment_until = fields.Date(allow_none=True)
    measures = fields.List(fields.Nested(PublicMeasure), allow_none=True)
    impostor_warning = fields.Boolean(metadata={"description": "名称与公布中的冒名警示所指的相同"})
    url = fields.String(allow_none=True)


class BulkAnswers(Schema):
    """The answers in the order of the list."""

    total = fields.Integer()
    results = fields.List(fields.Nested(BulkAnswer))
    data_date = fields.Date(
        metadata={"description": "名录、承诺、措施的日期；失信信息的日期见各条的 credit_records_date"}
    )
    notice = fields.String(metadata={"description": "发改办财金〔2021〕156号 二（七）"})
