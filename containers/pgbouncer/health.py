"""The task's health, for the load balancer: PgBouncer's console answers, and the task does not drain.

It never asks PostgreSQL: ECS would replace every pooler in the middle of a failover.
"""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from containers.pgbouncer.errors import ConsoleFailed, StartFailed

_FRESH_SECONDS: Final = 1.0
"""Whoever asks more often gets the last answer: a stranger's questions cost PgBouncer nothing."""
_REQUEST_SECONDS: Final = 5.0
_PATH: Final = "/health"
_EVERYWHERE: Final = "*"


class Health:
    """What the task says about itself; `ask` raises ConsoleFailed when PgBouncer does not answer."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._serves = False
        self._healthy = False
        self._asked_at = float("-inf")

    def serve(self) -> None:
        """From now on it depends on the console."""
        self._serves = True

    def drain(self) -> None:
        """From now on it is not healthy, whatever the console says."""
        self._serves = False

    def is_healthy(self) -> bool:
        """Whether clients should be sent here."""
        if not self._serves:
            return False
        with self._lock:
            if time.monotonic() - self._asked_at >= _FRESH_SECONDS:
                try:
                    self._ask()
                    self._healthy = True
                except ConsoleFailed:
                    self._healthy = False
                self._asked_at = time.monotonic()
            return self._healthy and self._serves


class HealthServer:
    """Answers GET /health with 200 or 503, in threads of its own."""

    def __init__(self, address: str, port: int, health: Health) -> None:
        """Listen at once, so that a port in use is known before anything else starts.

        Raises:
            StartFailed: the port cannot be listened on.
        """
        try:
            self._server = _Server(("" if address == _EVERYWHERE else address, port), _handler(health))
        except OSError as error:
            raise StartFailed(
                f"HEALTH_PORT {port} at {address} cannot be listened on: {error.strerror}. Another program, "
                "or another task with this address, has it."
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def start(self) -> None:
        """Answer from now on; who has asked before has waited."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    """A client that never finishes its question must not hold the task's end up."""


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS

        def do_GET(self) -> None:
            if self.path != _PATH:
                self._answer(HTTPStatus.NOT_FOUND)
            elif health.is_healthy():
                self._answer(HTTPStatus.OK)
            else:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE)

        def _answer(self, status: HTTPStatus) -> None:
            text = f"{status.phrase}\n".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            """Say nothing: the balancer asks every few seconds."""

    return Handler
