"""Accounts: sign-in, second factor, staff, and people who act for an institution."""
