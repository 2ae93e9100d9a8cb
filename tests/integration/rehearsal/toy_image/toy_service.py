"""A service that greets whoever connects and sends back what it hears; on SIGTERM it drains, as a pooler.

FAULT=start: it exits at once. FAULT=health: it is never healthy. FAULT=stubborn: it ignores SIGTERM.
"""

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULT = os.environ.get("FAULT", "")
clients: set[socket.socket] = set()
draining = threading.Event()


class Greet(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        clients.add(self.request)
        greeting = {
            "address": os.environ["LISTEN_ADDRESS"],
            "said": os.environ.get("GREETING", ""),
            "pid": os.getpid(),
        }
        self.request.sendall(json.dumps(greeting).encode() + b"\n")
        while data := self.request.recv(65536):
            self.request.sendall(data)
        clients.discard(self.request)


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        well = self.path == "/health" and not draining.is_set() and FAULT != "health"
        self.send_response(200 if well else 503)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Be silent."""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    if FAULT == "start":
        say("the toy is told to fail")
        return 3
    address = os.environ["LISTEN_ADDRESS"]
    if FAULT == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda _number, _frame: draining.set())
    helper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"]
    )  # dies with it, or is left
    server = Server((address, int(os.environ["LISTEN_PORT"])), Greet)
    health = ThreadingHTTPServer((address, int(os.environ["HEALTH_PORT"])), Health)
    for one in (server, health):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    say(f"the toy listens; CA_BUNDLE={os.environ['CA_BUNDLE']} uid={os.getuid()}")
    while not (draining.is_set() and not clients):
        time.sleep(0.05)
    helper.kill()
    helper.wait()
    say("the toy has drained")
    return 0


if __name__ == "__main__":
    sys.exit(main())
