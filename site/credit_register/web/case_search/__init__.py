"""Search of staff over all kinds of cases: one index, and a page that shows what the role and the region allow."""
