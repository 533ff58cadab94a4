"""The engines under test: a further one is one more line."""

ENGINES = {"tantivy": "tantivy:///{folder}", "whoosh": "whoosh:///{folder}"}
