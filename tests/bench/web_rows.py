"""Pages and API through gunicorn, against Datasette over the same rows and against bare Flask."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import fts, register
from tests.bench.duel import Outcome, Side, duel, ratio
from tests.bench.plan import Plan
from tests.bench.questions import Question, different
from tests.bench.servers import FLASK, MeasurementFailed, Paths, Server, bare_flask, datasette, site
from tests.bench.table import Line, Verdict, judged
from tests.search_index.register import Made
from tests.services import PROJECT, clean_environment

_PROFILES = 50  # that many profiles are asked for again and again
_TABLE = "/register/institution"
_FACETS = "_facet=region&_facet=categories&_facet=status&_facet=committed"


@dataclass
class Stage:
    """The servers over one register, each started when a line first needs it."""

    plan: Plan
    folder: Path
    stack: ExitStack
    _started: dict[str, Server] = field(default_factory=dict)

    @property
    def made(self) -> Sequence[Made]:
        """The institutions that all servers show."""
        return register.generated(self.plan.site_size)

    @property
    def site(self) -> Server:
        """The site itself."""
        return self._once("site", self._start_site)

    @property
    def bare(self) -> Server:
        """Bare Flask under the same server."""
        site = self.site
        return self._once("bare", lambda: self.stack.enter_context(bare_flask(site, self.folder)))

    @property
    def datasette(self) -> Server:
        """Datasette over the same rows."""
        return self._once("datasette", self._start_datasette)

    def _once(self, name: str, start: Callable[[], Server]) -> Server:
        if name not in self._started:
            self._started[name] = start()
        return self._started[name]

    def _start_site(self) -> Server:
        instance = self.folder / "instance"
        roster, products = self.folder / "roster.csv", self.folder / "products.csv"
        register.write_roster(roster, self.made)
        register.write_products(products, self.made)
        for words in (
            ("setup",),
            ("import", "institutions", str(roster)),
            ("import", "products", str(products)),
            ("search", "rebuild"),
        ):
            run_command(words, instance)
        return self.stack.enter_context(site(instance))

    def _start_datasette(self) -> Server:
        database = self.folder / "register.db"
        fts.build(database, self.made)
        return self.stack.enter_context(datasette(database))


def run_command(words: Sequence[str], instance: Path, **more: str) -> str:
    """One command of the operator on an instance without the sample; MeasurementFailed with its last words."""
    done = subprocess.run(
        [*FLASK, *words],
        cwd=PROJECT,
        env=clean_environment(INSTANCE_PATH=str(instance), SAMPLE="no", **more),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise MeasurementFailed(f"flask {' '.join(words[:2])}: {''.join(last)}")
    return done.stdout


@contextmanager
def stage(plan: Plan) -> Iterator[Stage]:
    """A place for the servers; all are ended and their files removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-web-") as folder, ExitStack() as stack:
        yield Stage(plan, Path(folder), stack)


def search_page(on: Stage) -> Iterator[Line]:
    """The list for queries that are all different, against Datasette's page of the same table."""
    asked = different(on.made, 0)
    sides = {
        "site": Side(on.site, Paths([one.page for one in asked])),
        "datasette": Side(on.datasette, Paths([f"{_TABLE}?{one.datasette}" for one in asked])),
        "with facets": Side(on.datasette, Paths([f"{_TABLE}?{one.datasette}&{_FACETS}" for one in asked])),
    }
    _check_sides(asked, sides)
    found = duel(sides, on.plan, on.folder)
    reached = ratio(found["site"], found["datasette"])
    yield _against_datasette(
        "search page, queries all different", 10, found, reached,
        f"; with the same four facets {found['with facets'].rate:.1f}/s",
    )  # fmt: skip


def api(on: Stage) -> Iterator[Line]:
    """The same questions as JSON."""
    asked = different(on.made, 1)
    if on.site.get(asked[0].api)[0] == 404:
        yield Line("API, queries all different", "≥ 3 × Datasette's JSON", verdict=Verdict.NOT_BUILT)
        return
    sides = {
        "site": Side(on.site, Paths([one.api for one in asked])),
        "datasette": Side(on.datasette, Paths([f"{_TABLE}.json?{one.datasette}" for one in asked])),
        "leanest": Side(
            on.datasette, Paths([f"{_TABLE}.json?{one.datasette}&_nosuggest=1&_nocount=1" for one in asked])
        ),
    }
    _check_sides(asked, sides)
    found = duel(sides, on.plan, on.folder)
    reached = ratio(found["site"], found["datasette"])
    yield _against_datasette(
        "API, queries all different", 3, found, reached,
        f"; without count and suggested facets {found['leanest'].rate:.1f}/s",
    )  # fmt: skip


def profile(on: Stage) -> Iterator[Line]:
    """Profiles that anonymous readers ask for again and again, against one word from Flask."""
    codes = [one.document.key for one in on.made[:: max(1, len(on.made) // _PROFILES)]]
    sides = {
        "site": Side(on.site, Paths([f"/institutions/{code}" for code in codes], repeat=True)),
        "bare": Side(on.bare, Paths(["/hello"], repeat=True)),
    }
    found = duel(sides, on.plan, on.folder)
    reached = ratio(found["site"], found["bare"])
    yield Line(
        what="profile page, anonymous, repeated",
        target="≥ 0.4 × a bare Flask route",
        measured=f"{reached:.2f} × ({_by_cpu(found['site'], found['bare'])}): {_rate(found['site'])}",
        peer=f"bare Flask, same gunicorn: {_rate(found['bare'])}",
        verdict=judged(reached >= 0.4),
        numbers={"ratio": reached, **{name: one.numbers() for name, one in found.items()}},
    )


def _check_sides(asked: Sequence[Question], sides: dict[str, Side]) -> None:
    """An empty page is fast: every side must find an institution by its full name."""
    known = next(number for number, one in enumerate(asked) if one.kind == "full")
    for name, side in sides.items():
        path = side.paths.lines.pop(known)
        status, body = side.server.get(path)
        # The found part of a name is marked, so the name itself may not stand in one piece.
        if status != 200 or asked[known].key.encode() not in body:
            raise MeasurementFailed(f"{name} does not find {asked[known].typed} (status {status})")


def _against_datasette(what: str, least: int, found: dict[str, Outcome], reached: float, more: str) -> Line:
    mine, theirs = found["site"], found["datasette"]
    return Line(
        what=what,
        target=f"≥ {least} × Datasette's",
        measured=f"{reached:.1f} × ({_by_cpu(mine, theirs)}): {_rate(mine)}",
        peer=f"Datasette, one process: {_rate(theirs)}{more}",
        verdict=judged(reached >= least),
        numbers={"ratio": reached, **{name: one.numbers() for name, one in found.items()}},
    )


def _by_cpu(one: Outcome, other: Outcome) -> str:
    """The ratio that two servers of equally many processes would come to; it hardly minds a busy machine."""
    return f"by processor time {other.cpu / one.cpu:.2f} ×"


def _rate(one: Outcome) -> str:
    return f"{one.rate:,.1f} requests/s, {one.cpu:.1f} ms each"
