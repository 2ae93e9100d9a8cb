"""Of two passwords that a secret holds for one name, the one that PostgreSQL accepts is served."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer.files import LOGINS
from lambdas.common.secrets_manager import PENDING, PREVIOUS
from lambdas.common.verifiers import change_password
from tests.integration.pooling.rendered_pooler import RenderedPooler
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bootstrap.tier import Tier

OLD, NEW = "the password before", "the password to come"
TWIN = "app_clone"


@pytest.fixture
def pooler(tier: Tier, servers_directory: Path) -> RenderedPooler:
    """Return a pooler of a tier whose login `app` rotates now: its twin stands in two versions."""
    tier.bootstrap()
    made = RenderedPooler(tier, servers_directory / f"pooler-{secrets.token_hex(3)}", free_address())
    for stage, password in ((PREVIOUS, OLD), (PENDING, NEW)):
        document = json.loads(tier.document("app")) | {"username": TWIN, "password": password}
        secret = made.memory.secrets["app"]
        secret.texts[stage] = json.dumps(document)
        secret.labels[stage] = stage
    with tier.admin() as admin:
        admin.execute("CREATE ROLE app_clone LOGIN IN ROLE datatier_readwrite")
    return made


def served(pooler: RenderedPooler) -> str:
    """The file that PgBouncer reads."""
    return (pooler.directory.path / LOGINS).read_text()


@pytest.mark.parametrize("password", [OLD, NEW])
def test_the_password_that_postgresql_accepts_is_the_one_that_is_served(
    pooler: RenderedPooler, password: str
) -> None:
    with pooler.tier.admin() as admin:
        change_password(admin, role=TWIN, password=password)
    assert not pooler.write().undecided
    assert f'"{TWIN}" "{password}"\n' in served(pooler)
    assert served(pooler).count(f'"{TWIN}" ') == 1


def test_a_password_set_meanwhile_is_served_from_the_next_pass_on(pooler: RenderedPooler) -> None:
    with pooler.tier.admin() as admin:
        change_password(admin, role=TWIN, password=OLD)
        pooler.write()
        change_password(admin, role=TWIN, password=NEW)
    assert pooler.write().changed
    assert f'"{TWIN}" "{NEW}"\n' in served(pooler)
    assert not pooler.write().changed


def test_a_name_that_postgresql_accepts_no_password_of_is_told(pooler: RenderedPooler) -> None:
    pooler.write()
    assert "PostgreSQL accepts no password that the secrets hold {'names': ('app_clone',)}" in (
        pooler.tier.log.text
    )


def test_no_password_is_logged(pooler: RenderedPooler) -> None:
    pooler.write()
    assert pooler.tier.log.text
    for password in (OLD, NEW, *pooler.tier.passwords.values()):
        assert password not in pooler.tier.log.text
