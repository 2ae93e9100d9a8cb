"""Secrets Manager's GetSecretValue on loopback, for programs that run as processes of their own.

It answers from the versions of a test, and can be out of order. Nobody's signature is checked.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from tests.integration.rotation.versions import MemoryVersions
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from types import TracebackType

_GET_VALUE = "secretsmanager.GetSecretValue"


@dataclass
class SecretValues:
    """A running endpoint; `down` makes it answer nothing but errors, `calls` counts what it was asked."""

    versions: MemoryVersions = field(default_factory=MemoryVersions)
    down: bool = False
    calls: int = 0

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(free_address(), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is to be."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def variables(self) -> dict[str, str]:
        """What a program needs to be its client."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(values: SecretValues) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            values.calls += 1
            if values.down:
                return self._answer(500, {"__type": "InternalServiceError", "message": "out of order"})
            assert self.headers["X-Amz-Target"] == _GET_VALUE
            text = values.versions.read(request["SecretId"], stage=request["VersionStage"])
            if text is None:
                return self._answer(
                    400, {"__type": "ResourceNotFoundException", "message": "no such version"}
                )
            return self._answer(200, {"ARN": request["SecretId"], "SecretString": text})

        def _answer(self, status: int, document: dict[str, str]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            """Say nothing."""

    return Handler
