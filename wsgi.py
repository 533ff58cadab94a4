"""Entry point for gunicorn and for `flask --app wsgi`."""

import sys
from pathlib import Path

# The source folder is called `site`, like a module of Python's own: it goes on the path, it is no package.
sys.path.insert(0, str(Path(__file__).parent / "site"))

from credit_register.web.factory import create_app

app = create_app()
