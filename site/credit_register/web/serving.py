"""Web and worker together, for one machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

from credit_register.core.settings import PROJECT, Settings

RESTART_AFTER = 2.0  # seconds between the end of a worker process and its successor


def serve(settings: Settings, *, say: Callable[[str], object]) -> int:
    """Start gunicorn and the worker, keep the worker alive, and end both together; gives the exit status."""
    if _answers(settings.port):
        say(f"端口 {settings.port} 已被占用。请先停止占用它的程序，或换一个端口：PORT=8001 make run")
        return 1

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends the site like any other end
        signal.signal(number, stop)
    web = _start_web(settings)
    worker = _start_worker()
    try:
        while web.poll() is None and not _answers(settings.port):
            time.sleep(0.2)
        if web.poll() is None:
            say(f"网站地址：http://127.0.0.1:{settings.port}/ （按 Ctrl+C 停止）")
        while web.poll() is None:
            if worker.poll() is not None:
                time.sleep(RESTART_AFTER)
                worker = _start_worker()
            time.sleep(0.5)
        return web.returncode
    except (KeyboardInterrupt, SystemExit):
        return 0
    finally:
        _end(web, worker)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _start_web(settings: Settings) -> subprocess.Popen[bytes]:
    workers = os.environ.get("WEB_WORKERS") or str(min(4, max(2, os.cpu_count() or 2)))
    return subprocess.Popen(  # noqa: S603 -- fixed program, arguments from the settings
        [
            sys.executable,
            *("-m", "gunicorn", "wsgi:app"),
            *("--bind", f"127.0.0.1:{settings.port}"),
            *("--workers", workers, "--threads", "8", "--worker-class", "gthread"),
            # Only TRUSTED_PROXIES decides whose headers count; the server itself believes nobody.
            *("--forwarded-allow-ips", "", "--forwarder-headers", ""),
            *("--timeout", "120", "--graceful-timeout", "15", "--keep-alive", "2", "--log-level", "warning"),
        ],
        cwd=PROJECT,
        start_new_session=True,  # Ctrl+C reaches only this process, which then ends both in order
    )


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=PROJECT, start_new_session=True
    )


def _end(*processes: subprocess.Popen[bytes]) -> None:
    """Ask all to end, which they do after the work in hand; force one that does not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
