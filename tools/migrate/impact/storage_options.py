"""Which lock a storage parameter needs when ALTER sets or resets it. Pure.

Source: PostgreSQL 15 documentation, "ALTER TABLE" and "Storage Parameters", checked against the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.migrate.impact.locks import Lock
from tools.migrate.impact.tree import branch, nodes, text

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Tree

_GENTLE: Final = frozenset({
    "fillfactor", "toast_tuple_target", "parallel_workers", "vacuum_index_cleanup", "vacuum_truncate",
    "log_autovacuum_min_duration", "deduplicate_items",
})  # fmt: skip
_EXCLUSIVE: Final = frozenset({
    "user_catalog_table", "security_barrier", "security_invoker", "check_option", "fastupdate",
    "gin_pending_list_limit", "buffering", "pages_per_range", "autosummarize",
})  # fmt: skip


def lock_of_options(command: Tree) -> Lock:
    """The strongest lock that one of the parameters needs."""
    options = nodes(branch(branch(command, "def"), "List"), "items")
    locks = [_lock(text(option.fields, "defname")) for option in options]
    return max(locks, key=lambda lock: lock.strength, default=Lock.UNKNOWN)


def _lock(option: str) -> Lock:
    if option in _GENTLE or option.startswith("autovacuum_"):
        return Lock.SHARE_UPDATE_EXCLUSIVE
    return Lock.ACCESS_EXCLUSIVE if option in _EXCLUSIVE else Lock.UNKNOWN
