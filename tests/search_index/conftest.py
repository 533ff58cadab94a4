"""Every behaviour is asserted of every engine of `engine_urls`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search_index import Document, Engine, open_engine

# The generated register and its measures are plain modules beside the tests, which are no package.
sys.path.insert(0, str(Path(__file__).parent))

from engine_urls import ENGINES  # found through the path above


@pytest.fixture(scope="session", params=sorted(ENGINES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> str:
    return ENGINES[kind].format(folder=tmp_path / "index")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.close()


@pytest.fixture
def filled(engine: Engine) -> Callable[..., Engine]:
    """Rebuilds the engine with documents given as (code, name) or as Document."""

    def fill(*documents: Document | tuple[str, str]) -> Engine:
        engine.rebuild(one if isinstance(one, Document) else Document(*one) for one in documents)
        return engine

    return fill
