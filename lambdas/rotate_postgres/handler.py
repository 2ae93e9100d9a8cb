"""The function's entry: an event of Secrets Manager in, one step done. What fails is raised."""

import os
from collections.abc import Mapping
from pathlib import Path

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.connections import connect
from lambdas.common.logs import Log, function_log
from lambdas.common.rotation.contract import parse_event
from lambdas.common.rotation.rotate import Rotation
from lambdas.common.rotation.versions import SecretsManagerVersions, Versions
from lambdas.common.secret_documents import PostgresSecret
from lambdas.rotate_postgres.environment import Environment, parse_environment
from lambdas.rotate_postgres.logins import Logins
from lambdas.rotate_postgres.poolers import Resolve, addresses

_APPLICATION = "datatier rotation"


def handler(event: Mapping[str, object], _context: object) -> None:
    """Do one step.

    Raises:
        DatatierError: the step is not done.
    """
    rotation(parse_environment(os.environ), versions=SecretsManagerVersions(), log=function_log()).run(
        parse_event(event)
    )


def rotation(
    environment: Environment,
    *,
    versions: Versions,
    log: Log,
    ca_bundle: Path = RDS_CA_BUNDLE,
    resolve: Resolve = addresses,
) -> Rotation:
    """The steps for this function's secrets; `resolve` finds the addresses of the pooler's tasks."""

    def log_in(secret: PostgresSecret) -> Connection[TupleRow]:
        return connect(secret, application_name=_APPLICATION, ca_bundle=ca_bundle)

    return Rotation(
        versions=versions,
        credentials=Logins(
            environment=environment, versions=versions, log_in=log_in, log=log, resolve=resolve
        ),
        client_cache_seconds=environment.client_cache_seconds,
        log=log,
    )
