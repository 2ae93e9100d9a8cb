"""What the load balancer is told."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.errors import ConsoleFailed, StartFailed
from containers.pgbouncer.health import Health, HealthServer
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from collections.abc import Iterator


class Console:
    """PgBouncer's console as far as health is concerned."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = True

    def ask(self) -> None:
        self.asked += 1
        if not self.answers:
            raise ConsoleFailed("it does not answer")


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def health(console: Console) -> Health:
    return Health(console.ask)


@pytest.fixture
def url(health: Health) -> Iterator[str]:
    host, port = free_address()
    server = HealthServer(host, port, health)
    server.start()
    yield f"http://{host}:{port}"
    server.stop()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  (its own server)
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_is_healthy_while_it_serves_and_its_console_answers(health: Health, url: str) -> None:
    assert status(f"{url}/health") == 503
    health.serve()
    assert status(f"{url}/health") == 200
    health.drain()
    assert status(f"{url}/health") == 503


def test_it_is_not_healthy_when_the_console_does_not_answer(
    health: Health, console: Console, url: str
) -> None:
    console.answers = False
    health.serve()
    assert status(f"{url}/health") == 503


def test_many_questions_are_one_question_to_pgbouncer(health: Health, console: Console) -> None:
    health.serve()
    assert all(health.is_healthy() for _ in range(1000))
    assert console.asked <= 3


def test_nothing_else_is_served(health: Health, url: str) -> None:
    health.serve()
    assert status(f"{url}/") == 404
    assert status(f"{url}/health/../etc") == 404


def test_a_port_in_use_is_named(health: Health) -> None:
    host, port = free_address()
    server = HealthServer(host, port, health)
    with pytest.raises(StartFailed, match=f"HEALTH_PORT {port} at {host}"):
        HealthServer(host, port, health)
    server.stop()
