"""Commands of the register: `import institutions FILE` and `import products FILE`."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

import click
from flask.cli import with_appcontext
from tqdm import tqdm

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import now
from credit_register.institutions.imports.columns import KIND_LABELS
from credit_register.institutions.imports.reading import Progress, silent
from credit_register.institutions.imports.rejected import write_rejected
from credit_register.institutions.imports.results import Counts, ImportRefused, Level
from credit_register.institutions.imports.services import import_file
from credit_register.institutions.imports.spool import Spool

SHOWN = 20
SHOWN_WARNINGS = 5
ERRORS = (Level.REJECTED, Level.DUPLICATE)


@click.group("import")
def import_group() -> None:
    """Bring files (csv, xlsx) into the register."""


def file_options(command: click.decorators.FC) -> click.decorators.FC:
    """What every import takes: the file, --json and --rejected."""
    for option in (
        click.option(
            "--rejected",
            type=click.Path(dir_okay=False, path_type=Path),
            help="把未导入的行写成一个表，改正后可再导入",
        ),
        click.option("--json", "as_json", is_flag=True, help="最后输出一个 JSON 对象"),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@import_group.command("institutions")
@file_options
@with_appcontext
def institutions(file: Path, as_json: bool, rejected: Path | None) -> None:
    """Import a roster of institutions."""
    _run("institutions", file, as_json=as_json, rejected=rejected)


@import_group.command("products")
@file_options
@with_appcontext
def products(file: Path, as_json: bool, rejected: Path | None) -> None:
    """Import products and their fees."""
    _run("products", file, as_json=as_json, rejected=rejected)


def _run(kind: str, file: Path, *, as_json: bool, rejected: Path | None) -> None:
    with rare_collection(), Spool() as spool:
        try:
            with progress_bar() as progress:
                counts = import_file(
                    file,
                    kind,
                    spool,
                    actor=OPERATOR,
                    now=now(),
                    keep_originals=rejected is not None,
                    progress=progress,
                )
        except ImportRefused as refusal:
            click.echo(str(refusal), err=True)
            if as_json:
                click.echo(json.dumps({"error": str(refusal)}, ensure_ascii=False))
            raise SystemExit(2) from None
        _summary(kind, counts, spool)
        if rejected is not None:
            _write_rejected(rejected, kind, spool, counts)
        if as_json:
            for piece in _json(counts, spool):
                click.echo(piece, nl=False)
            click.echo()


@contextmanager
def rare_collection() -> Iterator[None]:
    """Let the garbage collector run less often, and past what was loaded at the start.

    Hundreds of thousands of rows pass by; at its usual pace it takes a fifth of the whole time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def progress_bar() -> AbstractContextManager[Progress]:
    """A bar on the terminal; nothing where the output goes into a file."""

    @contextmanager
    def bar() -> Iterator[Progress]:
        if not sys.stderr.isatty():
            yield silent
            return
        bars: dict[str, tqdm[NoReturn]] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in bars:
                for other in bars.values():
                    other.close()
                bars[stage] = tqdm(desc=stage, total=total, unit="行", file=sys.stderr)
            bars[stage].update(done - bars[stage].n)

        try:
            yield show
        finally:
            for each in bars.values():
                each.close()

    return bar()


def _summary(kind: str, counts: Counts, spool: Spool) -> None:
    parts = [
        f"导入 {counts.accepted} 行（新增 {counts.new}，变更 {counts.changed}，无变化 {counts.unchanged}）"
    ]
    if counts.unknown_institution:
        parts.append(f"名录中没有该机构、暂存 {counts.unknown_institution} 行")
    parts.append(f"未导入 {counts.rejected} 行")
    if kind == "institutions":
        parts.append(f"文件内重复 {counts.duplicate} 行")
    if counts.matched_products:
        parts.append(f"归入此前暂存的产品 {counts.matched_products} 个")
    click.echo(f"{KIND_LABELS[kind]}：{'；'.join(parts)}。")
    if counts.ignored_columns:
        click.echo(f"没有用到的列：{'、'.join(counts.ignored_columns)}。")
    list_remarks("需要改正", spool, ERRORS, SHOWN)
    list_remarks("提请核对（不影响导入）", spool, (Level.WARNING,), SHOWN_WARNINGS)


def list_remarks(title: str, spool: Spool, levels: tuple[Level, ...], most: int) -> None:
    """Print the first remarks of some levels, and how to see the others."""
    total = sum(spool.count(level) for level in levels)
    if not total:
        return
    click.echo(f"{title}，共 {total} 条：")
    for note in spool.notes(levels, limit=most):
        click.echo(f"  第 {note.row} 行 {note.column}：{note.message}")
    if total > most:
        click.echo(f"  ……其余 {total - most} 条没有列出。")
    if Level.REJECTED in levels:
        click.echo("  用 --rejected 文件名.xlsx 可写出未导入的行供改正，用 --json 可列出全部。")


def _write_rejected(target: Path, kind: str, spool: Spool, counts: Counts) -> None:
    write_rejected_to(
        target,
        counts.rejected,
        lambda stream: write_rejected(stream, kind, spool.titles, spool.rejected_rows()),
    )


def write_rejected_to(target: Path, rejected: int, write: Callable[[BinaryIO], int]) -> None:
    """Write the rejected rows where the operator wants them, and say so."""
    if not rejected:
        click.echo("没有需要改正的行，未写出文件。")
        return
    try:
        with target.open("wb") as stream:
            write(stream)
    except OSError as error:
        click.echo(
            f"导入已完成，但不能写出 {target}（{error.strerror}）。请换一个位置再导入一次（不会重复登记）。",
            err=True,
        )
        return
    click.echo(f"未导入的 {rejected} 行已写入 {target}，改正后可直接导入该文件。")


def _json(counts: Counts, spool: Spool) -> Iterator[str]:
    yield from contract_json(counts.contract(), spool)


def contract_json(numbers: dict[str, int], spool: Spool) -> Iterator[str]:
    """The object of the public contract, piece by piece: a file may have more faults than memory."""
    yield json.dumps(numbers, ensure_ascii=False)[:-1] + ', "errors": ['
    separator = ""
    for note in spool.notes(ERRORS):
        yield separator + json.dumps(note.as_error(), ensure_ascii=False)
        separator = ", "
    yield "]}"
