"""Values that the authority decides and the law leaves open: by region and day, with a default that is marked as ours."""
