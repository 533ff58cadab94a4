"""Who did what: one row for each change and each look at something protected, append only."""
