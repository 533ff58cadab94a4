"""What a virus scanner says is asked in bounded time and kept; its bad days refuse no file."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from credit_register.core.database import db
from credit_register.core.files import (
    FileInfected,
    FileKind,
    FilePolicy,
    ScanState,
    StoredFile,
    VirusFound,
    hand_out,
    init_files,
    open_clean,
    open_original,
    remove,
    scan_waiting_files,
    scanning,
    store_upload,
    store_uploads,
    waiting,
)
from credit_register.core.files.scanning import ClamdScanner, NotScanned, ScannerSilent
from credit_register.core.settings import ClamdAddress
from tests.core.clamd_server import MARK, Scanner, clamd

NOW = datetime(2026, 3, 12, 2, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
POLICY = FilePolicy(max_bytes=1_000_000, max_count=5, kinds=frozenset(FileKind))
NOBODY = ("127.0.0.1", 1)  # a port on which nothing listens


def photograph(comment: bytes = b"secret") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (30, 30)).save(target, "JPEG", comment=comment)
    return target.getvalue()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestClient:
    @pytest.fixture(params=["tcp", "unix"])
    def scanner(self, request: pytest.FixtureRequest) -> Iterator[Scanner]:
        with clamd(unix=request.param == "unix") as running:
            yield running

    def test_clean_content_has_no_virus(self, scanner: Scanner) -> None:
        large = os.urandom(scanning._CHUNK * 2 + 17)
        assert ClamdScanner(scanner.address).virus_in(large, patience=5) == ""
        assert scanner.scanned == [large]

    def test_a_virus_is_named(self, scanner: Scanner) -> None:
        assert ClamdScanner(scanner.address).virus_in(b"x" + MARK, patience=5) == "Test-Signature"

    def test_what_exceeds_the_limit_of_the_scanner_has_no_verdict(self, scanner: Scanner) -> None:
        scanner.limit = 100
        with pytest.raises(NotScanned):
            ClamdScanner(scanner.address).virus_in(os.urandom(3_000_000), patience=5)

    @pytest.mark.parametrize("answer", ["silence", "drip"])
    def test_the_whole_talk_has_one_end(self, scanner: Scanner, answer: str) -> None:
        scanner.answer = answer
        began = time.monotonic()
        with pytest.raises(ScannerSilent):
            ClamdScanner(scanner.address).virus_in(b"x", patience=0.3)
        assert time.monotonic() - began < 3

    @pytest.mark.parametrize(
        "answer",
        [
            "stream: ",
            "stream: OK FOUNDED",
            "OK",
            "UNKNOWN COMMAND",
            "s" * 10_000,
            "stream: OK\nstream: x FOUND",
        ],
    )
    def test_garbage_is_no_verdict(self, scanner: Scanner, answer: str) -> None:
        scanner.answer = answer
        with pytest.raises(NotScanned):
            ClamdScanner(scanner.address).virus_in(b"x", patience=5)

    def test_one_that_hangs_up_is_silent(self, scanner: Scanner) -> None:
        scanner.answer = "hang up"
        with pytest.raises(ScannerSilent):
            ClamdScanner(scanner.address).virus_in(os.urandom(1_000_000), patience=5)

    @pytest.mark.parametrize(
        "address", [NOBODY, ("no..host", 3310), Path("/nowhere/clamd.ctl"), Path("/" + "x" * 200)]
    )
    def test_one_that_is_not_there_is_silent(self, address: ClamdAddress) -> None:
        with pytest.raises(ScannerSilent):
            ClamdScanner(address).virus_in(b"x", patience=5)


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with clamd() as running:
        yield running


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "files"
    db.session.rollback()


def scan_with(app: Flask, folder: Path, address: ClamdAddress | None) -> None:
    """As after a restart with another CLAMAV_URL."""
    init_files(app, f"file://{folder}", address)


def upload(content: bytes = b"facts", name: str = "a.txt") -> StoredFile:
    return store_upload(io.BytesIO(content), name, POLICY, purpose="report", now=NOW)


def stored(content: bytes = b"facts", name: str = "a.txt") -> StoredFile:
    file = upload(content, name)
    db.session.commit()
    return file


def look(file: StoredFile) -> tuple[str, datetime | None]:
    db.session.rollback()
    db.session.refresh(file)
    return file.scan, file.scanned_at


class TestUpload:
    def test_without_a_scanner_the_state_says_so(self, app: Flask, folder: Path) -> None:
        scan_with(app, folder, None)
        assert look(stored()) == ("none", None)

    def test_original_and_copy_are_scanned(self, app: Flask, folder: Path, scanner: Scanner) -> None:
        scan_with(app, folder, scanner.address)
        file = stored(photograph(), "a.jpg")
        assert look(file) == ("clean", NOW)
        with open_original(file) as original, open_clean(file) as copy:
            assert scanner.scanned == [original.read(), copy.read()]
        assert look(stored()) == ("clean", NOW)
        assert scanner.scanned[2:] == [b"facts"], "what needs no copy is scanned once"

    @pytest.mark.parametrize("where", ["original", "copy"])
    def test_an_infected_file_is_refused_and_nothing_is_stored(
        self, app: Flask, folder: Path, scanner: Scanner, where: str
    ) -> None:
        scan_with(app, folder, scanner.address)
        if where == "copy":
            scanner.infected = lambda content: MARK not in content
        with pytest.raises(VirusFound, match="没有保存") as refusal:
            upload(photograph(MARK), "a.jpg")
        assert "截图" in str(refusal.value)
        db.session.commit()
        assert files_in(folder) == []
        assert db.session.scalar(select(func.count(StoredFile.id))) == 0

    def test_of_one_form_all_or_none_is_stored(self, app: Flask, folder: Path, scanner: Scanner) -> None:
        scan_with(app, folder, scanner.address)
        files = [(io.BytesIO(b"facts"), "a.txt"), (io.BytesIO(MARK), "b.txt")]
        with pytest.raises(VirusFound):
            store_uploads(files, POLICY, purpose="report", now=NOW)
        assert files_in(folder) == []

    @pytest.mark.parametrize(
        "answer", ["hang up", "silence", "drip", "nonsense", "INSTREAM: no memory. ERROR"]
    )
    def test_no_trouble_of_the_scanner_refuses_a_file(
        self, app: Flask, folder: Path, scanner: Scanner, answer: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scanning, "UPLOAD_PATIENCE", 0.3)
        scanner.answer = answer
        scan_with(app, folder, scanner.address)
        file = stored(photograph(), "a.jpg")
        assert look(file) == ("waiting", None)
        with open_clean(file) as stream:
            assert stream.read()

    def test_a_scanner_that_is_not_there_refuses_no_file(self, app: Flask, folder: Path) -> None:
        scan_with(app, folder, NOBODY)
        assert look(stored()) == ("waiting", None)

    def test_a_silent_scanner_is_left_alone_for_a_while(
        self, app: Flask, folder: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scanner.answer = "hang up"
        scan_with(app, folder, scanner.address)
        assert [look(stored())[0] for _ in range(3)] == ["waiting"] * 3
        assert scanner.questions == 1
        scanner.answer = ""
        ahead = time.monotonic() + scanning.PAUSE + 1
        monkeypatch.setattr(scanning.time, "monotonic", lambda: ahead)
        assert look(stored())[0] == "clean"

    def test_the_table_refuses_a_verdict_without_a_date_and_unknown_words(
        self, app: Flask, folder: Path
    ) -> None:
        scan_with(app, folder, None)
        file = stored()
        for scan, at in (("clean", None), ("waiting", NOW), ("perhaps", None)):
            file.scan, file.scanned_at = scan, at
            with pytest.raises(IntegrityError):
                db.session.commit()
            db.session.rollback()


class TestWaitingFiles:
    @pytest.fixture
    def waiting_files(self, app: Flask, folder: Path) -> list[StoredFile]:
        scan_with(app, folder, NOBODY)
        return [stored(), stored(photograph(), "b.jpg"), stored(b"more " + MARK, "c.txt")]

    def test_they_are_scanned_once_the_scanner_answers(
        self, app: Flask, folder: Path, scanner: Scanner, waiting_files: list[StoredFile]
    ) -> None:
        assert scan_waiting_files(NOW) == 0
        assert [look(file)[0] for file in waiting_files] == ["waiting"] * 3
        scan_with(app, folder, scanner.address)
        assert scan_waiting_files(LATER) == 3
        assert [look(file) for file in waiting_files] == [
            ("clean", LATER),
            ("clean", LATER),
            ("infected", LATER),
        ]
        assert len(scanner.scanned) == 4, "of the picture both the original and the copy"
        assert scan_waiting_files(LATER) == 0

    def test_an_infected_one_stays_sealed_and_is_handed_out_to_nobody(
        self, app: Flask, folder: Path, scanner: Scanner, waiting_files: list[StoredFile]
    ) -> None:
        scan_with(app, folder, scanner.address)
        scan_waiting_files(LATER)
        infected = waiting_files[2]
        assert (look(infected)[0], infected.is_infected) == ("infected", True)
        for opened in (open_clean, open_original, hand_out):
            with pytest.raises(FileInfected, match="不能打开"):
                opened(infected)
        assert any(path.read_bytes() == b"more " + MARK for path in files_in(folder))

    def test_one_that_fails_does_not_hold_up_the_others(
        self, app: Flask, folder: Path, scanner: Scanner, waiting_files: list[StoredFile]
    ) -> None:
        missing, large = stored(b"gone", "d.txt"), stored(b"x" * 5000, "e.txt")
        [path] = [path for path in files_in(folder) if path.read_bytes() == b"gone"]
        path.unlink()
        scanner.limit = 4000
        scan_with(app, folder, scanner.address)
        assert scan_waiting_files(LATER) == 3
        assert {look(missing)[0], look(large)[0]} == {"waiting"}

    def test_a_round_ends_early_where_the_scanner_is_silent(
        self, app: Flask, folder: Path, scanner: Scanner, waiting_files: list[StoredFile]
    ) -> None:
        for number in range(10):
            stored(f"text {number}".encode())
        scanner.answer = "hang up"
        scan_with(app, folder, scanner.address)
        assert scan_waiting_files(LATER) == 0
        assert scanner.questions == waiting.SILENCES

    def test_a_round_is_bounded_in_number_and_time(
        self, app: Flask, folder: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scan_with(app, folder, NOBODY)
        for number in range(4):
            stored(f"text {number}".encode())
        scan_with(app, folder, scanner.address)
        monkeypatch.setattr(waiting, "BATCH", 2)
        assert scan_waiting_files(LATER) == 2
        monkeypatch.setattr(waiting, "LONGEST_ROUND", 0.0)
        assert scan_waiting_files(LATER) == 1

    def test_what_came_before_there_was_a_scanner_follows_what_waits(
        self, app: Flask, folder: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scan_with(app, folder, None)
        old = stored()
        assert scan_waiting_files(LATER) == 0
        scan_with(app, folder, NOBODY)
        new = stored()
        scan_with(app, folder, scanner.address)
        monkeypatch.setattr(waiting, "BATCH", 1)
        assert scan_waiting_files(LATER) == 1
        assert (look(old)[0], look(new)[0]) == ("none", "clean")
        assert scan_waiting_files(LATER) == 1
        assert look(old) == ("clean", LATER)

    def test_a_file_that_goes_meanwhile_is_no_error(
        self, app: Flask, folder: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scan_with(app, folder, NOBODY)
        file = stored()
        scan_with(app, folder, scanner.address)

        def removed_meanwhile(self: ClamdScanner, content: bytes, *, patience: float) -> str:
            remove(file)
            db.session.commit()
            return ""

        monkeypatch.setattr(ClamdScanner, "virus_in", removed_meanwhile)
        assert scan_waiting_files(LATER) == 0


def test_every_state_has_its_word() -> None:
    assert len({state.word for state in ScanState}) == len(ScanState)
