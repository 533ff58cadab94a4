"""Input of the pages for citizens: shape is checked here, meaning in the services."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, Field, Form, HiddenField, RadioField, SelectField
from wtforms.validators import AnyOf, InputRequired, ValidationError

from credit_register.core import regions, uscc
from credit_register.core.choices import SelectChoice
from credit_register.institutions.form_fields import LineField, ProseField, most
from credit_register.reports.attachments import FILES, HeldFile
from credit_register.reports.filing import Submission
from credit_register.reports.forms_guard import IntakeFields
from credit_register.reports.forms_proof import ProofChoice
from credit_register.reports.models import Kind, Matter
from credit_register.reports.receipts import LONGEST_TYPED

FEWEST_FACTS, MOST_FACTS = 4, 5000
MOST_MESSAGE = 2000
LONGEST_KEY = 200
LONGEST_ITEM = 60
UNLISTED: Final = "none"  # of the agencies that were found, none was meant
# Of the preview only these are no part of what was typed.
_NOT_TYPED: Final = frozenset(
    {"csrf_token", "idempotency_key", "files", "held", "subject_pick", "item", "item_of"}
)
_FILES_HINT = (
    f"最多 {FILES.max_count} 个，每个不超过 {FILES.max_bytes // 1024**2} MB；"
    f"可以是 {'、'.join(FILES.labels)}。"
    "交给办理人员前会去掉拍摄地点、作者等附带信息，文件名改成编号；"
    "画面和正文里看得见的内容不变，不想让人看到的请先遮住"
)


class Lengths:
    """How long a text may be; unlike the library's rule it lets the browser cut nothing off, and counts for the person."""

    def __init__(self, what: str, fewest: int, most: int) -> None:
        self._what, self._fewest, self._most = what, fewest, most

    def __call__(self, form: Form, field: Field) -> None:
        length = len(field.data or "")
        if length > self._most:
            over = length - self._most
            raise ValidationError(
                f"{self._what}最多 {self._most} 字，现有 {length} 字，多了 {over} 字。"
                "请删去一些，或把详细材料作为文件上传"
            )
        if length < self._fewest:
            raise ValidationError(f"{self._what}至少写 {self._fewest} 个字，写清楚发生了什么")


class FoldedLineField(LineField):
    """One line, half-width where people type either."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = unicodedata.normalize("NFKC", self.data or "")


def _regions_offered(form: Form, field: Field) -> list[SelectChoice]:
    """Every province, the reporting units beside them, and what a program has sent beyond that."""
    offered = {"": "不清楚", **{one.code: one.name for one in regions.reporting_units()}}
    if field.data and field.data not in offered:
        offered[field.data] = regions.full_name(field.data) if regions.find(field.data) else field.data
    return [SelectChoice(code, name) for code, name in offered.items()]


def _known_region(form: Form, field: Field) -> None:
    """A region of the book, written as its code or the beginning of one; nothing means "I do not know"."""
    if field.data:
        try:
            field.data = regions.parse_filter(field.data)
        except regions.UnknownRegion as error:
            raise ValidationError("请从列表中选择所在省份，不清楚就选“不清楚”") from error


class SentForm(FlaskForm):  # type: ignore[misc]
    """A form that citizens send, with files."""

    files = MultipleFileField(
        "证据材料（可以没有）",
        description=_FILES_HINT,
        render_kw={
            "accept": ",".join(FILES.extensions),
            "data-max-bytes": FILES.max_bytes,
            "data-max-count": FILES.max_count,
        },
    )

    def uploads(self) -> tuple[tuple[BinaryIO, str], ...]:
        """The files that were chosen."""
        return tuple((upload.stream, upload.filename or "") for upload in self.files.data or ())

    def refuse(self, name: str, sentence: str) -> None:
        """Put a service's sentence beside a field that has none yet."""
        if not self[name].errors:
            self[name].errors = [sentence]

    @property
    def files_must_be_chosen_again(self) -> bool:
        """Whether files were sent that a browser cannot show again."""
        return bool(self.files.data) and bool(self.errors or self.form_errors)


@dataclass(frozen=True)
class Asking:
    """Whether the chosen kind and matter need a part of the form, and whether something stands in it anyway."""

    needed: bool
    filled: bool


class ReportForm(IntakeFields, ProofChoice, SentForm):
    """What a citizen sends."""

    kept: tuple[HeldFile, ...] = ()  # files that came with an earlier sending of this form

    kind = RadioField(
        "要反映的是",
        choices=[SelectChoice(kind.value, kind.label) for kind in Kind],
        default=Kind.REPORT.value,
        validate_choice=False,
        validators=[AnyOf([kind.value for kind in Kind], message="请选择举报、质疑或异议")],
    )
    matter = RadioField(
        "举报哪一类问题",
        choices=[SelectChoice(matter.value, matter.label) for matter in Matter],
        validate_choice=False,
        validators=[
            AnyOf(
                [*(matter.value for matter in Matter), "", None],
                message="请从列出的类别中选择，拿不准就选“其他”",
            )
        ],
    )
    subject_name = LineField(
        "对方名称",
        description="写知道的部分就可以，从名录中选出来最准",
        validators=[most(120)],
        render_kw={"autocomplete": "off"},
    )
    subject_uscc = LineField(
        "对方的统一社会信用代码",
        description="营业执照或合同上的 18 位代码，不知道可以不填",
        validators=[most(120)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    subject_pick = LineField("从名录中选择")
    subject_unlisted = BooleanField("名录里没有对方，或者不知道是谁")
    subject_site = LineField(
        "网址或应用名称",
        description="对方的网站、公众号、小程序或应用",
        validators=[most(200)],
        render_kw={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"},
    )
    subject_phone = FoldedLineField(
        "对方的电话", validators=[most(60)], render_kw={"autocomplete": "off", "inputmode": "tel"}
    )
    subject_account = LineField(
        "收款账户名或社交账号",
        description="户名、微信号等；不要写您自己的",
        validators=[most(120)],
        render_kw={"autocomplete": "off"},
    )
    subject_contract = LineField(
        "合同或订单编号",
        description="只有办理人员能看到，不会写进给机构的材料",
        validators=[most(120)],
        render_kw={"autocomplete": "off"},
    )
    item = HiddenField("针对的公示信息")
    item_of = HiddenField("这条信息所属的机构")
    region = SelectField(
        "事情发生在哪里",
        choices=_regions_offered,  # type: ignore[arg-type]  # newer than the published types
        default="",
        validate_choice=False,
        validators=[_known_region],
        description="不知道对方代码时，按所在省份交给当地办理",
    )
    facts = ProseField(
        "事实经过",
        description=(
            f"{FEWEST_FACTS} 至 {MOST_FACTS} 字，记不清的照实写“记不清”。"
            "请不要写自己或他人的身份证号、银行卡号"
        ),
        validators=[InputRequired("请写明发生了什么"), Lengths("事实经过", FEWEST_FACTS, MOST_FACTS)],
    )
    anonymous = RadioField(
        "要不要留下身份",
        choices=[SelectChoice("1", "匿名"), SelectChoice("0", "实名")],
        validate_choice=False,
        validators=[AnyOf(["", None, "1", "0"], message="请选择匿名或实名")],
    )
    contact_name = FoldedLineField("联系人姓名", validators=[most(60)], render_kw={"autocomplete": "name"})
    contact_phone = FoldedLineField(
        "联系电话",
        validators=[most(40)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    contact_address = FoldedLineField(
        "通信地址（可以不填）",
        description="只在您想收到书面答复时填写",
        validators=[most(120)],
        render_kw={"autocomplete": "street-address"},
    )
    idempotency_key = HiddenField("表单编号")
    held = HiddenField("暂存的文件")

    def renew_key(self) -> None:
        """Make the form a new one; the server makes the key, so that no two forms share it."""
        self.idempotency_key.raw_data = None
        self.idempotency_key.data = secrets.token_hex(16)

    @property
    def key(self) -> str:
        """The key of this form, or nothing."""
        return (self.idempotency_key.data or "").strip()[:LONGEST_KEY]

    @property
    def line_key(self) -> str:
        """The key of the doubted line; whoever has turned to another agency means none of its lines."""
        turned = self.item_of.data and self.item_of.data != uscc.normalise(self.subject_uscc.data or "")
        return "" if turned else (self.item.data or "")[:LONGEST_ITEM]

    @property
    def asking(self) -> dict[str, Asking]:
        """The parts that not everybody is asked for, by name."""
        reports = self.kind.data == Kind.REPORT.value
        unlisted = self.matter.data == Matter.IMPERSONATION.value or self.subject_unlisted.data
        traces = (self.subject_site, self.subject_phone, self.subject_account, self.subject_contract)
        return {
            "matter": Asking(reports, bool(self.matter.errors)),
            "place": Asking(reports, bool(self.region.data or self.region.errors)),
            "traces": Asking(reports and unlisted, any(field.data or field.errors for field in traces)),
        }

    def put(self, name: str, value: str) -> None:
        """Put what was chosen in another way into a field, as if it had been typed."""
        self[name].data = value
        self[name].raw_data = [value]

    def typed(self) -> list[tuple[str, str]]:
        """Names and values of everything that was sent but the files, to be sent once more."""
        return [
            (field.name, str(value))
            for field in self
            if field.name not in _NOT_TYPED
            for value in field.raw_data or ()
        ]

    @property
    def stays_anonymous(self) -> bool:
        """What was chosen; who chose nothing is anonymous unless contact details were given."""
        if self.anonymous.data in ("1", "0"):
            return bool(self.anonymous.data == "1")
        return not (self.contact_name.data or self.contact_phone.data)

    @property
    def chosen_matter(self) -> Matter:
        """What a report is about; only reports are sorted by the sender."""
        known = self.kind.data == Kind.REPORT.value and self.matter.data in list(Matter)
        return Matter(self.matter.data) if known else Matter.OTHER

    def submission(self) -> Submission:
        """What was sent; a choice that is none of the known ones stands for the usual one."""
        anonymous = self.stays_anonymous
        return Submission(
            kind=Kind(self.kind.data) if self.kind.data in list(Kind) else Kind.REPORT,
            matter=self.chosen_matter,
            subject_uscc=uscc.normalise(self.subject_uscc.data or ""),
            subject_name=self.subject_name.data or "",
            facts=self.facts.data or "",
            anonymous=anonymous,
            # Who stays anonymous leaves nothing behind, whatever stands in the hidden part of the form.
            contact_name="" if anonymous else self.contact_name.data or "",
            contact_phone="" if anonymous else self.contact_phone.data or "",
            contact_address="" if anonymous else self.contact_address.data or "",
            subject_site=self.subject_site.data or "",
            subject_phone=self.subject_phone.data or "",
            subject_account=self.subject_account.data or "",
            subject_contract=self.subject_contract.data or "",
            disputed_key=self.line_key,
            region=self.region.data or "",
            uploads=self.uploads(),
            proof=self.proof.data,
            held=self.kept,
        )


class ReceiptForm(FlaskForm):  # type: ignore[misc]
    """The receipt as it was typed; a message that was being written when the case was closed comes along."""

    receipt = LineField(
        "回执码",
        description="提交后页面显示的 20 个字符，5 组、每组 4 个；大小写、空格和短横线都可以不管",
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "maxlength": LONGEST_TYPED,
            "placeholder": "例如 ABCD-EFGH-JKMN-PQRS-TUVW",
        },
    )
    text = ProseField("刚才写的留言")


class MessageForm(SentForm):
    """A message of the reporter to the office."""

    text = ProseField(
        "留言",
        description=f"最多 {MOST_MESSAGE} 字。办理人员会看到；不想暴露身份，就不要写姓名和电话",
        validators=[
            InputRequired("请写下要说的话；只交材料时，说明一下是什么材料"),
            Lengths("留言", 1, MOST_MESSAGE),
        ],
    )


class RatingForm(FlaskForm):  # type: ignore[misc]
    """How whoever reported found the handling."""

    stars = RadioField(
        "满意程度",
        choices=[
            SelectChoice(str(number), f"{number} 分　{word}")
            for number, word in ((5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意"))
        ],
        validate_choice=False,
        validators=[AnyOf(["1", "2", "3", "4", "5"], message="请选择 1 至 5 分")],
    )
    words = ProseField("想说的话（可以不填）", description="最多 500 字", validators=[most(500)])


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """Why the result should be looked at again."""

    reason = ProseField(
        "为什么申请复核",
        description="4 至 1000 字。写明哪里不对，有什么新的事实或证据；新的文件可以先用留言提交",
        validators=[InputRequired("请写明申请复核的理由"), Lengths("理由", 4, 1000)],
    )


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """That the report is really to be taken back."""

    sure = BooleanField("我要撤回", validators=[InputRequired("确实要撤回，请先勾选")])
