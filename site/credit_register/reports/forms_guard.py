"""What the form of a report carries against programs that flood the office."""

from __future__ import annotations

from wtforms import HiddenField

from credit_register.institutions.form_fields import LineField

ANSWER_HINT = "写数字或汉字都可以。这样做是为了挡住成批提交的程序，不记录您的回答"


class IntakeFields:
    """The moment the form was made, a field that only programs fill in, and a question where one is asked.

    `remark_second` is a name that no browser fills in by itself; it is hidden from eyes and from screen readers.
    """

    question = ""  # the one that stands in the form, if any
    form_moment = HiddenField("表单生成时间")
    remark_second = LineField("请不要填写这一栏", render_kw={"autocomplete": "off", "tabindex": "-1"})
    question_token = HiddenField("问题编号")
    question_answer = LineField("请回答", description=ANSWER_HINT, render_kw={"autocomplete": "off"})
