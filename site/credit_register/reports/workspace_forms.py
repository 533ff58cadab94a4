"""Input of the pages on which institutions answer."""

from __future__ import annotations

from wtforms.validators import InputRequired

from credit_register.institutions.form_fields import ProseField, VersionField
from credit_register.reports.forms_public import Lengths, SentForm
from credit_register.reports.inquiries import FEWEST, MOST


class AnswerForm(SentForm):
    """What an institution answers to the office."""

    version = VersionField("页面版本")
    text = ProseField(
        "答复",
        description=f"{FEWEST} 至 {MOST} 字。只有主管部门看得到。请不要打听或猜测是谁反映的",
        validators=[InputRequired("请填写答复"), Lengths("答复", FEWEST, MOST)],
    )
