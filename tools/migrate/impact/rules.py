"""From a statement to its impacts: one rule for each kind of statement, and unknown for every other kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from lambdas.bootstrap.migrations.syntax import Node, Tree
from tools.migrate.impact.alter_table import alter_table
from tools.migrate.impact.create_table import create_table
from tools.migrate.impact.drops import drop, drop_owned, truncate
from tools.migrate.impact.impact import Impact, merged, unknown
from tools.migrate.impact.indexes import create_index, reindex
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.maintenance import cluster, lock_table, vacuum
from tools.migrate.impact.on_tables import (
    alter_domain,
    comment,
    create_statistics,
    create_trigger,
    locks_table,
    own_sequence,
    publish,
)
from tools.migrate.impact.queries import copy, select, write
from tools.migrate.impact.renames import rename, set_schema
from tools.migrate.impact.tree import nodes
from tools.migrate.impact.views import create_from_query, create_view, refresh

if TYPE_CHECKING:
    from tools.migrate.impact.catalog import Catalog

Rule = Callable[[Tree, "Catalog"], Iterator[Impact]]

_NO_TABLE: Final = frozenset({
    "AlterDefaultPrivilegesStmt", "AlterEnumStmt", "AlterFunctionStmt", "AlterOwnerStmt", "AlterRoleSetStmt",
    "AlterRoleStmt", "AlterStatsStmt", "AlterDatabaseSetStmt", "CompositeTypeStmt", "CreateCastStmt",
    "CreateDomainStmt", "CreateEnumStmt", "CreateFunctionStmt", "CreateRangeStmt", "CreateRoleStmt",
    "DefineStmt", "DropRoleStmt", "GrantRoleStmt", "GrantStmt",
})  # fmt: skip
_SESSION: Final = frozenset({
    "ConstraintsSetStmt", "DeallocateStmt", "ListenStmt", "NotifyStmt", "TransactionStmt", "UnlistenStmt",
    "VariableSetStmt", "VariableShowStmt",
})  # fmt: skip
_RUNS_CODE: Final = "It runs code, and what that does is not known here."
_CODE: Final = {
    "DoStmt": _RUNS_CODE,
    "CallStmt": _RUNS_CODE,
    "CreateExtensionStmt": "It runs the extension's own script.",
}


def _create_schema(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    yield Impact()
    for one in nodes(statement, "schemaElts"):
        yield from impacts(one, catalog)


def _without_rule(kind: str) -> Impact:
    if kind in _SESSION:
        return Impact(work=Work.NOTHING)
    if kind in _NO_TABLE:
        return Impact()
    return unknown(_CODE.get(kind, "There is no rule for this kind of statement."))


_RULES: Final[dict[str, Rule]] = {
    "AlterDomainStmt": alter_domain,
    "AlterObjectSchemaStmt": set_schema,
    "AlterPolicyStmt": locks_table(Lock.ACCESS_EXCLUSIVE, "table"),
    "AlterPublicationStmt": publish,
    "AlterSeqStmt": own_sequence,
    "AlterTableStmt": alter_table,
    "ClusterStmt": cluster,
    "CommentStmt": comment,
    "CopyStmt": copy,
    "CreatePolicyStmt": locks_table(Lock.ACCESS_EXCLUSIVE, "table"),
    "CreatePublicationStmt": publish,
    "CreateSchemaStmt": _create_schema,
    "CreateSeqStmt": own_sequence,
    "CreateStatsStmt": create_statistics,
    "CreateStmt": create_table,
    "CreateTableAsStmt": create_from_query,
    "CreateTrigStmt": create_trigger,
    "DeleteStmt": write("DeleteStmt"),
    "DropOwnedStmt": drop_owned,
    "DropStmt": drop,
    "IndexStmt": create_index,
    "InsertStmt": write("InsertStmt"),
    "LockStmt": lock_table,
    "MergeStmt": write("MergeStmt"),
    "ReassignOwnedStmt": drop_owned,
    "RefreshMatViewStmt": refresh,
    "ReindexStmt": reindex,
    "RenameStmt": rename,
    "RuleStmt": locks_table(Lock.ACCESS_EXCLUSIVE),
    "SecLabelStmt": comment,
    "SelectStmt": select,
    "TruncateStmt": truncate,
    "UpdateStmt": write("UpdateStmt"),
    "VacuumStmt": vacuum,
    "ViewStmt": create_view,
}


def impacts(statement: Node | None, catalog: Catalog) -> tuple[Impact, ...]:
    """What a statement does, one judgement for each relation; the first that matters most stands first.

    A statement that touches no table gives one impact without a lock; one that cannot be judged says unknown.
    """
    if statement is None:
        return (unknown("The parser cannot read it."),)
    rule = _RULES.get(statement.kind)
    if rule is None:
        return (_without_rule(statement.kind),)
    found = merged(rule(statement.fields, catalog))
    told = tuple(impact for impact in found if impact.on.name or impact.unknown)
    return told or found[:1] or (Impact(),)
