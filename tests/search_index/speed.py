"""Questions of each kind that speed is told for; asked by the bench, not a test."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from search_index import Query
from tests.search_index.labelled import Labelled, labelled
from tests.search_index.localities import localities
from tests.search_index.register import Made
from tests.search_index.trades import CATEGORY_NAMES, CUSTOMERS, LEGAL_FORMS, PRODUCTS, TRADES

KINDS = (
    *("full", "part", "very common word", "two words", "typo", "pinyin", "code"),
    *("filter and sort", "facets"),
)
_TYPOS = ("wrong character", "missing character", "extra character", "swapped characters", "wrong in short")
_PINYIN = ("full pinyin", "pinyin with spaces", "pinyin of name", "initials")
_CODES = ("code", "code prefix")
_SHORT_WORDS = "信用 公司 有限 有限责任 股份 集团 服务 管理 咨询 评估 评级 评价 企业 信息 数据 商务 技术 网络 报告 培训 客户 机构"


def common_words(made: Sequence[Made]) -> list[str]:
    """Words that very many institutions answer to, the most common first: of names, services, places."""
    provinces = dict.fromkeys(place.province[0] for place in localities()[0])
    products = (name for name, _ in PRODUCTS.values())
    words = dict.fromkeys(
        (*_SHORT_WORDS.split(), *TRADES[0], *CATEGORY_NAMES.values(), *products, *CUSTOMERS, *provinces)
    ) | dict.fromkeys(form for form in LEGAL_FORMS[0] if "（" not in form)
    texts = [
        "\n".join((d.name, *d.category_names, *d.products, d.text)) for d in (one.document for one in made)
    ]
    borne = {word: sum(word in text for text in texts[:2000]) for word in words}
    return sorted(words, key=lambda word: -borne[word])


def questions(made: Sequence[Made], per_kind: int, seed: int = 5) -> dict[str, list[Query]]:
    """As many of each kind, no two alike."""
    rng = random.Random(seed)
    words = common_words(made)
    typed = labelled(made, per_kind=per_kind, seed=seed)
    asked: set[Query] = set()
    makers: dict[str, Callable[[], Iterable[Query]]] = {
        "full": lambda: (Query(one.document.name) for one in rng.sample(made, len(made))),
        "part": lambda: (Query(_part(one.document.name, rng)) for one in rng.sample(made, len(made))),
        "very common word": lambda: (Query(word) for word in words),
        "two words": lambda: (Query(_two(one, rng)) for one in rng.sample(made, len(made))),
        "typo": lambda: _some(typed, _TYPOS, rng),
        "pinyin": lambda: _some(typed, _PINYIN, rng),
        "code": lambda: _some(typed, _CODES, rng),
        "filter and sort": lambda: _listings(made, rng),
        "facets": lambda: _narrowed(made, words[:40], rng),
    }
    found: dict[str, list[Query]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for query in makers[kind]():
            if query not in asked:
                asked.add(query)
                found[kind].append(query)
                if len(found[kind]) == per_kind:
                    break
    counts = Counter({kind: len(queries) for kind, queries in found.items()})
    if min(counts.values()) < per_kind:
        raise ValueError(f"too few different questions: {dict(counts)}")
    return found


def _part(name: str, rng: random.Random) -> str:
    """Two to four neighbouring characters of the name before its legal form."""
    body = name.replace("（", "").replace("）", "")[:-4] or name
    length = rng.randrange(2, 5)
    at = rng.randrange(max(1, len(body) - length + 1))
    return body[at : at + length]


def _two(one: Made, rng: random.Random) -> str:
    document = one.document
    ways = [f"{one.place} {one.trade}", f"{one.place} {document.category_names[0]}"]
    if one.stem:
        ways += [f"{one.place} {one.stem}", f"{one.stem} {one.trade}", f"{one.stem} {document.fee_words[0]}"]
    return rng.choice(ways)


def _some(typed: Iterable[Labelled], kinds: Sequence[str], rng: random.Random) -> list[Query]:
    queries = [Query(one.text) for one in typed if one.kind in kinds]
    rng.shuffle(queries)
    return queries


def _listings(made: Sequence[Made], rng: random.Random) -> Iterator[Query]:
    """Pages without words: a filter or two, in another order than that of relevance."""
    while True:
        document = rng.choice(made).document
        sort = rng.choice(("name", "newest", "fee"))
        yield Query(
            region=rng.choice((None, document.region[:2], document.region[:4])),
            category=document.categories[0] if sort == "fee" or rng.random() < 0.5 else None,
            status=rng.choice((None, "registered")),
            committed=rng.choice((None, None, True)),
            sort=sort,
            page=rng.randrange(1, 20),
        )


def _narrowed(made: Sequence[Made], words: Sequence[str], rng: random.Random) -> Iterator[Query]:
    """A very common word under a filter, where counting the facets is most of the work."""
    while True:
        document = rng.choice(made).document
        word = rng.choice(words)
        if rng.random() < 0.5:
            yield Query(word, region=document.region[:2])
        else:
            yield Query(word, category=document.categories[0], committed=rng.choice((None, True)))


def beginnings(made: Sequence[Made], count: int, seed: int = 3) -> list[str]:
    """Every beginning of so many short names, as letters come one by one."""
    chosen = random.Random(seed).sample(list(made), min(count, len(made)))
    typed = (one.place + one.stem for one in chosen)
    return list(dict.fromkeys(text[:length] for text in typed for length in range(1, len(text) + 1)))
