"""The pages of letters, for staff only."""
