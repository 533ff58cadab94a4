"""What is counted on the page that opens cases, and what is never held up by it.

Of receipts only wrong ones are counted, after they were found to be wrong: with 94 random bits nobody guesses one, so
that the counts spare the server and show an attempt, and a stranger behind the same address, or one who tries many
receipts that begin alike, keeps no citizen from the answer. This is also why no `limiter.limit` stands above the view
itself: it would count before anybody knows whether the receipt is right.

Flask-Limiter counts wherever each try weighs the same: here, and in front of the verification of proofs. The intake
of reports (`intake_guard`) counts with `core/rate_limits.Counters`, because there a try is weighed and looked at
without being refused. Both keep their counts in the same store, under keyed hashes and across all web processes.
"""

from __future__ import annotations

from typing import Final

import structlog
from flask import g, request
from flask_limiter import RateLimitExceeded

from credit_register.accounts.lockout import client
from credit_register.core.rate_limits import counters, limiter
from credit_register.reports import receipts

WRONG_OF_A_CLIENT = "30 per 15 minutes"
WRONG_OF_A_PREFIX = "300 per hour"
MESSAGES_OF_A_CASE = "60 per hour"
VERIFICATIONS_OF_A_CLIENT = "600 per hour"  # a reverse proxy that nobody named stands for all

TOO_MANY: Final = "填错的次数太多，请过 15 分钟再试。您填写的内容还在，不必着急。"
TOO_MANY_ALIKE: Final = (
    "没有找到这个回执码对应的事项，而且最近一小时有许多人填错以这几个字符开头的回执码。"
    "请对照原件核对；正确的回执码不受影响，随时可以打开。"
)
TOO_MANY_MESSAGES: Final = (
    f"这件事项一小时内的留言已有 {MESSAGES_OF_A_CASE.split(maxsplit=1)[0]} 条，这一条没有发出，仍在下面。"
    "请把要说的合在一条里，过一小时再发；情况紧急请拨打 110。"
)


def too_many_wrong(checked: receipts.ReceiptCheck) -> str | None:
    """Count a wrong receipt; a sentence when this client, or all together for receipts that begin so, had too many."""
    try:
        _count_wrong_of_a_client()
    except RateLimitExceeded:
        return TOO_MANY
    if not checked.ok:
        return None  # a slip of the pen, by which nobody guesses
    try:
        _count_wrong_of_a_prefix()
    except RateLimitExceeded:
        structlog.get_logger("reports").warning("many wrong receipts that begin alike")
        return TOO_MANY_ALIKE
    return None


def too_many_messages(report_id: int) -> str | None:
    """Count a message of a case; a sentence when there were too many."""
    g.counted_case = report_id
    try:
        _count_message()
    except RateLimitExceeded:
        return TOO_MANY_MESSAGES
    return None


def too_many_verifications() -> bool:
    """Count a verification of this client; True when there were too many."""
    try:
        _count_verification()
    except RateLimitExceeded:
        return True
    return False


def _client_key() -> str:
    return counters().hidden("client", client())


def _prefix_key() -> str:
    return counters().hidden("receipts", receipts.normalise(request.form["receipt"])[: receipts.GROUP])


def _case_key() -> str:
    return counters().hidden("case", str(g.counted_case))


@limiter.limit(lambda: WRONG_OF_A_CLIENT, key_func=_client_key, scope="wrong receipts of a client")
def _count_wrong_of_a_client() -> None:
    """The limit counts the call."""


@limiter.limit(lambda: WRONG_OF_A_PREFIX, key_func=_prefix_key, scope="wrong receipts of a prefix")
def _count_wrong_of_a_prefix() -> None:
    """The limit counts the call."""


@limiter.limit(lambda: MESSAGES_OF_A_CASE, key_func=_case_key, scope="messages of a case")
def _count_message() -> None:
    """The limit counts the call."""


@limiter.limit(lambda: VERIFICATIONS_OF_A_CLIENT, key_func=_client_key, scope="verifications of a client")
def _count_verification() -> None:
    """The limit counts the call."""
