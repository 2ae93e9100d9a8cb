"""Numbers of the advisory locks that programs of this tier agree on. It takes none itself."""

from typing import Final

ROLES_LOCK: Final = int.from_bytes(b"datatier", "big")
"""Held by whoever changes roles (bootstrap, rotation). PostgreSQL answers concurrent changes of one role
with "tuple concurrently updated" instead of waiting, so the waiting is done here."""

PRISMA_MIGRATE_LOCK: Final = 72707369
"""Prisma Migrate's own lock, so that its CLI and the bootstrap never apply at the same time."""

CONCURRENT_BUILD_LOCK: Final = int.from_bytes(b"dt build", "big")
"""Held by the session that runs a statement CONCURRENTLY, in place of Prisma's lock: such a statement waits
for every older snapshot, and whoever waits for Prisma's lock inside the server holds one."""
