"""Why a step of a report cannot be made, each with a sentence for the officer."""

from __future__ import annotations


class StepRefused(Exception):
    """A step cannot be made now; the text stands beside the input `field`, or above the page where that is empty."""

    field = ""


class ForwardRefused(StepRefused):
    """A report cannot go to that region."""

    field = "region"


class HigherOfficeNeeded(StepRefused):
    """Only an office of the province or the nation looks again at what is over."""

    def __init__(self) -> None:
        super().__init__(
            "已答复、已办结或不予受理的事项，由省级或国家级主管部门决定是否重新核查。您的操作没有生效。"
        )


class DecidedBefore(StepRefused):
    """After a review another officer decides."""

    def __init__(self) -> None:
        super().__init__("这件事项经复核重新核查，须由原决定人以外的工作人员作出决定。您的操作没有生效。")


class NothingToWithdraw(StepRefused):
    """The disputed line is no longer public, or the actor may not take it down."""

    def __init__(self) -> None:
        super().__init__(
            "有异议的信息已经不再公示，或者您的角色不能撤下它。请取消勾选后再提交，并按页面提示另行更正。"
        )


class LineStands(StepRefused):
    """An objection was found right, and what it is about is still published as it was."""

    def __init__(self) -> None:
        super().__init__("异议属实，但有异议的信息仍照原样公示。请先更正或撤下这条信息，再办结。")


class NotAnObjection(StepRefused):
    """Only objections know a period with the help of others."""

    def __init__(self) -> None:
        super().__init__("只有尚在核查的异议才有协查期限。您的操作没有生效。")


class CaseOver(StepRefused):
    """A report takes no more messages, because nobody could answer them."""

    def __init__(self) -> None:
        super().__init__(
            "这件事项已经结束，提交人不能再回复，所以留言没有发出。需要补充说明的，请先恢复办理。"
        )


class NoIdentity(LookupError):
    """The report was sent without a name, so that there is nothing to reveal."""
