"""Says at the head of a run which PgBouncer the pooler's tests use: what they prove depends on it."""

from __future__ import annotations

import os

from containers.pgbouncer import version
from containers.pgbouncer.errors import ProgramMissing
from tools.servers import binaries
from tools.servers.errors import BinaryMissing


def pgbouncer_program() -> str:
    """The PgBouncer under test: the machine's, or what DATATIER_PGBOUNCER names. Raises BinaryMissing."""
    return os.environ.get("DATATIER_PGBOUNCER") or binaries.pgbouncer().path("pgbouncer")


def pytest_report_header() -> str:
    """Name the release."""
    try:
        return f"PgBouncer: {version.of(pgbouncer_program())}"
    except (BinaryMissing, ProgramMissing) as error:
        return f"PgBouncer: none ({error})"
