"""Public pages of the register: list, one agency, its history, comparison and verification."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core import clock
from credit_register.core.database import looking
from credit_register.core.files import hand_out
from credit_register.core.paging import BadParameter, page_number
from credit_register.core.search import engine
from credit_register.core.uscc import LENGTH, check
from credit_register.institutions import (
    alarms,
    comparison,
    history,
    page_cache,
    plain_search,
    profile,
    publishing,
    queries,
    search_page,
    services,
    verification,
)
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution
from credit_register.institutions.warning_kinds import in_order, of_this_agency
from search_index import IndexUnavailable

blueprint = Blueprint("institutions", __name__)

SUGGESTIONS = 8
TO_ADD = 8


@blueprint.get("/institutions")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The list with its facets; `uscc` (repeated) are the agencies laid aside for comparison."""
    basket = comparison.basket(request.args.getlist("uscc"))
    try:
        parameters = search_page.read_parameters(request.args, basket=basket.codes)
    except BadParameter as error:
        typed = request.args.get("q", "")[: search_page.LONGEST_TEXT * 2]
        return render_template("institutions/refused.html", reason=f"{error}。", typed=typed), 400
    with looking():
        listing = search_page.find(parameters)
        impostors = _impostors(parameters, listing)
    return render_template(
        "institutions/index.html",
        listing=listing,
        parameters=parameters,
        basket=basket,
        alarms=impostors,
        empty_register=not listing.total and queries.nothing_registered(),
        sort_words=search_page.SORT_WORDS,
        facet_words=search_page.FACET_WORDS,
        facet_label=search_page.facet_label,
        steps=search_page.region_steps(parameters.region),
        most_compared=comparison.MOST,
        region_name=profile.region_name,
        list_root=url_for("institutions.index"),
    )


def _impostors(
    parameters: search_page.ListParameters, listing: search_page.Listing
) -> tuple[alarms.ShownAlarm, ...]:
    """The impostors whose name was typed, and not that of an agency of the list."""
    if not parameters.q:
        return ()
    names = [row.institution.name for row in listing.rows]
    return alarms.matching(parameters.q, clock.today(), names=names).posing


@blueprint.get("/institutions/suggest")
@access(PUBLIC)
def suggest() -> ResponseReturnValue:
    """Names for what was typed so far, for the search box; a header says when the index was missing for them."""
    text = request.args.get("q", "").strip()
    if len(text) > search_page.LONGEST_TEXT:
        raise BadParameter("q", f"搜索词最多 {search_page.LONGEST_TEXT} 字")
    text = "".join(char for char in text if char.isprintable())
    degraded = False
    try:
        found = engine().suggest(text, SUGGESTIONS) if text else ()
    except IndexUnavailable:
        found, degraded = plain_search.suggest(text, SUGGESTIONS), True
    statuses = queries.statuses([one.key for one in found])
    answer = jsonify(
        [
            {
                "uscc": one.key,
                "name": one.name,
                "status": statuses[one.key],
                "status_word": REGISTRATION.label(statuses[one.key]),
                "url": url_for("institutions.show", uscc=one.key),
                "segments": [{"text": segment.text, "marked": segment.marked} for segment in one.segments],
            }
            for one in found
            if one.key in statuses  # else taken out a moment ago; the index follows within two seconds
        ]
    )
    if degraded:
        answer.headers["Search-Degraded"] = "?1"
    return answer


@blueprint.get("/institutions/compare")
@access(PUBLIC)
def compare() -> ResponseReturnValue:
    """Up to four agencies side by side; `q` looks for one to add."""
    compared = comparison.compare(request.args.getlist("uscc"), today=clock.today())
    parameters = search_page.read_parameters({"q": request.args.get("q", "")}, per_page=TO_ADD)
    room = len(compared.columns) < comparison.MOST
    return render_template(
        "institutions/compare.html",
        comparison=compared,
        glances={column.profile.uscc: profile.glances(column.profile.uscc) for column in compared.columns},
        most=comparison.MOST,
        room=room,
        parameters=parameters,
        to_add=search_page.find(parameters) if parameters.q and room else None,
    )


@blueprint.get("/institutions/<uscc>")
@access(PUBLIC)
def show(uscc: str) -> ResponseReturnValue:
    """One agency's whole record.

    Anonymous readers get the page as it was last rendered while nothing of it changed; a few small looks tell.
    """
    code = queries.normal_code(uscc)
    if code != uscc and len(code) == LENGTH:
        return redirect(url_for("institutions.show", uscc=code), 301)
    if page_cache.may_be_personal():
        entry = queries.institution(code)
        return _unknown(code) if entry is None else _profile_page(entry)
    today = clock.today()
    with looking():
        version = queries.row_version(code)
        stamps = profile.section_stamps(code), alarms.stamp(code, today)
    if version is None:
        return _unknown(code)
    key = (request.scheme, request.host, request.root_path, code, version, today, stamps)
    page = page_cache.pages().get(key)
    if page is None:
        page = page_cache.pages().put(key, _profile_page(queries.institution_or_404(code)))
    return page_cache.answer(page)


@blueprint.get("/institutions/<uscc>/history", endpoint="history")
@access(PUBLIC)
def history_page(uscc: str) -> ResponseReturnValue:
    """Every published change of an agency's entry."""
    entry = queries.institution_or_404(uscc)
    return render_template(
        "institutions/history.html", institution=entry, history=history.history_of(entry, page=page_number())
    )


@blueprint.get("/institutions/<uscc>/history/<int:number>")
@access(PUBLIC)
def version(uscc: str, number: int) -> ResponseReturnValue:
    """An agency's entry as it was published at one time."""
    entry = queries.institution_or_404(uscc)
    published = history.published_version(entry, number)
    if published is None:
        abort(404)
    return render_template(
        "institutions/version.html",
        institution=entry,
        version=published,
        profile=profile.arrange(published.content, today=clock.local_date(published.at)),
        categories=CATEGORIES,
        latest=queries.versions(entry, page=1, per_page=1)[0][0].number,
    )


@blueprint.get("/institutions/<uscc>/conduct")
@access(PUBLIC)
def conduct(uscc: str) -> ResponseReturnValue:
    """The document of an agency's code of conduct, as a download."""
    stored = services.conduct_file(queries.institution_or_404(uscc))
    if stored is None:
        abort(404)
    return hand_out(stored)


@blueprint.get("/verify")
@access(PUBLIC)
def verify() -> ResponseReturnValue:
    """Is this agency real?"""
    text = request.args.get("q", "").strip()
    if not text:
        return render_template("institutions/verify.html", text="", answer=None, error=None)
    try:
        answer = verification.verify(text)
    except BadParameter as error:
        shown = text[: verification.LONGEST_TEXT * 2]
        return render_template("institutions/verify.html", text=shown, answer=None, error=f"{error}。"), 400
    return render_template(
        "institutions/verify.html",
        text=text,
        answer=answer,
        alarms=alarms.matching(answer.text, clock.today(), names=answer.names, codes=answer.entries),
        of_this_agency=of_this_agency,
        error=None,
        at=clock.now(),
        shown_reason=profile.shown_reason,
        in_short=profile.in_short,
        notice=verification.NOTICE,
        empty_register=answer.result == verification.Result.UNKNOWN and queries.nothing_registered(),
    )


def _unknown(code: str) -> ResponseReturnValue:
    """The page for a code that nobody has: with a way to hold it against the register."""
    return render_template("institutions/unknown.html", code=code, check=check(code)), 404


def permanent_address(code: str) -> str:
    """The address under which an agency's page may be cited."""
    return public_address("institutions.show", uscc=code)


def public_address(endpoint: str, **values: Any) -> str:
    """The address of a public page with its host."""
    public_url: str = current_app.extensions["settings"].public_url
    if public_url:
        return f"{public_url}{url_for(endpoint, **values)}"
    return url_for(endpoint, _external=True, **values)


def _profile_page(entry: Institution) -> str:
    arranged = profile.arrange(publishing.public_content(entry), today=clock.today())
    address = permanent_address(entry.uscc)
    sections = profile.sections()
    values: dict[str, Any] = {section.title: section.loader(entry.uscc) for section in sections}
    return render_template(
        "institutions/show.html",
        profile=arranged,
        committed=entry.committed,
        committed_on=entry.committed_on,
        imitated_by=in_order(alarm.kind for alarm in alarms.imitating(entry.uscc, entry.name, clock.today())),
        of_this_agency=of_this_agency,
        published_at=entry.published_at,
        sections=[each for each in sections if values[each.title] or not each.only_content],
        section_data=values,
        glances=[each.glance(values[each.title]) for each in sections if each.glance],
        categories=CATEGORIES,
        address=address,
        has_conduct_file=entry.conduct_file_id is not None,
        structured=profile.structured_data(arranged, address),
        history=history.history_of(entry, per_page=3),
    )
