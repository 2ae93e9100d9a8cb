"""The lock behind which roles are changed, by whatever program. It changes none itself."""

from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from lambdas.common.errors import RolesBusy
from lambdas.common.locks import ROLES_LOCK

_TIMEOUT: Final = "60s"


def hold_roles_lock(master: Connection[TupleRow]) -> None:
    """Wait for the lock, and hold it until the transaction ends; everybody does for moments only.

    Raises:
        RolesBusy: somebody holds it for too long.
    """
    behind_lock = sql.SQL(
        "SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = {}; "
        "SELECT pg_catalog.pg_advisory_xact_lock({})"
    ).format(sql.Literal(_TIMEOUT), sql.Literal(ROLES_LOCK))
    try:
        # The server prepares single statements only, and the driver would try from the sixth time on.
        master.execute(behind_lock, prepare=False)
    except psycopg.errors.LockNotAvailable as error:
        raise RolesBusy(
            f"another program has been changing roles for {_TIMEOUT}; run again when it has ended.",
        ) from error
