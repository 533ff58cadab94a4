"""The API of the register: what the pages show, as JSON, for anybody and without a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE

from credit_register.access.gate import PUBLIC, access, declare_endpoint
from credit_register.core import clock, regions
from credit_register.core.database import read_first
from credit_register.core.paging import BadParameter
from credit_register.credit_records.public_queries import facts_of, records_of
from credit_register.institutions import alarms, queries, search_page, verification
from credit_register.institutions.list_entries import ListEntry
from credit_register.institutions.publishing import public_content
from credit_register.institutions.verification import NOTICE
from credit_register.institutions.views.public import public_address
from credit_register.ledger.measures.public_queries import PublicMeasure, measures_of
from credit_register.open_data import schemas
from credit_register.open_data.bulk_check.answers import answer_all
from credit_register.open_data.bulk_check.limits import count_check
from credit_register.open_data.bulk_check.reading import MOST, BulkRefused, read_texts
from credit_register.open_data.bulk_check.sheet import as_json

blueprint = Blueprint("api", __name__, url_prefix="/api/v1", description="登记机构")
# A wrong parameter is the caller's mistake in the address: 400, like every other one (not 422).
blueprint.ARGUMENTS_PARSER.DEFAULT_VALIDATION_STATUS = 400


def init_api(app: Flask) -> None:
    """Hang the API and its description into the application."""
    app.config.update(
        API_TITLE=app.extensions["settings"].site_name,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    Api(app).register_blueprint(blueprint)
    app.extensions["csrf"].exempt(
        blueprint
    )  # without a session there is nothing that a foreign page could misuse
    declare_endpoint(app, "api-docs.openapi_json", PUBLIC)


@blueprint.before_request
def refuse_contradictions() -> None:
    """A parameter given twice with different values is the caller's mistake, not a choice for us to make."""
    for name, values in request.args.lists():
        if len(set(values)) > 1:
            raise BadParameter(name[:40], f"参数 {name[:40]} 只能给一个值")


@blueprint.after_request
def allow_every_site(response: Response) -> Response:
    """Public data without a session: any page on the web may read it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response


def summaries(entries: Iterable[ListEntry]) -> list[dict[str, Any]]:
    """Institutions in a list."""
    root = public_address("institutions.index")  # the addresses of its pages lie below
    return [
        {
            "uscc": entry.uscc,
            "name": entry.name,
            "region": entry.region_code,
            "region_name": regions.full_name(entry.region_code),
            "categories": entry.categories,
            "status": entry.status,
            "status_since": entry.status_since.isoformat(),
            "committed": entry.committed,
            "registered_on": entry.registered_on.isoformat(),
            "url": f"{root}/{entry.uscc}",
        }
        for entry in entries
    ]


def _measure(one: PublicMeasure) -> dict[str, Any]:
    """A published measure of an office."""
    return {
        "id": one.public_id,
        "kind": one.kind.value,
        "title": one.title,
        "text": one.text,
        "office": one.office,
        "taken_on": one.taken_on.isoformat(),
        "state": one.standing.state.value,
        "ended_on": one.ended_on.isoformat() if one.ended_on else None,
        "published_on": one.published_on.isoformat(),
        "public_until": one.public_until.isoformat(),
    }


def _warning(one: alarms.ShownAlarm) -> dict[str, Any]:
    """A warning of an impostor; `matched` says whether the text names the pretender or only the victim."""
    return {
        "matched": one.meant.value,
        "kind": one.alarm.kind.value,
        "pretender": one.pretender,
        "imitated_name": one.alarm.imitated_name,
        "imitated_uscc": one.alarm.imitated_uscc,
        "conduct": one.alarm.conduct,
        "published_on": one.alarm.published_on.isoformat(),
        "ends_on": one.alarm.ends_on.isoformat(),
        "url": public_address("warnings.index", q=one.alarm.pretender),
    }


@blueprint.get("/institutions")
@access(PUBLIC)
@blueprint.arguments(schemas.ListArguments, location="query", unknown=RAISE)
@blueprint.response(200, schemas.InstitutionPage)
@blueprint.alt_response(400, schema=schemas.Problem, content_type="application/problem+json")
def institutions(arguments: dict[str, str]) -> Response:
    """查询登记机构。"""
    listing = search_page.find(search_page.read_parameters(arguments))
    return jsonify(
        {
            "total": listing.total,
            "page": listing.parameters.page,
            "per_page": listing.parameters.per_page,
            "relaxed": listing.relaxed,
            "degraded": listing.degraded,
            "facets": {
                name: [{"value": item.value, "label": item.label, "count": item.count} for item in items]
                for name, items in listing.facets.items()
            },
            "items": summaries(row.institution for row in listing.rows),
            "data_date": clock.today().isoformat(),
        }
    )


@blueprint.get("/institutions/<uscc>")
@access(PUBLIC)
@blueprint.response(200, schemas.Institution)
@blueprint.alt_response(404, schema=schemas.Problem, content_type="application/problem+json")
def institution(uscc: str) -> Response:
    """一家登记机构的全部公示信息。"""
    found = queries.institution(queries.normal_code(uscc))
    if found is None:
        abort(404, description="本栏目没有登记这个统一社会信用代码。")
    content = public_content(found)
    records = records_of(found.uscc, on=clock.today())
    return jsonify(
        {
            **summaries([ListEntry.of(found)])[0],
            **content,
            "credit_records": facts_of(found.uscc, on=clock.today()),
            "credit_records_date": records.as_of.isoformat() if records.as_of else None,
            "credit_records_dates": {
                kind.value: day.isoformat() if day else None for kind, day in records.dates.items()
            },
            "governance_measures": [_measure(each) for each in measures_of(found.uscc, on=clock.today())],
            "version": found.revision,
            "data_date": clock.today().isoformat(),
        }
    )


@blueprint.get("/verify")
@access(PUBLIC)
@blueprint.arguments(schemas.VerifyArguments, location="query", unknown=RAISE)
@blueprint.response(200, schemas.Verification)
@blueprint.alt_response(400, schema=schemas.Problem, content_type="application/problem+json")
def verify(arguments: dict[str, str]) -> Response:
    """核验一个名称或代码是否为登记机构。"""
    found = verification.verify(arguments["q"])
    about = alarms.matching(found.text, clock.today(), names=found.names, codes=found.entries)
    return jsonify(
        {
            "result": found.result,
            "items": summaries(ListEntry.of(match.institution) for match in found.matches),
            "warnings": [_warning(one) for one in about.everything],
            "degraded": found.degraded,
            "data_date": clock.today().isoformat(),
        }
    )


@blueprint.post("/verify/bulk")
@access(PUBLIC)
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST,
                    "items": {"type": "string", "description": "统一社会信用代码、名称，或两者"},
                }
            }
        },
    }
)
@blueprint.response(200, schemas.BulkAnswers)
@blueprint.alt_response(400, schema=schemas.Problem, content_type="application/problem+json")
@blueprint.alt_response(415, schema=schemas.Problem, content_type="application/problem+json")
@blueprint.alt_response(429, schema=schemas.Problem, content_type="application/problem+json")
def verify_bulk() -> Response:
    """批量核对：是否登记，公示中的严重失信和未修复处罚，有效的承诺，已公开的治理措施；所问的内容不保存。"""
    read_first()
    if not request.is_json:
        abort(415, description="请用 application/json 提交，内容是代码或名称的列表。")
    if request.args:
        raise BadParameter(next(iter(request.args))[:40], "没有这个参数")
    count_check()  # what cannot be read costs as well
    try:
        texts = request.get_json(silent=True)
    except RecursionError:
        texts = None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadParameter("body", '内容须是文字的列表，例如 ["91510100MA00000000", "某某信用评级有限公司"]')
    try:
        questions = read_texts(texts)
    except BulkRefused as refusal:
        raise BadParameter("body", str(refusal)) from refusal
    today = clock.today()
    return jsonify(
        {
            "total": len(questions),
            "results": [as_json(answer) for answer in answer_all(questions, on=today)],
            "data_date": today.isoformat(),
            "notice": NOTICE,
        }
    )
