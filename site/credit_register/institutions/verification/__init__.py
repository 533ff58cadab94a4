"""Is this agency real? A name, a code or a sentence with them is held against the register."""

from credit_register.institutions.verification.answer import LONGEST_TEXT, verify
from credit_register.institutions.verification.model import NOTICE, Found, Near, Result, Verification

__all__ = ["LONGEST_TEXT", "NOTICE", "Found", "Near", "Result", "Verification", "verify"]
