"""Input of the pages of cases: shape is checked here, meaning in the services."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import AnyOf, DataRequired, InputRequired

from credit_register.core.choices import SelectChoice
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import LineField, ProseField, VersionField, most
from credit_register.ledger.cases.opening import LONGEST_GROUND, LONGEST_NAME
from credit_register.ledger.cases.pruning import PROOF
from credit_register.ledger.cases.rounds import LONGEST_TITLE
from credit_register.ledger.cases.steps import LONGEST_REASON
from credit_register.ledger.models import PruneReason, Subject


class StepForm(FlaskForm):  # type: ignore[misc]
    """One deed without words."""

    version = VersionField("页面版本")


class ReasonForm(StepForm):
    """One move with its reason."""

    reason = ProseField("理由", validators=[DataRequired("请填写理由"), most(LONGEST_REASON)])


class RemarkForm(StepForm):
    """The remark of attachment 1."""

    text = ProseField(
        "备注",
        description="写入台账（附件1）的备注栏，随台账上报；请勿填写个人信息",
        validators=[most(LONGEST_REASON)],
    )


def _region_field(label: str, description: str) -> SelectField:
    # The regions that the person may choose are put in by the page; the service judges the choice.
    return SelectField(label, description=description, choices=[], validate_choice=False)


class ReassignForm(ReasonForm):
    """Another region becomes responsible."""

    region = _region_field("改派到", "改派后由这个地区的牵头单位负责；注册地、住所不一致时据实确定")


class PruneForm(StepForm):
    """Why a case is taken out of the denominator."""

    prune_reason = SelectField(
        "剔除的理由",
        choices=[
            SelectChoice("", "请选择"),
            *(SelectChoice(each.value, each.label) for each in PruneReason),
        ],
        validate_choice=False,
        validators=[
            InputRequired("请选择剔除的理由"),
            AnyOf([each.value for each in PruneReason], message="请选择剔除的理由"),
        ],
    )
    note = ProseField(
        "说明", description="选择“其他”的必须填写；请勿填写个人信息", validators=[most(LONGEST_REASON)]
    )
    file = FileField(
        "证明文件",
        description=f"{'、'.join(PROOF.labels)}，不超过 {PROOF.max_bytes // 1024**2} MB；"
        "名录中已有登记事实可以证明的，不必上传",
        render_kw={"accept": ",".join(PROOF.extensions)},
    )

    def upload(self) -> Upload | None:
        """The file that was chosen."""
        sent: Any = self.file.data
        return Upload(sent.stream, sent.filename) if sent and sent.filename else None


class NewCaseForm(FlaskForm):  # type: ignore[misc]
    """A case that staff open."""

    subject = SelectField(
        "治理对象的类型",
        choices=[SelectChoice(each.value, each.label) for each in Subject],
        validate_choice=False,
        validators=[AnyOf([each.value for each in Subject], message="请选择治理对象的类型")],
    )
    uscc = LineField(
        "统一社会信用代码",
        description="失信机构必填，须在名录中；冒名主体没有代码的留空，不要填被冒用机构的代码",
        validators=[most(40)],
    )
    name = LineField(
        "名称",
        description="冒名主体必填，不知道真实名称的写其自称的名称；失信机构以名录为准，可以不填",
        validators=[most(LONGEST_NAME)],
    )
    ground = ProseField(
        "纳入的依据",
        description="写明依据的文书、事实或者线索。失信机构会看到这段文字；冒名主体的，作为线索写入提示函。"
        "不得写举报人的信息或者可以推断其身份的内容",
        validators=[DataRequired("请填写纳入台账的依据"), most(LONGEST_GROUND)],
    )
    region = _region_field("负责的地区", "不选的：失信机构由其登记的地区负责，冒名主体由本单位负责")

    def chosen_subject(self) -> Subject:
        """Only after validation."""
        return Subject(self.subject.data)


class RoundForm(FlaskForm):  # type: ignore[misc]
    """A round that begins."""

    title = LineField(
        "本轮治理的名称",
        description="例如“信用服务机构失信问题专项治理（2027年）”",
        validators=[InputRequired("请填写本轮治理的名称"), most(LONGEST_TITLE)],
    )


MOVE_FORMS: dict[str, type[FlaskForm]] = {
    "propose_exit": ReasonForm,
    "exit": ReasonForm,
    "refuse_exit": ReasonForm,
    "prune": PruneForm,
    "unprune": ReasonForm,
    "reassign": ReassignForm,
    "remark": RemarkForm,
    "add_records": StepForm,
}
