"""A proxy before the emulated S3 that fails as networks and S3 do, once or always, at a chosen call."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

Call = Literal[
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "GetObject",
    "ListObjectsV2",
]
Fault = Literal[
    "internal error", "slow down", "forbidden", "reset", "reply lost", "silence", "slow", "cut", "held"
]

STATUS: dict[Fault, tuple[int, str]] = {
    "internal error": (500, "InternalError"),
    "slow down": (503, "SlowDown"),
    "forbidden": (403, "AccessDenied"),
}
SILENCE_SECONDS = 20.0
"""Longer than any client of these tests waits."""

SLOW_SECONDS = 0.3
ALWAYS = 1_000_000


@dataclass
class Faults:
    """What is to happen: the next `times` calls of a kind meet the fault. `seen` counts every call.

    The call of the number `hold_at`, from 1, is kept from S3 between `reached` and `let_go`.
    """

    planned: dict[Call, tuple[Fault, int]] = field(default_factory=dict["Call", "tuple[Fault, int]"])
    seen: list[Call] = field(default_factory=list["Call"])
    hold_at: int | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    most_parts_at_once: int = 0
    _parts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, call: Call, fault: Fault, *, times: int = 1) -> None:
        self.planned[call] = (fault, times)

    def begin(self, call: Call) -> Fault | None:
        with self._lock:
            self.seen.append(call)
            if call == "UploadPart":
                self._parts += 1
                self.most_parts_at_once = max(self.most_parts_at_once, self._parts)
            if len(self.seen) == self.hold_at:
                return "held"
            fault, times = self.planned.get(call, (None, 0))
            if fault is None or not times:
                return None
            self.planned[call] = (fault, times - 1)
            return fault

    def end(self, call: Call) -> None:
        with self._lock:
            self._parts -= call == "UploadPart"


class FaultyS3:
    """The proxy; `url` is the endpoint for clients."""

    def __init__(self, emulator: str) -> None:
        self.faults = Faults()
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(emulator, self.faults, self.over))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def call_of(method: str, target: str) -> Call:
    """Name the call that a request is."""
    query = parse_qs(urlsplit(target).query, keep_blank_values=True)
    if method == "PUT":
        return "UploadPart" if "partNumber" in query else "PutObject"
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
    if method == "DELETE":
        return "AbortMultipartUpload"
    return "ListObjectsV2" if "list-type" in query else "GetObject"


def _handler(emulator: str, faults: Faults, over: threading.Event) -> type[BaseHTTPRequestHandler]:  # noqa: C901  one server's whole conduct, fault by fault
    address = urlsplit(emulator).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = call_of(self.command, self.path)
            fault = faults.begin(call)
            try:
                self._meet(fault, body)
            except ConnectionError:  # whoever asked was killed
                self.close_connection = True
            finally:
                faults.end(call)

        do_GET = do_POST = do_DELETE = do_PUT  # noqa: N815  the base class names them so

        def _meet(self, fault: Fault | None, body: bytes) -> None:
            if fault in STATUS:
                status, code = STATUS[fault]
                return self._answer(status, {}, f"<Error><Code>{code}</Code></Error>".encode())
            if fault == "held":
                faults.reached.set()
                faults.let_go.wait(SILENCE_SECONDS)
            if fault == "silence":
                over.wait(SILENCE_SECONDS)
            if fault in ("reset", "silence"):
                return self._hang_up()
            if fault == "slow":
                time.sleep(SLOW_SECONDS)
            answer = self._forward(body)
            if fault == "reply lost":
                return self._hang_up()
            return self._answer(*answer, cut=fault == "cut")

        def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = HTTPConnection(address, timeout=60)
            kept = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            try:
                connection.request(self.command, self.path, body, kept)
                response = connection.getresponse()
                return response.status, dict(response.getheaders()), response.read()
            finally:
                connection.close()

        def _answer(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            if cut:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            """Say nothing."""

    return Handler
