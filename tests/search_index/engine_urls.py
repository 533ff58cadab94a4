"""The engines under test: a second one is one more line."""

ENGINES = {"whoosh": "whoosh:///{folder}"}
