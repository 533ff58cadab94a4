"""Tabular files in and out: csv and xlsx read row by row, and written so that nothing in them runs."""

from credit_register.core.sheets.cells import escape_formula, unescape_formula
from credit_register.core.sheets.csv_reader import ENCODINGS
from credit_register.core.sheets.errors import (
    BrokenSheet,
    EmptySheet,
    EncryptedWorkbook,
    LegacyWorkbook,
    MacroWorkbook,
    MissingColumns,
    NoHeader,
    SheetError,
    SheetTooLarge,
    SuspiciousWorkbook,
    UndecodableText,
    UnreadableFile,
    WrongFileType,
)
from credit_register.core.sheets.model import (
    CellNote,
    Column,
    HeaderSpec,
    Kind,
    Sheet,
    SheetLimits,
    SheetRow,
)
from credit_register.core.sheets.reading import read_sheet
from credit_register.core.sheets.writing import csv_lines, write_csv, write_xlsx

__all__ = [
    "ENCODINGS",
    "BrokenSheet",
    "CellNote",
    "Column",
    "EmptySheet",
    "EncryptedWorkbook",
    "HeaderSpec",
    "Kind",
    "LegacyWorkbook",
    "MacroWorkbook",
    "MissingColumns",
    "NoHeader",
    "Sheet",
    "SheetError",
    "SheetLimits",
    "SheetRow",
    "SheetTooLarge",
    "SuspiciousWorkbook",
    "UndecodableText",
    "UnreadableFile",
    "WrongFileType",
    "csv_lines",
    "escape_formula",
    "read_sheet",
    "unescape_formula",
    "write_csv",
    "write_xlsx",
]
