"""A run killed at any statement it sends is finished by the next run as if nothing had been.

Each test prints how many statements it counted and how many kill points it tried.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import pytest
from psycopg import sql

from lambdas.bootstrap.environment import LOGINS
from lambdas.bootstrap.roles.design import GROUPS
from tests.integration.bootstrap.tier import RecordedLog, Tier
from tests.integration.migrations.final_state import final_state, roles, row_versions
from tests.integration.migrations.histories import ALL, WHOLE
from tests.integration.migrations.kill_points import kill_everywhere
from tests.integration.migrations.migrating import migrate, place_of
from tests.integration.migrations.watched_client import Moment
from tests.plugins.servers import MASTER, Database
from tools.servers.postgres_cluster import create_database

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.integration.migrations.conftest import NewServer
    from tests.integration.migrations.ground import Ground
    from tests.integration.migrations.kill_points import Runs
    from tools.servers.postgres import PostgresServer


@dataclass(frozen=True)
class MigrationsAlone:
    """The migrations' part, on a server where the roles are."""

    ground: Ground
    migrations: Path
    whole: bool = False

    def fresh(self) -> AbstractContextManager[Tier]:
        return self.ground.fresh(self.migrations)

    def untouched(self, tier: Tier) -> bool:  # noqa: ARG002  said without looking
        """Every kill is followed by a run at once, while the server may be at the orphan's statement."""
        return False

    def again(self, tier: Tier) -> None:
        migrate(place_of(tier), log=RecordedLog())

    def state(self, tier: Tier) -> str:
        return final_state(tier)


@dataclass(frozen=True)
class WholeBootstrap:
    """Everything from the first role to the last migration, on a server that has neither."""

    server: PostgresServer
    master_password: str
    migrations: Path
    whole: bool = True
    at_first: dict[str, str] = field(default_factory=dict[str, str])

    @contextmanager
    def fresh(self) -> Generator[Tier]:
        name = f"case_{secrets.token_hex(6)}"
        with self.server.admin_connection() as admin:
            create_database(admin, name, owner=MASTER)
            tier = Tier(
                database=Database(
                    server=self.server,
                    name=name,
                    master_username=MASTER,
                    master_password=self.master_password,
                ),
                migrations=self.migrations,
            )
            self.at_first[name] = row_versions(tier)
            yield tier
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            made = sql.SQL(", ").join(map(sql.Identifier, (*GROUPS, *LOGINS, "engineer")))
            admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(made))

    def untouched(self, tier: Tier) -> bool:
        """Roles are changed in one long transaction, and a kill in it is worth no run of everything."""
        return row_versions(tier) == self.at_first[tier.database.name]

    def again(self, tier: Tier) -> None:
        tier.bootstrap()

    def state(self, tier: Tier) -> str:
        for login in LOGINS:
            tier.connect(login).close()
        return final_state(tier) + roles(tier)


def write(scripts: dict[str, str], folder: Path) -> None:
    for name, script in scripts.items():
        (folder / name).mkdir()
        (folder / name / "migration.sql").write_text(script, encoding="utf-8")


@pytest.mark.parametrize("moment", get_args(Moment))
@pytest.mark.parametrize("scripts", ALL.values(), ids=ALL.keys())
def test_a_kill_at_any_statement_leaves_nothing_that_the_next_run_does_not_finish(
    ground: Ground, runs: Runs, tmp_path: Path, scripts: dict[str, str], moment: Moment
) -> None:
    write(scripts, tmp_path)
    tally = kill_everywhere(runs, MigrationsAlone(ground, tmp_path), moment=moment)
    print(tally)  # noqa: T201  what was counted is worth reading
    assert not tally.differences, str(tally)
    assert tally.points == tally.chosen > 0


@pytest.mark.parametrize("moment", get_args(Moment))
def test_a_kill_anywhere_in_a_whole_bootstrap_is_finished_by_the_next(
    new_server: NewServer, master_password: str, runs: Runs, tmp_path: Path, moment: Moment
) -> None:
    write(WHOLE, tmp_path)
    server = new_server(f"whole-{moment}")
    tally = kill_everywhere(runs, WholeBootstrap(server, master_password, tmp_path), moment=moment)
    server.destroy()
    print(tally)  # noqa: T201  what was counted is worth reading
    assert not tally.differences, str(tally)
    assert tally.points == tally.chosen > 0
