"""What every template may use: the site's names, the navigation, dates and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Flask, g, has_request_context, request, url_for
from flask_security import current_user

from credit_register.access.roles import Permission
from credit_register.core import clock, regions
from credit_register.core.database import db
from credit_register.core.sanitise import render_markdown
from credit_register.core.settings import Settings
from credit_register.institutions.categories import category_name
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.notices import queries as notices
from credit_register.web.sample import SAMPLE_ACCOUNTS


@dataclass(frozen=True)
class Item:
    """One entry of the navigation."""

    label: str
    url: str
    current: bool


PUBLIC_MENU = (
    ("机构名录", "institutions.index"),
    ("真伪核验", "institutions.verify"),
    ("服务比较", "institutions.compare"),
    ("核查结果", "inspections.index"),
    ("冒名警示", "warnings.index"),
    ("举报与查询", "reports.new"),
    ("使用帮助", "home.help_page"),
)
STAFF_MENU = (
    ("工作台", "staff.home", Permission.STAFF_HOME),
    ("案件检索", "case_search.index", Permission.CASES_READ),
    ("登记机构", "institutions_staff.index", Permission.INSTITUTION_READ),
    ("登记申请", "registrations_staff.index", Permission.REGISTRATION_READ),
    ("信用承诺", "commitments_staff.index", Permission.COMMITMENT_READ),
    ("核查", "spotchecks_staff.index", Permission.SPOTCHECK_READ),
    ("举报办理", "reports_staff.index", Permission.REPORT_READ),
    ("办理结果", "outcomes_staff.index", Permission.OUTCOME_READ),
    ("冒名警示", "warnings.staff_index", Permission.WARNING_READ),
    ("信用记录", "records_staff.index", Permission.RECORD_READ),
    ("提示函", "letters_staff.index", Permission.LETTER_READ),
    ("专项治理台账", "ledger_staff.index", Permission.LEDGER_READ),
    ("信用修复", "repairs_staff.index", Permission.REPAIR_READ),
    ("批量导入", "imports.index", Permission.IMPORT_READ),
    ("工作日历", "staff.calendar", Permission.CALENDAR_READ),
    ("规则设置", "settings.index", Permission.SETTING_READ),
    ("操作记录", "audit.index", Permission.AUDIT_READ),
    ("账号管理", "accounts.index", Permission.ACCOUNT_READ),
)


def _navigation() -> tuple[str, list[Item]]:
    """The menu of the part of the site that the request is in."""
    if request.path.startswith("/staff") and current_user.is_authenticated:
        can = current_user.actor.can
        return "staff", _menu([(label, endpoint) for label, endpoint, needed in STAFF_MENU if can(needed)])
    return "public", _menu([*PUBLIC_MENU, *_own_desk()])


def _own_desk() -> list[tuple[str, str]]:
    """The way to the pages behind the sign-in, marked while one is on them."""
    if not current_user.is_authenticated:
        return []
    role = current_user.actor.role
    return [("我的工作台", "staff.home" if role is not None and role.is_staff else "workspace.home")]


def _menu(entries: Sequence[tuple[str, str]]) -> list[Item]:
    """The entries with the nearest one above the present address marked: /institutions lies above its comparison."""
    urls = [url_for(endpoint) for _, endpoint in entries]
    above = [url for url in urls if request.path == url or request.path.startswith(f"{url}/")]
    nearest = max(above, key=len, default=None)
    return [Item(label, url, url == nearest) for (label, _), url in zip(entries, urls, strict=True)]


def date_text(value: date | datetime | None) -> str:
    """A date as 2026-11-21; a moment is shown as its date in China."""
    if value is None:
        return "—"
    return (clock.local_date(value) if isinstance(value, datetime) else value).isoformat()


def moment_text(value: datetime) -> str:
    """A moment as 2026-11-21 09:05, in China."""
    return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _unread_messages() -> int:
    """What stands beside the link in the header; who is not signed in costs no question to the database."""
    if not current_user.is_authenticated:
        return 0
    with db.session.no_autoflush:  # a page that reports a failed deed must not write half of it
        return notices.unread_count(current_user.actor)


def _remembering(url_for: Callable[..., str]) -> Callable[..., str]:
    """`url_for` for templates; a page has dozens of addresses that never change, and each is built once."""
    built: dict[tuple[str, str], str] = {}

    def address(endpoint: str, **values: Any) -> str:
        changing = values.keys() - {"filename"} or endpoint.startswith(".")
        if changing or not has_request_context() or request.root_path:
            return url_for(endpoint, **values)
        key = (endpoint, values.get("filename", ""))
        if key not in built:
            built[key] = url_for(endpoint, **values)
        return built[key]

    return address


def init_presentation(app: Flask, settings: Settings) -> None:
    """Give the templates their words."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["url_for"] = _remembering(app.url_for)
    app.jinja_env.filters.update(
        date=date_text,
        moment=moment_text,
        region=regions.full_name,
        category=category_name,
        status_word=REGISTRATION.label,
        markdown=render_markdown,
    )
    site = {
        "name": settings.site_name,
        "operator": settings.operator_name,
        "contact": settings.site_contact,
        "footer": settings.footer,
        "sample": (settings.instance_path / SAMPLE_ACCOUNTS).exists(),
    }

    @app.context_processor
    def common() -> dict[str, Any]:
        if g.get("database_down"):
            return {
                "site": site,
                "section": "public",
                "navigation": _menu(PUBLIC_MENU),
                "account": None,
                "unread_messages": 0,
                "today": clock.today().isoformat(),
            }
        section, navigation = _navigation()
        return {
            "site": site,
            "section": section,
            "navigation": navigation,
            "account": current_user if current_user.is_authenticated else None,
            "unread_messages": _unread_messages(),
            "today": clock.today().isoformat(),
        }
