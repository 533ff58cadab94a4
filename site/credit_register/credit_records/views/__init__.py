"""Pages of credit records."""
