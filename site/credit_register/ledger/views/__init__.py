"""The pages of the ledger, for staff and for the institution itself; nothing of it is public."""
