"""What a page of this site never does, noted while a browser test runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request


@dataclass
class Guard:
    """Everything the pages of one test did that a page of this site never does."""

    own_host: str = ""
    contexts: list[BrowserContext] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    log: Path | None = None
    log_start: int = 0

    def expect(self, text: str) -> None:
        """Let through what contains this text, as when a test visits a page that must not exist."""
        self.expected.append(text)

    def follow_log(self, log: Path) -> None:
        """Remember where the site's log stands, so that a failed test can show what came after."""
        self.log, self.log_start = log, log.stat().st_size

    def new_log_lines(self) -> str:
        """What the site logged during this test."""
        return self.log.read_bytes()[self.log_start :].decode() if self.log else ""

    def watch(self, context: BrowserContext) -> None:
        self.contexts.append(context)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', event => "
            "console.error('Content-Security-Policy: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.problems.append(f"uncaught error: {error.error}"))

    def check(self) -> None:
        for page in (page for context in self.contexts for page in context.pages):
            page.wait_for_timeout(0)  # lets events arrive that are still on their way
        unexpected = [
            problem for problem in self.problems if not any(text in problem for text in self.expected)
        ]
        assert not unexpected, "\n".join(unexpected)

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"about", "blob", "data"} and address.netloc != self.own_host:
            self.problems.append(f"request to another host: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")
