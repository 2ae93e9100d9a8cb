"""Finds the deployed tier: the one of $DATATIER_STATE, or of `.state`. Never deploys one: `make up` does."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.rehearsal.backed_up import backed_up
from tests.rehearsal.deployed import deployed
from tools.access.cloud import Cloud
from tools.access.endpoints import Endpoints
from tools.rehearsal import tier as tiers
from tools.rehearsal.condition import condition
from tools.rehearsal.errors import NotUp
from tools.rehearsal.layout import Layout
from tools.rehearsal.tier import Tier
from tools.servers.postgres import PostgresServer
from tools.servers.redis import RedisServer
from tools.state import state_directory

__all__ = ("backed_up", "deployed")  # fixtures, here so that the modules that use them share a tier

Connect = Callable[..., AbstractContextManager[psycopg.Connection]]
Enter = Callable[..., redis.Redis]


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known that tells these tests from those that need no deployed tier."""
    config.addinivalue_line("markers", "rehearsal: needs a deployed tier, see `make up`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that bring up tiers of their own, one on each worker: they take minutes."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(state=state_directory())


@pytest.fixture(scope="session")
def tier(layout: Layout) -> Tier:
    """The tier that is up and well; these tests are about a deployed tier and cannot do without."""
    try:
        found = condition(layout)
    except NotUp:
        pytest.fail(f"no tier is up in {layout.state}: run `make up`")
    if not found.healthy:
        pytest.fail(f"the tier in {layout.state} is not well, see `make status`: run `make up`")
    up = tiers.read(layout)
    assert up is not None
    return up


@pytest.fixture(scope="session")
def cloud(tier: Tier, layout: Layout) -> Cloud:
    authority = layout.authority / "ca.pem"
    return Cloud(
        environment=tier.environment, region=tier.region, endpoint=tier.endpoint, authority=authority
    )


@pytest.fixture(scope="session")
def endpoints(cloud: Cloud) -> Endpoints:
    """What an application finds in the published parameters and secrets."""
    return Endpoints(cloud)


@pytest.fixture
def connect(endpoints: Endpoints, tmp_path: Path) -> Connect:
    """Connect as a login, verify-full, with nothing but what the parameters say."""

    @contextmanager
    def connection(login: str, *, replica: bool = False, **changes: object) -> Generator[psycopg.Connection]:
        found = endpoints.postgres(login, replica=replica)
        ca = tmp_path / "ca.pem"
        ca.write_text(found.ca)
        facts = {
            "host": found.host,
            "port": found.port,
            "dbname": found.database,
            "user": found.username,
            "password": found.password,
            "sslmode": "verify-full",
            "sslrootcert": str(ca),
            "autocommit": True,
        }
        merged: dict[str, Any] = {**facts, **changes}
        with psycopg.connect(**merged) as connected:
            yield connected

    return connection


@pytest.fixture
def enter(endpoints: Endpoints, layout: Layout) -> Iterator[Enter]:
    """Enter Redis as a user, over TLS, with nothing but what the parameters say."""
    opened: list[redis.Redis] = []

    def client(user: str, *, reader: bool = False, **changes: object) -> redis.Redis:
        found = endpoints.redis(user, reader=reader)
        facts = {
            "host": found.host,
            "port": found.port,
            "username": found.username,
            "password": found.password,
            "ssl": True,
            "ssl_ca_certs": str(layout.authority / "ca.pem"),
            "ssl_check_hostname": True,
            "decode_responses": True,
        }
        merged: dict[str, Any] = {**facts, **changes}
        opened.append(redis.Redis(**merged))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


@pytest.fixture
def primary(layout: Layout, tier: Tier) -> PostgresServer:
    directory = layout.servers / "postgres" / tier.region / f"datatier-{tier.environment}-primary"
    return PostgresServer.open(directory)


@pytest.fixture
def nodes(layout: Layout, tier: Tier) -> list[RedisServer]:
    found = sorted((layout.servers / "redis" / tier.region).iterdir())
    return [RedisServer.open(directory) for directory in found]


@pytest.fixture(scope="session")
def template(tier: Tier, layout: Layout) -> Callable[[str], dict[str, Any]]:
    """Return the resources of one synthesized stack, by logical id."""

    def resources(part: str) -> dict[str, Any]:
        path = layout.assembly / f"{tier.prefix}{part}.template.json"
        return json.loads(path.read_text())["Resources"]

    return resources
