"""Lock-out of a client from one account after wrong passwords; no other client of that account is affected."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request
from limits import parse

from credit_register.core.rate_limits import counters

# GB/T 22239 asks for a limit on failed sign-ins; five in fifteen minutes is the field's usual default.
PER_ACCOUNT_AND_CLIENT = parse("5 per 15 minutes")
# One client that tries many accounts is held as well, save at the accounts it has signed in to before:
# a stranger in the same office or behind the same proxy must not lock out the people who work there.
PER_CLIENT = parse("60 per 15 minutes")
KNOWN = parse("1 per 30 days")
# Who has come as far as the code knows the password; many addresses must not buy many tries.
CODES_PER_ACCOUNT = parse("30 per day")
SENTENCE = (
    "密码或验证码错误次数过多，本设备所在网络已暂停登录此账号 15 分钟。请稍后再试，或联系系统管理员重置密码。"
)


class Proof(StrEnum):
    """What is tried; each has a count of its own, so that a known password buys no tries at the code."""

    PASSWORD = "password"  # noqa: S105 -- the name of a count
    CODE = "code"


def attempt(proof: Proof, email: str) -> bool:
    """Count one try of this client at this account before it is judged; False: it must wait.

    Counting first and forgiving later leaves no gap for many tries at the same moment.
    """
    if not _is_known(email) and not counters().test(PER_CLIENT, "login", client()):
        return False
    if proof is Proof.CODE and not counters().hit(CODES_PER_ACCOUNT, "codes", _key(email)):
        return False
    return counters().hit(PER_ACCOUNT_AND_CLIENT, "login", proof.value, _key(email), client())


def count_failure() -> None:
    """Count a wrong password or code of this client, whatever the account."""
    counters().hit(PER_CLIENT, "login", client())


def forgive(proof: Proof, email: str) -> None:
    """A right password or code clears this client's count for the account."""
    counters().clear(PER_ACCOUNT_AND_CLIENT, "login", proof.value, _key(email), client())
    counters().hit(KNOWN, "known", _key(email), client())
    if proof is Proof.CODE:
        counters().clear(CODES_PER_ACCOUNT, "codes", _key(email))


def _is_known(email: str) -> bool:
    return not counters().test(KNOWN, "known", _key(email), client())


def _key(email: str) -> str:
    return email.strip().lower()


def client() -> str:
    """Who is counted: an address of IPv4, or the network of one subscriber of IPv6."""
    address = request.remote_addr or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        # One subscriber of IPv6 owns a whole /64; it must not be 2^64 clients.
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
