"""What an institution had published about a matter when a check was opened, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credit_register.core.sanitise import plain_text
from credit_register.institutions.categories import category_name
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.profile import product_entry, region_name
from credit_register.spotchecks.models import Matter

Content = Mapping[str, Any]


def declared_in_words(content: Content, matter: Matter) -> str:
    """The part of the public content that the matter is about, one fact on each line."""
    lines = {
        Matter.FEES: _fees,
        Matter.LICENCES: _licences,
        Matter.FACTS: _facts,
        Matter.COMMITMENT: _commitment,
        Matter.OTHER: _other,
    }[matter](content)
    return "\n".join(lines)


def _fees(content: Content) -> list[str]:
    lines = []
    for product in map(product_entry, content["products"]):
        line = f"{product.name}（{category_name(product.category)}）：{product.fee.text}"
        lines.append(f"{line}；{product.included}" if product.included else line)
    return lines or ["没有公示服务产品和收费标准。"]


def _licences(content: Content) -> list[str]:
    lines = []
    for entry in content["categories"]:
        facts = [
            f"编号 {entry['licence_number']}" if entry["licence_number"] else "没有填报编号",
            entry["licence_issuer"] or "",
            f"有效期至 {entry['licence_expires_on']}" if entry["licence_expires_on"] else "",
            f"{entry['verified_on']} 已核验" if entry["verified_on"] else "未核验",
        ]
        lines.append(f"{category_name(entry['code'])}：{'，'.join(fact for fact in facts if fact)}")
    return lines or ["没有登记服务类别。"]


def _facts(content: Content) -> list[str]:
    facts = {
        "机构名称": content["name"],
        "统一社会信用代码": content["uscc"],
        "登记状态": REGISTRATION.label(content["status"]),
        "法定代表人": content["legal_representative"],
        "成立日期": content["founded_on"],
        "所在地区": region_name(content["region"]),
        "住所": content["address"],
        "联系电话": content["phone"],
        "官网": content["website"],
    }
    return [f"{label}：{value or '没有公示'}" for label, value in facts.items()]


def _commitment(content: Content) -> list[str]:
    if not content["committed"]:
        return ["没有作出信用承诺。"]
    since = f"已于 {content['committed_on']} " if content["committed_on"] else "已"
    return [f"{since}作出信用承诺。"]


def _other(content: Content) -> list[str]:
    conduct = content["code_of_conduct"]
    parts = (conduct["title"], conduct["version"], conduct["date"]) if conduct else ()
    facts = {
        "机构简介": plain_text(content["introduction"]),
        "自愿公示信息": plain_text(content["voluntary"]),
        "行为准则": "，".join(part for part in parts if part),
    }
    return [f"{label}：{value or '没有公示'}" for label, value in facts.items()]
