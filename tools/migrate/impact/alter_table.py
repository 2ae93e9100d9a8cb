"""ALTER TABLE: the strongest lock among its subcommands, the work of all of them, and who else is locked.

Source: PostgreSQL 15 documentation, "ALTER TABLE". Subcommands that it does not know are unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tools.migrate.impact.add_column import add_column
from tools.migrate.impact.add_constraint import add_constraint, validate_constraint
from tools.migrate.impact.alter_column import set_not_null
from tools.migrate.impact.alter_type import alter_type
from tools.migrate.impact.drop_part import drop_column, drop_constraint
from tools.migrate.impact.impact import Impact, absent, merged, unknown
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.partition import attach, detach, detach_finalize, inherit, no_inherit
from tools.migrate.impact.relation import PARTS
from tools.migrate.impact.storage_options import lock_of_options
from tools.migrate.impact.subcommand import Subcommand
from tools.migrate.impact.tree import branch, flag, named, node, nodes, text

if TYPE_CHECKING:
    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog

Rule = Callable[[Subcommand], Iterator[Impact]]


def _fixed(lock: Lock, work: Work = Work.CATALOG, *, whole: bool = False, note: str = "") -> Rule:
    """A subcommand that always does the same; `whole` ones reach partitions and children."""

    def rule(command: Subcommand) -> Iterator[Impact]:
        yield Impact(
            on=command.reached if whole else command.relation.alone(), lock=lock, work=work, note=note
        )

    return rule


def _options(command: Subcommand) -> Iterator[Impact]:
    lock = lock_of_options(command.fields)
    yield Impact(
        on=command.relation.alone(),
        lock=lock,
        work=Work.CATALOG,
        note="" if lock is not Lock.UNKNOWN else "This storage parameter's lock is not known here.",
    )


_COPIES: Final = "Writes the whole table anew while nobody can read it."


def _triggers(command: Subcommand) -> Iterator[Impact]:
    cloned = command.relation.kind == "partitioned table" and command.relation.has_row_triggers
    yield Impact(on=command.reached if cloned else command.relation.alone(), lock=Lock.SHARE_ROW_EXCLUSIVE)


def _anew(command: Subcommand) -> Iterator[Impact]:
    relation = command.relation
    kind, wanted = text(command.fields, "subtype"), text(command.fields, "name")
    is_so_already = (
        (kind == "AT_SetLogged" and relation.persistence == "p")
        or (kind == "AT_SetUnLogged" and relation.persistence == "u")
        or (kind == "AT_SetTableSpace" and relation.tablespace == wanted)
        or (kind == "AT_SetAccessMethod" and relation.access_method == wanted)
    )
    yield Impact(
        on=relation.alone(),
        lock=Lock.ACCESS_EXCLUSIVE,
        work=Work.CATALOG if is_so_already else Work.REWRITES,
        note="It is so already." if is_so_already else _COPIES,
    )


_EXCLUSIVE: Final = _fixed(Lock.ACCESS_EXCLUSIVE)
_EXCLUSIVE_WHOLE: Final = _fixed(Lock.ACCESS_EXCLUSIVE, whole=True)
_GENTLE: Final = _fixed(Lock.SHARE_UPDATE_EXCLUSIVE)

_RULES: Final[dict[str, Rule]] = {
    "AT_AddColumn": add_column,
    "AT_DropColumn": drop_column,
    "AT_ColumnDefault": _EXCLUSIVE_WHOLE,
    "AT_SetNotNull": set_not_null,
    "AT_DropNotNull": _EXCLUSIVE_WHOLE,
    "AT_AlterColumnType": alter_type,
    "AT_SetStatistics": _fixed(Lock.SHARE_UPDATE_EXCLUSIVE, whole=True),
    "AT_SetOptions": _GENTLE,
    "AT_ResetOptions": _GENTLE,
    "AT_SetStorage": _EXCLUSIVE_WHOLE,
    "AT_SetCompression": _EXCLUSIVE,
    "AT_AddIdentity": _EXCLUSIVE,
    "AT_SetIdentity": _EXCLUSIVE,
    "AT_DropIdentity": _EXCLUSIVE,
    "AT_DropExpression": _EXCLUSIVE_WHOLE,
    "AT_AddConstraint": add_constraint,
    "AT_ValidateConstraint": validate_constraint,
    "AT_DropConstraint": drop_constraint,
    "AT_AlterConstraint": _EXCLUSIVE,
    "AT_AttachPartition": attach,
    "AT_DetachPartition": detach,
    "AT_DetachPartitionFinalize": detach_finalize,
    "AT_AddInherit": inherit,
    "AT_DropInherit": no_inherit,
    "AT_AddOf": _EXCLUSIVE,
    "AT_DropOf": _EXCLUSIVE,
    "AT_ChangeOwner": _EXCLUSIVE,
    "AT_ClusterOn": _GENTLE,
    "AT_DropCluster": _GENTLE,
    "AT_SetLogged": _anew,
    "AT_SetUnLogged": _anew,
    "AT_SetTableSpace": _anew,
    "AT_SetAccessMethod": _anew,
    "AT_SetRelOptions": _options,
    "AT_ResetRelOptions": _options,
    "AT_ReplicaIdentity": _EXCLUSIVE,
    "AT_EnableRowSecurity": _EXCLUSIVE,
    "AT_DisableRowSecurity": _EXCLUSIVE,
    "AT_ForceRowSecurity": _EXCLUSIVE,
    "AT_NoForceRowSecurity": _EXCLUSIVE,
    "AT_EnableRule": _EXCLUSIVE,
    "AT_EnableAlwaysRule": _EXCLUSIVE,
    "AT_EnableReplicaRule": _EXCLUSIVE,
    "AT_DisableRule": _EXCLUSIVE,
    **{
        f"AT_{kind}": _triggers
        for kind in (
            "EnableTrig",
            "EnableAlwaysTrig",
            "EnableReplicaTrig",
            "DisableTrig",
            "EnableTrigAll",
            "DisableTrigAll",
            "EnableTrigUser",
            "DisableTrigUser",
        )
    },
}


def alter_table(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """ALTER TABLE, and ALTER VIEW, INDEX, SEQUENCE or TYPE where the parser makes the same of them."""
    relation = catalog.relation(named(branch(statement, "relation")))
    if text(statement, "objtype") == "OBJECT_INDEX":
        yield from _alter_index(statement, catalog)
        return
    if relation.state == "absent" and flag(statement, "missing_ok"):
        yield absent(relation)
        return
    if text(statement, "objtype") == "OBJECT_TYPE" and any(
        text(one.fields, "behavior") == "DROP_CASCADE" for one in nodes(statement, "cmds")
    ):
        yield unknown("It changes every table of the type, too.", relation.alone())
        return
    impacts: list[Impact] = []
    for command in nodes(statement, "cmds"):
        rule = _RULES.get(text(command.fields, "subtype"))
        if rule is None:
            yield unknown("This form of ALTER TABLE is not known here.", relation.alone())
            return
        only = not flag(branch(statement, "relation"), "inh")
        impacts.extend(rule(Subcommand(fields=command.fields, relation=relation, catalog=catalog, only=only)))
    yield from _absorbed(merged(impacts))


def _absorbed(impacts: tuple[Impact, ...]) -> Iterator[Impact]:
    """Partitions that another subcommand reaches with their parent are not told apart from it."""
    covering = {
        one.on.name: one.on.kind for one in impacts if len(one.on.members) > 1 and one.on.kind != PARTS
    }
    yield from merged(
        replace(one, on=replace(one.on, kind=covering.get(one.on.name, one.on.kind))) for one in impacts
    )


def _alter_index(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """ALTER INDEX: only the index is locked, its table stays free for readers until they plan with it."""
    index = catalog.relation(named(branch(statement, "relation")))
    if index.state == "absent" and flag(statement, "missing_ok"):
        yield absent(index)
        return
    for command in nodes(statement, "cmds"):
        kind = text(command.fields, "subtype")
        if kind in ("AT_SetRelOptions", "AT_ResetRelOptions"):
            yield Impact(on=index.alone(), lock=lock_of_options(command.fields))
        elif kind == "AT_SetTableSpace":
            yield Impact(on=index.alone(), lock=Lock.ACCESS_EXCLUSIVE, work=Work.REWRITES)
        elif kind == "AT_SetStatistics":
            yield Impact(on=index.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
        elif kind == "AT_ChangeOwner":
            yield Impact(on=index.alone(), lock=Lock.ACCESS_EXCLUSIVE)
        elif kind == "AT_AttachPartition":
            part = catalog.relation(named(branch(node(command.fields, "def").fields, "name")))
            yield Impact(on=index.alone(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
            yield Impact(on=part.alone(), lock=Lock.ACCESS_EXCLUSIVE)
        else:
            yield unknown("This form of ALTER INDEX is not known here.", index.alone())
