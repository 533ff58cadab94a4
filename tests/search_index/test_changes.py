"""Changes, rebuilds, damage and processes that die: the index stays true or says that it is not there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from search_index import Delete, Document, Engine, IndexUnavailable, Query, Upsert, open_engine

Fill = Callable[..., Engine]
ROOT = Path(__file__).parents[2]


def test_a_change_is_seen_at_once_by_its_engine_and_soon_by_others(filled: Fill, url: str) -> None:
    engine = filled(("1", "上海远山征信有限公司"), ("2", "北京明川征信有限公司"))
    other = open_engine(url)
    assert other.search(Query()).total == 2
    engine.apply(
        [
            Upsert(Document("1", "上海清泉征信有限公司", revision=2)),
            Delete("2"),
            Upsert(Document("3", "广州松柏征信")),
        ]
    )
    assert [hit.key for hit in engine.search(Query("清泉")).hits] == ["1"]
    assert engine.search(Query("远山")).total == 0
    assert engine.search(Query()).total == 2
    limit = time.monotonic() + 5
    while other.search(Query("清泉")).total == 0 and time.monotonic() < limit:
        time.sleep(0.05)
    assert other.search(Query("清泉")).total == 1
    other.close()


def test_of_several_changes_to_one_key_the_last_one_counts(filled: Fill) -> None:
    engine = filled(("1", "甲"))
    engine.apply(
        [Upsert(Document("1", "乙", revision=1)), Delete("1"), Upsert(Document("1", "丙", revision=3))]
    )
    engine.apply([Upsert(Document("2", "丁")), Delete("2"), Delete("unknown")])
    assert engine.check([("1", 3)]).ok
    engine.apply([])
    assert engine.search(Query()).total == 1


def test_many_small_batches_keep_every_document_once(filled: Fill) -> None:
    engine = filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(20)))
    for n in range(40):
        engine.apply(
            [Upsert(Document(f"K{n:03}", f"明川{n}号征信有限公司", revision=n)), Delete(f"K{n - 30:03}")]
        )
        assert engine.search(Query("明川", per_page=100)).total == n + 1 - max(0, n - 29)
    report = engine.check([(f"K{n:03}", n) for n in range(10, 40)])
    assert report.ok
    assert report.documents == 30


def test_facets_and_orders_follow_a_change(filled: Fill) -> None:
    engine = filled(Document("1", "甲", categories=("01",)), Document("2", "乙", categories=("01",)))
    engine.apply([Upsert(Document("2", "乙", categories=("03",), committed=True))])
    values = {one.value: one.count for one in engine.search(Query()).facets["category"]}
    assert values == {"01": 1, "03": 1}


def test_check_names_what_is_missing_stale_and_left_over(filled: Fill) -> None:
    engine = filled(
        Document("1", "甲", revision=1), Document("2", "乙", revision=1), Document("3", "丙", revision=1)
    )
    report = engine.check([("1", 1), ("2", 2), ("4", 1)])
    assert (report.documents, report.missing, report.stale, report.extra) == (3, ("4",), ("2",), ("3",))
    assert not report.ok


def test_rebuild_tells_its_progress_and_keeps_the_last_of_equal_keys(engine: Engine) -> None:
    seen: list[int] = []
    documents = [Document(f"K{n % 250}", f"远山{n}号", revision=n) for n in range(300)]
    assert engine.rebuild(documents, progress=seen.append) == 250
    assert seen[0] > 0
    assert seen[-1] == 300
    assert seen == sorted(seen)
    assert engine.check([(f"K{n}", n + 250 if n < 50 else n) for n in range(250)]).ok


def test_a_rebuild_that_fails_leaves_the_live_index(filled: Fill) -> None:
    engine = filled(("1", "上海远山征信有限公司"))

    def broken() -> object:
        yield Document("2", "北京明川征信有限公司")
        raise RuntimeError("database gone")

    with pytest.raises(RuntimeError, match="database gone"):
        engine.rebuild(broken())  # type: ignore[arg-type]
    assert [hit.key for hit in engine.search(Query()).hits] == ["1"]
    engine.apply([Upsert(Document("3", "广州松柏征信有限公司"))])
    assert engine.search(Query()).total == 2


def test_readers_go_on_while_rebuilds_and_changes_swap_the_index(filled: Fill, url: str) -> None:
    engine = filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(50)))
    failures: list[BaseException] = []
    stop = threading.Event()

    def read(own: Engine) -> None:
        try:
            while not stop.is_set():
                assert own.search(Query("远山", per_page=100)).total == 50
                assert own.suggest("yuanshan")
        except BaseException as error:  # noqa: BLE001  # a thread has no other way to tell
            failures.append(error)

    others = [open_engine(url), open_engine(url)]
    threads = [threading.Thread(target=read, args=(one,)) for one in (engine, engine, *others)]
    for thread in threads:
        thread.start()
    for turn in range(4):
        engine.rebuild(Document(f"K{n:03}", f"远山{n}号征信有限公司", revision=turn) for n in range(50))
        engine.apply([Upsert(Document("K000", "远山0号征信有限公司", revision=99))])
        fresh = open_engine(url)
        assert fresh.search(Query("远山")).total == 50
        fresh.close()
    stop.set()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert not failures


def test_without_an_index_everything_says_so_and_a_rebuild_heals_it(engine: Engine) -> None:
    for use in (
        lambda: engine.search(Query()),
        lambda: engine.suggest("上海"),
        lambda: engine.apply([Delete("1")]),
        lambda: engine.check([]),
    ):
        with pytest.raises(IndexUnavailable):
            use()
    engine.rebuild([Document("1", "上海远山征信有限公司")])
    assert engine.search(Query()).total == 1


def damage(root: Path, how: str) -> None:
    files = [path for path in root.rglob("*") if path.is_file() and path.stat().st_size]
    if how == "gone":
        shutil.rmtree(root)
    for path in files if how != "gone" else ():
        if how == "truncated":
            os.truncate(path, path.stat().st_size // 2)
        elif how == "emptied":
            os.truncate(path, 0)
        elif how == "noise":
            path.write_bytes(bytes(range(256)) * (path.stat().st_size // 256 + 1))


@pytest.mark.parametrize("how", ["gone", "truncated", "emptied", "noise"])
@pytest.mark.parametrize("opened", [True, False])
def test_a_damaged_index_says_so_and_a_rebuild_heals_it(
    filled: Fill, url: str, tmp_path: Path, how: str, opened: bool
) -> None:
    engine = filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(50)))
    if not opened:
        engine.close()
        engine = open_engine(url)
    else:
        engine.search(Query())
    damage(tmp_path / "index", how)
    with pytest.raises(IndexUnavailable):
        engine.check([])
    with pytest.raises(IndexUnavailable):
        engine.search(Query("远山"))
    with pytest.raises(IndexUnavailable):
        engine.apply([Upsert(Document("K000", "明川"))])
    engine.rebuild([Document("1", "上海远山征信有限公司")])
    assert [hit.key for hit in engine.search(Query("远山")).hits] == ["1"]
    engine.close()


def test_a_file_cut_short_under_an_open_index_gives_no_wrong_answer_and_ends_no_process(
    filled: Fill, tmp_path: Path
) -> None:
    engine = filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(300)))
    assert engine.search(Query("远山")).total == 300
    largest = max((tmp_path / "index").rglob("*"), key=lambda path: path.stat().st_size)
    os.truncate(largest, largest.stat().st_size // 3)
    time.sleep(0.6)  # readers look at the files twice a second
    for text in ("远山", "299号", "号征信", ""):
        with suppress(IndexUnavailable):
            assert engine.search(Query(text)).total == (1 if text == "299号" else 300)
    engine.rebuild([Document("1", "上海远山征信有限公司")])
    assert [hit.key for hit in engine.search(Query("远山")).hits] == ["1"]


WRITER = """
    import sys
    sys.path.insert(0, {root!r})
    from search_index import Delete, Document, Upsert, open_engine

    engine = open_engine({url!r})
    for turn in range(1, 10_000):
        engine.apply([Upsert(Document(f"K{{n:03}}", f"远山{{n}}号征信有限公司", revision=turn)) for n in range(30)])
        print(turn, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_an_index_that_opens_and_loses_nothing_acknowledged(
    filled: Fill, url: str
) -> None:
    filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(60)))
    for attempt in range(5):
        script = textwrap.dedent(WRITER.format(root=str(ROOT), url=url))
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.05 + 0.037 * attempt)
            writer.send_signal(signal.SIGKILL)
            last = int((["1", *writer.stdout.read().split()])[-1])
        engine = open_engine(url)
        assert engine.search(Query("远山", per_page=100)).total == 60
        # The killed commit may have been written whole although nobody was told.
        reports = [
            engine.check([(f"K{n:03}", turn if n < 30 else 0) for n in range(60)])
            for turn in (last, last + 1)
        ]
        assert any(report.ok for report in reports), reports
        engine.apply([Upsert(Document("K000", "清泉征信有限公司", revision=7))])
        assert engine.search(Query("清泉")).hits[0].key == "K000"
        engine.apply([Upsert(Document("K000", "远山0号征信有限公司", revision=7))])
        engine.close()


def test_a_killed_rebuild_leaves_the_live_index(filled: Fill, url: str) -> None:
    filled(("1", "上海远山征信有限公司"))
    script = textwrap.dedent(f"""
        import os, sys
        sys.path.insert(0, {str(ROOT)!r})
        from search_index import Document, open_engine

        def documents():
            for n in range(100):
                yield Document(str(n), "甲")
            os.kill(os.getpid(), 9)

        open_engine({url!r}).rebuild(documents())
    """)
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    engine = open_engine(url)
    assert [hit.key for hit in engine.search(Query()).hits] == ["1"]
    assert engine.rebuild([Document("2", "甲")]) == 1
    engine.close()


def test_a_process_that_forks_after_a_search_reads_on_in_both(filled: Fill) -> None:
    engine = filled(*((f"K{n:03}", f"远山{n}号征信有限公司") for n in range(200)))
    assert engine.search(Query("远山")).total == 200
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            wrong = 1
            try:
                wrong = sum(engine.search(Query(f"{n}号")).hits[0].key != f"K{n:03}" for n in range(100, 200))
            finally:
                os._exit(min(wrong, 100))
        children.append(child)
    assert all(engine.search(Query(f"{n}号")).hits[0].key == f"K{n:03}" for n in range(100, 200))
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]


def test_old_generations_stay_for_readers_and_go_later(filled: Fill, tmp_path: Path) -> None:
    engine = filled(("1", "上海远山征信有限公司"))
    generations = {path for path in (tmp_path / "index").iterdir() if path.is_dir()}
    engine.rebuild([Document("2", "甲")])
    assert generations < {path for path in (tmp_path / "index").iterdir() if path.is_dir()}
    long_ago = time.time() - 3600
    for path in generations:
        for mark in path.iterdir():
            os.utime(mark, (long_ago, long_ago))
    engine.rebuild([Document("3", "乙")])
    assert not generations & {path for path in (tmp_path / "index").iterdir() if path.is_dir()}
    assert engine.search(Query()).total == 1


def test_only_one_writes_at_a_time(filled: Fill, url: str) -> None:
    engine = filled(("1", "上海远山征信有限公司"))
    other = open_engine(url)
    refused: list[str] = []

    def documents() -> object:
        try:
            other.apply([Upsert(Document("2", "乙"))])
        except IndexUnavailable as error:
            refused.append(str(error))
        yield Document("3", "北京明川征信有限公司")

    engine.rebuild(documents())  # type: ignore[arg-type]
    assert refused
    other.apply([Upsert(Document("2", "乙"))])
    assert other.search(Query()).total == 2
    other.close()
