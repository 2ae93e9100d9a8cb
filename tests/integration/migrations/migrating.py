"""Applies a folder's migrations as the bootstrap does and leaves its other parts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.policy import Policy
from lambdas.bootstrap.migrations.run import Result, apply_history
from lambdas.bootstrap.roles.design import OWNER
from lambdas.common.connections import connect
from lambdas.common.secret_documents import parse_postgres_secret

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection
    from psycopg.rows import TupleRow

    from lambdas.common.logs import Log
    from tests.integration.bootstrap.tier import Tier


@dataclass(frozen=True, kw_only=True)
class Place:
    """The migrator's secret document, the folder, and the authority that the server's certificate is of."""

    document: str = field(repr=False)
    migrations: Path
    ca_bundle: Path


def migrate(
    place: Place, *, log: Log, policy: Policy | None = None, patience_seconds: float | None = None
) -> Result:
    """Apply what is pending. Raises MigrationError."""
    secret = parse_postgres_secret(place.document, name="migrator")

    def open_session() -> Connection[TupleRow]:
        return connect(secret, application_name="datatier bootstrap", ca_bundle=place.ca_bundle)

    return apply_history(
        open_session,
        history=read_history(place.migrations),
        log=log,
        policy=policy or Policy(),
        owner=OWNER,
        patience_seconds=patience_seconds,
    )


def apply(tier: Tier, *, policy: Policy | None = None, patience_seconds: float | None = None) -> Result:
    """Apply a tier's migrations, and let its log tell of it. Raises MigrationError."""
    return migrate(place_of(tier), log=tier.log, policy=policy, patience_seconds=patience_seconds)


def place_of(tier: Tier) -> Place:
    """Where a tier's migrations are applied."""
    return Place(
        document=tier.document("migrator"),
        migrations=tier.migrations,
        ca_bundle=tier.database.server.ca_path,
    )
