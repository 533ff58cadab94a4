"""Files are stored whole or not at all, handed out as attachments, and cleared away with their rows."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from credit_register.core.database import db
from credit_register.core.files import (
    FileKind,
    FileKindRefused,
    FileMissing,
    FilePolicy,
    FileTooLarge,
    LocalFileStore,
    StorageFull,
    StorageUnavailable,
    StoredFile,
    TooManyFiles,
    download_response_headers,
    init_files,
    open_clean,
    open_original,
    remove,
    store_for,
    store_upload,
    store_uploads,
    sweep_orphans,
)
from credit_register.core.settings import SettingsError

NOW = datetime(2026, 3, 12, 2, 30, tzinfo=UTC)
POLICY = FilePolicy(max_bytes=100_000, max_count=2, kinds=frozenset(FileKind))
TEXT = "事实经过".encode()


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "stored files"
    init_files(app, f"file://{str(folder).replace(' ', '%20')}")
    yield folder
    db.session.rollback()


def photograph() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (30, 30)).save(target, "JPEG", comment=b"secret")
    return target.getvalue()


def upload(content: bytes = TEXT, name: str = "经过.txt", **options: int) -> StoredFile:
    return store_upload(io.BytesIO(content), name, POLICY, purpose="report", now=NOW, **options)


def count_rows() -> int | None:
    return db.session.scalar(select(func.count()).select_from(StoredFile))


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def age(folder: Path) -> None:
    """Make every file of the store an hour older than the sweep spares."""
    for path in files_in(folder):
        os.utime(path, (NOW.timestamp() - 7200,) * 2)


def test_a_picture_is_sealed_as_it_came_and_handed_out_clean(folder: Path) -> None:
    content = photograph()
    stored = upload(content, "照片.jpg", stored_by=7)
    db.session.commit()
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (stored.purpose, stored.original_name, stored.stored_by) == ("report", "照片.jpg", 7)
    assert stored.stored_at == NOW
    assert stored.is_picture
    with open_original(stored) as stream:
        assert stream.read() == content
    with open_clean(stored) as stream:
        clean = stream.read()
    assert b"secret" not in clean
    assert (stored.clean_size, stored.clean_sha256) == (len(clean), hashlib.sha256(clean).hexdigest())
    assert [path.suffix for path in files_in(folder)] == [".clean", ".original"]


def test_what_needs_no_cleaning_is_stored_once(folder: Path) -> None:
    stored = upload()
    with open_clean(stored) as clean, open_original(stored) as original:
        assert clean.read() == original.read() == TEXT
    assert len(files_in(folder)) == 1


def test_files_lie_in_shards_and_only_the_service_may_read_them(folder: Path) -> None:
    stored = upload()
    [path] = files_in(folder)
    assert path.relative_to(folder).parts[:2] == (stored.public_id[:2], stored.public_id[2:4])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert len(stored.public_id) == 22
    assert stored.public_id != upload().public_id


def test_a_download_is_an_attachment_that_no_browser_guesses_or_keeps(folder: Path) -> None:
    headers = download_response_headers(upload())
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Length"] == str(len(TEXT))
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert headers["Content-Disposition"].endswith("filename*=UTF-8''%E7%BB%8F%E8%BF%87.txt")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


def test_a_file_that_is_too_large_is_refused_without_being_read_to_its_end(folder: Path) -> None:
    stream = io.BytesIO(b"x" * 1_000_000)
    with pytest.raises(FileTooLarge, match="文件超过 98 KB"):
        store_upload(stream, "a.txt", POLICY, purpose="report", now=NOW)
    assert stream.tell() == POLICY.max_bytes + 1
    assert files_in(folder) == []
    upload(b"x" * POLICY.max_bytes)


def test_too_many_files_are_refused(folder: Path) -> None:
    with pytest.raises(TooManyFiles, match="最多上传 2 个文件"):
        upload(already=2)
    with pytest.raises(TooManyFiles):
        store_uploads([(io.BytesIO(TEXT), "a.txt")] * 3, POLICY, purpose="report", now=NOW)
    assert files_in(folder) == []


def test_the_files_of_one_form_are_stored_all_or_none(folder: Path) -> None:
    good, bad = (io.BytesIO(TEXT), "a.txt"), (io.BytesIO(b"MZ\x90"), "b.exe")
    with pytest.raises(FileKindRefused):
        store_uploads([good, bad], POLICY, purpose="report", now=NOW)
    db.session.commit()
    assert count_rows() == 0
    assert files_in(folder) == []
    good = (io.BytesIO(TEXT), "a.txt")
    assert (
        len(store_uploads([good, (io.BytesIO(photograph()), "b.jpg")], POLICY, purpose="report", now=NOW))
        == 2
    )
    db.session.commit()
    assert count_rows() == 2


def test_the_bytes_of_a_removed_row_go_with_the_commit(folder: Path) -> None:
    stored = upload(photograph(), "a.jpg")
    db.session.commit()
    remove(stored)
    assert len(files_in(folder)) == 2
    db.session.commit()
    assert files_in(folder) == []
    assert count_rows() == 0


def test_the_bytes_stay_when_the_removal_is_rolled_back(folder: Path) -> None:
    stored = upload()
    db.session.commit()
    remove(stored)
    db.session.rollback()
    db.session.commit()
    assert len(files_in(folder)) == 1
    assert count_rows() == 1


def test_a_released_savepoint_is_no_commit(folder: Path) -> None:
    stored = upload()
    db.session.commit()
    with db.session.begin_nested():
        remove(stored)
    assert len(files_in(folder)) == 1
    db.session.commit()
    assert files_in(folder) == []


def test_bytes_without_a_row_are_swept_once_they_are_old_enough(folder: Path) -> None:
    kept = upload(photograph(), "a.jpg")
    db.session.commit()
    upload(photograph(), "b.jpg")
    db.session.rollback()
    age(folder)
    upload()
    db.session.rollback()
    (folder / "ab" / "cd").mkdir(parents=True)
    fragment = folder / "ab" / "cd" / ".part-0123"
    fragment.write_bytes(b"half")
    os.utime(fragment, (NOW.timestamp() - 7200,) * 2)
    assert sweep_orphans(NOW - timedelta(hours=1)) == 3
    assert len(files_in(folder)) == 3  # both of the row, and the young one
    with open_clean(kept) as stream:
        assert stream.read()
    assert sweep_orphans(NOW - timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (errno.ENOSPC, StorageFull, "存储空间不足"),
        (errno.EDQUOT, StorageFull, "存储空间不足"),
        (errno.EACCES, StorageUnavailable, "暂时不可用"),
    ],
)
def test_a_full_or_failing_disk_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception], says: str
) -> None:
    calls = iter(range(10))
    sound = os.fsync

    def fail_on_the_clean_copy(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and next(calls) == 1:
            raise OSError(number, os.strerror(number))
        sound(descriptor)

    monkeypatch.setattr(os, "fsync", fail_on_the_clean_copy)
    with pytest.raises(error, match=says):
        upload(photograph(), "a.jpg")
    assert files_in(folder) == []
    db.session.commit()
    assert count_rows() == 0


def test_a_row_whose_bytes_are_gone_says_so(folder: Path) -> None:
    stored = upload()
    files_in(folder)[0].unlink()
    with pytest.raises(FileMissing, match="暂时无法读取"):
        open_clean(stored)


def test_a_store_that_is_no_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = LocalFileStore(tmp_path / "file")
    with pytest.raises(StorageUnavailable):
        store.put("abcdef", b"x")
    with pytest.raises(StorageUnavailable):
        store.open("abcdef")
    with pytest.raises(StorageUnavailable):
        store.delete("abcdef")


@pytest.mark.parametrize("name", ["", "abc", "../../etc", "ab/cd/ef", ".part-1", "文件文件", "ab\\cdef"])
def test_a_name_never_leaves_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name of the file store"):
        LocalFileStore(tmp_path).put(name, b"x")


@pytest.mark.parametrize("url", ["http://x/y", "file://host/x", "file:///", "files", "file:x"])
def test_a_malformed_address_of_the_store_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="FILES_URL"):
        store_for(url)
