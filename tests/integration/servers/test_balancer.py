"""The balancer forwards to healthy targets in turn, lets them drain, and drops what is silent too long."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tools.servers.addresses import free_address
from tools.servers.balancer.configuration import Check, Group, Listener, Target
from tools.servers.balancer.server import LoadBalancer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

SWIFT = Check(interval_seconds=0.05, timeout_seconds=5, healthy=2, unhealthy=2)
PATIENCE_SECONDS = 60.0


class Echo(socketserver.BaseRequestHandler):
    """Says who it is, then sends back what it hears."""

    def handle(self) -> None:
        assert isinstance(self.server, Server)
        try:
            self.request.sendall(self.server.name.encode() + b"\n")
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except OSError:
            self.server.resets += 1


class Server(socketserver.ThreadingTCPServer):
    """An echo server on an address of its own."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, target: Target) -> None:
        self.resets = 0
        self.name = target.address
        super().__init__((target.address, target.port), Echo)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def end(self) -> None:
        """Stop listening; connections stay."""
        self.shutdown()
        self.server_close()


class Ground:
    """A balancer with a listener, and echo servers behind it."""

    def __init__(self, balancer: LoadBalancer) -> None:
        self.balancer = balancer
        self.port = free_address()[1]
        self.servers: dict[Target, Server] = {}

    def target(self) -> Target:
        """Start one more server."""
        address, port = free_address()
        target = Target(address=address, port=port)
        self.servers[target] = Server(target)
        return target

    def balance(self, *targets: Target, idle_seconds: float = 350, check: Check = SWIFT) -> None:
        listener = Listener(port=self.port, group="g", idle_seconds=idle_seconds)
        report = self.balancer.tell(listeners=[listener], groups={"g": Group(check=check, targets=targets)})
        assert report.listeners == {str(self.port): ""}

    def settle(self, states: set[str]) -> None:
        """Wait until the targets are in these states."""
        until(lambda: self.states() == states)

    def states(self) -> set[str]:
        return {seen.state for seen in self.balancer.report.groups["g"].values()}

    @contextmanager
    def client(self) -> Generator[tuple[socket.socket, str]]:
        with socket.create_connection((self.balancer.host, self.port), timeout=30) as connection:
            yield connection, connection.recv(100).decode().strip()

    def answer(self) -> str:
        with self.client() as (_, name):
            return name


def until(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(LoadBalancer.create(directory=tmp_path / "balancer", identifier="balancer"))
    yield ground
    ground.balancer.destroy()
    assert not ground.balancer.is_running()
    for server in ground.servers.values():
        server.end()


def test_targets_take_turns(ground: Ground) -> None:
    targets = [ground.target(), ground.target()]
    ground.balance(*targets)
    ground.settle({"healthy"})
    answers = [ground.answer() for _ in range(4)]
    assert set(answers) == {target.address for target in targets}
    assert answers[:2] == answers[2:]


def test_what_is_sent_arrives_whole_in_both_directions(ground: Ground) -> None:
    ground.balance(ground.target())
    ground.settle({"healthy"})
    sent = bytes(range(256)) * 20_000
    with ground.client() as (connection, _):
        threading.Thread(target=connection.sendall, args=(sent,)).start()
        received = b""
        while len(received) < len(sent):
            received += connection.recv(1 << 16)
    assert received == sent


def test_a_dead_target_gets_no_connections_until_it_is_back(ground: Ground) -> None:
    alive, dead = ground.target(), ground.target()
    ground.balance(alive, dead)
    ground.settle({"healthy"})
    ground.servers.pop(dead).end()
    ground.settle({"healthy", "unhealthy"})
    assert {ground.answer() for _ in range(4)} == {alive.address}
    ground.servers[dead] = Server(dead)
    ground.settle({"healthy"})
    assert {ground.answer() for _ in range(4)} == {alive.address, dead.address}


def test_the_connections_of_a_target_that_turns_unhealthy_are_cut(ground: Ground) -> None:
    target = ground.target()
    ground.balance(target)
    ground.settle({"healthy"})
    with ground.client() as (connection, _):
        ground.servers.pop(target).end()
        with pytest.raises(ConnectionResetError):
            assert connection.recv(100), "it ended without a reset"


def test_without_a_healthy_target_all_are_tried(ground: Ground) -> None:
    target = ground.target()
    ground.balance(target, check=replace(SWIFT, port=str(free_address()[1])))
    ground.settle({"unhealthy"})
    assert ground.answer() == target.address


def test_a_draining_target_keeps_its_connections_and_gets_no_new_ones(ground: Ground) -> None:
    leaving, staying = ground.target(), ground.target()
    ground.balance(leaving)
    ground.settle({"healthy"})
    with ground.client() as (connection, name):
        assert name == leaving.address
        draining = Target(address=leaving.address, port=leaving.port, draining=True)
        ground.balance(draining, staying)
        ground.settle({"draining", "healthy"})
        assert {ground.answer() for _ in range(3)} == {staying.address}
        connection.sendall(b"still there?")
        assert connection.recv(100) == b"still there?"
        assert ground.balancer.report.groups["g"][leaving.name].connections == 1
    until(lambda: not ground.balancer.report.groups["g"][leaving.name].connections)


def test_a_silent_connection_is_reset_on_both_sides(ground: Ground) -> None:
    target = ground.target()
    ground.balance(target, idle_seconds=0.4)
    ground.settle({"healthy"})
    with ground.client() as (connection, _):
        with pytest.raises(ConnectionResetError):
            assert connection.recv(100), "it ended without a reset"
        until(lambda: ground.servers[target].resets)


def test_keepalive_probes_keep_a_silent_connection(ground: Ground) -> None:
    ground.balance(ground.target(), idle_seconds=3)
    ground.settle({"healthy"})
    with ground.client() as (connection, _), ground.client() as (silent, _):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        with pytest.raises(ConnectionResetError):
            assert silent.recv(100), "it ended without a reset"
        connection.sendall(b"still there?")
        assert connection.recv(100) == b"still there?"


def test_a_group_without_targets_refuses(ground: Ground) -> None:
    ground.balance()
    with pytest.raises(ConnectionResetError):
        ground.answer()


def test_a_port_that_is_taken_is_said(ground: Ground) -> None:
    with socket.create_server((ground.balancer.host, ground.port)):
        report = ground.balancer.tell(
            listeners=[Listener(port=ground.port, group="g")], groups={"g": Group(check=SWIFT)}
        )
    assert report.listeners == {str(ground.port): "Address already in use"}


def test_it_is_found_and_stopped_by_its_folder(ground: Ground) -> None:
    found = LoadBalancer.open(ground.balancer.directory)
    assert found.pid == ground.balancer.pid
    found.destroy()
    assert not ground.balancer.is_running()
