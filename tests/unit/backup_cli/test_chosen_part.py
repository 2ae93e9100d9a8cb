"""What some tables of a backup are, by its manifest: theirs is compared, others' is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from containers.backup.manifest import Manifest, Sequence, Table
from tools.backup.choice import Choice
from tools.backup.chosen_part import part_of, partitioned_tables
from tools.backup.resolving import resolve
from tools.backup.table_names import chosen_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.backup_cli.tier import Tier

FACTS: Mapping[str, Mapping[str, str]] = {
    "columns": {"public.events.at": "date", 'public."events 2026".at': "date", "public.events_x.at": "date"},
    "comments": {"table column public.events.at": "when", "index public.i": "of it"},
    "constraints": {"k on public.events": "CHECK", "f on public.other": "FOREIGN KEY … public.events(at)"},
    "functions": {"public.events()": "…"},
    "grants": {"relation public.events to r": "SELECT", "relation public.s to r": "r", "schema s to r": "C"},
    "indexes": {
        "public.i": "CREATE INDEX i ON ONLY public.events USING btree (at)",
        "public.j": 'CREATE INDEX j ON public."events 2026" USING btree (at)',
        "public.k": "CREATE INDEX k ON public.other USING btree (at)",
    },
    "inheritance": {
        "public.events is partitioned": "RANGE (at)",
        'public."events 2026" of public.events': "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "public.other of public.events_x": "INHERITS",
    },
    "owners": {
        "relation public.events": "me",
        'relation public."events 2026"': "me",
        "relation public.other": "me",
        "relation public.s": "me",
        "relation public.t": "me",
    },
    "sequences": {"public.s": "CACHE 1 OF public.events.id", "public.t": "CACHE 1 OF public.other.id"},
    "views": {"public.v": "SELECT FROM public.events"},
}  # fmt: skip


@pytest.fixture
def manifest(tier: Tier) -> Manifest:
    tier.take("source", at="2026-11-24T02:10:03")
    _, found = resolve(tier.store("source"), Choice(), where="the bucket")
    (table,) = found.tables
    names = ("events 2026", "other")
    tables: tuple[Table, ...] = tuple(replace(table, name=name) for name in names)
    stand = [Sequence(schema="public", name=name, last_value=1, is_called=True) for name in ("s", "t")]
    return replace(found, tables=tables, facts=FACTS, sequences=tuple(stand))


def test_a_partitioned_table_may_be_named_and_stands_for_its_partitions(manifest: Manifest) -> None:
    assert partitioned_tables(manifest) == {"public.events"}
    assert chosen_tables("public.events", manifest) == {"public.events"}
    assert [table.name for table in part_of(manifest, {"public.events"}).tables] == ["events 2026"]


def test_the_facts_of_the_tables_are_kept_and_no_others(manifest: Manifest) -> None:
    chosen = part_of(manifest, {"public.events"})
    assert {kind: sorted(facts) for kind, facts in chosen.facts.items()} == {
        "columns": ['public."events 2026".at', "public.events.at"],
        "comments": ["table column public.events.at"],
        "constraints": ["k on public.events"],
        "grants": ["relation public.events to r", "relation public.s to r"],
        "indexes": ["public.i", "public.j"],
        "inheritance": ['public."events 2026" of public.events', "public.events is partitioned"],
        "owners": ['relation public."events 2026"', "relation public.events", "relation public.s"],
        "sequences": ["public.s"],
    }
    assert [one.name for one in chosen.sequences] == ["s"]


def test_a_child_that_inherits_is_a_table_of_its_own(manifest: Manifest) -> None:
    assert part_of(manifest, {"public.events_x"}).tables == ()


def test_a_manifest_without_facts_is_of_rows_alone(manifest: Manifest) -> None:
    chosen = part_of(replace(manifest, facts={}), {"public.other"})
    assert ([table.name for table in chosen.tables], chosen.sequences, chosen.facts) == (["other"], (), {})
