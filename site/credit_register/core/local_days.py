"""The day in China on which a stored moment fell, said in SQL, so that the database counts by days and not we."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class LocalDay(FunctionElement[date]):
    """`LocalDay(column)`: the date of a moment in Asia/Shanghai, which has kept to eight hours since 1991."""

    name = "local_day"
    type = Date()
    inherit_cache = True


@compiles(LocalDay, "sqlite")
def _sqlite(element: LocalDay, compiler: SQLCompiler, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(LocalDay, "postgresql")
def _postgresql(element: LocalDay, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(({compiler.process(element.clauses, **options)}) AT TIME ZONE 'Asia/Shanghai' AS DATE)"
