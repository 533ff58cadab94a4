"""Time limits: the table of rules with their legal source, and the deadlines that run."""
