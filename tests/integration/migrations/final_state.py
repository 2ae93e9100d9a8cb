"""What a run leaves in a database and in its server's roles, as texts that two runs can be compared by."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

from tools.servers import binaries

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

PATIENCE_SECONDS = 30
# Newer pg_dumps open and close their text with a random word.
_RANDOM = re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE)
# The bootstrap's note on its last try of the logins holds counters of the server, which no two runs share.
_TRIED = re.compile(r"(?<=accepted with their secrets: )[0-9a-f]{64}")
# pg_dump says nothing of an index that is not valid, nor of a partition half detached; and of the record,
# ids and times are nobody's business.
_BESIDE = """
SELECT 'not valid: ' || indexrelid::regclass FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)
UNION ALL
SELECT 'half detached: ' || inhrelid::regclass FROM pg_inherits WHERE inhdetachpending
UNION ALL
(SELECT row(migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL,
            applied_steps_count, logs)::text
   FROM _prisma_migrations ORDER BY started_at)
"""

_CATALOGS = """
SELECT string_agg(format('SELECT %L, sum(hashtext(xmin::text || ctid::text)) FROM %1$s', oid::regclass),
                  ' UNION ALL ')
  FROM pg_class
 WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND relname <> 'pg_statistic'
"""
_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def final_state(tier: Tier) -> str:
    """Return the schema with its rows, what is half done, and the record without its ids and times."""
    dump = _dumped(tier, "pg_dump", "--create", "--exclude-table-data=_prisma_migrations")
    return "\n".join([dump.replace(tier.database.name, "DATABASE"), *tier.column(_BESIDE)])


def roles(tier: Tier) -> str:
    """Return the server's roles with their attributes, settings and memberships; no passwords."""
    return _TRIED.sub("…", _dumped(tier, "pg_dumpall", "--roles-only", "--no-role-passwords"))


def row_versions(tier: Tier) -> str:
    """Return which versions of which rows the catalogs hold, once nobody else is in the database.

    Equal texts mean that nothing was committed between them. Only for a database without tables of its own.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    with tier.admin() as connection:
        while connection.execute(_SESSIONS).fetchall() != [(0,)]:
            assert time.monotonic() < deadline, "the killed session never ended"
        ((query,),) = connection.execute(_CATALOGS).fetchall()
        return str(sorted(connection.execute(query).fetchall()))


def _dumped(tier: Tier, program: str, *options: str) -> str:
    programs = binaries.postgres()
    server = tier.database.server
    where = (
        f"dbname={tier.database.name} host={server.host} port={server.port} user=backup "
        f"sslmode=verify-full sslrootcert={server.ca_path}"
    )
    done = subprocess.run(  # noqa: S603  PostgreSQL's own program, no shell
        [programs.path(program), *options, f"--dbname={where}"],
        env=programs.environment_at(tier.migrations) | {"PGPASSWORD": tier.passwords["backup"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return _RANDOM.sub("", done.stdout)
