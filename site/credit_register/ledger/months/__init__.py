"""The ledger month by month: the form of attachment 1, closing and correcting, and months that came as files."""
