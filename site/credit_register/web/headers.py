"""Security headers of every answer: nothing is loaded from, framed by or told to another host."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws arrows and ticks as data: pictures; so is the QR code
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def init_headers(app: Flask) -> None:
    """Set the headers on every answer; pages behind a sign-in are never kept by a cache."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.path.startswith(("/staff", "/workspace", "/account")):
            response.headers["Cache-Control"] = "no-store"
        elif app.config["SESSION_COOKIE_NAME"] in request.cookies and response.mimetype == "text/html":
            # It names who is signed in; a view that says "private" itself has seen that it does not.
            if "private" not in response.headers.get("Cache-Control", ""):
                response.headers["Cache-Control"] = "private, no-store"
        elif request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-cache"
        return response
