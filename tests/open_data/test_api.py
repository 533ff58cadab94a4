from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.core import search
from tests.factories import make_institution, make_product


@pytest.fixture
def register(app: Flask) -> list[str]:
    first = make_institution(name="成都示例甲子信用评级有限公司", region_code="510100", categories=("03",))
    second = make_institution(name="杭州示例乙丑商账管理有限公司", region_code="330100", categories=("07",))
    make_product(first, name="主体信用评级", category="03")
    search.rebuild()
    return [first.uscc, second.uscc]


def test_the_list_answers_with_exact_facets(client: FlaskClient, register: list[str]) -> None:
    answer = client.get("/api/v1/institutions?region=51&per_page=5")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    page = answer.get_json()
    assert (page["total"], page["page"], page["per_page"]) == (1, 1, 5)
    assert [item["uscc"] for item in page["items"]] == register[:1]
    assert {"uscc", "name", "region", "categories", "status", "committed"} <= set(page["items"][0])
    assert {value["value"]: value["count"] for value in page["facets"]["category"]} == {"03": 1}
    assert all(
        set(value) == {"value", "label", "count"} for values in page["facets"].values() for value in values
    )


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=x",
        "per_page=1000",
        "status=gone",
        "sort=best",
        "sort=fee",
        "region=99",
        "committed=2",
        "foo=1",
    ],
)
def test_a_bad_parameter_is_a_problem_that_names_it(
    client: FlaskClient, register: list[str], query: str
) -> None:
    answer = client.get(f"/api/v1/institutions?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == 400
    assert query.split("=", maxsplit=1)[0] in problem["detail"] + str(problem.get("parameter"))


def test_a_page_beyond_the_end_is_empty(client: FlaskClient, register: list[str]) -> None:
    page = client.get("/api/v1/institutions?page=50").get_json()
    assert (page["total"], page["items"]) == (2, [])


def test_one_institution_with_its_products(client: FlaskClient, register: list[str]) -> None:
    found = client.get(f"/api/v1/institutions/{register[0]}").get_json()
    assert found["name"] == "成都示例甲子信用评级有限公司"
    assert found["products"][0]["name"] == "主体信用评级"
    assert found["categories"][0]["code"] == "03"
    assert found["version"] >= 1


def test_an_institution_that_is_not_there_is_a_problem(client: FlaskClient, register: list[str]) -> None:
    answer = client.get("/api/v1/institutions/91110000600037341L")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_verifying_tells_registered_near_and_unknown(client: FlaskClient, register: list[str]) -> None:
    for text, result in (
        (register[0], "registered"),
        ("成都示例甲子信用评级有限公司", "registered"),
        ("成都示例甲子信用评极有限公司", "near"),
        ("zzzz", "unknown"),
    ):
        found = client.get(f"/api/v1/verify?q={quote(text)}").get_json()
        assert found["result"] == result, text
        assert set(found) == {"result", "items", "warnings", "degraded", "data_date"}
        assert found["degraded"] is False
        assert found["warnings"] == []
        assert bool(found["items"]) == (result != "unknown")


def test_verifying_nothing_is_a_problem(client: FlaskClient) -> None:
    assert client.get("/api/v1/verify").status_code == 400


def test_the_api_describes_itself(client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()
    assert {"/api/v1/institutions", "/api/v1/institutions/{uscc}", "/api/v1/verify"} <= set(
        described["paths"]
    )
