"""One bootstrap from its secrets to the last migration.

It parses no event and knows nothing of CloudFormation.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from lambdas.bootstrap.environment import Environment
from lambdas.bootstrap.extensions import create_extensions
from lambdas.bootstrap.marker import mark_database
from lambdas.bootstrap.migrations.history import read_history
from lambdas.bootstrap.migrations.run import Result, apply_history, find_nothing_to_do
from lambdas.bootstrap.roles.converge import converge_roles
from lambdas.bootstrap.roles.design import OWNER
from lambdas.bootstrap.roles.passwords import LoginSecrets, mend_passwords
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.connections import connect
from lambdas.common.logs import Log
from lambdas.common.master_login import MasterLogin
from lambdas.common.secret_documents import PostgresSecret
from lambdas.common.secrets_manager import SecretStore

# The package and the repository have the same layout.
MIGRATIONS: Final = Path(__file__).parents[2] / "prisma" / "migrations"
_APPLICATION: Final = "datatier bootstrap"


def bootstrap(
    environment: Environment,
    *,
    store: SecretStore,
    log: Log,
    migrations: Path = MIGRATIONS,
    ca_bundle: Path = RDS_CA_BUNDLE,
    patience_seconds: float | None = None,
) -> Result:
    """Make roles, extensions and schema what this package says; run again, it changes nothing.

    When `patience_seconds` are over, None for never, no index build is waited for; see `Result.building`.

    Raises:
        DatatierError: one of the branches that its parts name.
    """

    def log_in(secret: PostgresSecret) -> Connection[TupleRow]:
        return connect(secret, application_name=_APPLICATION, ca_bundle=ca_bundle)

    began = time.monotonic()
    arn = environment.master_secret_arn
    login = MasterLogin(current=lambda: store.current(arn), pending=lambda: store.pending(arn), log_in=log_in)
    secrets = LoginSecrets(store=store, arns=environment.login_secret_arns)
    with ThreadPoolExecutor(max_workers=1) as beside:
        # A thousand scripts take longer to read than the server to answer the login.
        reading = beside.submit(read_history, migrations)
        connection = login.connect()
    with connection as master:
        # Before anything is changed: a history that cannot be read leaves the database alone.
        history = reading.result()
        converge_roles(master, iam_logins=environment.iam_logins, secrets=secrets, log=log)
        mend_passwords(master, secrets=secrets, log_in=log_in, log=log)
        mark_database(master, environment=environment.name, log=log)
        create_extensions(master, names=environment.extensions, log=log)
        done = find_nothing_to_do(master, history=history, log=log, policy=environment.policy, owner=OWNER)
        result = done or apply_history(
            lambda: log_in(secrets.current("migrator").secret),
            history=history,
            log=log,
            policy=environment.policy,
            owner=OWNER,
            patience_seconds=None
            if patience_seconds is None
            else patience_seconds - (time.monotonic() - began),
        )
        if result.applied:
            # Scripts may have granted or revoked by themselves.
            converge_roles(master, iam_logins=environment.iam_logins, secrets=secrets, log=log)
    return result
