"""The list of institutions: its parameters read and checked, the question to the index, and the rows of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from credit_register.core import regions
from credit_register.core.paging import BadParameter
from credit_register.core.search import engine
from credit_register.institutions import plain_search
from credit_register.institutions.categories import CATEGORIES, category_name
from credit_register.institutions.fees import Basis, amount_text
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.list_entries import ListEntry, list_entries, products_by_entry
from credit_register.institutions.models import ServiceProduct, Status
from search_index import FACETS, SORTS, IndexUnavailable, Query, Results, Segment

NAMES: Final = ("q", "region", "category", "status", "committed", "sort", "page", "per_page")
LONGEST_TEXT: Final = 200
PER_PAGE: Final = 20
MOST_PER_PAGE: Final = 100
LAST_PAGE: Final = 1_000_000
SORT_WORDS: Final = {"relevance": "相关程度", "name": "名称", "newest": "最新登记", "fee": "最低费用"}
COMMITTED_WORDS: Final = {"1": "已作出承诺", "0": "未作出承诺"}
FACET_WORDS: Final = {
    "region": "所在地区",
    "category": "服务类别",
    "status": "登记状态",
    "committed": "信用承诺",
}


@dataclass(frozen=True)
class ListParameters:
    """What the list was asked for; `region` is a six-digit code, never the nation.

    `basket` holds the codes laid aside for comparison: they change nothing of the answer and stay in
    every address that leads on.
    """

    q: str = ""
    region: str | None = None
    category: str | None = None
    status: str | None = None
    committed: bool | None = None
    sort: str = "relevance"
    page: int = 1
    per_page: int = PER_PAGE
    basket: tuple[str, ...] = ()

    def query(self) -> Query:
        """The question to the index."""
        return Query(
            text=self.q,
            region=self.region,
            category=self.category,
            status=self.status,
            committed=self.committed,
            sort=self.sort,
            page=self.page,
            per_page=self.per_page,
        )

    def chosen(self) -> dict[str, str]:
        """The filters in force, by the name of their facet, as they stand in an address."""
        committed = None if self.committed is None else str(int(self.committed))
        values = {
            "region": self.region,
            "category": self.category,
            "status": self.status,
            "committed": committed,
        }
        return {name: value for name, value in values.items() if value is not None}

    def address(self, **changes: str | int | Sequence[str] | None) -> dict[str, str | list[str]]:
        """The parameters of an address with some of them changed (None takes one away); defaults are left out.

        A change of the question leads to its first page; what was laid aside for comparison goes along.
        """
        values: dict[str, str | int | Sequence[str] | None] = {"q": self.q or None, **self.chosen()}
        values["sort"] = None if self.sort == "relevance" else self.sort
        values["per_page"] = None if self.per_page == PER_PAGE else self.per_page
        values["uscc"] = self.basket
        values.update(changes)
        if values["sort"] == "fee" and not values.get("category"):
            values["sort"] = None  # fees of different services do not compare
        if values.get("page") == 1:
            values["page"] = None
        return {
            name: str(value) if isinstance(value, str | int) else list(value)
            for name, value in values.items()
            if value is not None and value != ()
        }

    def query_string(self, **changes: str | int | Sequence[str] | None) -> str:
        """What stands behind the path of the list, as `address`; a page has dozens, so it is built cheaply."""
        values = self.address(**changes)
        return f"?{urlencode(values, doseq=True)}" if values else ""


def read_parameters(
    values: Mapping[str, str],
    *,
    per_page: int = PER_PAGE,
    refuse_unknown: bool = False,
    basket: tuple[str, ...] = (),
) -> ListParameters:
    """Read and check `q region category status committed sort page per_page`; raises BadParameter.

    An empty value means that nothing was chosen. Names that are not the list's own are for a page no
    reason to refuse (messengers append theirs to shared links); a program is told with `refuse_unknown`.
    """
    given: dict[str, str] = {}
    pairs = values.items(multi=True) if isinstance(values, MultiDict) else values.items()
    for name, value in pairs:
        if name not in NAMES:
            if refuse_unknown:
                raise BadParameter(name[:40], f"没有名为 {name[:40]} 的参数，可用：{'、'.join(NAMES)}")
            continue
        text = str(value).strip()
        if text and given.get(name, text) != text:
            raise BadParameter(name, f"参数 {name} 只能给一个值")
        if text:
            given[name] = text
    category = _one_of(given, "category", CATEGORIES, "服务类别的两位代码")
    sort = _one_of(given, "sort", SORTS, "排序方式") or "relevance"
    if sort == "fee" and category is None:
        raise BadParameter("sort", "按费用排序须同时选择服务类别（category），不同服务的费用不能相比")
    committed = _one_of(given, "committed", COMMITTED_WORDS, "是否承诺")
    return ListParameters(
        q=_text(given.get("q", "")),
        region=_region(given.get("region", "")),
        category=category,
        status=_one_of(given, "status", [status.value for status in Status], "登记状态"),
        committed=None if committed is None else committed == "1",
        sort=sort,
        page=_number(given, "page", 1, LAST_PAGE),
        per_page=_number(given, "per_page", per_page, MOST_PER_PAGE),
        basket=basket,
    )


def _text(typed: str) -> str:
    if len(typed) > LONGEST_TEXT:
        raise BadParameter(
            "q", f"搜索词（q）最多 {LONGEST_TEXT} 字，现为 {len(typed)} 字；核对一段文字请用“真伪核验”"
        )
    return " ".join("".join(char if char.isprintable() else " " for char in typed).split())


def _region(typed: str) -> str | None:
    if not typed:
        return None
    try:
        code = regions.parse_filter(typed)
    except regions.UnknownRegion as error:
        raise BadParameter("region", str(error).rstrip("。")) from error
    return None if code == regions.NATION else code


def _one_of(given: Mapping[str, str], name: str, choices: Iterable[str], what: str) -> str | None:
    value = given.get(name)
    known = list(choices)
    if value is not None and value not in known:
        raise BadParameter(name, f"参数 {name}（{what}）不能是“{value[:40]}”，可用：{'、'.join(known)}")
    return value


def _number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise BadParameter(name, f"参数 {name} 须为 1 至 {most} 的整数，现为“{text[:40]}”")
    return int(text)


@dataclass(frozen=True)
class FacetItem:
    """A value of a facet, its words, and how many institutions a click on it would leave."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class ListRow:
    """One institution of the list, what was found in it, and its lowest fees for the chosen category."""

    institution: ListEntry
    name: tuple[Segment, ...]
    snippet: tuple[Segment, ...] = ()
    fees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """One page of the list; `degraded` when the database answered because the index could not."""

    parameters: ListParameters
    total: int
    rows: tuple[ListRow, ...]
    facets: dict[str, tuple[FacetItem, ...]]
    relaxed: bool = False
    did_you_mean: str | None = None
    degraded: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.parameters.per_page))


def find(parameters: ListParameters) -> Listing:
    """Answer one page of the list from the index, or from the database when the index cannot."""
    degraded = False
    try:
        results = engine().search(parameters.query())
    except IndexUnavailable:
        results, degraded = plain_search.search(parameters.query()), True
    keys = [hit.key for hit in results.hits]
    found = list_entries(keys)
    products = products_by_entry(keys, parameters.category) if parameters.category else {}
    rows = []
    for hit in results.hits:
        institution = found.get(hit.key)
        if institution is None:
            continue  # taken out a moment ago; the index follows within two seconds
        current = "".join(segment.text for segment in hit.name) == institution.name
        rows.append(
            ListRow(
                institution,
                hit.name if current else (Segment(institution.name),),
                hit.snippet,
                lowest_fees(products[hit.key], parameters.category) if parameters.category else (),
            )
        )
    return Listing(
        parameters,
        results.total,
        tuple(rows),
        facet_items(results, parameters),
        results.relaxed,
        results.did_you_mean,
        degraded,
    )


def facet_items(results: Results, parameters: ListParameters) -> dict[str, tuple[FacetItem, ...]]:
    """The facets with their words, in the order of FACETS; a chosen value is marked."""
    chosen = parameters.chosen()
    items = {}
    for name in FACETS:
        found = [
            FacetItem(each.value, facet_label(name, each.value), each.count, chosen.get(name) == each.value)
            for each in results.facets.get(name, ())
            # The region itself among its parts: institutions that name no smaller one.
            if not (name == "region" and each.value == (parameters.region or regions.NATION))
        ]
        if name == "category":
            found.sort(key=lambda item: item.value)
        elif name == "status":
            order = [status.value for status in Status]
            found.sort(key=lambda item: order.index(item.value))
        items[name] = tuple(found)
    return items


def facet_label(name: str, value: str) -> str:
    """The words of a facet value; what the dictionaries do not know is shown as it is."""
    if name == "region":
        known = regions.find(value)
        return known.name if known else value
    if name == "category":
        return category_name(value) if value in CATEGORIES else value
    if name == "status":
        return REGISTRATION.label(value) if value in list(Status) else value
    return COMMITTED_WORDS.get(value, value)


def region_steps(code: str | None) -> tuple[regions.Region, ...]:
    """The regions above a code and itself, the province first; nothing for the whole nation."""
    steps: list[regions.Region] = []
    while code and code != regions.NATION:
        step = regions.find(code)
        if step is None:
            break
        steps.insert(0, step)
        code = step.parent_code
    return tuple(steps)


def lowest_fees(products: Sequence[ServiceProduct], category: str) -> tuple[str, ...]:
    """The lowest fee of a category in each unit, because fees of different units do not compare."""
    best: dict[str, tuple[bool, str]] = {}
    lowest: dict[str, Decimal] = {}
    for product in products:
        if product.category != category:
            continue
        comparable = product.fee.comparable()
        if comparable is None:
            continue
        low, high, unit = comparable
        free = product.basis == Basis.FREE or high == 0
        key = "" if free else unit
        if key not in lowest or low < lowest[key]:
            lowest[key] = low
            best[key] = (high > low, "免费" if free else f"{amount_text(low)} {unit}")
    if not best:
        return ("面议",) if any(product.category == category for product in products) else ()
    return tuple(f"{text} 起" if ranged else text for ranged, text in best.values())


def with_text(parameters: ListParameters, text: str) -> ListParameters:
    """The same list for other words, from its first page."""
    return replace(parameters, q=text, page=1)
