"""The form of a letter: a new draft and one that is rewritten."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.queue_filters import one_of
from credit_register.audit.queries import was_done, who_was_first
from credit_register.audit.step_pages import renew
from credit_register.core import regions
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.institutions.form_fields import add_error
from credit_register.letters import queries, services
from credit_register.letters.drafting import Source
from credit_register.letters.forms import (
    MORE_ROWS,
    SPARE_ROWS,
    EditLetterForm,
    LetterForm,
    clue_values,
)
from credit_register.letters.lifecycle import KIND
from credit_register.letters.models import Kind, Letter
from credit_register.letters.refusals import LetterRefused
from credit_register.letters.sources import Proposal, proposal, proposed_clue, read_reference
from credit_register.letters.templates import words_in_force
from credit_register.letters.views.staff_case import note_of
from credit_register.letters.wording import MOST_CLUES

MOST_SOURCES = 20


def new(sent: bool) -> ResponseReturnValue:
    """The page of a new draft, or what becomes of the one that was sent."""
    actor = current_actor()
    sources = _sources(actor)
    first = next(iter(sources.values()), None)
    kind = Kind(
        one_of("kind", [each.value for each in Kind]) or (first.kind if first else Kind.IMPERSONATION).value
    )
    signed = queries.office_words(actor)
    form = LetterForm(
        data={
            "addressee": first.addressee if first else "",
            **vars(words_in_force(kind, region=actor.region or regions.NATION)),
            **vars(signed),
            "clues": [clue_values(proposed_clue(source, found)) for source, found in sources.items()],
        }
    )
    if sent and not _only_more_rows(form) and form.validate() and _sources_are_seen(form, actor):
        try:
            letter = services.start_letter(
                kind,
                region=actor.region or regions.NATION,
                words=form.words(),
                clues=form.written_clues(),
                actor=actor,
                now=now(),
            )
        except LetterRefused as refusal:
            db.session.rollback()
            _tell(form, refusal)
        else:
            flash("草稿已保存。核对无误后送签发。", "success")
            return redirect(url_for("letters_staff.show", letter_id=letter.id))
    return _page(form, kind=kind, sources=sources, actor=actor)


def edit(letter: Letter, sent: bool) -> ResponseReturnValue:
    """The page of a draft that is rewritten, or what becomes of what was sent."""
    actor, letter_id, told = current_actor(), letter.id, ""
    kind, sources = Kind(letter.kind), _sources(actor)
    data = EditLetterForm.values_of(letter)
    known = {(clue.source_kind, clue.source_id) for clue in letter.clues}
    data["clues"] += [
        clue_values(proposed_clue(source, found))
        for source, found in sources.items()
        if (source.kind, source.id) not in known
    ]
    form = EditLetterForm(data={**data, "version": letter.version})
    if sent and not _only_more_rows(form) and form.validate() and _sources_are_seen(form, actor):
        try:
            services.edit_letter(
                letter,
                words=form.words(),
                clues=form.written_clues(),
                version=form.version.data,
                actor=actor,
                now=now(),
            )
        except LetterRefused as refusal:
            db.session.rollback()
            _tell(form, refusal)
        except (StaleVersion, MoveNotAllowed) as trouble:
            db.session.rollback()
            letter = queries.letter_for(actor, letter_id)
            if was_done(KIND, letter, "edit", actor=actor, seen=form.version.data):
                return redirect(url_for("letters_staff.show", letter_id=letter_id))
            overtaken = letter.version != form.version.data
            renew(form, letter)
            told = who_was_first(KIND, letter_id) if overtaken else str(trouble)
        else:
            flash("修改已保存。", "success")
            return redirect(url_for("letters_staff.show", letter_id=letter_id))
    return _page(form, kind=kind, sources=sources, actor=actor, letter=letter, told=told)


def _sources(actor: Actor) -> dict[Source, Proposal]:
    """What the address names, as source=report:12; what is none for this actor is not found."""
    found: dict[Source, Proposal] = {}
    for text in request.args.getlist("source")[:MOST_SOURCES]:
        source = read_reference(text)
        proposed = proposal(actor, source) if source else None
        if source is None or proposed is None:
            abort(404)
        found[source] = proposed
    return found


def _only_more_rows(form: LetterForm) -> bool:
    """Whether the person asked for further rows, and nothing else."""
    if "more" not in request.form:
        return False
    form.add_rows(MORE_ROWS)
    return True


def _sources_are_seen(form: LetterForm, actor: Actor) -> bool:
    """Whether the actor may see what each clue says it comes from: the form could have been made by hand."""
    for entry in form.written_rows():
        source = read_reference(entry.form.source.data or "")
        if entry.form.source.data and (source is None or proposal(actor, source) is None):
            add_error(entry.form.name, "线索的来源不存在或者不在辖区内，请删去这一条，从来源的页面重新添加")
            return False
    return True


def _tell(form: LetterForm, refusal: LetterRefused) -> None:
    """Put the sentence beside the field that it is about; a line of the annex is named by its place."""
    name, _, place = refusal.field.partition("-")
    if name != "clues":
        add_error(form[name], str(refusal))
        return
    rows = form.written_rows()
    add_error(rows[int(place)].form.name if place else rows[-1].form.name, str(refusal))


def _page(
    form: LetterForm,
    *,
    kind: Kind,
    sources: dict[Source, Proposal],
    actor: Actor,
    letter: Letter | None = None,
    told: str = "",
) -> ResponseReturnValue:
    form.add_rows(SPARE_ROWS - sum(entry.form.blank for entry in form.clues))
    others: dict[str, Any] = {
        found.label: [
            each
            for each in queries.letters_for_source(actor, source.kind, source.id)
            if letter is None or each.id != letter.id
        ]
        for source, found in sources.items()
    }
    problems = form.problems()
    page = render_template(
        "letters/staff_form.html",
        actor=actor,
        form=form,
        kind=kind,
        kinds=list(Kind),
        letter=letter,
        sources=[found.label for found in sources.values()],
        references=[f"{source.kind}:{source.id}" for source in sources],
        others={label: found for label, found in others.items() if found},
        told=told,
        most_clues=MOST_CLUES,
        note=note_of(kind, letter.region_code if letter else actor.region or regions.NATION),
        problems=problems,
    )
    failed = 422 if problems else 200
    return page, 409 if told else failed
