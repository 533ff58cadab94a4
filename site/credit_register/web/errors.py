"""Domain errors as pages: a sentence in Chinese that says what happened and what to do next."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from credit_register.audit.moves import NotPermitted
from credit_register.core.database import db
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.encryption import CannotDecrypt
from credit_register.core.files import (
    FileError,
    FileInfected,
    FileMissing,
    FileRefused,
    StorageFull,
    StorageUnavailable,
)
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import BadParameter
from credit_register.web.resubmission import resubmission

_SENTENCES = {
    400: ("请求无法处理", "地址或表单中有无法识别的内容，请返回上一页检查后重试。"),
    401: (
        "请先登录",
        "登录已过期或尚未登录。请重新登录，再返回上一页提交；浏览器“后退”可取回刚才填写的内容。",
    ),
    403: ("没有权限", "当前账号不能办理此事项。如确有需要，请联系本单位的系统管理员。"),
    404: ("没有找到", "没有这个页面。请核对地址，或从首页查找。"),
    409: ("已有变化", "这条记录刚刚有变化，请刷新后再办理。"),
    405: ("请求方式不对", "请从页面上的按钮办理，不要直接打开此地址。"),
    410: ("不再提供", "这项内容已不再提供。"),
    413: ("内容太大", "提交的内容超过大小限制，请压缩或分次提交。"),
    415: ("格式不对", "提交的数据格式无法识别。"),
    422: ("填写有误", "提交的内容有误，请按提示修改。"),
    429: ("操作太频繁", "您的操作过于频繁，请稍等几分钟再试。"),
    500: ("系统出错了", "系统遇到意外错误，已记录。请稍后重试；已成功提交的内容不会丢失。"),
    503: ("暂时繁忙", "系统暂时繁忙，内容没有提交，请稍后重试；此前已成功提交的内容不会丢失。"),
}


def wants_json() -> bool:
    """Machines are answered with application/problem+json."""
    return request.path.startswith("/api/") or request.path in ("/healthz", "/readyz", "/openapi.json")


def problem(status: int, detail: str, **more: object) -> Response:
    """An RFC 9457 problem document."""
    title = _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])[0]
    response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def error_page(status: int, detail: str | None = None) -> ResponseReturnValue:
    """The page of an error, with the usual sentence unless a better one is given."""
    title, usual = _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])
    if wants_json():
        return problem(status, detail or usual)
    page = render_template(
        "web/error.html", status=status, title=title, detail=detail or usual, typed=_typed()
    )
    return page, status


def _typed() -> list[str]:
    """What an officer has written for a case that cannot be shown any more; other forms are handed back whole."""
    if request.method != "POST" or not request.path.startswith("/staff"):
        return []
    return [text for name in ("reason", "text", "found") if (text := request.form.get(name, "").strip())]


def _interrupted() -> ResponseReturnValue:
    """The page for a form that arrived after the sign-in or its page had expired; nothing typed is lost."""
    public = not request.path.startswith(("/staff", "/workspace", "/account"))
    needs_sign_in = not public and not current_user.is_authenticated
    status = 401 if needs_sign_in else 400
    if wants_json():
        return error_page(status)
    page = render_template(
        "web/interrupted.html",
        status=status,
        title=_SENTENCES[401][0] if needs_sign_in else "页面已过期",
        again=resubmission(),
        needs_sign_in=needs_sign_in,
    )
    return page, status


def _handed_back(status: int, detail: str | None = None) -> ResponseReturnValue:
    """The page of trouble on our side, with the form that came, to be sent again."""
    again = resubmission()
    if again is None or wants_json():
        return error_page(status, detail)
    title, usual = _SENTENCES[status]
    page = render_template(
        "web/interrupted.html",
        status=status,
        title=title,
        text=detail or usual,
        again=again,
        needs_sign_in=False,
    )
    return page, status


def _argument_problems(error: HTTPException) -> str | None:
    """What the API's parser found wrong with the parameters, as one sentence."""
    messages = getattr(error, "data", {}).get("messages", {}).get("query")
    if not messages:
        return None
    return "；".join(f"参数 {name}：{'，'.join(found)}" for name, found in messages.items())


def _log_database(error: DBAPIError) -> None:
    """The kind of trouble without its text: PostgreSQL's names the values that clashed."""
    structlog.get_logger("database").error(
        "database error", kind=type(error.orig).__name__, sqlstate=getattr(error.orig, "sqlstate", None)
    )


def init_errors(app: Flask) -> None:
    """Turn every error into its page."""

    @app.errorhandler(CSRFError)
    def csrf_failed(error: CSRFError) -> ResponseReturnValue:
        return _interrupted()

    @app.errorhandler(RateLimitExceeded)
    def too_many(error: RateLimitExceeded) -> ResponseReturnValue:
        return error_page(429)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.response is not None or error.code < 400:
            return error
        if error.code == 401 and request.method == "POST":
            return _interrupted()
        # A description that is not English was written by us for this very case.
        own = error.description if error.description and not error.description.isascii() else None
        detail = _argument_problems(error) or own
        if error.code == 404 and not detail and request.path.startswith("/staff"):
            detail = "没有这项内容，或者它不在您的管辖范围内。请核对地址，或从列表中查找。"
            if _typed():  # a colleague may have handed the case to another region in between
                detail = "这件事项已不在您的管辖范围内，可能刚刚转往其他地区，您的操作没有生效。填写的内容在下面，可以复制。"
        return error_page(error.code, detail)

    @app.errorhandler(BadParameter)
    def bad_parameter(error: BadParameter) -> ResponseReturnValue:
        if wants_json():
            return problem(400, str(error), parameter=error.name)
        return error_page(400, f"{error}。")

    @app.errorhandler(StaleVersion)
    def stale(error: StaleVersion) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(409, str(error))

    @app.errorhandler(MoveNotAllowed)
    def not_allowed(error: MoveNotAllowed) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(409, str(error))

    @app.errorhandler(NotPermitted)
    def not_permitted(error: NotPermitted) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(403)

    @app.errorhandler(FileRefused)
    def file_refused(error: FileRefused) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(422, str(error))

    @app.errorhandler(FileInfected)
    def file_infected(error: FileInfected) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(410, f"{error}。")

    @app.errorhandler(FileMissing)
    @app.errorhandler(StorageFull)
    @app.errorhandler(StorageUnavailable)
    def storage_trouble(error: FileError) -> ResponseReturnValue:
        db.session.rollback()
        structlog.get_logger("files").error("file store trouble", error=type(error).__name__)
        return error_page(503, str(error))

    @app.errorhandler(StaleDataError)
    def lost_race(error: StaleDataError) -> ResponseReturnValue:
        return stale(StaleVersion())

    @app.errorhandler(OperationalError)
    def database_trouble(error: OperationalError) -> ResponseReturnValue:
        db.session.rollback()
        _log_database(error)
        g.database_down = True  # the page must not ask the database who is looking at it
        return _handed_back(503)

    @app.errorhandler(UnknownRule)
    def rule_missing(error: UnknownRule) -> ResponseReturnValue:
        db.session.rollback()
        structlog.get_logger("deadlines").error("no deadline rule in force", rule=error.name)
        return _handed_back(503, f"{error}补充之前不能办理此事项，请通知系统管理员。")

    @app.errorhandler(CannotDecrypt)
    def key_missing(error: CannotDecrypt) -> ResponseReturnValue:
        db.session.rollback()
        structlog.get_logger("encryption").error("a field cannot be decrypted")
        return _handed_back(
            503, "这项内容已加密保存，现在的密钥打不开它。内容没有丢失，请通知系统管理员核对 FIELD_KEYS。"
        )

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> ResponseReturnValue:
        db.session.rollback()
        _log_database(error)
        if app.testing or app.debug:
            raise error
        return error_page(500)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        structlog.get_logger("error").exception("unexpected error")
        if app.testing or app.debug:
            raise error
        return error_page(500)
