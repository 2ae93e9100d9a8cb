"""Views and tables made from queries: their sources are locked like by any SELECT; REFRESH stops readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.migrate.impact.impact import Impact
from tools.migrate.impact.locks import Lock, Work
from tools.migrate.impact.queries import reads
from tools.migrate.impact.tree import branch, flag, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.bootstrap.migrations.syntax import Tree
    from tools.migrate.impact.catalog import Catalog


def create_view(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """A view that is replaced is locked; what it reads is only looked at."""
    view = catalog.relation(named(branch(statement, "view")))
    replaced = flag(statement, "replace") and view.state != "absent"
    yield Impact(on=view.alone(), lock=Lock.ACCESS_EXCLUSIVE) if replaced else Impact()
    yield from _looked_at(branch(statement, "query"), catalog)


def create_from_query(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    made = branch(statement, "into")
    relation = catalog.relation(named(branch(made, "rel")))
    if flag(statement, "if_not_exists") and relation.state != "absent":
        yield Impact(on=relation.alone(), lock=Lock.NONE, work=Work.NOTHING, note="It is there: skipped.")
        return
    yield Impact()
    query = branch(statement, "query")
    yield from _looked_at(query, catalog) if flag(made, "skipData") else reads(query, catalog)


def refresh(statement: Tree, catalog: Catalog) -> Iterator[Impact]:
    """REFRESH MATERIALIZED VIEW."""
    view = catalog.relation(named(branch(statement, "relation")))
    if flag(statement, "concurrent"):
        yield Impact(on=view.alone(), lock=Lock.EXCLUSIVE, work=Work.SCANS, note="Readers go on.")
    elif flag(statement, "skipData"):
        yield Impact(on=view.alone(), lock=Lock.ACCESS_EXCLUSIVE)
    else:
        yield Impact(
            on=view.alone(),
            lock=Lock.ACCESS_EXCLUSIVE,
            work=Work.REWRITES,
            note="REFRESH … CONCURRENTLY lets readers go on; it needs a unique index.",
        )
    for name in view.reads if not flag(statement, "skipData") else ():
        source = catalog.relation(name)
        plain = source.kind != "view"
        yield Impact(on=source.whole(), lock=Lock.ACCESS_SHARE, work=Work.SCANS if plain else Work.CATALOG)


def _looked_at(query: Tree, catalog: Catalog) -> Iterator[Impact]:
    """The query is parsed and not run: its functions do nothing, and only its own names are locked."""
    for impact in reads(query, catalog, work=Work.CATALOG):
        if not impact.unknown:
            yield impact
