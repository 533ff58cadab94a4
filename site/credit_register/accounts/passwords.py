"""What a password must be (GB/T 22239: of some complexity; eight characters of three kinds is the usual reading)."""

from __future__ import annotations

import secrets
from typing import Any

from flask_security import PasswordUtil

MIN_LENGTH = 8
LONG_ENOUGH = 16
MAX_LENGTH = 128
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1
_COMMON = ("password", "passw0rd", "qwerty", "12345678", "abcd1234", "admin", "woaini", "iloveyou", "xinyong")


def password_problems(password: str, email: str = "") -> list[str]:
    """Sentences that say what to change; none when the password may be used."""
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    problems = []
    if len(password) < MIN_LENGTH:
        problems.append(f"密码至少 {MIN_LENGTH} 个字符")
    elif len(password) > MAX_LENGTH:
        problems.append(f"密码最多 {MAX_LENGTH} 个字符")
    elif len(password) < LONG_ENOUGH and kinds < 3:
        problems.append(f"密码须含大写字母、小写字母、数字、符号中的三类，或不少于 {LONG_ENOUGH} 个字符")
    folded = password.lower()
    if len(password) < LONG_ENOUGH and any(
        word in folded and len(folded) - len(word) < 5 for word in _COMMON
    ):
        problems.append("密码过于常见，请换一个")
    name = email.split("@", maxsplit=1)[0].lower()
    if len(name) > 3 and name in folded:
        problems.append("密码中请勿包含邮箱名")
    return problems


class RegisterPasswordUtil(PasswordUtil):
    """Flask-Security asks here whenever somebody chooses a password."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        user = kwargs.get("user")
        found = password_problems(password, getattr(user, "email", "") or "")
        return (found or None), self.normalize(password)


def one_time_password() -> str:
    """A random password that is read aloud once: sixteen characters, none of which looks like another."""
    groups = ("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
