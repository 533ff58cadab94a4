"""Credit records as other authorities send them: read, checked, kept as a batch, and brought in once a second person agrees."""
