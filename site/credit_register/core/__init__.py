"""Technical ground of the register: it holds no knowledge of the field."""

import os

# Before openpyxl is imported anywhere: where lxml is installed (python-docx brings it) openpyxl would read with that
# instead of defusedxml, and take documents that declare entities.
os.environ["OPENPYXL_LXML"] = "False"
