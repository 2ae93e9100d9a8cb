"""A primary with a tier, and a replica of it, which tests may pause, promote and stop."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.integration.bootstrap.tier import Tier
from tests.plugins.servers import MASTER, PARAMETERS, Database
from tools.servers.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tools.servers.certificates import Authority

WAIT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A primary with a tier, and its replica, which waits 100 ms for its readers."""

    tier: Tier
    replica: PostgresServer

    def replayed(self) -> None:
        """Wait until the replica has replayed all that the primary has written."""
        (written,) = self.tier.column("SELECT pg_current_wal_lsn()")
        deadline = time.monotonic() + WAIT_SECONDS
        with self.replica.admin_connection() as connection:
            while connection.execute(
                "SELECT pg_last_wal_replay_lsn() < %s::pg_lsn", [written]
            ).fetchall() == [(True,)]:
                assert time.monotonic() < deadline


@contextmanager
def running_pair(folder: Path, authority: Authority, master_password: str, *, name: str) -> Generator[Pair]:
    """Run a pair of that name during the block."""
    folder = folder / f"{name}-{secrets.token_hex(3)}"
    primary = PostgresServer.create_primary(
        directory=folder / "primary",
        identifier=name,
        master_username=MASTER,
        master_password=master_password,
        database="shop",
        parameters=PARAMETERS,
        authority=authority,
    )
    migrations = folder / "migrations"
    migrations.mkdir()
    database = Database(server=primary, name="shop", master_username=MASTER, master_password=master_password)
    tier = Tier(database=database, migrations=migrations)
    tier.bootstrap()
    replica = primary.create_replica(
        directory=folder / "replica",
        identifier=f"{name}-replica",
        parameters={"max_standby_streaming_delay": "100"},
    )
    yield Pair(tier=tier, replica=replica)
    replica.destroy()
    primary.destroy()
    shutil.rmtree(folder, ignore_errors=True)
